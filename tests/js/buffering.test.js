import assert from "node:assert/strict";
import { test } from "node:test";

import { UNBUFFERED, buffered } from "../../static/calls/js/call/buffering.js";

/** @param {(number | undefined)[]} windows packets lost in each */
const after = (...windows) =>
  windows.reduce(
    (/** @type {typeof UNBUFFERED} */ state, lost) => buffered(state, lost),
    UNBUFFERED,
  ).target;
/** @param {number} count @param {number} [lost] @returns {(number | undefined)[]} */
const times = (count, lost) => Array.from({ length: count }, () => lost);

test("a loss now and then is none", () => {
  assert.equal(after(2, ...times(3, 0)), null);
  assert.equal(after(...times(20).flatMap(() => [2, 0, 0, 0])), null);
});

test("on a link that loses all the time there is room for what comes again, within a second", () => {
  assert.equal(after(2), null);
  assert.equal(after(2, 2), 100);
});

test("twenty clean seconds later it is as it was", () => {
  const lossy = times(4, 2);
  assert.equal(after(...lossy, ...times(80, 0)), 100);
  assert.equal(after(...lossy, ...times(90, 0)), null);
  assert.equal(after(...lossy, ...times(70, 0), ...lossy, ...times(70, 0)), 100);
});

test("a browser that does not tell is left alone", () => {
  assert.equal(after(...times(100)), null);
});
