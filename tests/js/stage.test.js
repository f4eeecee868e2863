import assert from "node:assert/strict";
import { test } from "node:test";

import { initialOf, otherShown, shapeOf } from "../../static/calls/js/features/stage.js";

const BO = {
  ...{ name: "Bo", proven: false, heard: true, came: true },
  ...{ audio: true, video: true, screen: false, paused: false, lowData: false },
};

for (const [what, phase, remote, expected] of /** @type {const} */ ([
  ["nobody", "waiting", null, ""],
  ["somebody who is gone", "waiting", BO, ""],
  ["somebody who is not there yet", "connecting", BO, "connecting, avatar, name"],
  ["somebody there", "connected", BO, "picture, name"],
  ["the last picture while it is sought again", "reconnecting", BO, "picture, name"],
  ["somebody without a camera", "connected", { ...BO, video: false }, "avatar, name, cameraOff"],
  ["somebody whose picture waits", "connected", { ...BO, paused: true }, "avatar, name"],
  ["somebody without sound", "connected", { ...BO, audio: false }, "picture, name, muted"],
  [
    "somebody without either",
    "connected",
    { ...BO, audio: false, video: false },
    "avatar, name, muted, cameraOff",
  ],
  [
    "nothing of that before there is media",
    "connecting",
    { ...BO, audio: false, video: false },
    "connecting, avatar, name",
  ],
])) {
  test(`the stage shows ${what}`, () => {
    const shown = Object.entries(otherShown({ phase, remote })).filter(([, value]) => value);
    assert.equal(shown.map(([name]) => name).join(", "), expected);
  });
}

for (const [name, initial] of [
  ["Ada", "A"],
  ["élodie", "É"],
  ["  bo", "B"],
  ["", ""],
  ["   ", ""],
  ["\u{1F600} face", "\u{1F600}"],
  ["жанна", "Ж"],
]) {
  test(`the initial of "${name}"`, () => assert.equal(initialOf(name), initial));
}

for (const [videoWidth, videoHeight, expected] of /** @type {const} */ ([
  [0, 0, null],
  [640, 0, null],
  [1280, 720, { ratio: "1.78", shape: "wide" }],
  [1279, 720, { ratio: "1.78", shape: "wide" }], // a pixel more or less is the same
  [720, 1280, { ratio: "0.56", shape: "upright" }],
  [480, 480, { ratio: "1.00", shape: "wide" }],
])) {
  test(`the shape of ${videoWidth}x${videoHeight}`, () => {
    assert.deepEqual(shapeOf({ videoWidth, videoHeight }), expected);
  });
}
