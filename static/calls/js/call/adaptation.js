/**
 * Sound first: what may be sent through a link that has become narrow. Pure: what is known and
 * what was measured make what is known next, and that makes how camera and microphone are sent.
 *
 * A browser that finds its way through a narrow link by itself takes its time, and most of the
 * sound is lost meanwhile: the picture fills the queue. Below some 100 kbit/s it never does.
 */

/**
 * 0 all is sent, 1 a smaller picture, 2 pictures are held back.
 * @typedef {0 | 1 | 2} Stage
 */

/**
 * What was measured since the last one. A field that is missing is not known, which is no
 * reason for anything.
 *
 * @typedef {object} Sample
 * @property {number} at             milliseconds, of a clock that never goes back
 * @property {number} [estimate]     bit/s that the browser thinks it may send
 * @property {boolean} [limited]     the estimate is what limits the picture
 * @property {number} [rtt]          milliseconds there and back
 * @property {number} [lost]         part of our packets that did not arrive, 0 to 1
 * @property {number} [concealed]    part of our sound that the other's browser made up, 0 to 1
 * @property {number} [missing]      part of its packets that were lost meanwhile, 0 to 1
 * @property {number} [capacity]     bit/s that a pair of messages went through with
 *
 * @typedef {object} State
 * @property {Stage} stage
 * @property {number} since          when it began
 * @property {boolean} trial         the picture is sent again to see whether it fits
 * @property {boolean} narrow        it was held back, and has not been whole for long since
 * @property {number} failures       pictures that did not fit, since the last that did for long
 * @property {number} refuted        capacity that was measured before one did not fit
 * @property {number} badAt          when sound was last made up, or packets were late
 * @property {{ at: number, concealed: number, missing?: number }[]} windows of the last second
 * @property {number} trusted        from when on windows are
 * @property {boolean} told          the other tells how our sound arrives
 * @property {number | null} rtt
 * @property {number | null} base    the round trip through empty queues
 * @property {number | null} estimate
 * @property {number | null} limitedAt since when the estimate has been too low
 * @property {number[]} capacities   the last two
 * @property {number} cap            bit/s for a smaller picture
 */

/** Milliseconds. */
const WINDOW = 1000;
const GOOD_FOR = 8000;
const TRIAL = 4000;
/** How long a picture is held back before the next trial: longer after each that failed. */
export const TRIALS = Object.freeze([10_000, 20_000, 40_000, 60_000]);
/** A full queue needs that long to run empty. */
const DRAINED = 2000;
const WHOLE = 30_000;

/**
 * Parts of the sound that are made up. Two windows in a row with so much of it have only been
 * seen where packets were crowded out; chance loss of a fifth makes a tenth on average.
 */
const SEVERE = 0.3;
const HURT = 0.05;
const HURT_ON_TRIAL = 0.1;
const LOST = 0.35;
const MISSING = 0.25;

/** Milliseconds that packets are late: chance loss makes none late, a full queue does. */
const CROWDED = 150;

/** bit/s. */
const LOW = 200_000;
const ENOUGH = 350_000;
/** Sound, its headers and the smallest picture fit. */
const ROOM = 120_000;
const SMALLEST = 60_000;
const LARGEST = 500_000;
/** For browsers that estimate nothing, or do not say. */
const MODEST = 100_000;

/** @type {State} */
export const WHOLE_LINK = Object.freeze({
  stage: 0,
  since: -Infinity,
  trial: false,
  narrow: false,
  failures: 0,
  refuted: 0,
  badAt: -Infinity,
  windows: [],
  trusted: -Infinity,
  told: false,
  rtt: null,
  base: null,
  estimate: null,
  limitedAt: null,
  capacities: [],
  cap: SMALLEST,
});

/**
 * @param {State} state
 * @param {Sample} sample
 * @returns {State}
 */
export function adapt(state, sample) {
  const known = learn(state, sample);
  const { at } = sample;
  if (known.stage === 0) return whole(known, at);
  if (known.stage === 1) return known.trial ? onTrial(known, at) : reduced(known, at);
  return heldBack(known, at);
}

/**
 * The path was lost and is back: what was measured before is not true of it, and the sound that
 * was missing meanwhile is told of a moment later.
 * @param {State} state
 * @param {number} at
 * @returns {State}
 */
export function onNewPath(state, at) {
  const { windows, rtt, base, estimate, limitedAt, capacities } = WHOLE_LINK;
  const trusted = at + DRAINED;
  return { ...state, windows, rtt, base, estimate, limitedAt, capacities, trusted };
}

// -- What is known -------------------------------------------------------------------------------

/** @param {State} state @param {Sample} sample @returns {State} */
function learn(state, sample) {
  const { at, estimate = state.estimate, rtt = state.rtt, capacity } = sample;
  const told = state.told || sample.concealed !== undefined;
  const next = {
    ...state,
    told,
    estimate,
    rtt,
    base: baseOf(state.base, rtt),
    windows: at < state.trusted ? [] : windowsOf(state.windows, sample, told),
    limitedAt: limitedSince(state, sample),
    capacities: capacity === undefined ? state.capacities : lastTwo(state.capacities, capacity),
  };
  const late = sample.rtt !== undefined && isLate(next);
  return isHurt(next) || late ? { ...next, badAt: at } : next;
}

/**
 * The lowest; it follows slowly where the way has become longer for good.
 * @param {number | null} base
 * @param {number | null} rtt
 */
function baseOf(base, rtt) {
  if (base === null || rtt === null || rtt < base) return rtt;
  return base + (rtt - base) / 400;
}

/**
 * To whom the other does not tell how the sound arrives, lost packets stand for it.
 * @param {State["windows"]} windows
 * @param {Sample} sample
 * @param {boolean} told
 */
