/**
 * When nothing at all arrives any more of what flowed a moment ago: seconds before ICE says so
 * (RFC 7675 lets five pass without consent), and early enough to seek another path. Pure.
 */

/**
 * @typedef {object} Flow
 * @property {number} steady  measurements in a row in which something arrived
 * @property {number | null} since  nothing has arrived since then, by the clock of the caller
 * @property {boolean} silent
 */

/** Milliseconds. */
const PATIENCE = 1000;
/** So many: a few messages a second are no flow, and pause by themselves. */
const STEADY = 4;

/** @type {Flow} */
export const NOTHING_YET = Object.freeze({ steady: 0, since: null, silent: false });

/**
 * @param {Flow} flow
 * @param {{ at: number, from: number, arrived: boolean }} window between two measurements
 * @returns {Flow}
 */
export function heard({ steady, since, silent }, { at, from, arrived }) {
  if (arrived) return { steady: steady + 1, since: null, silent: false };
  if (!silent && since === null && steady < STEADY) return NOTHING_YET;
  const began = since ?? from;
  return { steady: 0, since: began, silent: silent || at - began >= PATIENCE };
}
