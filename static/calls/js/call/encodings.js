/** How a slot is encoded: what its sender's parameters are to be (webrtc-pc, 5.2). Pure. */

import { FULL } from "./sending.js";

/** @import { Picture, Sending } from "./sending.js" */
/** @import { Slot } from "./lines.js" */

/**
 * @typedef {object} Wish
 * @property {boolean} path     there is one to the other browser
 * @property {boolean} lost     there was one
 * @property {Sending} sending  what the link is wide enough for
 *
 * @typedef {RTCRtpEncodingParameters & { adaptivePtime?: boolean, codec?: object }} Encoding
 *   `adaptivePtime`: fewer and longer packets where there is little room (webrtc-extensions)
 */

/** bit/s that a camera needs to look well, where that is not `FULL`. @type {Record<string, number>} */
const NEEDS = { "video/av1": 1_000_000, "video/vp9": 1_200_000, "video/h264": 2_000_000 };

/** Listed as codecs, but no pictures: retransmission and redundancy. */
const HELPERS = /\/(rtx|red|ulpfec|flexfec-03)$/i;

/**
 * @param {Slot} slot
 * @param {Wish} wish
 * @param {RTCRtpSendParameters} parameters
 * @returns {RTCRtpSendParameters | null} null: as they are
 */
export function asked(slot, wish, parameters) {
  const encodings = parameters.encodings.map((encoding) =>
    encodingOf(slot, wish, encoding, parameters.codecs ?? []),
  );
  const preference = preferenceOf(slot, parameters);
  const kept = preference.degradationPreference === parameters.degradationPreference;
  if (kept && sorted(encodings) === sorted(parameters.encodings)) return null;
  return { ...parameters, ...preference, encodings };
}

/**
 * Where there is little room, letters of a screen and movement before a camera (mst-content-hint, 3):
 * Firefox knows no hint. Those that know neither never give it back.
 * @param {Slot} slot
 * @param {RTCRtpSendParameters} parameters
 * @returns {Pick<RTCRtpSendParameters, "degradationPreference">}
 */
function preferenceOf(slot, { degradationPreference }) {
  if (slot === "screen") return { degradationPreference: "maintain-resolution" };
  if (slot === "camera") return { degradationPreference: "maintain-framerate" };
  return degradationPreference === undefined ? {} : { degradationPreference };
}

/** As text, whatever the order of the fields. @param {object[]} encodings */
const sorted = (encodings) =>
  JSON.stringify(
    encodings.map((encoding) =>
      Object.entries(encoding)
        .filter(([, value]) => value !== undefined)
        .map((entry) => JSON.stringify(entry))
        .sort(),
    ),
  );

/**
 * @param {Slot} slot
 * @param {Wish} wish
 * @param {Encoding} encoding
 * @param {RTCRtpCodec[]} codecs
 * @returns {Encoding}
 */
function encodingOf(slot, wish, encoding, codecs) {
  const { camera, screen, sound, relayed } = wish.sending;
  switch (slot) {
    case "microphone":
      return soundOf(sound, encoding, codecs);
    case "camera":
      return pictureOf(camera && enough(camera, relayed, codecs), wish, encoding, codecs);
    case "screen":
      return pictureOf(screen, wish, encoding, codecs);
    case "screen-sound":
      return encoding;
  }
}

/**
 * What looks well by the codec in use, and half of that through a relay.
 * @param {Picture} camera
 * @param {boolean} relayed
 * @param {RTCRtpCodec[]} codecs
 * @returns {Picture}
 */
function enough(camera, relayed, codecs) {
  const used = codecs.find(({ mimeType }) => !HELPERS.test(mimeType));
  const needed = NEEDS[used?.mimeType.toLowerCase() ?? ""] ?? FULL;
  const most = relayed ? needed / 2 : needed;
  return {
    ...camera,
    maxBitrate: camera.maxBitrate < FULL ? Math.min(camera.maxBitrate, most) : most,
  };
}

/**
 * A browser goes on for some ten seconds to send again what was lost of a picture that is held
 * back, and that alone fills a narrow link. What is sent again once a lost path is back, seconds
 * old, is to the other browser a measure of how late pictures are: it has the new ones wait for up
 * to three seconds. With another codec it begins anew, and forgets.
 * @param {Picture | null} picture
 * @param {Wish} wish
 * @param {Encoding} encoding
 * @param {RTCRtpCodec[]} codecs
 * @returns {Encoding}
 */
function pictureOf(picture, { path, lost }, encoding, codecs) {
  const { codec, ...rest } = encoding;
  const next = { ...rest, active: path && picture !== null };
  if (picture !== null && !lost) {
    return { ...next, ...picture, maxFramerate: picture.maxFramerate ?? undefined };
  }
  if (codec) return { ...next, codec };
  const [used, ...others] = codecs.filter(({ mimeType }) => !HELPERS.test(mimeType));
  const other = others.find(({ mimeType }) => mimeType !== used.mimeType);
  return other ? { ...next, codec: codecOf(other) } : next;
}

/**
 * @param {Sending["sound"]} sound
 * @param {Encoding} encoding
 * @param {RTCRtpCodec[]} codecs that were agreed, the one in use first
 * @returns {Encoding}
 */
function soundOf({ maxBitrate, redundant }, encoding, codecs) {
  const next = { ...encoding };
  delete next.maxBitrate;
  delete next.codec;
  if (next.adaptivePtime) next.adaptivePtime = false;
  if (maxBitrate !== null) Object.assign(next, { maxBitrate, adaptivePtime: true });
  const plain = codecs.find(({ mimeType }) => /^audio\/opus$/i.test(mimeType));
  if (!redundant && plain && isRedundant(codecs[0])) next.codec = codecOf(plain);
  return next;
}

/** @param {RTCRtpCodec} codec */
const isRedundant = ({ mimeType }) => /^audio\/red$/i.test(mimeType);

/** @param {RTCRtpCodec} codec without its number, as a wish has to be */
function codecOf({ mimeType, clockRate, channels, sdpFmtpLine }) {
  return { mimeType, clockRate, channels, sdpFmtpLine };
}

/**
 * Redundant sound first: then that is what the other sends where it can, and a lost packet is in
 * the next. Only an order: what the other does not know is left out of what is agreed.
 *
 * @template {RTCRtpCodec} Codec
 * @param {Codec[]} codecs
 * @returns {Codec[] | null} null: there is nothing to prefer
 */
export function redundantFirst(codecs) {
  const redundant = codecs.filter(isRedundant);
  if (redundant.length === 0) return null;
  return [...redundant, ...codecs.filter((codec) => !isRedundant(codec))];
}
