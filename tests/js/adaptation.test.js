import assert from "node:assert/strict";
import { test } from "node:test";

import {
  TRIALS,
  WHOLE_LINK,
  adapt,
  isPaused,
  onNewPath,
} from "../../static/calls/js/call/adaptation.js";
import { sendingOf } from "../../static/calls/js/call/sending.js";

/** @import { Sample, Stage, State } from "../../static/calls/js/call/adaptation.js" */

/** @typedef {Omit<Sample, "at">} Measured */

const STEP = 250;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** @type {Measured} */
const GOOD = { concealed: 0, rtt: 50, estimate: 2_000_000, limited: false };
/** @type {Measured} */
const DROWNED = { concealed: 0.7, rtt: 50, estimate: 900_000, limited: true };

/**
 * Four samples a second for so long; what they are may depend on what is sent.
 * @param {State} state
 * @param {number} from
 * @param {number} duration
 * @param {Measured | ((state: State, at: number) => Measured)} link
 */
function run(state, from, duration, link) {
  /** @type {{ at: number, stage: Stage, trial: boolean }[]} */
  const moves = [];
  for (let at = from + STEP; at <= from + duration; at += STEP) {
    const before = state;
    state = adapt(state, { ...(typeof link === "function" ? link(state, at) : link), at });
    if (state.stage !== before.stage || state.trial !== before.trial) {
      moves.push({ at, stage: state.stage, trial: state.trial });
    }
  }
  return { state, moves, end: from + duration };
}

/** @param {{ moves: { stage: Stage }[] }} ran */
const stagesOf = ({ moves }) => moves.map(({ stage }) => stage);

/** @param {Partial<State>} fields @returns {State} */
const known = (fields) => ({ ...WHOLE_LINK, base: 50, told: true, ...fields });

// -- One sample ------------------------------------------------------------------------------

/** @type {State["windows"]} */
const BAD_WINDOW = [{ at: 9750, concealed: 0.6 }];
const BUSY = [{ at: 9750, concealed: 0.6, missing: 0 }];
const HURT_WINDOWS = [9250, 9500, 9750].map((at) => ({ at, concealed: 0.1 }));
/** @type {Partial<State>} */
const ON_TRIAL = { stage: 1, trial: true, narrow: true, since: 8000 };
/** @type {Partial<State>} */
const REDUCED = { stage: 1, narrow: true, since: 0 };
/** @type {Partial<State>} */
const HELD = { stage: 2, narrow: true, since: 0 };

