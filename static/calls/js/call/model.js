/** What the view shows: one plain object, made of what the call and its parts know. */

import { shown } from "./presence.js";

/** @import { Call } from "./call.js" */
/** @import { Interrupted } from "./interruptions.js" */
/** @import { Media, Problem } from "./media.js" */
/** @import { Other } from "./other.js" */
/** @import { Notice, Phase } from "./presence.js" */
/** @import { PeerInfo } from "./protocol.js" */
/** @import { State } from "./states.js" */

/**
 * @typedef {"preview" | "joining" | "call" | "full" | "ended" | "elsewhere" | "unsupported"} Screen
 * @typedef {"hung-up" | "peer-left" | "ended" | "refused"} Reason
 */

/**
 * @typedef {object} Model
 * @property {Screen} screen
 * @property {boolean | null} somebody is in the call before we are; null when unknown
 * @property {boolean | null} full both seats are taken; null when unknown
 * @property {Phase} phase of the media, while `screen` is "call"
 * @property {Notice | null} notice
 * @property {Reason | null} reason why the call ended
 * @property {string | null} code of the server's error when it refused (docs/protocol.md)
 * @property {Local} local
 * @property {({ name: string | null, proven: boolean, heard: boolean, came: boolean } & State)
 *   | null} remote
 *   `proven`: they have the whole link; `heard`: they have described what they send; `came`: to us,
 *   not we to them; `paused`: their picture is held back to keep the sound clear; `lowData`: they
 *   save data
 * @property {{ name: string | null, proven: boolean } | null} knocking whoever waits to be let in
 * @property {boolean} ask nobody comes in without being asked for
 * @property {boolean} whole this page has the whole link
 * @property {number | null} since when the call began, Unix time in milliseconds; null before
 * @property {number | null} lasted milliseconds of the call that ended; null if there was none
 * @property {string} link the invitation link
 * @property {string} name of the person at this page
 *
 * @typedef {object} Local
 * @property {boolean} audio the microphone is on
 * @property {boolean} video the camera is on
 * @property {boolean} lowData less data is to be used
 * @property {boolean} sharing the own screen is shown to the other
 * @property {boolean} mirrored the own picture is shown as in a mirror
 * @property {boolean} hasAudio there is a microphone
 * @property {boolean} hasVideo there is a camera
 * @property {boolean} asking the browser is asking for permission
 * @property {Problem | null} problem
 * @property {Interrupted} interrupted by the device or the system
 */

/** @param {Call} call @returns {Model} */
export function modelOf(call) {
  const { screen, somebody, reason, code, lasted, link, memory, other } = call;
  return {
    ...{ screen, somebody, full: call.isFull, reason, code, lasted, link },
    ...shown(call.presence),
    local: { ...localOf(call.media), sharing: call.display.isShared },
    remote: other.connection.peer && remoteOf(other, other.connection.peer.isHeard),
    knocking: other.knock.asked && nameOf(other.knock.asked),
    ...{ ask: other.knock.rules.ask, whole: other.knock.proves },
    since: memory.since,
    name: memory.name,
  };
}

/**
 * Who waits to be let in learns nothing, not even by whom.
 * @param {Other} other
 * @param {boolean} heard
 */
function remoteOf({ info, proven, came, sends }, heard) {
  const name = proven || heard ? (info?.name ?? null) : null;
  return { name, proven, heard, came, ...sends };
}

/** @param {PeerInfo} info */
const nameOf = ({ name, proven = false }) => ({ name, proven });

/** @param {Media} media @returns {Omit<Local, "sharing">} */
function localOf(media) {
  const { audio, video, lowData, mirrored, hasAudio, hasVideo, asking, problem } = media;
  const { interrupted } = media.interruptions;
  return { audio, video, lowData, mirrored, hasAudio, hasVideo, asking, problem, interrupted };
}
