import assert from "node:assert/strict";
import { test } from "node:test";

import { WHOLE_LINK } from "../../static/calls/js/call/adaptation.js";
import { SEND_ALL, sendingOf } from "../../static/calls/js/call/sending.js";

/** @import { State } from "../../static/calls/js/call/adaptation.js" */
/** @import { Picture } from "../../static/calls/js/call/sending.js" */

const SMALL = { maxBitrate: 300_000, scaleResolutionDownBy: 2, maxFramerate: 15 };
const TRIAL = { maxBitrate: 60_000, scaleResolutionDownBy: 4, maxFramerate: 10 };

for (const [what, fields, camera, maxBitrate] of /** @type {const} */ ([
  ["a whole link", {}, SMALL, null],
  ["a link with room for more", { stage: 1, cap: 500_000 }, SMALL, null],
  ["a narrower link", { stage: 1, cap: 90_000 }, { ...SMALL, maxBitrate: 90_000 }, null],
  ["a trial", { stage: 1, trial: true, narrow: true, cap: 60_000 }, TRIAL, 20_000],
  ["a picture that is held back", { stage: 2, narrow: true }, null, 20_000],
])) {
  test(`who saves data sends no more than that by ${what}, each sound once`, () => {
    /** @type {State} */
    const state = { ...WHOLE_LINK, ...fields };
    const { camera: sent, sound } = sendingOf(state, { lowData: true });
    assert.deepEqual([sent, sound], [camera, { maxBitrate, redundant: false }]);
  });
}

test("who saves none sends all by a whole link", () => {
  assert.deepEqual(sendingOf(WHOLE_LINK, {}), SEND_ALL);
  assert.deepEqual(SEND_ALL.sound, { maxBitrate: null, redundant: true });
  assert.ok(SEND_ALL.camera && SEND_ALL.camera.maxBitrate > SMALL.maxBitrate);
});

test("a picture is small where no large one is known to fit, and what is smaller stays", () => {
  const state = { ...WHOLE_LINK, stage: /** @type {const} */ (1), trial: true };
  for (const [of, camera] of /** @type {const} */ ([
    [WHOLE_LINK, { ...SEND_ALL.camera, scaleResolutionDownBy: 2 }],
    [state, TRIAL],
    [{ ...WHOLE_LINK, stage: /** @type {const} */ (2) }, null],
  ])) {
    assert.deepEqual(sendingOf(of, { beginning: true }).camera, camera);
  }
});

/** @type {Picture} */
const SCREEN = { maxBitrate: 2_500_000, scaleResolutionDownBy: 1, maxFramerate: 15 };

for (const [what, fields, wishes, screen, camera] of /** @type {const} */ ([
  ["a whole link", {}, {}, SCREEN, SMALL],
  [
    "a whole link, where somebody saves data",
    ...[{}, { lowData: true }],
    ...[{ ...SCREEN, maxBitrate: 500_000, maxFramerate: 5 }, SMALL],
  ],
  [
    "a link with little room",
    ...[{ stage: 1, cap: 200_000 }, {}],
    { ...SCREEN, maxBitrate: 150_000, maxFramerate: 5 },
    { maxBitrate: 50_000, scaleResolutionDownBy: 4, maxFramerate: 15 },
  ],
  ["a link with room for sound only", { stage: 2, narrow: true }, {}, null, null],
])) {
  test(`a screen and a camera by ${what}: most of it is the screen's`, () => {
    const state = /** @type {State} */ ({ ...WHOLE_LINK, ...fields });
    const sending = sendingOf(state, { ...wishes, sharing: true });
    assert.deepEqual([sending.screen, sending.camera], [screen, camera]);
  });
}