/** @type {[string, Partial<State>, Measured, Stage][]} */
const TABLE = [
  ["nothing measured", {}, {}, 0],
  ["all is well", {}, GOOD, 0],
  ["one window is no proof", {}, DROWNED, 0],
  ["two are", { windows: BAD_WINDOW }, DROWNED, 2],
  [
    "two of a busy machine, which loses no packets",
    { windows: BUSY },
    { ...DROWNED, missing: 0 },
    0,
  ],
  ["two of a busy machine and chance loss", { windows: BUSY }, { ...DROWNED, missing: 0.2 }, 0],
  ["two with packets lost", { windows: BUSY }, { ...DROWNED, missing: 0.8 }, 2],
  ["two that are long apart are not", { windows: [{ at: 8900, concealed: 1 }] }, DROWNED, 0],
  ["chance loss holds no picture back", { windows: HURT_WINDOWS }, { ...GOOD, concealed: 0.1 }, 0],
  ["loss and late packets do", { windows: HURT_WINDOWS }, { concealed: 0.1, rtt: 400 }, 2],
  ["late packets alone do not", {}, { ...GOOD, rtt: 900 }, 0],
  ["a low estimate needs a second", { limitedAt: 9200 }, { estimate: 150_000, limited: true }, 0],
  ["a low estimate", { limitedAt: 9000 }, { estimate: 150_000, limited: true }, 1],
  ["a low estimate that limits nothing", { limitedAt: 9000 }, { estimate: 150_000 }, 0],
  ["lost packets, to whom is told more", { windows: BAD_WINDOW }, { lost: 0.6 }, 0],
  ["lost packets, to whom is told no more", { told: false, windows: BAD_WINDOW }, { lost: 0.6 }, 2],
  ["few lost packets", { told: false, windows: BAD_WINDOW }, { lost: 0.2 }, 0],

  ["a smaller picture that fits, with room for all", REDUCED, GOOD, 0],
  ["no estimate is not a low one", REDUCED, { concealed: 0 }, 0],
  ["with no room for all", REDUCED, { ...GOOD, estimate: 200_000 }, 1],
  ["which may be the cap's doing", { ...REDUCED, since: -6000 }, { ...GOOD, estimate: 90_000 }, 0],
  ["not good for long enough", { ...REDUCED, badAt: 2500 }, GOOD, 1],
  ["after failures, for longer", { ...REDUCED, failures: 1 }, GOOD, 1],
  ["a smaller picture that drowns the sound", { ...REDUCED, windows: BAD_WINDOW }, DROWNED, 2],

  ["a trial that goes well goes on", ON_TRIAL, GOOD, 1],
  ["a trial with late packets", ON_TRIAL, { rtt: 250 }, 2],
  ["a trial with sound made up", { ...ON_TRIAL, windows: BAD_WINDOW }, { concealed: 0 }, 2],
  ["one window ends no trial", ON_TRIAL, { concealed: 0.2 }, 1],

  ["held back until the trial is due", { ...HELD, since: 500 }, GOOD, 2],
  ["a trial is due", HELD, GOOD, 1],
  ["not while sound is made up", { ...HELD, badAt: 8500 }, GOOD, 2],
  ["held back, and sound is still made up", { ...HELD, windows: HURT_WINDOWS }, DROWNED, 2],
  ["the link is measured as narrow", { ...HELD, capacities: [80_000] }, { capacity: 90_000 }, 2],
  [
    "the link is measured as wide",
    { ...HELD, since: 7000, capacities: [2_000_000] },
    { capacity: 900_000 },
    1,
  ],
  ["two have to agree", { ...HELD, since: 7000, capacities: [80_000] }, { capacity: 900_000 }, 2],
  [
    "as wide as when it did not fit",
    { ...HELD, since: 7000, capacities: [160_000], refuted: 150_000 },
    { capacity: 160_000 },
    2,
  ],
];
for (const [name, fields, measured, stage] of TABLE) {
  test(`${name}: stage ${fields.stage ?? 0} to ${stage}`, () => {
    assert.equal(adapt(known(fields), { ...measured, at: 10_000 }).stage, stage);
  });
}

for (const [failures, wait] of [...TRIALS, TRIALS[3]].entries()) {
  test(`after ${failures} failures the next trial is ${wait / SECOND} s later`, () => {
    const { moves } = run(known({ ...HELD, failures }), 0, 2 * MINUTE, GOOD);
    assert.deepEqual(moves[0], { at: wait, stage: 1, trial: true });
  });
}

test("where no trial can fit, one is made after a minute all the same", () => {
  const state = known({ ...HELD, capacities: [60_000, 60_000] });
  const { moves } = run(state, 0, 2 * MINUTE, { ...GOOD, capacity: 60_000 });
  assert.equal(moves[0].at, MINUTE);
});

test("a round trip that has become longer for good is normal after a while", () => {
  const narrow = run(known({}), 0, 5 * MINUTE, { rtt: 300 });
  assert.ok(Number(narrow.state.base) > 200);
  assert.equal(adapt(narrow.state, { rtt: 40, at: 6 * MINUTE }).base, 40);
});

test("a new path is not judged by what was measured on the old one", () => {
  const before = known({ ...HELD, windows: BAD_WINDOW, rtt: 900, capacities: [1, 1] });
  const state = onNewPath(before, 9750);
  assert.equal(state.stage, 2);
  assert.deepEqual([state.windows, state.rtt, state.base, state.capacities], [[], null, null, []]);
});

