/**
 * How long to wait before trying again: policies are values, `delay` reads them.
 *
 * @typedef {{ first: number, factor: number, longest: number, jitter: number,
 *   tired?: { after: number, longest: number } }} Policy
 *   `first`: milliseconds before attempt 1 (attempt 0 is immediate, give or take the jitter);
 *   each later one waits `factor` times longer, up to `longest`. `jitter` is the greatest part
 *   of `first` or of the delay, whichever is longer, that chance adds or takes away. From
 *   attempt `tired.after` on, delays grow up to `tired.longest`.
 */

/**
 * After a dropped socket: at once, then ever slower, for as long as it takes. For the first
 * minutes never so slow that people would notice the signaling missing when it could be back.
 * @type {Policy}
 */
export const RECONNECT = Object.freeze({
  first: 250,
  factor: 1.6,
  longest: 1000,
  jitter: 0.3,
  tired: { after: 200, longest: 8000 },
});

/** While the media is not there: look again whether the two sides agree. @type {Policy} */
export const REPAIR = Object.freeze({ first: 1500, factor: 1.4, longest: 8000, jitter: 0.3 });

/**
 * While ICE seeks a path on what was agreed. Through TURN over TLS, with long round trips, the
 * first one takes seconds, and a restart would begin all over again; the longer nothing is
 * found, the less another attempt will find.
 * @type {Policy}
 */
export const FIRST_PATH = Object.freeze({
  first: 10_000,
  factor: 1.5,
  longest: 30_000,
  jitter: 0.1,
});

/** The same where media was lost: the other side is known to be reachable. @type {Policy} */
export const NEXT_PATH = Object.freeze({ first: 4000, factor: 1.4, longest: 8000, jitter: 0.2 });

/**
 * Milliseconds to wait before attempt number `attempt` (0, 1, 2, ...).
 *
 * @param {Policy} policy
 * @param {number} attempt
 * @param {() => number} [random] from 0 to 1
 */
export function delay(policy, attempt, random = Math.random) {
  const { first, factor, jitter, tired } = policy;
  const longest = tired && attempt >= tired.after ? tired.longest : policy.longest;
  const base = attempt === 0 ? 0 : Math.min(longest, first * factor ** (attempt - 1));
  const spread = Math.max(first, base) * jitter;
  // The immediate attempt is spread out too: when a server goes down, everybody comes back.
  return base === 0 ? random() * spread : base + (random() * 2 - 1) * spread;
}
