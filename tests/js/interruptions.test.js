import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import {
  Interruptions,
  OFF,
  PATIENCE,
  PAUSES,
  SILENCE,
  dueAt,
  interruptedOf,
  isDue,
  next,
} from "../../static/calls/js/call/interruptions.js";
import { FakeStream, advance, given, posing, settle } from "./fakes.js";

/** @import { Happening, Source } from "../../static/calls/js/call/interruptions.js" */

// -- What is known, and what follows ----------------------------------------------------------

/** @type {Happening} */ const on = { type: "on", muted: false, fresh: true };
/** @type {Happening} */ const off = { type: "off" };
/** @type {Happening} */ const again = { type: "on", muted: false, fresh: false };
/** @type {Happening} */ const muted = { type: "muted" };
/** @type {Happening} */ const unmuted = { type: "unmuted" };
/** @type {Happening} */ const shown = { type: "shown" };
/** @type {Happening} */ const asked = { type: "asked" };
/** @type {Happening} */ const trying = { type: "trying" };
/** @type {Happening} */ const failed = { type: "failed", muted: false };
/** @param {number} [energy] @returns {Happening} */
const sound = (energy) => ({ type: "sound", energy });

/** @typedef {[at: number, ...events: Happening[]]} Moment */

/** @param {Moment[]} moments @returns {Source} */
function after(...moments) {
  let source = OFF;
  for (const [at, ...events] of moments) {
    for (const event of events) source = next(source, event, at);
  }
  return source;
}

/** Readings, one a second. @param {number} from @param {number[]} energies @returns {Moment[]} */
const readings = (from, ...energies) =>
  energies.map((energy, n) => [from + 1000 * n, sound(energy)]);

/** What is told of it, at a time. @param {Source} source @param {number} at */
function said(source, at) {
  const { audio, stuck } = interruptedOf({ audio: source, video: OFF }, at);
  const words = [audio ?? "well", isDue(source, at) && "try", stuck && "stuck"];
  return words.filter(Boolean).join(" ");
}

/** @type {[what: string, at: number, expected: string, ...Moment[]][]} */
const TOLD = [
  ["nothing that is on", 0, "well"],
  ["a microphone that is on", 9000, "well", [0, on]],
  ["one that the device mutes, which is no time to ask for another", 0, "muted", [0, on, muted]],
  ["one that stays muted", PATIENCE, "muted stuck", [0, on, muted]],
  ["one that begins muted", PATIENCE, "muted stuck", [0, { ...on, muted: true }]],
  ["one that is given back", 10, "well try", [0, on, muted], [10, unmuted]],
  ["one that is muted while the page is seen again", 10, "muted try", [0, on, muted], [10, shown]],
  ["one that is well while the page is seen again", 10, "well", [0, on], [10, shown]],
  ["one that the person has switched off", 9999, "well", [0, on, muted], [1, off]],
  ["one that is switched on again", 9999, "well", [0, on, muted], [1, off], [2, again]],
  ["one that is muted and switched off, given back", 9, "well", [0, on, muted, off], [1, unmuted]],
  ["one that is seen again switched off", 9, "well", [0, on, muted, off], [1, shown]],
  ["one that is asked for", 10, "well", [0, on, unmuted, trying]],
  ["old tracks that are muted while one is asked for", 10, "well", [0, on, unmuted, trying, muted]],
  ["one that is asked for again", 10, "failed stuck", [0, on, unmuted, trying, failed, trying]],
  ["one that was not given", 10, "failed stuck", [0, on, unmuted, trying, failed]],
  [
    "one that was not given and is muted",
    10,
    "muted stuck",
    [0, on, muted, shown, trying, { ...failed, muted: true }],
  ],
  ["one that was given in the end", 10, "well", [0, on, unmuted, trying, failed], [9, on]],
  [
    "one that was not given and sounds",
    2000,
    "well",
    [0, on, unmuted, trying, failed],
    ...readings(1000, 0, 1),
  ],
  ["one that the person asks for", 10, "failed try stuck", [0, on, trying, failed], [9, asked]],
  // Silence
  ["a quiet room", 4000, "well", [0, on], ...readings(0, 1, 1.001, 1.002, 1.003, 1.004)],
  ["zeros for less than it takes", 2000, "well", [0, on], ...readings(0, 1, 1, 1)],
  ["zeros after sound", 4000, "well try", [0, on], ...readings(0, 1, 2, 2, 2, 2)],
  ["zeros from the beginning", 3000, "silent try", [0, on], ...readings(0, 0, 0, 0, 0)],
  [
    "zeros that go on with a fresh track",
    9000,
    "silent try",
    [0, on],
    ...readings(0, 1, 2, 2, 2, 2),
    [4000, trying],
    [4500, on],
    ...readings(5000, 2, 2, 2, 2, 2),
  ],
  [
    "zeros that end with a fresh track",
    9000,
    "well",
    [0, on],
    ...readings(0, 0, 0, 0, 0),
    [3000, trying],
    [3500, on],
    ...readings(5000, 0, 1, 1),
  ],
  [
    "zeros that a fresh track has not ended yet",
    3500,
    "silent",
    [0, on],
    ...readings(0, 0, 0, 0, 0),
    [3000, trying],
    [3500, on],
  ],
  ["zeros that end by themselves", 4000, "well", [0, on], ...readings(0, 0, 0, 0, 0, 1)],
  ["zeros while the person is muted", 9000, "well", [0, on, off], ...readings(0, 0, 0, 0, 0)],
  [
    "the first moments after the person has spoken again",
    6000,
    "well",
    [0, on, off],
    ...readings(0, 0, 0, 0, 0),
    [4500, again],
    ...readings(5000, 0, 0),
  ],
  [
    "zeros of one that has sounded before the person muted",
    9000,
    "well try",
    [0, on],
    ...readings(0, 1, 2),
    [2000, off],
    [4500, again],
    ...readings(5000, 2, 2, 2, 2, 2),
  ],
  [
    "zeros while the device mutes, which is known",
    4000,
    "muted",
    [0, on, muted],
    ...readings(0, 0, 0, 0, 0),
  ],
  ["what is not measured", 9000, "well", [0, on], [0, sound()], [4000, sound()], [8000, sound()]],
  [
    "zeros that nobody looked at in between",
    9000,
    "well",
    [0, on],
    [0, sound(1)],
    [9000, sound(1)],
  ],
  ["a count that begins anew", 4000, "well", [0, on], ...readings(0, 5, 5, 0, 0, 0)],
];