test("sound that was missing while the path was lost holds no picture back", () => {
  const { moves } = run(onNewPath(known({}), 0), 0, 1750, DROWNED);
  assert.deepEqual(moves, []);
  assert.equal(run(onNewPath(known({}), 0), 0, 3000, DROWNED).state.stage, 2);
});

// -- What is sent ----------------------------------------------------------------------------

for (const [name, fields, camera, sound] of /** @type {const} */ ([
  ["all", {}, [1_500_000, 1, null], [null, true]],
  ["a smaller picture", { stage: 1, cap: 140_000 }, [140_000, 2, 15], [null, true]],
  ["one that was held back", { ...REDUCED, cap: 99_000 }, [99_000, 2, 15], [20_000, false]],
  ["a trial", { ...ON_TRIAL, cap: 60_000 }, [60_000, 4, 10], [20_000, false]],
  ["no picture and a smaller sound", HELD, null, [20_000, false]],
])) {
  test(`what is sent: ${name}`, () => {
    const state = known(/** @type {Partial<State>} */ (fields));
    const sending = sendingOf(state);
    assert.deepEqual(sending.camera && Object.values(sending.camera), camera);
    assert.deepEqual(Object.values(sending.sound), sound);
    assert.equal(isPaused(state), camera === null);
  });
}

test("a smaller picture stays below the estimate, in steps", () => {
  let { state } = run(known(REDUCED), 0, SECOND, { ...GOOD, estimate: 200_000 });
  assert.equal(state.cap, 140_000);
  state = run(state, SECOND, SECOND, { ...GOOD, estimate: 230_000 }).state;
  assert.equal(state.cap, 140_000);
  state = run(state, 2 * SECOND, SECOND, { ...GOOD, estimate: 300_000 }).state;
  assert.equal(state.cap, 210_000);
  state = run(state, 3 * SECOND, SECOND, { ...GOOD, estimate: 10_000 }).state;
  assert.equal(state.cap, 60_000);
});

// -- Traces ----------------------------------------------------------------------------------

/** Numbers that look like chance and are the same in every run. */
function chance(seed = 1) {
  return () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
}

test("ten minutes on a clean link: nothing is held back", () => {
  const random = chance();
  // The start: Chromium begins at 300 kbit/s. Now and then the machine is busy for a moment.
  const { moves } = run(WHOLE_LINK, 0, 10 * MINUTE, (_, at) => ({
    concealed: random() < 0.02 ? random() : random() * 0.01,
    rtt: at % SECOND === 0 ? 20 + 40 * random() : undefined,
    estimate: Math.min(300_000 + at * 200, 3_000_000),
    limited: at < 8000,
  }));
  assert.deepEqual(moves, []);
});

for (const [name, measure] of /** @type {[string, (share: number) => Measured][]} */ ([
  ["Chromium", (concealed) => ({ concealed, rtt: 55, estimate: 300_000, limited: true })],
  ["Firefox, which estimates nothing", (concealed) => ({ concealed, rtt: 55 })],
])) {
  test(`chance loss of a fifth, without redundant sound, in ${name}: nothing is held back`, () => {
    const random = chance(7);
    const { moves } = run(WHOLE_LINK, 0, 10 * MINUTE, () => {
      // A dozen packets a window, a fifth of them lost; half of each is made up.
      const lost = Array.from({ length: 12 }, random).filter((one) => one < 0.2).length;
      return measure(lost / 24);
    });
    assert.deepEqual(moves, []);
  });
}

/**
 * A link of so many kbit/s with half a second of queue. What does not fit is lost, as long as
 * the queue is full; the estimate follows in a second, and grows as in draft-ietf-rmcat-gcc-02,
 * 5.5, where the browser has one.
 * @param {(at: number) => number} widthAt
 * @param {{ estimates?: boolean, probes?: boolean }} [how]
 */
