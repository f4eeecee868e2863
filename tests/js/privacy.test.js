import assert from "node:assert/strict";
import { test } from "node:test";

import { isOutside } from "../../static/calls/js/features/knock.js";
import { knockOf, proofLabel, proofOf, proofText } from "../../static/calls/js/view/privacy.js";
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
  assert.notEqual(proofLabel("link"), proofLabel("none"));
  const texts = [proofText("link", true), proofText("none", true), proofText("none", false)];
  assert.equal(new Set(texts).size, 3);
});
