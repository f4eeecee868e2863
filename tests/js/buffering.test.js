import assert from "node:assert/strict";
import { test } from "node:test";

import { UNBUFFERED, buffered } from "../../static/calls/js/call/buffering.js";

/** @param {{ asked?: number, rtt?: number }[]} windows */
const after = (...windows) => windows.reduce(buffered, UNBUFFERED).target;
/** @param {number} count @param {{ asked?: number, rtt?: number }} window */
const times = (count, window) => Array.from({ length: count }, () => window);

const LOSSY = { asked: 2, rtt: 44 };
const CLEAN = { asked: 0, rtt: 44 };

test("a loss now and then is none", () => {
  assert.equal(after(LOSSY, ...times(3, CLEAN)), null);
  assert.equal(after(...times(20, CLEAN).flatMap((clean) => [LOSSY, clean, clean, clean])), null);
});

test("on a link that loses all the time there is room for what is sent again, within a second", () => {
  assert.equal(after(LOSSY), null);
  assert.equal(after(LOSSY, LOSSY), 104);
});

test("a little longer a round trip changes nothing, a much longer one does", () => {
  const lossy = times(4, LOSSY);
  assert.equal(after(...lossy, { asked: 2, rtt: 70 }), 104);
  assert.equal(after(...lossy, { asked: 2, rtt: 120 }), 180);
  assert.equal(after(...lossy, { asked: 2 }), 104);
});

test("what would come too late is not waited for", () => {
  assert.equal(after(...times(4, { asked: 2, rtt: 241 })), null);
  assert.equal(after(...times(4, LOSSY), { asked: 2, rtt: 500 }), null);
  assert.equal(after(...times(4, { asked: 5 })), null);
});

test("twenty clean seconds later it is as it was", () => {
  const lossy = times(4, LOSSY);
  assert.equal(after(...lossy, ...times(80, CLEAN)), 104);
  assert.equal(after(...lossy, ...times(90, CLEAN)), null);
  assert.equal(after(...lossy, ...times(70, CLEAN), ...lossy, ...times(70, CLEAN)), 104);
});

test("a browser that does not tell is left alone", () => {
  assert.equal(after(...times(100, {})), null);
});
