import assert from "node:assert/strict";
import { test } from "node:test";

import { UNHEARD, judge, verdictOf } from "../../static/calls/js/call/quality.js";
import { toldIn } from "../../static/calls/js/call/told.js";
import { isConnected } from "../../static/calls/js/features/quality.js";

/** @import { Picture, Sound } from "../../static/calls/js/call/figures.js" */
/** @import { Window } from "../../static/calls/js/call/quality.js" */

const CLEAR = { concealed: 0, lost: 0, jitter: 4, buffer: 60 };
const LOSSY = { ...CLEAR, lost: 0.01 };
const FLUID = { packets: 90, lost: 0.02, freezes: 0, frozen: 0, fps: 20 };

/**
 * @param {{ sound?: Sound, picture?: Picture, told?: Window["told"], rtt?: number,
 *   shows?: boolean }} fields
 * @returns {Window}
 */
const moment = ({ sound = CLEAR, picture = FLUID, told = CLEAR, rtt = 40, shows = true }) => ({
  received: { sound, picture },
  told,
  rtt,
  picture: shows,
});

// -- One window --------------------------------------------------------------------------------

for (const [what, fields, expected] of /** @type {const} */ ([
  ["all is well", {}, "good"],
  ["nothing is known", { sound: {}, picture: {}, told: {}, rtt: undefined }, "good"],
  ["some sound is made up", { sound: { ...LOSSY, concealed: 0.03 } }, "weak theirs"],
  ["not enough to be heard", { sound: { ...LOSSY, concealed: 0.029 } }, "good"],
  ["much sound is made up", { sound: { ...LOSSY, concealed: 0.1 } }, "bad theirs"],
  ["packets are lost", { sound: { ...CLEAR, lost: 0.1 } }, "weak theirs"],
  ["sound is made up of nothing lost", { sound: { ...CLEAR, concealed: 0.2 } }, "good"],
  ["and there", { told: { ...CLEAR, concealed: 0.2 } }, "good"],
  ["losses that are mended", { sound: { ...CLEAR, lost: 0.09, concealed: 0.01 } }, "good"],
  ["many packets are lost", { sound: { ...CLEAR, lost: 0.25 } }, "bad theirs"],
  ["packets come unevenly", { sound: { ...CLEAR, jitter: 100 } }, "weak theirs"],
  ["sound waits in the buffer", { sound: { ...CLEAR, buffer: 400 } }, "weak theirs"],
  ["sound waits long", { sound: { ...CLEAR, buffer: 1000 } }, "bad theirs"],
  ["the other hears some made up", { told: { ...LOSSY, concealed: 0.05 } }, "weak ours"],
  ["the other hears much made up", { told: { ...LOSSY, concealed: 0.2 } }, "bad ours"],
  ["the other misses packets", { told: { lost: 0.3 } }, "bad ours"],
  ["both", { sound: { concealed: 0.2 }, told: { concealed: 0.05 } }, "bad both"],
  ["the way there and back is long", { rtt: 600 }, "weak both"],
  ["it is very long", { rtt: 1500 }, "bad both"],
  ["a long way, heard badly here", { rtt: 700, sound: { concealed: 0.04 } }, "weak theirs"],
  ["the other tells nothing", { sound: { concealed: 0.2 }, told: {} }, "bad"],
  ["nothing is heard here", { sound: {}, picture: {}, told: { concealed: 0.2 } }, "bad"],
  ["the picture stands still", { picture: { ...FLUID, frozen: 0.5 } }, "weak theirs"],
  ["it stutters", { picture: { packets: 9, lost: 0.1, freezes: 3 } }, "weak theirs"],
  ["it shows few frames", { picture: { packets: 9, lost: 0.1, fps: 3 } }, "weak theirs"],
  ["a slow computer loses nothing", { picture: { ...FLUID, lost: 0, fps: 2, frozen: 1 } }, "good"],
  ["one short stop", { picture: { ...FLUID, freezes: 1, frozen: 0.2 } }, "good"],
  ["the camera gives nothing", { picture: { packets: 0, fps: 0, frozen: 1 } }, "good"],
  ["what is told of the picture is little (Firefox)", { picture: { packets: 90 } }, "good"],
])) {
  test(`${what}: ${expected}`, () => {
    const { level, fault } = verdictOf(moment(fields), true);
    assert.equal(fault ? `${level} ${fault}` : level, expected);
  });
}

test("a picture that is held back does not stand still", () => {
  const still = moment({ picture: { packets: 9, lost: 0.1, frozen: 1 } });
  assert.equal(verdictOf(still, false).level, "good");
});

