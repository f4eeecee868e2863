import assert from "node:assert/strict";
import { test } from "node:test";

import { doorLine, joinLabel } from "../../static/calls/js/view/door.js";

const NOW = { late: false, online: true };

for (const [what, model, now, label, line] of /** @type {const} */ ([
  ["nothing is known", { screen: "preview", somebody: null, full: null }, NOW, "Join", /^$/],
  ["nobody is inside", { screen: "preview", somebody: false, full: false }, NOW, "Start", /Nobody/],
  [
    "somebody is inside",
    { screen: "preview", somebody: true, full: false },
    NOW,
    "Join",
    /waiting for you/,
  ],
  ["both are inside", { screen: "preview", somebody: true, full: true }, NOW, "Join", /Two people/],
  ["one joins", { screen: "joining", somebody: true, full: false }, NOW, "Joining…", /^$/],
  [
    "the server does not answer",
    { screen: "joining", somebody: null, full: null },
    { late: true, online: true },
    "Joining…",
    /server does not answer/,
  ],
  [
    "the device is offline",
    { screen: "joining", somebody: null, full: null },
    { late: true, online: false },
    "Joining…",
    /offline/,
  ],
])) {
  test(`the door while ${what}`, () => {
    assert.equal(joinLabel(model), label);
    assert.match(doorLine(model, now), line);
  });
}
