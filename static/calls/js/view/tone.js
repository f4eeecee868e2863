/** Short sounds of the page: to try a speaker with, and when somebody comes or goes. */

/** Samples a second. */
const RATE = 24_000;
const SECONDS = 1.1;
/** @typedef {{ notes: [pitch: number, start: number][], loudness: number }} Sound hertz, seconds */

/** @type {Sound} */
export const TEST = {
  notes: [
    [659.26, 0],
    [987.77, 0.2],
  ],
  loudness: 0.22,
};
/** Up, and down; softly, as somebody may be speaking. @type {Sound} */
export const CAME = {
  notes: [
    [587.33, 0],
    [880, 0.14],
  ],
  loudness: 0.1,
};
/** @type {Sound} */
export const WENT = {
  notes: [
    [880, 0],
    [587.33, 0.14],
  ],
  loudness: 0.1,
};
/** Twice the same, and louder: somebody waits for an answer. @type {Sound} */
export const KNOCK = {
  notes: [
    [698.46, 0],
    [698.46, 0.22],
  ],
  loudness: 0.2,
};
/** Seconds that a note takes to be there: at once would click. */
const ATTACK = 0.008;

/** @param {Sound} sound @param {number} at seconds @returns {number} from -1 to 1 */
function sampleAt({ notes, loudness }, at) {
  let sum = 0;
  for (const [pitch, start] of notes) {
    const age = at - start;
    if (age <= 0) continue;
    const swell = Math.min(1, age / ATTACK) * Math.exp(-5 * age);
    sum += Math.sin(2 * Math.PI * pitch * age) * swell * loudness;
  }
  return sum * Math.min(1, (SECONDS - at) / 0.1);
}

/** @param {Sound} [sound] @returns {Blob} WAVE, 16 bit, one channel */
export function tone(sound = TEST) {
  const count = Math.round(RATE * SECONDS);
  const view = new DataView(new ArrayBuffer(44 + 2 * count));
  const ascii = (/** @type {number} */ at, /** @type {string} */ text) =>
    [...text].forEach((letter, n) => view.setUint8(at + n, letter.charCodeAt(0)));
  ascii(0, "RIFF");
  view.setUint32(4, 36 + 2 * count, true);
  ascii(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  ascii(36, "data");
  view.setUint32(40, 2 * count, true);
  for (let n = 0; n < count; n++) {
    view.setInt16(44 + 2 * n, Math.round(32767 * sampleAt(sound, n / RATE)), true);
  }
  return new Blob([view], { type: "audio/wav" });
}

/**
 * @param {string} speaker its id; "" for the system's
 * @param {Sound} [sound]
 * @returns {Promise<void>} when it sounds; rejects when it cannot
 */
export async function playTone(speaker, sound) {
  const address = URL.createObjectURL(tone(sound));
  const audio = new Audio(address);
  const release = () => URL.revokeObjectURL(address);
  audio.addEventListener("ended", release);
  try {
    if (speaker !== "") await audio.setSinkId(speaker);
    await audio.play();
  } catch (error) {
    release();
    throw error;
  }
}
