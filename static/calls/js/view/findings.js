/** What a connection check finds, in sentences; whole ones, as always (sentences.js). */

import { gettext } from "../base/text.js";

/** @import { DevicePart, Part, Trouble, Verdict } from "../call/check/verdict.js" */

/** What will work. @param {Verdict} verdict @returns {string} */
export function verdictSentence(verdict) {
  switch (verdict) {
    case "running":
      return gettext("Checking…");
    case "no-server":
      return gettext("The server cannot be reached.");
    case "no-way-out":
      return gettext(
        "Calls may work only within your own network: no server that leads out of it can be reached.",
      );
    case "relay-needed":
      return gettext("Calls will not work from this network: no relay server can be reached.");
    case "no-devices":
      return gettext("The browser has no access to the camera and the microphone.");
    case "no-microphone":
      return gettext("The browser has no access to the microphone.");
    case "no-relay-reached":
      return gettext("No relay can be reached from this network; direct calls may work.");
    case "no-relay-set-up":
      return gettext(
        "Calls will work in most networks; there is no relay server, so behind strict networks they may not.",
      );
    case "no-camera":
      return gettext("Calls will work, but the browser has no access to the camera.");
    case "works":
      return gettext("Calls will work.");
    case "works-strictly":
      return gettext("Calls will work, even through strict networks.");
  }
}

/** What a part is called. @param {Part} part @returns {string} */
export function partLabel(part) {
  switch (part.id) {
    case "server":
      return gettext("Server");
    case "stun":
      return gettext("Way out of your network (STUN)");
    case "relay":
      return part.way
        ? gettext("Relay over {way}, port {port}", { way: part.way, port: part.port ?? "" })
        : gettext("Relay (TURN)");
    case "camera":
      return gettext("Camera");
    case "microphone":
      return gettext("Microphone");
  }
}

/** How a part is. @param {Part} part @returns {string} */
export function partState(part) {
  if ((part.id === "camera" || part.id === "microphone") && part.why) {
    return troubleOf(part.id, part.why);
  }
  switch (part.state) {
    case "running":
      return gettext("Checking…");
    case "ok":
      return "ms" in part && part.ms !== undefined
        ? gettext("Works, {ms} ms", { ms: Math.max(1, Math.round(part.ms)) })
        : gettext("Works");
    case "failed":
      return gettext("Does not work");
    case "missing":
      return gettext("Not set up");
    case "unknown":
      return gettext("Could not be checked");
  }
}

/** @param {DevicePart["id"]} id @param {Trouble} why @returns {string} */
function troubleOf(id, why) {
  switch (why) {
    case "off":
      return gettext("Turned off by you");
    case "silent":
      return id === "camera" ? gettext("No picture so far") : gettext("No sound so far");
    case "asking":
      return gettext("Waiting for your permission");
    case "denied":
      return gettext("Blocked by the browser");
    case "insecure":
      return gettext("Blocked: this page has no https");
    case "no-device":
    case "no-camera":
    case "no-microphone":
      return gettext("Not found");
    case "in-use":
      return gettext("Used by another app");
    case "no-access":
      return gettext("Blocked by the app");
    case "unknown":
      return gettext("Did not start");
  }
}

/** The button that copies the report. @param {boolean} done @returns {string} */
export function copyReportLabel(done) {
  return done ? gettext("Copied") : gettext("Copy report");
}
