import assert from "node:assert/strict";
import { test } from "node:test";

import { levelOf } from "../../static/calls/js/view/level.js";
import { levelSentence, optionsOf } from "../../static/calls/js/view/picker.js";
import { CAME, TEST, WENT, tone } from "../../static/calls/js/view/tone.js";

const one = { id: "1", label: "Headset" };
const nothing = { known: true, devices: [], value: "", missing: "", taken: "" };

for (const [what, picker, texts] of /** @type {const} */ ([
  ["nothing", nothing, ["Default"]],
  ["what the system has taken", { ...nothing, taken: "Desk" }, ["Default: Desk"]],
  ["a device", { ...nothing, devices: [one] }, ["Default", "Headset"]],
  [
    "one that is gone",
    { ...nothing, devices: [one], missing: "USB" },
    ["Default", "Headset", "USB (not connected)"],
  ],
])) {
  test(`a select offers ${what}`, () => {
    const options = optionsOf({ ...picker, devices: [...picker.devices] });
    assert.deepEqual(
      options.map(({ text }) => text),
      texts,
    );
    assert.equal(new Set(options.map(({ value }) => value)).size, texts.length);
  });
}

for (const [muted, heard, sentence] of /** @type {const} */ ([
  [false, false, "Say something: the bar should move."],
  [false, true, "Your microphone works."],
  [true, true, "The microphone is muted."],
])) {
  test(`muted ${muted}, heard ${heard}: ${sentence}`, () => {
    assert.equal(levelSentence({ muted, heard }), sentence);
  });
}

for (const [amplitude, level] of [
  [1, 1],
  [0.1, 2 / 3],
  [0.01, 1 / 3],
  [0.001, 0],
  [0, 0],
]) {
  test(`samples of ${amplitude} are a level of ${level.toFixed(2)}`, () => {
    const samples = Float32Array.from({ length: 64 }, (_, n) => (n % 2 ? amplitude : -amplitude));
    assert.ok(Math.abs(levelOf(samples) - level) < 1e-5);
  });
}

test("sounds differ", async () => {
  const [test, came, went] = await Promise.all([TEST, CAME, WENT].map((one) => tone(one).text()));
  assert.equal(new Set([test, came, went]).size, 3);
});

test("the tone is a WAVE file as long as it says, soft, and silent at both ends", async () => {
  const view = new DataView(await tone().arrayBuffer());
  const text = (/** @type {number} */ at) =>
    String.fromCharCode(...[0, 1, 2, 3].map((n) => view.getUint8(at + n)));
  assert.deepEqual([0, 8, 12, 36].map(text), ["RIFF", "WAVE", "fmt ", "data"]);
  assert.equal(view.getUint32(4, true) + 8, view.byteLength);
  assert.equal(view.getUint32(40, true) + 44, view.byteLength);
  const samples = [];
  for (let at = 44; at < view.byteLength; at += 2) samples.push(view.getInt16(at, true));
  const loudest = Math.max(...samples.map(Math.abs));
  assert.ok(loudest > 3000 && loudest < 16_000, String(loudest));
  assert.deepEqual([samples[0], Math.abs(samples.at(-1) ?? 1) < 10], [0, true]);
});
