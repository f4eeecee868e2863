import assert from "node:assert/strict";
import { test } from "node:test";

import { isAskedFor } from "../../static/calls/js/features/low-data.js";

for (const [what, browser, expected] of /** @type {const} */ ([
  ["saves data", { connection: { saveData: true } }, true],
  ["does not", { connection: { saveData: false } }, false],
  ["knows of no saving", { connection: {} }, false],
  ["tells nothing of the connection", {}, false],
])) {
  test(`a browser that ${what} ${expected ? "asks" : "does not ask"} for less data`, () => {
    assert.equal(isAskedFor(browser), expected);
  });
}
