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
/** Milliseconds for the page alone, which a slow phone is busy with, before they come unasked. */
const QUIET = 3000;

/** Somebody is in a call, or about to be: what is late comes now. @type {() => void} */
export let hurry;
const hurried = new Promise((resolve) => (hurry = () => resolve(null)));

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

/** Settles when the page has had its moment. */
const quiet = kept(
  () =>
    new Promise((resolve) => {
      const wait = () => setTimeout(resolve, QUIET);
      if (document.readyState === "complete") wait();
      else addEventListener("load", wait);
    }),
);

/**
 * @template Found
 * @param {() => Promise<Found>} load what imports them
 * @returns {() => Promise<Found>} rejects when they cannot be had just now: may be called again
 */
export function later(load) {
  const loaded = kept(() => files().then(load));
  // Whoever wants them while they cannot be had is told.
  const bring = () => loaded().catch(() => setTimeout(bring, AGAIN));
  Promise.race([hurried, quiet()]).then(bring);
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
