import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Bucket } from "../../static/calls/js/base/bucket.js";

let now = 0;
/** @type {Bucket} */ let bucket;
beforeEach(() => {
  now = 5000;
  bucket = new Bucket({ burst: 3, rate: 2 }, () => now);
});

/** How many go through at once. */
function count() {
  let taken = 0;
  while (bucket.take()) taken++;
  return taken;
}

test("so many at once, and then as many as time allows", () => {
  assert.equal(count(), 3);
  now += 499;
  assert.equal(count(), 0);
  now += 1;
  assert.equal(count(), 1);
  now += 1000;
  assert.equal(count(), 2);
});

test("no more at once after a long time", () => {
  now += 3_600_000;
  assert.equal(count(), 3);
});

test("what is refused costs nothing", () => {
  assert.equal(bucket.take(4), false);
  assert.equal(bucket.take(2), true);
  assert.equal(bucket.take(2), false);
  assert.equal(bucket.take(1), true);
});

test("what is given counts at once, and never beyond what fits", () => {
  bucket.give(5);
  assert.equal(count(), 3);
  bucket.give(2);
  assert.equal(count(), 2);
});

test("a clock of its own, where nobody passes one", () => {
  assert.equal(new Bucket({ burst: 1, rate: 1 }).take(), true);
});
