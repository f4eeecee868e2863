/** One file that is offered to the other, and how far it has got there. */

import { BLOCK, digestOf, digestOfAll } from "./digest.js";
import { FIRST, acknowledged, partOf } from "./cwnd.js";

/**
 * @typedef {"offered" | "moving" | "done" | "refused" | "damaged" | "unreadable" | "lost"}
 *   OutgoingState `lost`: whoever it was for is not there any more
 */

export class Outgoing {
  whose = /** @type {const} */ ("own");
  /** @type {OutgoingState} */
  state = "offered";
  /** Whether the person here has stopped it, */
  paused = false;
  /** and whether the other has. */
  waits = false;
  /** SHA-256 in hexadecimal; "" before all of it has been read. */
  digest = "";
  /** How much the other has. */
  moved = 0;
  /** How much was sent over the connection in use. */
  #sent = 0;
  /** @type {RTCDataChannel | null} over which */
  #channel = null;
  #cwnd = FIRST;
  /** What is under way: up to where, and since when. @type {{ end: number, at: number }[]} */
  #marks = [];
  /** @type {ArrayBuffer[]} */
  #digests = [];
  /** The block that is being sent. */
  #block = { number: -1, bytes: new Uint8Array() };

  /** @param {File} file @param {number} id */
  constructor(file, id) {
    this.file = file;
    this.id = id;
    this.name = file.name;
    this.size = file.size;
  }

  get isOpen() {
    return this.state === "offered" || this.state === "moving";
  }

  /** @param {RTCDataChannel} channel over which something might go now */
  hasMore(channel) {
    if (this.state !== "moving" || this.paused || this.waits || channel !== this.#channel) {
      return false;
    }
    if (this.#sent === this.size) return this.digest === "";
    return this.#sent - this.moved + partOf(this.#cwnd) <= this.#cwnd.size;
  }

  /**
   * The other has all before `offset`, and wants what follows over this channel.
   * @param {RTCDataChannel} channel
   * @param {number} offset
   * @param {number} at now, in milliseconds
   * @returns whether that can be
   */
  needed(channel, offset, at) {
    if (!this.isOpen || offset > this.size) return false;
    this.state = "moving";
    if (channel !== this.#channel) {
      this.#channel = channel;
      this.#sent = this.moved = offset;
      this.#cwnd = FIRST;
      this.#marks = [];
    }
    if (offset < this.moved || offset > this.#sent) return false;
    this.#acknowledge(offset, at);
    return true;
  }

  /** @param {number} offset @param {number} at */
  #acknowledge(offset, at) {
    const used = this.#sent - this.moved + 2 * partOf(this.#cwnd) > this.#cwnd.size;
    const bytes = offset - this.moved;
    this.moved = offset;
    const count = this.#marks.filter(({ end }) => end <= offset).length;
    const mark = this.#marks.splice(0, count).at(-1);
    if (mark) this.#cwnd = acknowledged(this.#cwnd, { at, delay: at - mark.at, bytes, used });
  }

  /**
   * What comes next, if it can be read; rejects when the file has gone or was changed.
   * @param {number} at now, in milliseconds
   * @returns {Promise<{ offset: number, bytes: Uint8Array } | null>} null: nothing yet, or any more
   */
  async next(at) {
    const offset = this.#sent;
    if (offset === this.size) {
      this.digest ||= await this.#digestAll();
      return null;
    }
    const number = Math.floor(offset / BLOCK);
    if (this.#block.number !== number) {
      const bytes = await this.#read(number);
      this.#block = { number, bytes };
      // Meanwhile it may have been asked for from elsewhere.
      return null;
    }
    const begin = offset - number * BLOCK;
    const bytes = this.#block.bytes.subarray(begin, begin + partOf(this.#cwnd));
    this.#sent += bytes.length;
    this.#marks.push({ end: this.#sent, at });
    return { offset, bytes };
  }

  /** @param {number} number */
  async #read(number) {
    const begin = number * BLOCK;
    const buffer = await this.file.slice(begin, begin + BLOCK).arrayBuffer();
    if (buffer.byteLength !== Math.min(BLOCK, this.size - begin)) throw new Error("changed");
    this.#digests[number] = await digestOf(buffer);
    return new Uint8Array(buffer);
  }

  async #digestAll() {
    // Those that the other had already, before this page was loaded.
    for (let number = 0; number * BLOCK < this.size; number++) {
      if (!this.#digests[number]) await this.#read(number);
    }
    return digestOfAll(this.#digests);
  }

  /** @param {OutgoingState} state */
  end(state) {
    this.state = state;
    this.#block = { number: -1, bytes: new Uint8Array() };
  }
}