for (const [what, at, expected, ...moments] of TOLD) {
  test(`of ${what} is told: ${expected}`, () => {
    assert.equal(said(after(...moments), at), expected);
  });
}

/** When it is tried, while it fails each time at once. @param {Source} source @param {number} until */
function triesOf(source, until) {
  const tries = [];
  for (let at = 0; at <= until; at = dueAt(source, at)) {
    if (!isDue(source, at)) continue;
    tries.push(at);
    source = next(next(source, trying, at), failed, at);
  }
  return tries;
}

test("what fails is tried after ever longer pauses", () => {
  const [, second, third, fourth] = PAUSES;
  const [two, three] = [second, second + third];
  assert.deepEqual(triesOf(after([0, on, unmuted]), three), [0, two, three]);
  assert.ok(third > second && fourth > third);
  assert.deepEqual(triesOf(after([0, on, unmuted]), three + fourth - 1), [0, two, three]);
});

test("an interruption after a long time begins anew", () => {
  const later = 2 * Math.max(...PAUSES);
  const source = after([0, on, unmuted, trying, on, unmuted], [5000, trying, on], [later, unmuted]);
  assert.ok(isDue(source, later));
  assert.ok(
    isDue(next(next(next(source, trying, later), on, later), unmuted, later), later + PAUSES[1]),
  );
});

test("another cause at once waits for its turn", () => {
  const source = after([0, on, unmuted, trying, on], [10, muted, unmuted]);
  assert.equal(isDue(source, 10), false);
  assert.equal(dueAt(source, 10), PAUSES[1]);
});

test("a press, and the page that is seen again, wait for nothing", () => {
  const source = after([0, on, unmuted, trying, failed]);
  for (const event of [asked, shown]) assert.ok(isDue(next(source, event, 1), 1));
  // Even where the devices have not answered the last request.
  assert.ok(isDue(next(after([0, on, muted, shown, trying]), asked, 1), 1));
});

test("what is due is known in time", () => {
  assert.equal(dueAt(after([0, on]), 0), Infinity);
  assert.equal(dueAt(after([7, on, muted]), 7), 7 + PATIENCE);
  assert.equal(dueAt(after([7, on, muted]), 7 + PATIENCE), Infinity);
  assert.ok(SILENCE < PATIENCE);
});

// -- With tracks ------------------------------------------------------------------------------

class FakeTrack {
  muted = false;
  /** @type {(() => void) | null} */ onmute = null;
  /** @type {(() => void) | null} */ onunmute = null;

  /** @param {"audio" | "video"} kind */
  constructor(kind) {
    this.kind = kind;
  }
}

class FakeMedia {
  audio = true;
  video = true;
  stream = new FakeStream(posing([new FakeTrack("audio"), new FakeTrack("video")]));
  changes = 0;
  works = true;
  /** @type {[kind: string, letGo: boolean][]} */ renewed = [];
  /** @type {Promise<boolean> | null} */ answer = null;

  /** @param {FakeTrack} old @param {{ letGo: boolean }} options */
  async renew(old, { letGo }) {
    this.renewed.push([old.kind, letGo]);
    const { answer } = this;
    await settle();
    if (!(await (answer ?? this.works))) return false;
    this.use(old.kind);
    return true;
  }

  /** The next request waits until the function that is returned is called. */
  hold() {
    /** @type {PromiseWithResolvers<boolean>} */
    const { promise, resolve } = Promise.withResolvers();
    this.answer = promise;
    return resolve;
  }

