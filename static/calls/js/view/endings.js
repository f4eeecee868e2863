/** How a call ends, in sentences; as with all of them, whole ones (sentences.js). */

import { gettext } from "../base/text.js";
import { clockOf } from "./clock.js";

/** @import { Model } from "../call/model.js" */
/** @import { Card } from "./sentences.js" */

/**
 * @param {Pick<Model, "reason" | "code">} model why the call ended, and the
 *   code of the server's error if it refused
 * @param {string} name of the other person, "" when unknown
 * @returns {Card}
 */
export function endingOf({ reason, code }, name) {
  switch (reason) {
    case "hung-up":
      return {
        title: gettext("You left the call"),
        text: gettext("The link still works if you want to go back."),
      };
    case "peer-left":
      return {
        title: gettext("Call ended"),
        text: name ? gettext("{name} hung up.", { name }) : gettext("The other person hung up."),
      };
    case "ended":
      return { title: gettext("Call ended"), text: gettext("The operator of this site ended it.") };
    case "refused":
      return refusalOf(code);
    case null:
      return { title: gettext("Call ended"), text: gettext("The call is over.") };
  }
}

/**
 * What an error of the server means for a person (docs/protocol.md). Its own sentence is
 * English and meant for developers.
 * @param {string | null} code
 * @returns {Card}
 */
function refusalOf(code) {
  switch (code) {
    case "room-full":
      return {
        title: gettext("This call is full"),
        text: gettext("Two people are in this call already."),
      };
    case "taken-over":
      return {
        title: gettext("You opened this call somewhere else"),
        text: gettext("This call continues in another tab or on another device."),
      };
    case "call-ended":
      return { title: gettext("Call ended"), text: gettext("The operator of this site ended it.") };
    case "dismissed":
      return {
        title: gettext("You were not let in"),
        text: gettext("Ask whoever invited you to let you in, or for the whole link."),
      };
    case "bad-token":
    case "seat-lost":
      return {
        title: gettext("Your place in this call is gone"),
        text: gettext("You were away for too long. Join again to get a new one."),
      };
    case "bad-room":
      return {
        title: gettext("There is no such call"),
        text: gettext("Check that you have the whole link, or start a new call."),
      };
    case "unsupported-version":
      return {
        title: gettext("This page is out of date"),
        text: gettext("Reload it to get the current version, then join again."),
      };
    case "join-timeout":
      return {
        title: gettext("Joining took too long"),
        text: gettext("Check your connection to the Internet and try again."),
      };
    case "rate-limited":
      return {
        title: gettext("The server closed the connection"),
        text: gettext("This page sent too many messages. Wait a moment, then join again."),
      };
    case "unavailable":
    case "going-down":
    case "internal-error":
    case "peer-unreachable":
      return {
        title: gettext("The server has a problem"),
        text: gettext("That is not your fault. Please try again in a moment."),
      };
    case "frame-too-large":
    case "binary-frame":
    case "bad-json":
    case "bad-message":
    case "unknown-type":
    case "bad-field":
    case "not-joined":
    case "already-joined":
    case "too-many-errors":
      return {
        title: gettext("Something went wrong"),
        text: gettext("There is a mistake in this page. Reload it and join again."),
      };
    default:
      return {
        title: gettext("You can’t join right now"),
        text: gettext("The server did not let you in. Reload the page and try again."),
      };
  }
}

/** Before a call that was full. @param {boolean} free a seat is free now @returns {Card} */
export function fullOf(free) {
  return free
    ? {
        title: gettext("There is room for you now"),
        text: gettext("Your camera and microphone are off until you join."),
      }
    : {
        title: gettext("This call is full"),
        text: gettext(
          "Two people are in it. Keep this page open: it tells you when one of them has left.",
        ),
      };
}

/** @param {number} milliseconds @returns {string} */
export function lastedOf(milliseconds) {
  return gettext("The call lasted {time}.", { time: clockOf(milliseconds) });
}

/** The other is in the call again. @param {string} name "" when unknown @returns {string} */
export function backOf(name) {
  return name
    ? gettext("{name} is back in the call.", { name })
    : gettext("The other person is back in the call.");
}
