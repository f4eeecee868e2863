import assert from "node:assert/strict";
import { test } from "node:test";

import { isOutside } from "../../static/calls/js/features/knock.js";
import { grouped, knockOf, proofLabel, proofOf } from "../../static/calls/js/view/privacy.js";
import { proofText, spelled, verdictText } from "../../static/calls/js/view/privacy.js";
import { useCatalog } from "../../static/calls/js/base/text.js";

useCatalog("en", {});

const BO = {
  ...{ name: "Bo", proven: false, heard: false, came: false },
  ...{ audio: true, video: true, screen: false, paused: false, lowData: false },
};
const OUTSIDE = /** @type {any} */ ({ screen: "call", phase: "connecting", remote: BO });

test("whoever has come and hears nothing waits to be let in", () => {
  assert.equal(isOutside(OUTSIDE), true);
  for (const fields of [
    { screen: "joining" },
    { phase: "connected" },
    { remote: null },
    { remote: { ...BO, heard: true } },
    { remote: { ...BO, came: true } },
  ]) {
    assert.equal(isOutside({ ...OUTSIDE, ...fields }), false, JSON.stringify(fields));
  }
});

test("who knocks, and why they are asked for", () => {
  for (const [name, proven, whole, sentence] of /** @type {const} */ ([
    ["Bo", false, true, "Bo wants to come in without the whole link. Let them in?"],
    [null, false, true, "Somebody wants to come in without the whole link. Let them in?"],
    ["Bo", true, true, "Bo wants to come in. Let them in?"],
    ["Bo", false, false, "Bo wants to come in. Let them in?"],
    [null, true, true, "Somebody wants to come in. Let them in?"],
  ])) {
    assert.equal(knockOf({ name, proven }, whole), sentence);
  }
});

test("the sign says verified only where the other has proven that they have the whole link", () => {
  const heard = { ...BO, heard: true };
  for (const [phase, remote, proof] of /** @type {const} */ ([
    ["waiting", null, null],
    ["connecting", { ...heard, proven: true }, null],
    ["connected", { ...BO, proven: true }, null],
    ["connected", heard, "none"],
    ["reconnecting", heard, "none"],
    ["connected", { ...heard, proven: true }, "link"],
  ])) {
    assert.equal(proofOf({ phase, remote }), proof);
  }
  const labels = /** @type {const} */ (["compared", "link", "none"]).map(proofLabel);
  assert.equal(new Set(labels).size, 3);
  const texts = [proofText("link", true), proofText("none", true), proofText("none", false)];
  assert.equal(new Set([...texts, proofText("compared", true)]).size, 4);
});

test("what a person has found by the code goes before what the browsers have", () => {
  for (const proven of [true, false]) {
    const remote = { ...BO, heard: true, proven };
    assert.equal(proofOf({ phase: "connected", remote }, "same"), "compared");
    assert.equal(proofOf({ phase: "connected", remote }, "different"), "none");
    assert.equal(proofOf({ phase: "connected", remote }, "failed"), "none");
    assert.equal(proofOf({ phase: "connecting", remote }, "same"), null);
  }
});

test("a code is shown in groups, and read out digit by digit", () => {
  assert.equal(grouped("012345678"), "012 345 678");
  assert.equal(spelled("012345678"), "0 1 2 3 4 5 6 7 8");
  assert.equal(grouped(""), "");
});

test("there is a word for what is wrong, and none for what is not", () => {
  assert.notEqual(verdictText("different"), verdictText("failed"));
  assert.deepEqual([verdictText("same"), verdictText(null)], ["", ""]);
});
