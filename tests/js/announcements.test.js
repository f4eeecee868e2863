import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { useCatalog } from "../../static/calls/js/base/text.js";
import { changesOf } from "../../static/calls/js/view/announcements.js";
import { devices, posing } from "./fakes.js";

/** @import { Shown } from "../../static/calls/js/view/announcements.js" */

beforeEach(() => useCatalog("en", {}));

/** @param {Partial<Shown>} [fields] @returns {Shown} */
const shown = (fields) =>
  posing({
    screen: "call",
    phase: "connected",
    local: devices(),
    remote: { name: "Bo", audio: true, video: true },
    ...fields,
  });
/** @param {object} fields @returns {Partial<Shown>} */
const bo = (fields) => posing({ remote: { name: "Bo", audio: true, video: true, ...fields } });
const here = shown();

/** @type {[what: string, before: Shown | null, now: Shown, said: string[]][]} */
const TABLE = [
  ["nothing", here, here, []],
  ["the beginning", null, shown({ local: devices({ audio: false }) }), []],
  ["own mute", here, shown({ local: devices({ audio: false }) }), ["Your microphone is off."]],
  ["and back", shown({ local: devices({ audio: false }) }), here, ["Your microphone is on."]],
  ["own camera", here, shown({ local: devices({ video: false }) }), ["Your camera is off."]],
  ["and back", shown({ local: devices({ video: false }) }), here, ["Your camera is on."]],
  [
    "own switches before the call",
    shown({ screen: "preview" }),
    shown({ screen: "preview", local: devices({ audio: false }) }),
    [],
  ],
  ["the other's mute", here, shown(bo({ audio: false })), ["Bo: microphone is off."]],
  ["and back", shown(bo({ audio: false })), here, ["Bo: microphone is on."]],
  ["the other's camera", here, shown(bo({ video: false })), ["Bo: camera is off."]],
  ["and back", shown(bo({ video: false })), here, ["Bo: camera is on."]],
  [
    "both of both",
    here,
    shown({ local: devices({ audio: false }), ...bo({ audio: false, video: false }) }),
    ["Your microphone is off.", "Bo: microphone is off.", "Bo: camera is off."],
  ],
  ["somebody who comes", shown({ remote: null, phase: "waiting" }), here, []],
  ["somebody who goes", here, shown({ remote: null, phase: "waiting" }), []],
  [
    "what nobody sees while it is sought again",
    here,
    shown({ ...bo({ audio: false }), phase: "reconnecting" }),
    [],
  ],
];
for (const [what, before, now, said] of TABLE) {
  test(`said of ${what}: ${said}`, () => assert.deepEqual(changesOf(before, now, "Bo"), said));
}

test("somebody without a name", () => {
  const said = changesOf(here, shown(bo({ audio: false })), "");
  assert.deepEqual(said, ["The other person: microphone is off."]);
});