// -- Several -------------------------------------------------------------------------------

const WINDOWS = {
  ".": moment({}),
  t: moment({ sound: { ...LOSSY, concealed: 0.05 } }),
  T: moment({ sound: { ...LOSSY, concealed: 0.5 } }),
  o: moment({ told: { ...LOSSY, concealed: 0.05 } }),
  O: moment({ told: { ...LOSSY, concealed: 0.5 } }),
  b: moment({ rtt: 700 }),
  "?": moment({ sound: { ...LOSSY, concealed: 0.05 }, told: {} }),
  f: moment({ picture: { packets: 9, lost: 0.1, frozen: 1 } }),
  p: moment({ picture: { packets: 0 }, shows: false }),
};

const LETTERS = { theirs: "t", ours: "o", both: "b" };

/** What is shown after each window: "." or as above. @param {string} windows */
function shownOver(windows) {
  let state = UNHEARD;
  return [...windows]
    .map((letter) => {
      state = judge(state, WINDOWS[/** @type {keyof typeof WINDOWS} */ (letter)]);
      const { level, fault } = state.shown;
      if (fault === null) return ".";
      return level === "bad" ? LETTERS[fault].toUpperCase() : LETTERS[fault];
    })
    .join("");
}

for (const [what, windows, expected] of /** @type {const} */ ([
  ["a clean link", "............", "............"],
  ["a slip is no news", "..T...T..T.T", "............"],
  ["two windows are", "..tt", "...t"],
  ["two windows agree on the better of the two", "..Tt", "...t"],
  ["worse again at once", "..ttTT", "...ttT"],
  ["it recovers slowly", "tt...........", ".tttt........"],
  ["a new slip puts that off", "tt...t....", ".tttttttt."],
  ["bad becomes weak, then good", "TTtttt....", ".TTTTtttt."],
  ["whose fault it is", "OO", ".O"],
  ["one hears badly, then the other", "ot", ".b"],
  ["the fault moves on", "oottttt", ".oooott"],
  ["but not for a moment", "ootoot", ".ooooo"],
  ["what nobody can tell does not count", "t?", ".t"],
  ["what nobody can tell at all is both", "??", ".b"],
  ["and does not change what is known", "tt????", ".ttttt"],
  ["a way that is long", "bb", ".b"],
  ["a picture that stands still", "..ff", "...t"],
  ["the first one, after none", "ff", ".."],
  ["one that comes back after a pause", "..ppppf.f", "........."],
  ["one that never moves again then", "..ppppfff", "........t"],
])) {
  test(`${what}: ${windows}`, () => assert.equal(shownOver(windows), expected));
}

test("without news the verdict is the same object, so that nothing is said twice", () => {
  const state = judge(judge(UNHEARD, WINDOWS.t), WINDOWS.t);
  assert.notEqual(state.shown, UNHEARD.shown);
  assert.equal(judge(state, WINDOWS.t).shown, state.shown);
});

// -- What the other tells ----------------------------------------------------------------------

const NOTHING = { lost: undefined, concealed: undefined, buffer: undefined };

for (const [what, messages, expected] of /** @type {const} */ ([
  ["nothing", [], NOTHING],
  [
    "two moments",
    [
      { audio: 10, lost: 0, concealed: 0, buffer: 100 },
      { audio: 5, lost: 5, concealed: 0.5, buffer: 300 },
    ],
    { lost: 0.25, concealed: 0.25, buffer: 200 },
  ],
  ["only some of it (Firefox)", [{ audio: 12, buffer: 80 }], { ...NOTHING, buffer: 80 }],
  ["how wide the link is", [{ capacity: 90_000 }], NOTHING],
  ["that nothing came", [{ audio: 0, lost: 3, concealed: 1, buffer: 0 }], NOTHING],
  ["nonsense", [{ audio: "12", concealed: 0.5 }], NOTHING],
  ["more nonsense", [{ audio: 12, lost: -1, concealed: 7, buffer: null }], NOTHING],
])) {
  test(`the other tells ${what}`, () => assert.deepEqual(toldIn([...messages]), expected));
}

// -- Where the sign is -------------------------------------------------------------------------

for (const [screen, phase, expected] of /** @type {const} */ ([
  ["call", "waiting", false],
  ["call", "connecting", false],
  ["call", "connected", true],
  ["call", "reconnecting", true],
  ["ended", "connected", false],
])) {
  test(`${screen}, ${phase}: ${expected ? "a" : "no"} sign`, () => {
    assert.equal(isConnected({ screen, phase }), expected);
  });
}
