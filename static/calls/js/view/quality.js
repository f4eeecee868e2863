/** The words of the sign for a weak connection. Knows no DOM. */

import { gettext } from "../base/text.js";

/** @import { Verdict } from "../call/quality.js" */

/**
 * The sentence beside the sign; "" when all is good.
 * @param {Verdict} verdict
 * @returns {string}
 */
export function signOf({ level, fault }) {
  const bad = level === "bad";
  switch (fault) {
    case null:
      return "";
    case "ours":
      return bad
        ? gettext("Your connection is very slow to send. They can hardly hear you.")
        : gettext("Your connection is slow to send.");
    case "theirs":
      return bad
        ? gettext("The other person’s connection is very weak.")
        : gettext("The other person’s connection is weak.");
    case "both":
      return bad ? gettext("The connection is very weak.") : gettext("The connection is weak.");
  }
}

/** What a screen reader is told of a change. @param {Verdict} verdict @returns {string} */
export function signSpoken(verdict) {
  return signOf(verdict) || gettext("The connection is good again.");
}
