/**
 * How long the other's sound waits before it is played. What is lost comes again with the packet
 * after it (RED, RFC 2198), for which browsers make room only after some seconds of losses. Pure.
 */

/**
 * @typedef {object} Buffering
 * @property {number[]} lost   packets lost in the last windows
 * @property {number} clean    windows since that were many
 * @property {number | null} target milliseconds (webrtc-extensions, `jitterBufferTarget`); null:
 *   as the browser thinks best
 */

/** @type {Buffering} */
export const UNBUFFERED = Object.freeze({ lost: [], clean: 0, target: null });

/** Windows that count: a second. */
const LAST = 4;
/** With so many lost in those, a link loses packets all the time. */
const MANY = 3;
/** Windows until a link that is clean again is trusted: twenty seconds. */
const TRUSTED = 80;
/** Milliseconds: the packets after a lost one, two of them where one of those is lost as well. */
const ROOM = 100;

/**
 * @param {Buffering} before
 * @param {number} [lost] packets of sound in this window; undefined: unknown
 * @returns {Buffering}
 */
export function buffered(before, lost = 0) {
  const last = [...before.lost, lost].slice(-LAST);
  const many = last.reduce((sum, one) => sum + one, 0) >= MANY;
  const clean = many ? 0 : before.clean + 1;
  const kept = clean > TRUSTED ? null : before.target;
  return { lost: last, clean, target: many ? ROOM : kept };
}
