import assert from "node:assert/strict";
import { test } from "node:test";

import { CORNERS, isCorner, nearestTo, nextOf } from "../../static/calls/js/view/corners.js";

const FRAME = { x: 100, y: 50, width: 800, height: 400 };

for (const [x, y, corner] of /** @type {const} */ ([
  [110, 60, "top-left"],
  [499, 249, "top-left"],
  [501, 60, "top-right"],
  [880, 440, "bottom-right"],
  [0, 1000, "bottom-left"],
])) {
  test(`${x}, ${y} is nearest to the ${corner}`, () => {
    assert.equal(nearestTo({ x, y }, FRAME), corner);
  });
}

test("clockwise through all four", () => {
  assert.deepEqual(CORNERS.map(nextOf), [...CORNERS.slice(1), CORNERS[0]]);
});

test("what else may be written there is no corner", () => {
  assert.deepEqual(["top-left", "middle", undefined].map(isCorner), [true, false, false]);
});
