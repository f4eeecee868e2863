/**
 * How camera and microphone are sent through a link like that (adaptation.js), and where somebody
 * saves data. Pure.
 */

import { WHOLE_LINK } from "./adaptation.js";

/** @import { State } from "./adaptation.js" */

/** bit/s of a camera by VP8: more than 720p needs to look well; less to drown the sound with when the link shrinks. */
export const FULL = 1_500_000;
const SMALL_SOUND = 20_000;

/** bit/s: with less a browser has no large picture. */
const LARGE = 600_000;
/** bit/s of pictures on a link that nothing is known of: what the smaller one needs. */
export const UNKNOWN = 450_000;

/** The most where somebody saves data, and beside a screen. @type {Picture} */
const SMALL = { maxBitrate: 300_000, scaleResolutionDownBy: 2, maxFramerate: 15 };

/** A screen stands still mostly, and every letter of it counts. @type {Picture} */
const SCREEN = { maxBitrate: 2_500_000, scaleResolutionDownBy: 1, maxFramerate: 15 };
/** @type {Picture} */
const SMALL_SCREEN = { ...SCREEN, maxBitrate: 500_000, maxFramerate: 5 };
/** Of what there is for pictures, where it is little. */
const SCREEN_PART = 0.75;

/**
 * @typedef {object} Sending
 * @property {Picture | null} camera  null: it is held back
 * @property {Picture | null} screen
 * @property {{ maxBitrate: number | null, redundant: boolean }} sound
 *   `redundant`: each packet has the one before it as well, where the browsers can (RFC 2198)
 * @property {boolean} relayed         through a TURN server, which somebody pays for
 *
 * @typedef {{ maxBitrate: number, scaleResolutionDownBy: number, maxFramerate: number | null }}
 *   Picture
 */

/**
 * @param {State} state
 * @param {{ lowData?: boolean, sharing?: boolean, beginning?: boolean, relayed?: boolean }} [wishes]
 *   `lowData`: one of the two saves data, `sharing`: there is a screen beside the camera,
 *   `beginning`: the link is not known to have room for a large picture
 * @returns {Sending}
 */
export function sendingOf(state, wishes = {}) {
  const { lowData = false, sharing = false, beginning = false, relayed = false } = wishes;
  // At once, and not only if it does not fit: the queue is full, and has to run empty.
  const small = state.stage > 0 && state.narrow;
  const picture = beginning ? halved(pictureOf(state)) : pictureOf(state);
  const screen = screenOf(state);
  const beside = sharing && picture ? besideScreen(picture, state) : picture;
  return {
    camera: lowData && beside ? atMost(SMALL, beside) : beside,
    screen: lowData && screen ? atMost(SMALL_SCREEN, screen) : screen,
    sound: { maxBitrate: small ? SMALL_SOUND : null, redundant: !state.narrow && !lowData },
    relayed,
  };
}

/** @param {State} state @returns {Picture | null} */
function pictureOf({ stage, trial, cap }) {
  if (stage === 2) return null;
  if (stage === 0) return { maxBitrate: FULL, scaleResolutionDownBy: 1, maxFramerate: null };
  if (trial) return { maxBitrate: cap, scaleResolutionDownBy: 4, maxFramerate: 10 };
  return { maxBitrate: cap, scaleResolutionDownBy: 2, maxFramerate: 15 };
}

/** @param {State} state @returns {Picture | null} */
function screenOf({ stage, cap }) {
  if (stage === 2) return null;
  return stage === 0 ? SCREEN : { ...SMALL_SCREEN, maxBitrate: Math.round(cap * SCREEN_PART) };
}

/** @param {Picture} picture @param {State} state @returns {Picture} */
const besideScreen = (picture, { stage, cap }) =>
  stage === 0
    ? SMALL
    : { ...picture, maxBitrate: Math.round(cap * (1 - SCREEN_PART)), scaleResolutionDownBy: 4 };

/**
 * Chromium drops pictures that it takes for too large for the rate, one after the other and a
 * camera's whole interval each, until it has made them small enough: a small one is there sooner.
 * @param {Picture | null} picture
 */
const halved = (picture) =>
  picture && { ...picture, scaleResolutionDownBy: Math.max(2, picture.scaleResolutionDownBy) };

/** @param {Picture} most @param {Picture} picture @returns {Picture} */
const atMost = (most, picture) => ({
  maxBitrate: Math.min(most.maxBitrate, picture.maxBitrate),
  scaleResolutionDownBy: Math.max(most.scaleResolutionDownBy, picture.scaleResolutionDownBy),
  maxFramerate: Math.min(most.maxFramerate ?? Infinity, picture.maxFramerate ?? Infinity),
});

/** What is sent by a whole link. */
export const SEND_ALL = sendingOf(WHOLE_LINK);

/** @param {number | null | undefined} rate bit/s; not known */
export const hasRoom = (rate) => (rate ?? 0) >= LARGE;
