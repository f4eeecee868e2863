/**
 * How good the call is, and whose connection it is if it is not: a pure reducer of windows of
 * about two seconds, each with how the other arrives here and how we arrive there. What was not
 * told is undefined, and says nothing.
 */

/** @import { Received } from "./figures.js" */
/** @import { Told } from "./told.js" */

/** @typedef {"good" | "weak" | "bad"} Level */
/** @typedef {"ours" | "theirs" | "both"} Fault `ours`: our upload */

/**
 * @typedef {object} Window
 * @property {Received} received  how the other arrives here
 * @property {Told} told          how we arrive there
 * @property {number} [rtt]       milliseconds
 * @property {boolean} picture    the other says that it sends one, and does not hold it back
 *
 * @typedef {object} Verdict
 * @property {Level} level
 * @property {Fault | null} fault null when all is good; of one window, also when nobody can tell
 *
 * @typedef {object} State
 * @property {Verdict} shown
 * @property {Verdict[]} last     of the last windows, the newest first
 * @property {number} pictures    windows in a row with a picture
 */

/** @type {Level[]} */
const LEVELS = ["good", "weak", "bad"];

/** A slip of the network is no news: as many windows have to agree before it is called worse, */
const WORSE_AFTER = 2;
/** and before it is called better, or somebody else's. */
const BETTER_AFTER = 4;
/** The first window with a picture has the gap before it, which counts as a freeze. */
const PICTURE_AFTER = 2;

/** From where on something is weak, and bad. Concealment first: it has losses mended already. */
const LIMITS = {
  concealed: [0.03, 0.1],
  lost: [0.1, 0.25],
  jitter: [100, 300],
  buffer: [400, 1000],
  rtt: [600, 1500],
};

const OF_SOUND = /** @type {const} */ (["concealed", "lost", "jitter", "buffer"]);

/** @type {Verdict} */
const GOOD = { level: "good", fault: null };

/** A connection of which nothing is known yet. @type {State} */
export const UNHEARD = { shown: GOOD, last: [], pictures: 0 };

/** @param {number | undefined} value @param {number[]} limits @returns {number | undefined} */
const rank = (value, limits) =>
  value === undefined ? undefined : limits.filter((limit) => value >= limit).length;

/** The worst of what is known. @param {(number | undefined)[]} ranks */
function worst(...ranks) {
  const known = ranks.filter((one) => one !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

/**
 * With nothing lost it is mostly a busy computer that makes sound up. A network that only stalls
 * is told of by what else it does: jitter, a full buffer, long round trips.
 * @param {{ concealed?: number, lost?: number, jitter?: number, buffer?: number }} sound
 */
function soundRank(sound) {
  const counted = sound.lost === 0 ? { ...sound, concealed: undefined } : sound;
  return worst(...OF_SOUND.map((name) => rank(counted[name], LIMITS[name])));
}

/**
 * Never worse than weak: it is the voice that a call needs. A picture of which no packet comes is
 * not held up by the network, or there would be no sound either.
 * @param {Received["picture"]} picture
 */
function pictureRank({ packets, lost, freezes, frozen, fps }) {
  if (!packets) return undefined;
  // With nothing lost it is a computer or a camera that is slow.
  if (!lost) return 0;
  const stands = (frozen ?? 0) >= 0.5 || (freezes ?? 0) >= 3 || (fps ?? Infinity) < 4;
  return stands ? 1 : 0;
}

/**
 * What one window says by itself.
 * @param {Window} now
 * @param {boolean} picture whether the picture counts
 * @returns {Verdict}
 */
export function verdictOf({ received, told, rtt }, picture) {
  const heard = worst(
    soundRank(received.sound),
    picture ? pictureRank(received.picture) : undefined,
  );
  const sent = soundRank(told);
  const level = LEVELS[worst(heard, sent, rank(rtt, LIMITS.rtt)) ?? 0];
  return level === "good" ? GOOD : { level, fault: faultOf(heard, sent) };
}

/**
 * Null where nothing is known of one of the directions.
 * @param {number | undefined} heard
 * @param {number | undefined} sent
 * @returns {Fault | null}
 */
function faultOf(heard, sent) {
  if (heard === undefined || sent === undefined) return null;
  if (heard > 0 === sent > 0) return "both";
  return sent > 0 ? "ours" : "theirs";
}

/** @param {Verdict} verdict */
const rankOf = ({ level }) => LEVELS.indexOf(level);

/**
 * What several windows agree on.
 * @param {Verdict[]} verdicts
 * @param {(...ranks: number[]) => number} choose
 * @returns {Verdict}
 */
function agreed(verdicts, choose) {
  const level = LEVELS[choose(...verdicts.map(rankOf))];
  if (level === "good") return GOOD;
  const [fault, ...others] = new Set(verdicts.flatMap((one) => one.fault ?? []));
  return { level, fault: fault === undefined || others.length > 0 ? "both" : fault };
}

/**
 * @param {Verdict} shown
 * @param {Verdict[]} last
 * @returns {Verdict}
 */
function next(shown, last) {
  const recent = last.slice(0, WORSE_AFTER);
  const worse = agreed(recent, Math.min);
  if (recent.length === WORSE_AFTER && rankOf(worse) > rankOf(shown)) return worse;
  const settled = agreed(last, Math.max);
  if (last.length < BETTER_AFTER || rankOf(settled) > rankOf(shown)) return shown;
  if (rankOf(settled) < rankOf(shown)) return settled;
  const unanimous = last.every(({ fault }) => fault !== null && fault === settled.fault);
  return unanimous && settled.fault !== shown.fault ? settled : shown;
}

/**
 * @param {State} state
 * @param {Window} now
 * @returns {State} with the same `shown` if there is no news
 */
export function judge(state, now) {
  const pictures = now.picture ? state.pictures + 1 : 0;
  const verdict = verdictOf(now, pictures >= PICTURE_AFTER);
  const last = [verdict, ...state.last].slice(0, BETTER_AFTER);
  return { shown: next(state.shown, last), last, pictures };
}
