/** Speech of somebody who is muted. */

import { gettext } from "../base/text.js";

/** Looks, one every tenth of a second, of which so many have to be loud. */
const LOOKS = 12;
const LOUD = 4;
/** A quarter of the range of levels (level.js), so 15 dB above the noise. */
const ABOVE = 0.25;
/** The noise may have become louder: each look it is believed to be a little. */
const RISE = 0.005;

/** Tells speech from the noise of a room, level by level. */
export class SpeechDetector {
  #noise = 1;
  /** @type {boolean[]} the newest first */
  #loud = [];

  /** @param {number} level from 0 to 1, one every tenth of a second @returns {boolean} */
  hears(level) {
    this.#noise = Math.min(level, this.#noise + RISE);
    this.#loud = [level > this.#noise + ABOVE, ...this.#loud].slice(0, LOOKS);
    return this.#loud.filter(Boolean).length >= LOUD;
  }
}

/** @returns {string} */
export const mutedSpeech = () => gettext("You are speaking, but your microphone is off.");
