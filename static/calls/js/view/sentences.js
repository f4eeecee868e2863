/**
 * Every sentence that a script of the page says. Knows no DOM.
 *
 * A sentence is whole: pieces put together are right in one language and wrong in the next,
 * where a word changes with its case, its number or the gender of somebody we do not know.
 * So there is one for each case, also for an other person without a name.
 */

import { gettext, ngettext } from "../base/text.js";

/** @import { Local, Model, Screen } from "../call/model.js" */
/** @import { Interrupted } from "../call/interruptions.js" */
/** @import { Phase } from "../call/presence.js" */

/** @typedef {Pick<Model, "screen" | "phase">} Place */
/** @typedef {{ title: string, text: string }} Card a heading and what follows */
/** @typedef {"both"|"camera"|"microphone"} Missing */

// -- Where the page is -----------------------------------------------------------------------

/** The document's title. @param {Place} place @returns {string} */
export function titleOf({ screen, phase }) {
  return `${screen === "call" ? phaseTitle(phase) : screenTitle(screen)} · Duet`;
}

/** @param {Exclude<Screen, "call">} screen @returns {string} */
function screenTitle(screen) {
  switch (screen) {
    case "preview":
      return gettext("Join the call");
    case "joining":
      return gettext("Joining…");
    case "full":
      return gettext("This call is full");
    case "ended":
      return gettext("Call ended");
    case "elsewhere":
      return gettext("Opened somewhere else");
    case "unsupported":
      return gettext("Not supported");
  }
}

/** @param {Phase} phase @returns {string} */
function phaseTitle(phase) {
  switch (phase) {
    case "waiting":
      return gettext("Waiting…");
    case "connecting":
      return gettext("Connecting…");
    case "connected":
      return gettext("Call");
    case "reconnecting":
      return gettext("Reconnecting…");
  }
}

/** What a screen reader is told of a phase of the call. @param {Phase} phase @returns {string} */
export function phaseSpoken(phase) {
  switch (phase) {
    case "waiting":
      return gettext("Waiting for the other person");
    case "connecting":
      return gettext("Connecting…");
    case "connected":
      return gettext("Connected");
    case "reconnecting":
      return ""; // the notice says it
  }
}

// -- The other person ------------------------------------------------------------------------

/** How the other person is called. @param {string} name "" when unknown @returns {string} */
export function otherOf(name) {
  return name || gettext("The other person");
}

/**
 * The line about the connection; "" when all is well.
 * @param {Pick<Model, "screen" | "phase" | "notice">} model
 * @param {string} name of the other person, "" when unknown
 * @returns {string}
 */
export function noticeOf({ screen, phase, notice }, name) {
  switch (notice) {
    case "signaling-lost":
      return screen === "call" && phase === "connected"
        ? gettext("No connection to the server. Your call goes on.")
        : gettext("No connection to the server. Trying again…");
    case "peer-away":
      return name
        ? gettext("{name} lost the connection. Waiting for them…", { name })
        : gettext("The other person lost the connection. Waiting for them…");
    case "peer-reloading":
      return name
        ? gettext("{name} is reconnecting…", { name })
        : gettext("The other person is reconnecting…");
    case "peer-closed":
      return name
        ? gettext("{name} closed the page.", { name })
        : gettext("The other person closed the page.");
    case "peer-gone":
      return name
        ? gettext("{name} lost the connection and did not come back.", { name })
        : gettext("The other person lost the connection and did not come back.");
    case "unavailable":
      return gettext("The server has a problem. Trying again…");
    case "limited":
      return gettext("Too many attempts in a short time. Trying again in a moment…");
    case "tampered":
      return gettext(
        "Somebody between you changes what your browsers tell each other. So the call is not connected. Try another network, or talk some other way.",
      );
    case "no-path":
      return gettext("Your networks don’t let the call through. Try mobile data or another Wi-Fi.");
    case "video-paused":
      return gettext("Video is paused to keep the sound clear.");
    case null:
      return screen === "call" && phase === "reconnecting" ? gettext("Reconnecting…") : "";
  }
}

// -- Camera and microphone -------------------------------------------------------------------

/** @param {Pick<Local, "hasAudio" | "hasVideo">} local @returns {Missing} */
function missingOf({ hasAudio, hasVideo }) {
  return hasAudio ? "camera" : hasVideo ? "microphone" : "both";
}

/**
 * What is missing, what the other person makes of it, and what helps.
 * @param {Pick<Local, "problem" | "hasAudio" | "hasVideo">} local
 * @returns {string} "" when nothing is
 */
export function problemOf(local) {
  const missing = missingOf(local);
  switch (local.problem) {
    case null:
      return "";
    case "denied":
      return denied(missing);
    case "no-device":
    case "no-camera":
    case "no-microphone":
      return notFound(missing);
    case "in-use":
      return inUse(missing);
    case "insecure": // the browser gives neither
      return gettext(
        "This page was opened without https, so the browser blocks camera and microphone. The other person will neither see nor hear you. To change that, put https:// in front of the address.",
      );
    case "no-access":
    case "unknown":
      return notStarted(missing);
  }
}

/** @param {Missing} missing @returns {string} */
function denied(missing) {
  switch (missing) {
    case "both":
      return gettext(
        "Camera and microphone are blocked. The other person will neither see nor hear you.",
      );
    case "camera":
      return gettext("The camera is blocked. The other person will hear you but not see you.");
    case "microphone":
      return gettext("The microphone is blocked. The other person will see you but not hear you.");
  }
}

