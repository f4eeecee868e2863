/** Somebody comes or goes, as one hears it, and reads it in the title of a page in the background. */

import { gettext } from "../base/text.js";

/** @import { Model } from "../call/model.js" */

/** @typedef {"came" | "went"} Arrival */

/**
 * @param {Pick<Model, "screen" | "phase"> | null} before
 * @param {Pick<Model, "screen" | "phase" | "reason">} now
 * @returns {Arrival | null}
 */
export function arrivalOf(before, { screen, phase, reason }) {
  if (before?.screen !== "call") return null;
  const alone = before.phase === "waiting";
  if (screen === "ended") return !alone && reason === "peer-left" ? "went" : null;
  if (screen !== "call" || alone === (phase === "waiting")) return null;
  return alone ? "came" : "went";
}

/** @param {Arrival} arrival @param {string} name "" when unknown @returns {string} */
export function arrivalTitle(arrival, name) {
  if (arrival === "came") {
    return name ? gettext("{name} is here", { name }) : gettext("The other person is here");
  }
  return name ? gettext("{name} is gone", { name }) : gettext("The other person is gone");
}
