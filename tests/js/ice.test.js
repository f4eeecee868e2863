import assert from "node:assert/strict";
import { test } from "node:test";
import { Ice } from "../../static/calls/js/call/ice.js";

/** @import { TestContext } from "node:test" */

const MINUTE = 60_000;

/** @param {number} [ttl] seconds @returns {import("../../static/calls/js/call/protocol.js").IceConfig} */
const config = (ttl) => ({
  iceServers: [{ urls: ["turn:a"], username: String(ttl), credential: "x" }],
  iceTransportPolicy: "all",
  ttl,
});

/** @param {TestContext} t */
function make(t) {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1 });
  const found = { asked: 0 };
  return {
    found,
    ice: new Ice(() => found.asked++),
    tick: (/** @type {number} */ ms) => t.mock.timers.tick(ms),
  };
}

test("others are asked for at 80 per cent of the life of those in use", (t) => {
  const { ice, found, tick } = make(t);
  assert.equal(ice.set(config(600)), false);
  assert.deepEqual(ice.config.iceServers[0].username, "600");
  tick(8 * MINUTE - 1);
  assert.equal(found.asked, 0);
  tick(1);
  assert.equal(found.asked, 1);
  assert.equal(ice.set(config(600)), true, "what was made with the old ones ends with them");
  tick(8 * MINUTE - 1);
  assert.equal(found.asked, 1);
  tick(1);
  assert.equal(found.asked, 2);
});

test("credentials that came meanwhile do not put it off", (t) => {
  const { ice, found, tick } = make(t);
  ice.set(config(600));
  tick(5 * MINUTE);
  assert.equal(ice.set(config(600)), false);
  tick(3 * MINUTE);
  assert.equal(found.asked, 1);
});

test("where the server has none now, it is asked again", (t) => {
  const { ice, found, tick } = make(t);
  ice.set(config(600));
  tick(8 * MINUTE);
  assert.equal(ice.set(config()), false);
  tick(MINUTE / 2);
  assert.equal(found.asked, 2);
  assert.equal(ice.set(config(600)), true);
  tick(MINUTE);
  assert.equal(found.asked, 2);
});

test("credentials without an end are never renewed, very long ones not at once", (t) => {
  const { ice, found, tick } = make(t);
  ice.set(config());
  tick(1e9);
  assert.equal(found.asked, 0);
  ice.set(config(1e9));
  tick(1e9);
  assert.equal(found.asked, 0);
});

test("a provider that gives old ones is not asked without a pause", (t) => {
  const { ice, found, tick } = make(t);
  ice.set(config(1));
  tick(5000 - 1);
  assert.equal(found.asked, 0);
  tick(1);
  assert.equal(found.asked, 1);
});

test("before new paths are sought, they are renewed if they are minutes old", (t) => {
  const { ice, found, tick } = make(t);
  ice.set(config());
  tick(5 * MINUTE);
  ice.freshen();
  assert.equal(found.asked, 0);
  tick(1);
  ice.freshen();
  assert.equal(found.asked, 1);
});

test("nothing is asked for after the call", (t) => {
  const { ice, found, tick } = make(t);
  ice.set(config(600));
  ice.forget();
  assert.equal(ice.at, 0);
  tick(10 * MINUTE);
  assert.equal(found.asked, 0);
  ice.set(config(600));
  tick(8 * MINUTE);
  assert.equal(found.asked, 1, "and again in the next");
});
