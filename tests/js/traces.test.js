/**
 * The controller on what a browser measured while its uplink changed: recorded between two homes
 * as in tests/networks/test_sound.py, times in milliseconds since the change. What was measured
 * later depends on what the controller did then; so what is asked of it is what has to come out
 * of any.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { WHOLE_LINK, adapt, isPaused } from "../../static/calls/js/call/adaptation.js";

/** @import { Sample } from "../../static/calls/js/call/adaptation.js" */

/**
 * @typedef {{ whole: number, samples: Sample[] }} Trace `whole`: when the link was whole again
 * @typedef {{ at: number, paused: boolean }} Moment
 */

/** @param {string} name @returns {{ whole: number, moments: Moment[] }} */
function replayed(name) {
  /** @type {Trace} */
  const { whole, samples } = JSON.parse(
    readFileSync(new URL(`traces/${name}.json`, import.meta.url), "utf8"),
  );
  let state = WHOLE_LINK;
  const moments = samples.map((sample) => {
    state = adapt(state, sample);
    return { at: sample.at, paused: isPaused(state) };
  });
  return { whole, moments };
}

/** The part of this time for which the picture was held back. @param {Moment[]} moments */
function heldBack(moments, from = -Infinity, to = Infinity) {
  const within = moments.filter(({ at }) => at >= from && at < to);
  assert.ok(within.length > 0);
  return within.filter(({ paused }) => paused).length / within.length;
}

for (const name of ["150-kbit", "80-kbit", "50-kbit", "80-kbit-firefox"]) {
  test(`${name}: the picture makes way within three seconds, and not before`, () => {
    const { moments } = replayed(name);
    assert.equal(heldBack(moments, -Infinity, 0), 0);
    const first = moments.find(({ paused }) => paused);
    assert.ok(first && first.at <= 3000, `after ${first?.at} ms`);
  });
}

for (const name of ["80-kbit", "50-kbit", "80-kbit-firefox"]) {
  test(`${name}: where only the sound fits, hardly anything else is tried`, () => {
    const { moments, whole } = replayed(name);
    assert.ok(heldBack(moments, 3000, whole) > 0.85);
  });

  test(`${name}: the picture is back within 15 s of the link's being whole, and stays`, () => {
    const { moments, whole } = replayed(name);
    assert.equal(heldBack(moments, whole + 15_000), 0);
  });
}

test("150-kbit: a small picture fits, and is sent most of the time", () => {
  const { moments, whole } = replayed("150-kbit");
  assert.ok(heldBack(moments, 0, whole) < 0.5);
});

for (const name of ["10-lost", "20-lost"]) {
  test(`${name}: chance loss holds no picture back`, () => {
    assert.equal(heldBack(replayed(name).moments), 0);
  });
}
