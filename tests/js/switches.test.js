import assert from "node:assert/strict";
import { test } from "node:test";

import { switchOf } from "../../static/calls/js/view/switches.js";
import { devices } from "./fakes.js";

for (const [what, fields, present, on] of /** @type {const} */ ([
  ["on", {}, true, true],
  ["switched off", { audio: false, video: false }, true, false],
  ["missing", { hasAudio: false, hasVideo: false }, false, false],
  [
    "missing, whatever was wanted",
    { hasAudio: false, hasVideo: false, audio: false, video: false },
    false,
    false,
  ],
  [
    "asked for: neither missing nor off",
    { hasAudio: false, hasVideo: false, asking: true },
    true,
    true,
  ],
  [
    "there and off while another is asked for",
    { audio: false, video: false, asking: true },
    true,
    false,
  ],
])) {
  test(`a device that is ${what}`, () => {
    for (const kind of /** @type {const} */ (["audio", "video"])) {
      assert.deepEqual(switchOf(devices(fields), kind), { present, on });
    }
  });
}

test("each switch has a device of its own", () => {
  const given = devices({ hasAudio: false, video: false });
  assert.deepEqual(switchOf(given, "audio"), { present: false, on: false });
  assert.deepEqual(switchOf(given, "video"), { present: true, on: false });
});