  /** Other tracks of these kinds from now on. @param {("audio" | "video")[]} kinds */
  use(...kinds) {
    const kept = this.stream.getTracks().filter(({ kind }) => !kinds.some((one) => one === kind));
    const fresh = kinds.map((kind) => new FakeTrack(kind));
    this.stream = new FakeStream([...kept, ...posing(fresh)]);
    this.changed();
  }

  changed() {
    this.changes++;
    interruptions.follow();
  }

  /** @param {string} kind @returns {FakeTrack} */
  track(kind) {
    return posing(given(this.stream.getTracks().find((track) => track.kind === kind)));
  }
}

/** @type {FakeMedia} */ let media;
/** @type {Interruptions} */ let interruptions;
let start = 0;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  start = Date.now();
  media = new FakeMedia();
  interruptions = new Interruptions(posing(media), () => Date.now() - start);
  interruptions.follow();
});

const told = () => {
  const { audio, video, stuck } = interruptions.interrupted;
  return [audio, video, stuck];
};

test("what the device mutes is told at once, and a press is asked for later", () => {
  media.track("video").onmute?.();
  assert.deepEqual(told(), [null, "muted", false]);
  advance(PATIENCE);
  assert.deepEqual(told(), [null, "muted", true]);
  assert.deepEqual([media.changes, media.renewed], [2, []]);
});

test("what the device gives back is taken anew, and heard no more of", async () => {
  const old = media.track("audio");
  old.onmute?.();
  old.onunmute?.();
  await settle();
  await settle();
  assert.deepEqual(media.renewed, [["audio", false]]);
  assert.notEqual(media.track("audio"), old);
  old.onmute?.();
  assert.deepEqual(told(), [null, null, false]);
});

test("the second time the device is let go of first", async () => {
  media.works = false;
  media.track("audio").onunmute?.();
  await settle();
  await settle();
  assert.deepEqual(told(), ["failed", null, true]);
  media.works = true;
  advance(PAUSES[1]);
  await settle();
  await settle();
  assert.deepEqual(media.renewed, [
    ["audio", false],
    ["audio", true],
  ]);
  assert.deepEqual(told(), [null, null, false]);
});

test("a press lets go of the device, a look at the page does not", async () => {
  media.track("audio").onmute?.();
  interruptions.show();
  await settle();
  await settle();
  media.track("audio").onmute?.();
  interruptions.mend();
  await settle();
  await settle();
  media.track("video").onmute?.();
  interruptions.mend();
  assert.deepEqual(media.renewed, [
    ["audio", false],
    ["audio", true],
    ["video", true],
  ]);
});

test("a request that a press has overtaken fails for nobody", async () => {
  media.track("audio").onmute?.();
  const slow = media.hold();
  interruptions.show();
  const fast = media.hold();
  interruptions.mend();
  slow(false);
  await settle();
  assert.deepEqual(told(), ["muted", null, false]);
  fast(false);
  await settle();
  assert.deepEqual(told(), ["failed", null, true]);
});

test("a press mends all that is interrupted, and nothing else", async () => {
  for (const kinds of /** @type {const} */ ([["audio"], ["video"], ["audio", "video"]])) {
    media.renewed = [];
    for (const kind of kinds) media.track(kind).onmute?.();
    interruptions.mend();
    await settle();
    await settle();
    assert.deepEqual(
      media.renewed.map(([kind]) => kind),
      kinds,
    );
    assert.deepEqual(told(), [null, null, false]);
  }
});

test("what is asked for again meanwhile, or switched off, has failed for nobody", async () => {
  media.works = false;
  media.track("audio").onmute?.();
  interruptions.show();
  media.audio = false;
  media.changed();
  await settle();
  await settle();
  assert.deepEqual(told(), [null, null, false]);
  media.audio = true;
  media.changed();
  media.track("video").onmute?.();
  interruptions.show();
  media.use("video");
  await settle();
  await settle();
  assert.deepEqual(told(), [null, null, false]);
});

test("a microphone that gives nothing but zeros is taken anew", async () => {
  for (let n = 0; n <= SILENCE / 250; n++) {
    interruptions.hear(1);
    advance(250);
  }
  assert.deepEqual(media.renewed, [["audio", false]]);
});

test("who is muted is left alone", () => {
  media.audio = false;
  media.changed();
  for (let n = 0; n <= 2 * (SILENCE / 250); n++) {
    interruptions.hear(1);
    advance(250);
  }
  media.track("audio").onunmute?.();
  interruptions.show();
  advance(Math.max(...PAUSES));
  assert.deepEqual(media.renewed, []);
});

test("after the end nothing is waited for", () => {
  media.track("audio").onmute?.();
  media.stream = new FakeStream();
  media.changed();
  const { changes } = media;
  advance(Math.max(...PAUSES));
  assert.deepEqual([told(), media.changes], [[null, null, false], changes]);
});
