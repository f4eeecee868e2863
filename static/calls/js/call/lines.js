/**
 * Which line of media carries what. A call has four slots, each a line of its own ("m=" in the
 * session description), made in this order by the side that offers. Sending is put in and taken
 * out of a slot without a negotiation.
 */

import { WHOLE_LINK } from "./adaptation.js";
import { hasRoom, sendingOf } from "./sending.js";
import { asked, redundantFirst } from "./encodings.js";

/** @import { Wish } from "./encodings.js" */
/** @import { Sending } from "./sending.js" */

/** @typedef {"microphone" | "camera" | "screen" | "screen-sound"} Slot */

/**
 * A slot is found by its kind and its place among the lines of that kind: older pages and other
 * programs offer fewer lines, or in another order.
 * @type {Record<Slot, { kind: "audio" | "video", place: number, group: "person" | "screen" }>}
 */
const SLOT = {
  microphone: { kind: "audio", place: 0, group: "person" },
  camera: { kind: "video", place: 0, group: "person" },
  screen: { kind: "video", place: 1, group: "screen" },
  "screen-sound": { kind: "audio", place: 1, group: "screen" },
};
export const SLOTS = /** @type {Slot[]} */ (Object.keys(SLOT));

/** @typedef {Partial<Record<Slot, MediaStreamTrack | null>>} Tracks what each slot sends */

/**
 * Chromium scales a picture down that it encodes before there is a path, whatever rate is known.
 * So where a large one fits, it is held back until then; where none is known to fit, that would
 * scale it down even more.
 * @param {number | null} start bit/s that pictures begin with
 * @returns {Wish} how lines are encoded at first
 */
export const firstWish = (start) => ({
  path: !hasRoom(start),
  lost: false,
  sending: sendingOf(WHOLE_LINK, { beginning: !hasRoom(start) }),
});

/** The lines of one RTCPeerConnection. */
export class Lines {
  /**
   * @param {RTCPeerConnection} pc
   * @param {Tracks} tracks the owner's, which changes
   * @param {Wish} wish how they are encoded at first
   */
  constructor(pc, tracks, wish) {
    this.pc = pc;
    this.tracks = tracks;
    // Picture and sound of one stream are played in step (RFC 8830, section 1).
    this.streams = { person: new MediaStream(), screen: new MediaStream() };
    this.wish = wish;
    this.encoded = Promise.resolve();
  }

  /** @returns {RTCRtpTransceiver[]} */
  get transceivers() {
    return this.pc.getTransceivers().filter(({ direction }) => direction !== "stopped");
  }

