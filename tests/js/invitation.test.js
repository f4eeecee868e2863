import assert from "node:assert/strict";
import { test } from "node:test";

import { isAlone } from "../../static/calls/js/features/invitation.js";

for (const [screen, phase, expected] of /** @type {const} */ ([
  ["call", "waiting", true],
  ["call", "connecting", false],
  ["call", "connected", false],
  ["call", "reconnecting", false],
  ["joining", "waiting", false],
  ["ended", "waiting", false],
  ["full", "waiting", false],
])) {
  test(`${screen}, ${phase}: ${expected ? "" : "not "}alone in the call`, () => {
    assert.equal(isAlone({ screen, phase }), expected);
  });
}

test("nobody is alone before anything is drawn", () => assert.equal(isAlone(null), false));
