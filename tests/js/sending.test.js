import assert from "node:assert/strict";
import { test } from "node:test";

import { WHOLE_LINK } from "../../static/calls/js/call/adaptation.js";
import { SEND_ALL, sendingOf } from "../../static/calls/js/call/sending.js";

/** @import { State } from "../../static/calls/js/call/adaptation.js" */

const SMALL = { maxBitrate: 300_000, scaleResolutionDownBy: 2, maxFramerate: 15 };
const TRIAL = { maxBitrate: 60_000, scaleResolutionDownBy: 4, maxFramerate: 10 };

for (const [what, fields, camera, maxBitrate] of /** @type {const} */ ([
  ["a whole link", {}, SMALL, null],
  ["a link with room for more", { stage: 1, cap: 500_000 }, SMALL, null],
  ["a narrower link", { stage: 1, cap: 90_000 }, { ...SMALL, maxBitrate: 90_000 }, null],
  ["a trial", { stage: 1, trial: true, narrow: true, cap: 60_000 }, TRIAL, 20_000],
  ["a picture that is held back", { stage: 2, narrow: true }, null, null],
  ["the smallest sound", { stage: 3, narrow: true }, null, 20_000],
])) {
  test(`who saves data sends no more than that by ${what}, each sound once`, () => {
    /** @type {State} */
    const state = { ...WHOLE_LINK, ...fields };
    const expected = { camera, sound: { maxBitrate, redundant: false } };
    assert.deepEqual(sendingOf(state, true), expected);
  });
}

test("who saves none sends all by a whole link", () => {
  assert.deepEqual(sendingOf(WHOLE_LINK, false), SEND_ALL);
  assert.deepEqual(SEND_ALL.sound, { maxBitrate: null, redundant: true });
  assert.ok(SEND_ALL.camera && SEND_ALL.camera.maxBitrate > SMALL.maxBitrate);
});