/** @param {Missing} missing @returns {string} */
function notFound(missing) {
  switch (missing) {
    case "both":
      return gettext(
        "No camera and no microphone found. The other person will neither see nor hear you.",
      );
    case "camera":
      return gettext("No camera found. The other person will hear you but not see you.");
    case "microphone":
      return gettext("No microphone found. The other person will see you but not hear you.");
  }
}

/** @param {Missing} missing @returns {string} */
function inUse(missing) {
  switch (missing) {
    case "both":
      return gettext(
        "Another app is using your camera or microphone. The other person will neither see nor hear you. Close that app and try again.",
      );
    case "camera":
      return gettext(
        "Another app is using your camera. The other person will hear you but not see you. Close that app and try again.",
      );
    case "microphone":
      return gettext(
        "Another app is using your microphone. The other person will see you but not hear you. Close that app and try again.",
      );
  }
}

/** @param {Missing} missing @returns {string} */
function notStarted(missing) {
  switch (missing) {
    case "both":
      return gettext(
        "Camera and microphone did not start. The other person will neither see nor hear you.",
      );
    case "camera":
      return gettext("The camera did not start. The other person will hear you but not see you.");
    case "microphone":
      return gettext(
        "The microphone did not start. The other person will see you but not hear you.",
      );
  }
}

/**
 * What the device has taken away; "" when nothing is.
 * @param {Interrupted} interrupted
 * @returns {string}
 */
export function interruptionOf({ audio, video }) {
  if (audio !== null && video !== null) {
    return gettext(
      "Your device has interrupted microphone and camera. The other person neither sees nor hears you.",
    );
  }
  if (video !== null) {
    return gettext("Your device has interrupted the camera. The other person does not see you.");
  }
  if (audio === "silent") {
    return gettext("Your microphone gives no sound. The other person does not hear you.");
  }
  return audio === null
    ? ""
    : gettext("Your device has interrupted the microphone. The other person does not hear you.");
}

/** The button that mends it. @param {Interrupted} interrupted @returns {string} */
export function mendLabel({ audio, video }) {
  if (audio !== null && video !== null) {
    return gettext("Tap to switch microphone and camera on again");
  }
  return video === null
    ? gettext("Tap to switch the microphone on again")
    : gettext("Tap to switch the camera on again");
}

/**
 * A switch says what pressing it does, so it needs no aria-pressed: that would turn the name
 * around. `label` is what the button shows and may be the same in both states; `name` is for
 * screen readers and contains the label, for people who tell their browser what to press;
 * `hint` is for a pointer.
 *
 * @param {"audio" | "video"} kind
 * @param {{ present: boolean, on: boolean }} state `present`: there is a device
 * @returns {{ label: string, name: string, hint: string }}
 */
export function toggleLabel(kind, { present, on }) {
  const { label, name } =
    kind === "audio" ? microphoneLabel(present, on) : cameraLabel(present, on);
  const key = kind === "audio" ? "M" : "V";
  return { label, name, hint: present ? `${name} (${key})` : name };
}

/** @param {boolean} present @param {boolean} on */
function microphoneLabel(present, on) {
  if (!present) return { label: gettext("No mic"), name: gettext("No mic. Press to try again.") };
  return on
    ? { label: gettext("Mute"), name: gettext("Mute the microphone") }
    : { label: gettext("Unmute"), name: gettext("Unmute the microphone") };
}

/** @param {boolean} present @param {boolean} on */
function cameraLabel(present, on) {
  if (!present) {
    return { label: gettext("No camera"), name: gettext("No camera. Press to try again.") };
  }
  return on
    ? { label: gettext("Stop video"), name: gettext("Stop video from the camera") }
    : { label: gettext("Start video"), name: gettext("Start video from the camera") };
}

// -- Joining and inviting --------------------------------------------------------------------

/**
 * @param {Pick<Model, "phase" | "notice">} model
 * @param {string} name of the other person, "" when unknown
 * @returns {Card}
 */
export function invitationOf({ phase, notice }, name) {
  if (phase !== "waiting") {
    return {
      title: gettext("Invitation link"),
      text: gettext(
        "This call is for two. Anyone else who opens the link waits until one of you leaves.",
      ),
    };
  }
  if (notice === "peer-gone" || notice === "peer-closed") {
    return {
      title: gettext("Waiting for the other person"),
      text: name
        ? gettext("{name} can come back with the same link.", { name })
        : gettext("The other person can come back with the same link."),
    };
  }
  return {
    title: gettext("Waiting for the other person"),
    text: gettext("Send them this link. The call begins when they open it."),
  };
}

/** The button that copies the link. @param {boolean} done @returns {string} */
export function copyLabel(done) {
  return done ? gettext("Copied") : gettext("Copy");
}

/** What a screen reader is told then. @returns {string} */
export function copySpoken() {
  return gettext("Link copied");
}

/** The same of a report. @returns {string} */
export function reportCopied() {
  return gettext("Report copied");
}

/** @param {string} name of the other person, "" when unknown @returns {string} */
export function savesData(name) {
  return name
    ? gettext("{name} is saving data.", { name })
    : gettext("The other person is saving data.");
}

/** What goes with a shared link. @returns {Card} */
export function shareTextOf() {
  return { title: "Duet", text: gettext("Join me in a video call") };
}

/** The button that opens the chat. @param {number} unread messages @returns {string} */
export function chatName(unread) {
  if (unread === 0) return gettext("Chat");
  return ngettext("Chat, {count} unread message", "Chat, {count} unread messages", unread);
}
