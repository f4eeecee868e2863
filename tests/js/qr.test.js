import assert from "node:assert/strict";
import { test } from "node:test";

import decodeQR from "qr/decode.js";

import { qrOf } from "../../static/calls/js/view/qr.js";

/** Pixels of a module's side. */
const SCALE = 4;
/** Milliseconds: in a phone's camera the next picture follows, here none does. */
const PATIENCE = 10_000;

/**
 * What a camera sees of it: black and white, on a page as dark as `around`.
 * @param {{ box: string, path: string }} drawn
 * @param {number} around
 */
function pictureOf({ box, path }, around) {
  const [left, top, size, height] = box.split(" ").map(Number);
  assert.deepEqual([left, top, height], [0, 0, size]);
  const modules = [...path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)];
  assert.equal(modules.map(([module]) => module).join(""), path, "nothing but squares");

  const margin = 4;
  const width = (size + 2 * margin) * SCALE;
  const data = new Uint8ClampedArray(4 * width * width).fill(255);
  /** @param {number} x @param {number} y @param {number} side @param {number} grey */
  const fill = (x, y, side, grey) => {
    for (let row = y * SCALE; row < (y + side) * SCALE; row++) {
      for (let column = x * SCALE; column < (x + side) * SCALE; column++) {
        data.fill(grey, 4 * (row * width + column), 4 * (row * width + column) + 3);
      }
    }
  };
  fill(0, 0, size + 2 * margin, around);
  fill(margin, margin, size, 255);
  for (const [, x, y] of modules) fill(margin + Number(x), margin + Number(y), 1, 0);
  return { width, height: width, data };
}

for (const link of [
  "https://call.example.org/call/k7mqx-2phb9-dtw4e/#k=AAECAwQFBgcICQoLDA0ODw",
  "http://192.168.0.7:8000/call/abc/#k=-_-_-_-_-_-_-_-_-_-_-_",
  `https://${"long.".repeat(20)}example.org:8443/call/${"r".repeat(64)}/#k=AAECAwQFBgcICQoLDA0ODw`,
]) {
  for (const [page, grey] of /** @type {const} */ ([
    ["light", 255],
    ["dark", 20],
  ])) {
    test(`on a ${page} page it is read as ${link}`, () => {
      const picture = pictureOf(qrOf(link), grey);
      assert.equal(decodeQR(picture, { timeLimit: PATIENCE }), link);
    });
  }
}
