/**
 * How camera and microphone are sent through a link like that (adaptation.js), and where somebody
 * saves data. Pure.
 */

import { WHOLE_LINK } from "./adaptation.js";

/** @import { State } from "./adaptation.js" */

/** bit/s: more than 720p needs to look well; less to drown the sound with when the link shrinks. */
const FULL = 1_500_000;
const SMALL_SOUND = 20_000;

/** The most where somebody saves data. @type {Picture} */
const SMALL = { maxBitrate: 300_000, scaleResolutionDownBy: 2, maxFramerate: 15 };

/**
 * @typedef {object} Sending
 * @property {Picture | null} camera  null: it is held back
 * @property {{ maxBitrate: number | null, redundant: boolean }} sound
 *   `redundant`: each packet has the one before it as well, where the browsers can (RFC 2198)
 *
 * @typedef {{ maxBitrate: number, scaleResolutionDownBy: number, maxFramerate: number | null }}
 *   Picture
 */

/** @param {State} state @param {boolean} [lowData] one of the two saves data @returns {Sending} */
export function sendingOf(state, lowData = false) {
  const { stage, narrow } = state;
  const small = stage === 3 || (stage === 1 && narrow);
  const picture = pictureOf(state);
  return {
    camera: lowData && picture ? atMost(SMALL, picture) : picture,
    sound: { maxBitrate: small ? SMALL_SOUND : null, redundant: !narrow && !lowData },
  };
}

/** @param {State} state @returns {Picture | null} */
function pictureOf({ stage, trial, cap }) {
  if (stage > 1) return null;
  if (stage === 0) return { maxBitrate: FULL, scaleResolutionDownBy: 1, maxFramerate: null };
  if (trial) return { maxBitrate: cap, scaleResolutionDownBy: 4, maxFramerate: 10 };
  return { maxBitrate: cap, scaleResolutionDownBy: 2, maxFramerate: 15 };
}

/** @param {Picture} most @param {Picture} picture @returns {Picture} */
const atMost = (most, picture) => ({
  maxBitrate: Math.min(most.maxBitrate, picture.maxBitrate),
  scaleResolutionDownBy: Math.max(most.scaleResolutionDownBy, picture.scaleResolutionDownBy),
  maxFramerate: Math.min(most.maxFramerate ?? Infinity, picture.maxFramerate ?? Infinity),
});

/** What is sent when nothing is known. */
export const SEND_ALL = sendingOf(WHOLE_LINK);
