/** Who may listen, and who may come in; whole sentences, as in sentences.js. */

import { gettext } from "../base/text.js";

/** @import { Verdict } from "../call/comparing.js" */
/** @import { Model } from "../call/model.js" */

/**
 * Whoever waits to be let in.
 * @param {NonNullable<Model["knocking"]>} knocking
 * @param {boolean} whole this page has the whole link
 * @returns {string}
 */
export function knockOf({ name, proven }, whole) {
  if (whole && !proven) {
    return name
      ? gettext("{name} wants to come in without the whole link. Let them in?", { name })
      : gettext("Somebody wants to come in without the whole link. Let them in?");
  }
  return name
    ? gettext("{name} wants to come in. Let them in?", { name })
    : gettext("Somebody wants to come in. Let them in?");
}

/** While nobody looks at the page. @param {string | null} name @returns {string} */
export function knockTitle(name) {
  return name ? gettext("{name} wants to come in", { name }) : gettext("Somebody wants to come in");
}

/** To whoever has come and hears nothing. @returns {string} */
export const waitLine = () => gettext("Waiting for an answer. You may have to be let in…");

/** @typedef {"compared" | "link" | "none"} Proof how it is known that nobody sits between the two */

/**
 * @param {Pick<Model, "phase" | "remote">} model
 * @param {Verdict} [verdict] on the code that can be compared
 * @returns {Proof | null} null: there is nothing yet to be known
 */
export function proofOf({ phase, remote }, verdict = null) {
  // Only the keys of whoever was proven lead to a connection that comes up (RFC 8842).
  const isUp = phase === "connected" || phase === "reconnecting";
  if (!isUp || !remote?.heard) return null;
  if (verdict === "same") return "compared";
  return remote.proven && verdict === null ? "link" : "none";
}

/** @param {Proof} proof @returns {string} */
export function proofLabel(proof) {
  if (proof === "compared") return gettext("Compared by you");
  return proof === "link" ? gettext("Verified by the link") : gettext("Not verified");
}

/**
 * What that means.
 * @param {Proof} proof
 * @param {boolean} whole this page has the whole link
 * @returns {string}
 */
export function proofText(proof, whole) {
  if (proof === "compared") {
    return gettext("Both of you have seen the same code. So nobody on the way sees or hears you.");
  }
  if (proof === "link") {
    return gettext(
      "Both of you have the whole link. There is a secret in it, which is not sent to this server. If only the two of you have the link, nobody on the way sees or hears you.",
    );
  }
  if (!whole) {
    return gettext(
      "There is no secret in your link. So it is not known whether the server, or somebody who has broken into it, can see and hear you. Join by the whole link, or start a new call on the home page.",
    );
  }
  return gettext(
    "Your browsers could not make sure that both of you have the same whole link. So it is not known whether the server, or somebody who has broken into it, can see and hear you. Send them the whole link, and let them join by it.",
  );
}

/** As it is read aloud. @param {string} code nine digits */
export const grouped = (code) => code.replace(/\d{3}(?=\d)/g, "$& ");

/** Digit by digit. @param {string} code */
export const spelled = (code) => [...code].join(" ");

/** What follows from comparing it. @param {Verdict} verdict @returns {string} */
export function verdictText(verdict) {
  if (verdict === "different") {
    return gettext(
      "Then somebody may sit between the two of you, and see and hear you both. Hang up, and find another way to talk.",
    );
  }
  if (verdict === "failed") {
    return gettext(
      "There is no code: what the other browser has sent for it does not fit together. Somebody may have changed it.",
    );
  }
  return "";
}

/** While there is none. @returns {string} */
export const noCodeText = () =>
  gettext("There is no code yet. The other’s page may be an older one.");

/** When what was compared does not hold any more. @returns {string} */
export const withdrawnText = () =>
  gettext(
    "There is another code now, as one of your browsers has another key or has forgotten the last one. Compare it again.",
  );
