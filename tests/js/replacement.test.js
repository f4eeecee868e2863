import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { EVERY, Replacement } from "../../static/calls/js/call/replacement.js";
import { advance } from "./fakes.js";

/** @type {string[]} */ let made;
let fails = false;
/** @type {Replacement} */ let replacement;
/** @type {import("node:test").Mock<typeof console.warn>} */ let warnings;

beforeEach(() => {
  mock.restoreAll();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  warnings = mock.method(console, "warn", () => {});
  made = [];
  fails = false;
  replacement = new Replacement((session) => {
    if (fails) throw new Error("Cannot create so many PeerConnections");
    made.push(session);
  });
});

test("the first is made at once, and of those that follow the last", () => {
  assert.equal(replacement.ask("a"), true);
  assert.equal(replacement.ask("b"), false);
  assert.equal(replacement.ask("c"), false);
  assert.deepEqual(made, ["a"]);
  advance(EVERY - 1);
  assert.deepEqual(made, ["a"]);
  advance(1);
  assert.deepEqual(made, ["a", "c"]);
  advance(EVERY);
  assert.equal(replacement.ask("d"), true);
});

test("a storm makes two a second", () => {
  for (let n = 0; n < 300; n++) {
    replacement.ask(String(n));
    advance(10);
  }
  advance(EVERY);
  assert.equal(made.length, 1 + (300 * 10) / EVERY);
  assert.equal(made.at(-1), "299");
});

test("what is not wanted any more is not made", () => {
  replacement.ask("a");
  replacement.ask("b");
  replacement.drop();
  advance(EVERY);
  assert.deepEqual(made, ["a"]);
});

test("after the end there may be another at once", () => {
  replacement.ask("a");
  replacement.ask("b");
  replacement.end();
  assert.equal(replacement.ask("c"), true);
  advance(EVERY);
  assert.deepEqual(made, ["a", "c"]);
});

test("what cannot be made is told once, and tried again", () => {
  fails = true;
  assert.equal(replacement.ask("a"), false);
  advance(10 * EVERY);
  assert.equal(warnings.mock.callCount(), 1);
  fails = false;
  advance(EVERY);
  assert.deepEqual(made, ["a"]);
  fails = true;
  advance(EVERY);
  replacement.ask("b");
  assert.equal(warnings.mock.callCount(), 2);
  replacement.drop();
  fails = false;
  advance(HOUR);
  assert.deepEqual(made, ["a"]);
});

const HOUR = 3_600_000;
