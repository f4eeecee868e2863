/**
 * How long the other's sound waits before it is played. What is lost and sent again comes a round
 * trip later, which browsers make room for only after some seconds of it. Pure.
 */

/**
 * @typedef {object} Buffering
 * @property {number[]} asked  how often lost packets were asked for again in the last windows
 * @property {number} clean    windows since that was often
 * @property {number | null} target milliseconds (webrtc-extensions, `jitterBufferTarget`); null:
 *   as the browser thinks best
 */

/** @type {Buffering} */
export const UNBUFFERED = Object.freeze({ asked: [], clean: 0, target: null });

/** Windows that count: a second. */
const LAST = 4;
/** Asked so often in those, a link loses packets all the time. */
const OFTEN = 3;
/** Windows until a link that is clean again is trusted: twenty seconds. */
const TRUSTED = 80;
/** Milliseconds from the request to the packet's being decoded, besides the round trip. */
const BESIDES = 60;
/** No longer than that: then people begin to speak at the same time. */
const LONGEST = 300;
/** Smaller changes are not heard. */
const STEP = 40;

/**
 * @param {Buffering} before
 * @param {{ asked?: number, rtt?: number }} window rtt in milliseconds; undefined: unknown
 * @returns {Buffering}
 */
export function buffered(before, { asked = 0, rtt }) {
  const last = [...before.asked, asked].slice(-LAST);
  const often = last.reduce((sum, one) => sum + one, 0) >= OFTEN;
  const clean = often ? 0 : before.clean + 1;
  if (clean > TRUSTED) return { asked: last, clean, target: null };
  return { asked: last, clean, target: often ? targetOf(before.target, rtt) : before.target };
}

/** @param {number | null} before @param {number} [rtt] */
function targetOf(before, rtt) {
  if (rtt === undefined) return before;
  const wanted = Math.round(rtt + BESIDES);
  // What comes after that comes too late, and is not waited for.
  if (wanted > LONGEST) return null;
  return before !== null && Math.abs(wanted - before) < STEP ? before : wanted;
}
