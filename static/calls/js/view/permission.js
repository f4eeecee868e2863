/** How camera and microphone are allowed in this browser, once they are blocked. */

import { gettext } from "../base/text.js";
import { problemOf } from "./sentences.js";

/** @import { Local } from "../call/model.js" */
/** @import { Problem } from "../call/media.js" */

/**
 * @typedef {"chromium" | "firefox" | "safari" | "ios-safari" | "ios-other" | "android"
 *   | "android-firefox" | "in-app"} Browser `in-app`: a window of another app
 */

const IN_APP = /; wv\)|\bFBA[NV]\/|Instagram|VKAndroidApp|Telegram/;
const IOS_OTHER = /CriOS|FxiOS|EdgiOS|OPiOS|OPT\/|YaBrowser|DuckDuckGo/;

/**
 * @param {{ userAgent: string, maxTouchPoints?: number }} navigator
 * @returns {Browser | null} null: unknown
 */
export function browserOf({ userAgent, maxTouchPoints = 0 }) {
  if (IN_APP.test(userAgent)) return "in-app";
  // Tablets of Apple call themselves computers.
  if (/iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)) {
    if (IOS_OTHER.test(userAgent)) return "ios-other";
    return /Safari\//.test(userAgent) ? "ios-safari" : "in-app";
  }
  const android = /Android/.test(userAgent);
  if (/Firefox\//.test(userAgent)) return android ? "android-firefox" : "firefox";
  if (/Chrome\//.test(userAgent)) return android ? "android" : "chromium";
  return /Safari\//.test(userAgent) ? "safari" : null;
}

/**
 * What helps against a problem; "" where nothing has to be said.
 * @param {Problem | null} problem
 * @param {Browser | null} browser
 * @returns {string}
 */
export function helpOf(problem, browser) {
  if (problem === "no-access") return inAnother();
  return problem === "denied" ? allowIn(browser) : "";
}

const inAnother = () =>
  gettext("A window inside another app has no access to them. Open the link in your browser.");

/** @param {Browser | null} browser @returns {string} */
function allowIn(browser) {
  switch (browser) {
    case "chromium":
      return gettext(
        "Press the icon to the left of the address, and allow camera and microphone there.",
      );
    case "firefox":
      return gettext("Press the crossed-out camera next to the address, and lift the block there.");
    case "safari":
      return gettext(
        "In the menu Safari choose “Settings for This Website”, and allow camera and microphone.",
      );
    case "ios-safari":
      return gettext(
        "Tap the icon in the address bar, then “Website Settings”, and allow camera and microphone.",
      );
    case "ios-other":
      return gettext(
        "Open Settings on your device, find this browser there, and allow camera and microphone.",
      );
    case "android":
      return gettext(
        "Tap the icon to the left of the address, then “Permissions”, and allow camera and microphone.",
      );
    case "android-firefox":
      return gettext("Tap the lock next to the address, and allow camera and microphone there.");
    case "in-app":
      return inAnother();
    case null:
      return gettext("Allow them for this page in your browser’s settings.");
  }
}

/** Said after the person has tried again in vain. @returns {string} */
export const stillBlocked = () => gettext("Still blocked.");

/**
 * What is missing, and what helps.
 * @param {Pick<Local, "problem" | "hasAudio" | "hasVideo">} local
 * @returns {string}
 */
export const explained = (local) =>
  [problemOf(local), helpOf(local.problem, browserOf(navigator))].filter(Boolean).join(" ");

/**
 * Where Chrome opens what a window inside another Android app has.
 * @param {string} link
 * @returns {string}
 */
export function chromeLink(link) {
  const { host, pathname, protocol } = new URL(link);
  const scheme = protocol.replace(":", "");
  return `intent://${host}${pathname}#Intent;scheme=${scheme};package=com.android.chrome;end`;
}
