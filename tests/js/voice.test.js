import assert from "node:assert/strict";
import { test } from "node:test";

import { SpeechDetector } from "../../static/calls/js/view/voice.js";

/** @param {number[]} levels @returns {number} the look at which speech was heard; -1: never */
function heardAt(levels) {
  const detector = new SpeechDetector();
  return levels.findIndex((level) => detector.hears(level));
}

const times = (/** @type {number} */ count, /** @type {number[]} */ ...levels) =>
  Array(count).fill(levels).flat();

test("speech over silence is heard within half a second", () => {
  assert.equal(heardAt([...times(10, 0), ...times(10, 0.6)]), 13);
});

test("words with pauses are speech", () => {
  assert.ok(heardAt([...times(10, 0.1), ...times(5, 0.6, 0.2, 0.1)]) > 0);
});

for (const [what, levels] of /** @type {[string, number[]][]} */ ([
  ["silence", times(600, 0)],
  ["a loud room", times(600, 0.5, 0.6, 0.55)],
  ["a cough now and then", times(20, ...times(30, 0.1), 0.8, 0.8)],
  ["a fan that is switched on slowly", Array.from({ length: 600 }, (_, n) => n / 1000)],
])) {
  test(`${what} is no speech`, () => {
    assert.equal(heardAt(levels), -1);
  });
}
