import assert from "node:assert/strict";
import { test } from "node:test";
import { NOTHING_YET, heard } from "../../static/calls/js/call/silence.js";

/**
 * One letter for 250 ms: "+" something arrives, "-" nothing does.
 * @param {string} windows
 */
function silences(windows) {
  let flow = NOTHING_YET;
  return [...windows]
    .map((window, n) => {
      flow = heard(flow, { from: 250 * n, at: 250 * (n + 1), arrived: window === "+" });
      return flow.silent ? "!" : ".";
    })
    .join("");
}

for (const [windows, expected, why] of [
  ["++++----+", ".......!.", "a second of nothing, until something comes"],
  ["++++---+----+", ".............", "one packet shows that the path is there"],
  ["++++---+++++----", "...............!", "a pause, and later silence"],
  ["++++---------", ".......!!!!!!", "it lasts"],
  ["+---+---+---+---", "................", "a message a second is no flow"],
  ["--------", "........", "nothing has ever flowed"],
  ["++++----++++----", ".......!.......!", "and again"],
]) {
  test(`${why}: ${windows}`, () => assert.equal(silences(windows), expected));
}

test("one long window is enough, as of a computer that has slept", () => {
  const flow = { steady: 4, since: null, silent: false };
  assert.equal(heard(flow, { from: 0, at: 10_000, arrived: false }).silent, true);
});