function linkOf(widthAt, { estimates = true, probes = true } = {}) {
  let queue = 0;
  let estimate = 2_000_000;
  return (/** @type {State} */ state, /** @type {number} */ at) => {
    const width = widthAt(at) * 1000;
    const { camera, sound } = sendingOf(state);
    const speech = sound.maxBitrate === null ? (sound.redundant ? 85_000 : 52_000) : 32_000;
    // The smallest picture that Chromium sends, whatever the estimate is.
    const picture = camera ? Math.max(Math.min(camera.maxBitrate, estimate - speech), 35_000) : 0;
    const sent = speech + picture;
    const most = width / 2;
    const next = Math.max(queue + ((sent - width) * STEP) / SECOND, 0);
    const lost = Math.max(next - most, 0) / ((sent * STEP) / SECOND);
    queue = Math.min(next, most);
    const allowed = Math.min(width, 1.5 * Math.min(sent, width) + 10_000);
    estimate =
      allowed < estimate
        ? estimate + (allowed - estimate) * 0.3
        : Math.min(allowed, estimate * 1.08 ** (STEP / SECOND));
    const wait = (queue / width) * SECOND;
    return {
      concealed: Math.min(lost, 1),
      rtt: at % SECOND === 0 ? 50 + wait : undefined,
      ...(estimates ? { estimate, limited: camera !== null } : {}),
      capacity: probes && isPaused(state) && at % 2000 === 0 ? width : undefined,
    };
  };
}

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

// Parts of the sound that may be made up in the first ten seconds and then; how often in five
// minutes the picture may be held back.
const NARROW = [
  { width: 150, first: 0.2, later: 0.02, holds: 6 },
  { width: 80, first: 0.3, later: 0.05, holds: 8 },
  { width: 50, first: 0.4, later: 0.05, holds: 8 },
];

for (const estimates of [true, false]) {
  for (const probes of [true, false]) {
    const how = { estimates, probes };
    const name = `${estimates ? "with" : "without"} estimate, ${probes ? "with" : "without"} probes`;

    for (const { width, first, later, holds } of NARROW) {
      test(`${width} kbit/s, ${name}: the sound stays clear`, () => {
        const link = linkOf((at) => (at > 10_000 ? width : 5000), how);
        /** @type {number[]} */
        const concealed = [];
        const { moves } = run(WHOLE_LINK, 0, 5 * MINUTE, (state, at) => {
          const sample = link(state, at);
          concealed.push(sample.concealed);
          return sample;
        });
        assert.ok(moves[0].stage === 2 && moves[0].at <= 11_000, JSON.stringify(moves[0]));
        assert.ok(mean(concealed.slice(40, 80)) <= first, String(mean(concealed.slice(40, 80))));
        assert.ok(mean(concealed.slice(80, 200)) <= later, String(mean(concealed.slice(80, 200))));
        assert.ok(mean(concealed.slice(200)) <= later, String(mean(concealed.slice(200))));
        const held = moves.filter(({ stage }, n) => stage > 1 && (moves[n - 1]?.stage ?? 0) < 2);
        assert.ok(held.length <= holds, JSON.stringify(moves));
      });
    }

    test(`narrow for half a minute, ${name}: all is sent again, and stays so`, () => {
      const narrow = (/** @type {number} */ at) => at > 10_000 && at <= 40_000;
      const link = linkOf((at) => (narrow(at) ? 50 : 5000), how);
      const { moves, state } = run(WHOLE_LINK, 0, 10 * MINUTE, link);
      const back = moves.filter(({ at, stage }) => at > 40_000 && stage < 2);
      const patience = probes ? 10_000 : TRIALS[2];
      assert.ok(back[0].at - 40_000 <= patience, JSON.stringify(moves));
      assert.deepEqual([state.stage, state.narrow, state.failures], [0, false, 0]);
      assert.deepEqual(stagesOf({ moves: moves.filter(({ at }) => at > 40_000) }), [1, 1, 0]);
    });

    test(`150 kbit/s, ${name}: a smaller picture within ten seconds, which stays`, () => {
      const link = linkOf((at) => (at > 10_000 ? 150 : 5000), how);
      const { moves } = run(WHOLE_LINK, 0, 2 * MINUTE, link);
      const back = moves.find(({ trial }) => trial);
      assert.ok(back && back.at - 10_000 <= 12_000, JSON.stringify(moves));
    });
  }
}
