import assert from "node:assert/strict";
import { test } from "node:test";

import { clockOf } from "../../static/calls/js/view/clock.js";

for (const [milliseconds, shown] of /** @type {const} */ ([
  [-5, "0:00"],
  [0, "0:00"],
  [999, "0:00"],
  [65_000, "1:05"],
  [3_599_999, "59:59"],
  [3_600_000, "1:00:00"],
  [36_061_000, "10:01:01"],
])) {
  test(`${milliseconds} ms is ${shown}`, () => {
    assert.equal(clockOf(milliseconds), shown);
  });
}
