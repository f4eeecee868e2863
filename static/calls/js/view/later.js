/**
 * Modules that the page does not wait for, since few people ever open what they are for.
 *
 * They come when the page has been there for a moment, and not when they are wanted: who checks a
 * connection often has one that would not bring them.
 */

import { pause } from "../base/pause.js";
import { gettext } from "../base/text.js";
import { dataOf } from "./dom.js";

/** Milliseconds for a file. */
const PATIENCE = 8000;
/** Files that are asked for in one task: with all of them a phone is busy for long enough to feel. */
const AT_ONCE = 6;
/** Milliseconds until what did not come is asked for again. */
const AGAIN = 5000;
/**
 * Milliseconds before they come unasked: for the page alone, which a slow phone is busy with; and
 * for the first picture of a call, or what else has just begun.
 */
export const QUIET = Object.freeze({ page: 3000, call: 500 });

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {() => void} */
let end;
const rested = new Promise((resolve) => (end = () => resolve(null)));
let begun = false;

/** Something is more urgent for so many milliseconds from now on. @param {number} milliseconds */
export function rest(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(end, milliseconds);
}

function begin() {
  if (begun) return;
  begun = true;
  const alone = () => rest(QUIET.page);
  if (document.readyState === "complete") alone();
  else addEventListener("load", alone);
}

/**
 * What succeeds is kept; what fails is tried anew at the next call.
 * @template Found
 * @param {() => Promise<Found>} attempt
 * @returns {() => Promise<Found>}
 */
function kept(attempt) {
  /** @type {Promise<Found> | null} */
  let found = null;
  return () =>
    (found ??= attempt().catch((error) => {
      found = null;
      throw error;
    }));
}

/** @param {string} address */
async function file(address) {
  const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw new Error(`${response.status}: ${address}`);
  await response.blob();
}

/**
 * Into the browser's cache, from where imports take them: Firefox never tries a module again
 * whose import has failed, or that of one which it imports.
 */
const files = kept(() => {
  /** @type {string[]} */
  const addresses = dataOf("later");
  let turn = Promise.resolve();
  return Promise.all(
    addresses.map((address, n) => {
      if (n % AT_ONCE === 0) turn = turn.then(pause);
      return turn.then(() => file(address));
    }),
  );
});

/**
 * @template Found
 * @param {() => Promise<Found>} load what imports them
 * @returns {() => Promise<Found>} rejects when they cannot be had just now: may be called again
 */
export function later(load) {
  const loaded = kept(() => files().then(load));
  // Whoever wants them while they cannot be had is told.
  const bring = () => loaded().catch(() => setTimeout(bring, AGAIN));
  begin();
  rested.then(bring);
  return loaded;
}

// -- What is told meanwhile --------------------------------------------------------------------

/** @returns {string} */
export const loading = () => gettext("Loading…");

/** @returns {string} */
export const notLoaded = () =>
  gettext(
    "The server did not send this part of the page. Check your connection to the Internet and try again.",
  );
