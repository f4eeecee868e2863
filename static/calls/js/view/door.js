/** What the button that joins says, and the line above it; whole sentences, as in sentences.js. */

import { gettext } from "../base/text.js";

/** @import { Model } from "../call/model.js" */

/** @typedef {Pick<Model, "screen" | "somebody" | "full">} Door */

/**
 * @param {Door} model
 * @returns {string}
 */
export function joinLabel({ screen, somebody }) {
  if (screen === "joining") return gettext("Joining…");
  return somebody === false ? gettext("Start") : gettext("Join");
}

/**
 * @param {Door} model
 * @param {{ late: boolean, online: boolean }} now `late`: joining has taken too long
 * @returns {string} "" where there is nothing to say
 */
export function doorLine({ screen, somebody, full }, { late, online }) {
  if (screen === "joining") {
    if (!late) return "";
    return online
      ? gettext("The server does not answer. We keep trying; or cancel, and check the connection.")
      : gettext("This device is offline. You’ll come in as soon as it is back online.");
  }
  if (somebody === null) return "";
  if (full) return gettext("Two people are in this call already.");
  return somebody ? gettext("Somebody is waiting for you.") : gettext("Nobody is here yet.");
}
