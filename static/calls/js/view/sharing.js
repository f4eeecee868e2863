/** What is said of a shared screen. */

import { gettext } from "../base/text.js";

/** @import { Refusal } from "../call/capture.js" */

/** @param {boolean} shared @returns {string} */
export const shareLabel = (shared) => (shared ? gettext("Stop sharing") : gettext("Share screen"));

/** @param {Refusal} refusal @returns {string} */
export const refusedOf = (refusal) =>
  refusal === "denied"
    ? gettext("Your system does not let this browser show the screen. Allow it in its settings.")
    : gettext("The screen could not be shared. Please try again.");

/** @param {boolean} shared @returns {string} */
export const sharedSpoken = (shared) =>
  shared ? gettext("You are sharing your screen") : gettext("You have stopped sharing");

/** @param {boolean} shown @param {string} name "" when unknown @returns {string} */
export function shownSpoken(shown, name) {
  if (!shown) return gettext("The shared screen is closed.");
  return name
    ? gettext("{name} is sharing the screen.", { name })
    : gettext("The other person is sharing the screen.");
}

/** @param {string} name "" when unknown @returns {string} */
export const screenOf = (name) =>
  name ? gettext("Screen of {name}", { name }) : gettext("Screen of the other person");
