import assert from "node:assert/strict";
import { test } from "node:test";

import { isFor } from "../../static/calls/js/view/shortcuts.js";

/** @import { Stroke } from "../../static/calls/js/view/shortcuts.js" */

/** @param {string} key @param {string} code @param {Partial<Stroke>} fields @returns {Stroke} */
const stroke = (key, code, fields = {}) => ({
  key,
  code,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  ...fields,
});

for (const [what, given, expected] of /** @type {const} */ ([
  ["the letter", stroke("m", "KeyM"), true],
  ["the letter with Shift or Caps Lock", stroke("M", "KeyM"), true],
  ["the letter, wherever it is (Dvorak)", stroke("m", "KeyM"), true],
  ["a sign in its place (AZERTY)", stroke(",", "KeyM"), false],
  ["a letter with an accent in its place", stroke("é", "KeyM"), false],
  ["a Latin letter in its place", stroke("n", "KeyM"), false],
  ["the key in its place on a Russian keyboard", stroke("ь", "KeyM"), true],
  ["another key of a Russian keyboard", stroke("и", "KeyB"), false],
  ["the letter held down", stroke("m", "KeyM", { repeat: true }), false],
  ["a command of the browser", stroke("m", "KeyM", { ctrlKey: true }), false],
  ["a command of macOS", stroke("m", "KeyM", { metaKey: true }), false],
  ["a command of the menu", stroke("m", "KeyM", { altKey: true }), false],
])) {
  test(`${what} is ${expected ? "" : "not "}the shortcut`, () => {
    assert.equal(isFor(given, "m"), expected);
  });
}

test("a key that is no letter is known by its name only", () => {
  assert.equal(isFor(stroke("Escape", "Escape"), "Escape"), true);
  assert.equal(isFor(stroke("Enter", "Escape"), "Escape"), false);
});
