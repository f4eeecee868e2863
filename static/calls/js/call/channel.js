/**
 * Messages from page to page, past the server. Outlives the connections that carry it.
 *
 * A negotiated data channel (webrtc-pc, section 6.1) with the id 0; every message is a JSON
 * object with a string field `type`. See docs/protocol.md, "The page's own convention".
 */

import { Bucket } from "../base/bucket.js";
import { parse } from "./protocol.js";

/** @typedef {Record<string, unknown>} Data the other page's word: whoever reads it checks it */

/** Characters: more than any description, less than any browser's limit for one message. */
const LONGEST = 65_536;
/**
 * Messages of the other page: those of a long chat that it has to send again, and in quiet times
 * several times what pages say.
 */
export const MESSAGES = Object.freeze({ burst: 1000, rate: 50 });
/** Characters, or bytes, for which a message counts as one more. */
export const PART = 16_384;

export class Channel {
  /** @type {RTCDataChannel | null} */
  #channel = null;
  /** @type {RTCPeerConnection | null} */
  #pc = null;
  /** @type {Map<string, (data: Data) => void>} */
  #handlers = new Map();
  /** @type {(() => void)[]} */
  #whenOpen = [];
  #budget = new Bucket(MESSAGES);

  /**
   * Carry messages over this connection from now on.
   * @param {RTCPeerConnection} pc
   */
  open(pc) {
    const channel = pc.createDataChannel("call", { negotiated: true, id: 0 });
    this.#channel = channel;
    this.#pc = pc;
    this.#budget = new Bucket(MESSAGES);
    channel.onopen = () => {
      if (channel === this.#channel) for (const handler of this.#whenOpen) handler();
    };
    channel.onmessage = ({ data }) => {
      if (channel !== this.#channel) return;
      if (this.#budget.take(costOf(data))) this.#receive(data);
      else this.#silence(channel);
    };
  }

  /** Nobody is to be kept busy by the other's page. The media goes on. @param {RTCDataChannel} channel */
  #silence(channel) {
    console.warn("too many messages from the other page: no more are taken");
    channel.onmessage = null;
    channel.close();
    this.close();
  }

  /** Something else that is sent may be answered by this channel. @param {number} messages */
  expect(messages) {
    this.#budget.give(messages);
  }

  /** The connection is given up: nothing more from it. */
  close() {
    this.#channel = this.#pc = null;
  }

  /**
   * Another negotiated data channel on the connection in use. Costs no negotiation: this one has
   * made room for all of them.
   * @param {string} label
   * @param {number} id
   * @returns {RTCDataChannel | null} null while messages do not reach the other page
   */
  beside(label, id) {
    if (!this.isOpen || this.#pc === null) return null;
    return this.#pc.createDataChannel(label, { negotiated: true, id });
  }

  /** Which carries the messages; null: none. */
  get connection() {
    return this.#pc;
  }

  /** Whether messages reach the other page. */
  get isOpen() {
    return this.#channel?.readyState === "open";
  }

  /** @param {() => void} handler called whenever messages begin to reach the other page */
  onOpen(handler) {
    this.#whenOpen.push(handler);
  }

  /**
   * @param {string} type one handler a type
   * @param {(data: Data) => void} handler
   */
  on(type, handler) {
    this.#handlers.set(type, handler);
  }

  /**
   * @param {string} type
   * @param {object} [fields]
   * @returns whether it was sent; false while no channel is open, or when it is too long
   */
  send(type, fields = {}) {
    if (this.#channel?.readyState !== "open") return false;
    const text = JSON.stringify({ ...fields, type });
    if (text.length > LONGEST) return false;
    this.#channel.send(text);
    return true;
  }

  /** Unknown types are those of a later version. @param {unknown} data */
  #receive(data) {
    const message = String(data).length > LONGEST ? null : parse(data);
    if (message !== null) this.#handlers.get(message.type)?.(message);
  }
}

/** @param {unknown} data @returns {number} messages */
export function costOf(data) {
  const binary = /** @type {{ byteLength?: number, size?: number }} */ (data);
  const size = typeof data === "string" ? data.length : (binary.byteLength ?? binary.size ?? 0);
  return 1 + Math.floor(size / PART);
}