  /** @param {"audio" | "video"} kind */
  #ofKind(kind) {
    return this.transceivers.filter(({ receiver }) => receiver.track.kind === kind);
  }

  /** @param {Slot} slot @returns {RTCRtpTransceiver | undefined} */
  at(slot) {
    return this.#ofKind(SLOT[slot].kind)[SLOT[slot].place];
  }

  /** @param {RTCRtpTransceiver} transceiver @returns {Slot | undefined} */
  slotOf(transceiver) {
    return SLOTS.find((slot) => this.at(slot) === transceiver);
  }

  /** Make all four. */
  make() {
    for (const slot of SLOTS) this.#makeUpTo(slot);
    // Before anything is sent: the first picture is the largest.
    this.#encode();
  }

  /** Make those that something of ours needs and nobody has offered. */
  makeMissing() {
    const { length } = this.transceivers;
    for (const slot of SLOTS) if (this.tracks[slot]) this.#makeUpTo(slot);
    if (this.transceivers.length > length) this.#encode();
  }

  /** @param {Slot} wanted */
  #makeUpTo(wanted) {
    const { kind, place } = SLOT[wanted];
    for (let next = this.#ofKind(kind).length; next <= place; next++) {
      const slot = SLOTS.find((one) => SLOT[one].kind === kind && SLOT[one].place === next);
      const streams = slot ? [this.streams[SLOT[slot].group]] : [];
      const track = slot && this.tracks[slot];
      const transceiver = this.pc.addTransceiver(track ?? kind, { direction: "sendrecv", streams });
      if (slot === "microphone") preferRedundant(transceiver);
    }
  }

  /** Whether a line of ours has no place in what was agreed. */
  lackPlaces() {
    return this.transceivers.some(({ mid }) => mid === null);
  }

  /** Put into each slot what it sends, within its limits. */
  async fill() {
    this.#encode();
    await Promise.all(SLOTS.map((slot) => this.#fill(slot)));
  }

  /** @param {Slot} slot */
  async #fill(slot) {
    const sender = this.at(slot)?.sender;
    const track = this.tracks[slot] ?? null;
    if (sender && sender.track !== track) await sender.replaceTrack(track);
  }

  /**
   * Send what is in the video slots, or hold it back: there is a path, or it is lost.
   * @param {boolean} active
   */
  sendPictures(active) {
    return this.#ask({ ...this.wish, path: active, lost: !active });
  }

  /** @param {Sending} sending no more than this from now on */
  limit(sending) {
    return this.#ask({ ...this.wish, sending });
  }

  /** @param {Wish} wish */
  #ask(wish) {
    // Parameters are read across threads, which at the first path have other things to do.
    if (JSON.stringify(wish) === JSON.stringify(this.wish)) return this.encoded;
    this.wish = wish;
    return this.#encode();
  }

  #encode() {
    // One after the other: parameters are read and written back, and the last word must stay.
    this.encoded = this.encoded.then(async () => {
      // At once: a browser has them by the description that it is asked for next.
      await Promise.all(SLOTS.map((slot) => this.#encodeSlot(slot)));
    });
    return this.encoded;
  }

  /** @param {Slot} slot */
  async #encodeSlot(slot) {
    const sender = this.at(slot)?.sender;
    // Chromium would begin anew with an empty slot that gets another codec, and fill a narrow link
    // with padding from it.
    if (!sender || !this.tracks[slot]) return;
    // Not every browser changes codecs; the rest it should do all the same.
    await this.#write(slot, sender, {})
      .catch(() => this.#write(slot, sender, { codecs: [] }))
      .catch((error) => console.warn(`the ${slot} could not be encoded otherwise`, error));
  }

  /**
   * @param {Slot} slot
   * @param {RTCRtpSender} sender
   * @param {{ codecs?: [] }} known instead of what the parameters say
   */
  async #write(slot, sender, known) {
    const before = sender.getParameters();
    const wanted = asked(slot, this.wish, { ...before, ...known });
    if (wanted) await sender.setParameters({ ...wanted, codecs: before.codecs });
  }

  /** @param {number | null} target milliseconds that their voice waits; null: as the browser likes */
  buffer(target) {
    const receiver = this.at("microphone")?.receiver;
    // Not every browser has it.
    if (receiver && "jitterBufferTarget" in receiver) receiver.jitterBufferTarget = target;
  }

  /** Before an answer: take what is offered, both ways. */
  async accept() {
    for (const transceiver of this.transceivers) {
      // Ours that the other's offer has no place for: what it offers takes their tracks.
      if (transceiver.mid === null) transceiver.stop();
    }
    for (const transceiver of this.transceivers) {
      const slot = this.slotOf(transceiver);
      // Of what a call has no slot for nothing is sent, and nothing decoded.
      transceiver.direction = slot === undefined ? "inactive" : "sendrecv";
      if (slot) transceiver.sender.setStreams?.(this.streams[SLOT[slot].group]);
    }
    const microphone = this.at("microphone");
    if (microphone) preferRedundant(microphone);
    await this.fill();
  }
}

/** @param {RTCRtpTransceiver} transceiver that nothing has been agreed on for */
function preferRedundant(transceiver) {
  const { codecs = [] } = globalThis.RTCRtpReceiver?.getCapabilities("audio") ?? {};
  const order = redundantFirst(codecs);
  if (order === null) return;
  try {
    transceiver.setCodecPreferences(order);
  } catch (error) {
    console.warn("redundant sound could not be preferred", error);
  }
}
