/** How the switches for microphone and camera stand. Pure. */

/** @import { Local } from "../call/model.js" */

/** @typedef {"audio" | "video"} Kind */

/**
 * How a switch stands. What the browser is still asking for is neither missing nor off.
 * @param {Local} local
 * @param {Kind} kind
 */
export function switchOf(local, kind) {
  const has = kind === "audio" ? local.hasAudio : local.hasVideo;
  const on = kind === "audio" ? local.audio : local.video;
  return { present: has || local.asking, on: has ? on : local.asking };
}
