import assert from "node:assert/strict";
import { test } from "node:test";

import { tileOf } from "../../static/calls/js/features/preview.js";
import { devices } from "./fakes.js";

/** @import { Local } from "../../static/calls/js/call/model.js" */

/** @param {Partial<Local>} [fields] */
const local = (fields) => ({ local: devices(fields) });
const nothing = { hasAudio: false, hasVideo: false };

for (const [what, given, expected] of /** @type {const} */ ([
  ["the picture", local(), "picture"],
  ["that the browser asks", local({ ...nothing, asking: true }), "asking"],
  ["that the camera is off", local({ video: false }), "off"],
  ["what is missing", local({ ...nothing, problem: "denied" }), "problem"],
  [
    "the picture, and that there is no microphone",
    local({ hasAudio: false, problem: "no-microphone" }),
    "picture, problem",
  ],
  [
    "the picture while it asks for the microphone again",
    local({ hasAudio: false, asking: true, problem: "denied" }),
    "picture",
  ],
  [
    "what the device has interrupted",
    local({ interrupted: { audio: "muted", video: null, stuck: false } }),
    "picture, problem",
  ],
])) {
  test(`the tile shows ${what}`, () => {
    const tile = tileOf(given);
    const shown = Object.entries(tile).filter(([, value]) => value !== false && value !== "");
    assert.equal(shown.map(([name]) => name).join(", "), expected);
  });
}

test("what is missing is said in a sentence", () => {
  assert.match(
    tileOf(local({ ...nothing, problem: "denied" })).problem,
    /blocked.*neither see nor hear/,
  );
});
