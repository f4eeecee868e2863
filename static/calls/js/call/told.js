/** What the other tells of how we arrive there (docs/protocol.md, `health`), put together. Pure. */

/** @import { Data } from "./channel.js" */

/**
 * @typedef {object} Told
 * @property {number} [lost]      part of the packets of our sound
 * @property {number} [concealed] part of our sound that was made up
 * @property {number} [buffer]    milliseconds in the jitter buffer
 */

/**
 * A number that may be trusted; the other page may say anything.
 * @param {unknown} value
 * @param {number} most
 */
const measure = (value, most) =>
  typeof value === "number" && value >= 0 && value <= most ? value : undefined;

/** @param {(number | undefined)[]} values */
function mean(values) {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? known.reduce((sum, one) => sum + one, 0) / known.length : undefined;
}

/** @param {(number | undefined)[]} values */
const sum = (values) => values.reduce((/** @type {number} */ all, one) => all + (one ?? 0), 0);

/**
 * Of moments without any packet nothing is learned: the path was cut, or our microphone is off.
 * @param {Data[]} messages of one window
 * @returns {Told}
 */
export function toldIn(messages) {
  const heard = messages.filter(({ audio }) => measure(audio, Infinity));
  const lost = sum(heard.map((one) => measure(one.lost, Infinity)));
  const came = sum(heard.map((one) => measure(one.audio, Infinity)));
  const knowsLoss = heard.some((one) => measure(one.lost, Infinity) !== undefined);
  return {
    lost: knowsLoss ? lost / (lost + came) : undefined,
    concealed: mean(heard.map((one) => measure(one.concealed, 1))),
    buffer: mean(heard.map((one) => measure(one.buffer, 60_000))),
  };
}
