/**
 * The congestion window: how much of a file is under way at once. As much as arrives without packets
 * having to queue where a call would feel it (LEDBAT, RFC 6817). Pure.
 */

/**
 * @typedef {object} Cwnd
 * @property {number} size     bytes that may be under way
 * @property {number} base     milliseconds that bytes take through empty queues
 * @property {Sample[]} last   how long they took lately
 * @property {boolean} steady  the size where queues begin has been found
 * @property {number} cutAt    when it was last halved (milliseconds)
 *
 * @typedef {{ at: number, delay: number }} Sample milliseconds
 */

/** Bytes of a file in one message, at most: more would keep other messages waiting (RFC 8831, 6.6). */
export const CHUNK = 16_384;
/** Bytes that fit into a packet: on a narrow path a large part would be a queue of its own. */
export const SMALLEST = 1024;
/** In so many parts goes what may be under way. */
const PARTS = 4;
/** Bytes: more than is under way on any path that people call through. */
const LARGEST = 4 * 1024 * 1024;

/** Milliseconds that what is sent may wait in queues: a call does not feel it. */
const TARGET = 60;
/** With so many times that, the path has become narrower at once. */
const FULL = 3;
/** Milliseconds, and at least so many samples: a queue delays all, a busy page only some. */
const LATELY = { time: 150, count: 2 };

/** @type {Readonly<Cwnd>} */
export const FIRST = Object.freeze({
  size: 8 * SMALLEST,
  base: Infinity,
  last: [],
  steady: false,
  cutAt: -Infinity,
});

/** @param {Cwnd} cwnd @returns {number} bytes of the file that go into the next message, at most */
export const partOf = ({ size }) => Math.min(Math.max(Math.floor(size / PARTS), SMALLEST), CHUNK);

/**
 * The other has some more.
 * @param {Cwnd} cwnd
 * @param {Sample & { bytes: number, used: boolean }} news
 *   `delay`: from sending to this word; `bytes`: how many more; `used`: so much was under way
 *   that more might have been
 * @returns {Cwnd}
 */
export function acknowledged(cwnd, { at, delay, bytes, used }) {
  const last = [...cwnd.last.filter(isLate(cwnd.last, at)), { at, delay }];
  const known = { ...cwnd, last, base: Math.min(cwnd.base, delay) };
  const queue = Math.min(...last.map((sample) => sample.delay)) - known.base;
  const room = Math.max(1 - queue / TARGET, -1);
  if (queue > FULL * TARGET) return cut(known, at, delay);
  if (!known.steady && room > 0.5) return { ...known, size: grown(known, bytes, used) };
  const step = (room * bytes * partOf(known)) / known.size;
  return { ...known, steady: true, size: grown(known, step, used) };
}

/** @param {Sample[]} last @param {number} at @returns {(sample: Sample, index: number) => boolean} */
const isLate = (last, at) => (sample, index) =>
  at - sample.at < LATELY.time || last.length - index < LATELY.count;

/** @param {Cwnd} cwnd @param {number} step @param {boolean} used */
function grown({ size }, step, used) {
  return step > 0 && !used ? size : Math.min(Math.max(size + step, SMALLEST), LARGEST);
}

/** Once for all that was under way. @param {Cwnd} cwnd @param {number} at @param {number} delay @returns {Cwnd} */
function cut(cwnd, at, delay) {
  if (at - cwnd.cutAt < delay) return cwnd;
  return { ...cwnd, steady: true, size: Math.max(cwnd.size / 2, SMALLEST), cutAt: at };
}
