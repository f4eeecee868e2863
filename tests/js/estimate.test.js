import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Estimate, NOTHING } from "../../static/calls/js/call/estimate.js";

const MINUTE = 60_000;

let now = 0;
/** @type {import("../../static/calls/js/call/estimate.js").Remembered} */
let memory;
/** @type {Estimate} */
let estimate;

/** As the page is after a reload. */
const reloaded = () => new Estimate(memory, () => now);

beforeEach(() => {
  now = 1_000_000;
  memory = { ...NOTHING };
  estimate = reloaded();
  estimate.begin();
});

/** @param {number} ms @param {number} bitrate @param {boolean} [limited] */
function after(ms, bitrate, limited = false) {
  now += ms;
  estimate.note({ estimate: bitrate, limited });
}

test("nothing is known at first, nor of the first seconds, which are the browser's guess", () => {
  assert.equal(estimate.start, null);
  after(4999, 300_000);
  assert.equal(estimate.start, null);
});

test("the next connection begins somewhat below the last estimate, also after a reload", () => {
  after(5000, 800_000);
  after(5000, 1_000_000);
  assert.equal(estimate.start, 700_000);
  assert.equal(reloaded().start, 700_000);
});

test("a connection that has just begun does not change what is known", () => {
  after(5000, 800_000);
  estimate.begin();
  after(4000, 300_000);
  assert.equal(estimate.start, 560_000);
});

test("a narrow link is known as well, and a wide one has its limit", () => {
  after(5000, 100_000, true);
  assert.equal(estimate.start, 70_000);
  after(5000, 9_000_000);
  assert.equal(estimate.start, 1_000_000);
});

test("a low estimate that limits nothing is the browser's guess, and says nothing", () => {
  after(5000, 300_000);
  assert.equal(estimate.start, null);
  after(0, 301_000);
  assert.equal(estimate.start, 210_700);
});

test("it is of no use after ten minutes, or in another network", () => {
  after(5000, 800_000);
  now += 10 * MINUTE - 1;
  assert.equal(estimate.start, 560_000);
  now += 1;
  assert.equal(estimate.start, null);
  after(0, 800_000);
  estimate.forget();
  assert.equal(reloaded().start, null);
});

test("a browser that estimates nothing remembers nothing", () => {
  now += MINUTE;
  estimate.note({ estimate: undefined });
  assert.deepEqual(memory, NOTHING);
});