function windowsOf(windows, { at, concealed, missing, lost }, told) {
  const found = concealed ?? (told || lost === undefined || lost < LOST ? undefined : lost);
  const recent = windows.filter((one) => at - one.at < WINDOW);
  return found === undefined ? recent : [...recent, { at, concealed: found, missing }];
}

/** @param {State} state @param {Sample} sample */
function limitedSince({ limitedAt }, { at, estimate, limited }) {
  if (estimate === undefined) return limitedAt;
  return limited && estimate < LOW ? (limitedAt ?? at) : null;
}

/** @param {number[]} capacities @param {number} capacity */
const lastTwo = (capacities, capacity) => [...capacities, capacity].slice(-2);

/** What two pairs agree on: one of them may have met a gap in the queue. @param {State} state */
function capacityOf({ capacities }) {
  return capacities.length < 2 ? null : Math.min(...capacities);
}

/** @param {State["windows"]} windows */
const meanOf = (windows) =>
  windows.reduce((sum, { concealed }) => sum + concealed, 0) / windows.length;

/** Never by a single window: a machine that is busy for a moment makes one. @param {State} state */
const isSevere = ({ windows }) =>
  windows.length > 1 && windows.slice(-2).every(({ concealed }) => concealed >= SEVERE);

/** @param {State} state */
const isHurt = ({ windows }) => windows.length > 1 && meanOf(windows) >= HURT;

/** @param {State} state */
const isLate = ({ rtt, base }) => rtt !== null && base !== null && rtt - base > CROWDED;

/**
 * A machine that is busy for a second makes sound up and packets late, but loses none; chance
 * loses fewer than a full queue.
 * @param {State} state
 */
function isMissing({ windows }) {
  const known = windows.flatMap(({ missing }) => missing ?? []);
  return known.length === 0 || known.reduce((sum, part) => sum + part) >= MISSING * known.length;
}

/** @param {State} state */
const isDrowned = (state) =>
  (isSevere(state) || (isHurt(state) && isLate(state))) && isMissing(state);

/** @param {State} state */
const isEnough = ({ estimate }) => estimate === null || estimate >= ENOUGH;

// -- The stages ----------------------------------------------------------------------------------

/** @param {State} state @param {number} at @param {Stage} stage @returns {State} */
const move = (state, at, stage) => ({ ...state, stage, since: at, trial: false });

/** @param {State} state @param {number} at @returns {State} */
function whole(state, at) {
  if (isDrowned(state)) return holdBack(state, at);
  // After a cap the estimate needs some seconds to grow.
  const judged = Math.max(state.limitedAt ?? Infinity, state.narrow ? state.since + GOOD_FOR : 0);
  if (at - judged >= WINDOW) {
    const failures = state.narrow ? state.failures + 1 : state.failures;
    return withCap({ ...move(state, at, 1), failures });
  }
  const kept = at - state.since >= WHOLE && at - state.badAt >= WHOLE;
  const done = kept && (state.narrow || state.failures > 0);
  return done && isEnough(state) ? { ...state, narrow: false, failures: 0, refuted: 0 } : state;
}

/** @param {State} state @param {number} at @returns {State} */
function holdBack(state, at) {
  // A picture that was sent again did not fit; the first time there was none on trial.
  const failures = state.narrow ? state.failures + 1 : state.failures;
  const refuted = capacityOf(state) ?? state.refuted;
  return { ...move(state, at, 2), narrow: true, failures, refuted, capacities: [] };
}

/** @param {State} state @param {number} at @returns {State} */
function reduced(state, at) {
  if (isDrowned(state)) return holdBack(state, at);
  // Under a cap the estimate may not grow: a low one is a reason to wait, not to stay.
  const good = GOOD_FOR * 2 ** Math.min(state.failures + (isEnough(state) ? 0 : 1), 4);
  return at - Math.max(state.since, state.badAt) < good ? withCap(state) : move(state, at, 0);
}

/** @param {State} state @param {number} at @returns {State} */
function onTrial(state, at) {
  const { windows } = state;
  const hurt = windows.length > 1 && meanOf(windows.slice(-2)) >= HURT_ON_TRIAL;
  if (hurt || isLate(state)) return holdBack(state, at);
  return at - state.since < TRIAL ? state : withCap(move(state, at, 1));
}

/** @param {State} state @param {number} at @returns {State} */
function heldBack(state, at) {
  if (at - state.since >= waitOf(state) && at - state.badAt >= DRAINED) {
    // What was measured in the full queue says nothing of the trial.
    return { ...move(state, at, 1), trial: true, cap: SMALLEST, windows: [], rtt: null };
  }
  return state;
}

/**
 * How long a picture is held back. Where the link is measured wider than when one last did not
 * fit, no longer than the queue needs.
 * @param {State} state
 */
function waitOf(state) {
  const wait = TRIALS[Math.min(state.failures, TRIALS.length - 1)];
  const capacity = capacityOf(state);
  if (capacity === null) return wait;
  if (capacity < ROOM) return TRIALS[TRIALS.length - 1];
  return capacity > 1.5 * state.refuted ? DRAINED : wait;
}

/**
 * Below the estimate, which grows only as long as nearly all of it is used; and not written anew
 * for every little change.
 * @param {State} state
 * @returns {State}
 */
function withCap(state) {
  const { estimate } = state;
  const wanted = estimate === null ? MODEST : Math.round(0.7 * estimate);
  const cap = Math.min(Math.max(wanted, SMALLEST), LARGEST);
  return Math.abs(cap - state.cap) > state.cap / 4 ? { ...state, cap } : state;
}

/** Whether people read that the picture is held back. @param {State} state */
export const isPaused = ({ stage }) => stage === 2;
