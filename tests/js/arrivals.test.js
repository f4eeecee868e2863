import assert from "node:assert/strict";
import { test } from "node:test";

import { arrivalOf, arrivalTitle } from "../../static/calls/js/view/arrivals.js";

/** @import { Model } from "../../static/calls/js/call/model.js" */

/** @typedef {Pick<Model, "screen" | "phase" | "reason">} Place */

/** @param {Model["phase"]} phase @returns {Place} */
const call = (phase) => ({ screen: "call", phase, reason: null });
/** @param {Model["reason"]} reason @returns {Place} */
const ended = (reason) => ({ screen: "ended", phase: "waiting", reason });

for (const [what, before, now, expected] of /** @type {[string, Place | null, Place, any][]} */ ([
  ["somebody comes", call("waiting"), call("connecting"), "came"],
  ["somebody is connected at once", call("waiting"), call("connected"), "came"],
  ["the other is given up", call("reconnecting"), call("waiting"), "went"],
  ["the other hangs up", call("connected"), ended("peer-left"), "went"],
  ["one hangs up oneself", call("connected"), ended("hung-up"), null],
  ["one waits in vain", call("waiting"), ended("hung-up"), null],
  ["the media is lost", call("connected"), call("reconnecting"), null],
  ["one comes to somebody", { ...call("waiting"), screen: "joining" }, call("connecting"), null],
  ["the page opens", null, call("connected"), null],
])) {
  test(`${what}: ${expected ?? "no news"}`, () => {
    assert.equal(arrivalOf(before, now), expected);
  });
}

test("the title names whoever came or went", () => {
  assert.equal(arrivalTitle("came", "Bo"), "Bo is here");
  assert.equal(arrivalTitle("came", ""), "The other person is here");
  assert.equal(arrivalTitle("went", "Bo"), "Bo is gone");
  assert.equal(arrivalTitle("went", ""), "The other person is gone");
});
