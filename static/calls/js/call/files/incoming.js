/** One file that the other offers, and what has arrived of it. */

import { BLOCK, digestOf, digestOfAll } from "./digest.js";

/** @import { Store } from "./storage.js" */

/**
 * @typedef {"offered" | "moving" | "done" | "refused" | "withdrawn" | "damaged" | "no-room"
 *   | "lost"} IncomingState `lost`: whoever offered it is not there any more
 */

/** Blocks that may wait for the disk before the other is kept waiting, */
const WAITING = 2;
/** and before whoever does not wait is not heard: more than that cannot be under way. */
const FLOODED = 8;

export class Incoming {
  whose = /** @type {const} */ ("other");
  /** @type {IncomingState} */
  state = "offered";
  /** Whether the person here has stopped it. */
  paused = false;
  /** Why nothing comes: "person", "sound", or "" when it does. */
  waits = "";
  /** What the other says of the whole; "" before they have read all of it. */
  digest = "";
  /** How much has arrived. */
  moved = 0;
  /** Whether it is looked at, or was. */
  isChecked = false;
  /** All of it, when it is done. @type {Blob | null} */
  blob = null;
  /** @type {Promise<Store | null>} */
  #store = Promise.resolve(null);
  /** The block that arrives. @type {Uint8Array<ArrayBuffer>} */
  #block = new Uint8Array();
  #filled = 0;
  /** @type {ArrayBuffer[]} */
  #digests = [];
  #written = Promise.resolve();
  #waiting = 0;

  /** @param {number} id @param {string} name @param {number} size */
  constructor(id, name, size) {
    this.id = id;
    this.name = name;
    this.size = size;
  }

  get isOpen() {
    return this.state === "offered" || this.state === "moving";
  }

  /** Whether all has arrived, and it is known what it should be. */
  get isThere() {
    return this.moved === this.size && this.digest !== "";
  }

  /** Whether blocks wait for the disk, so that no more should come. */
  get isSlow() {
    return this.#waiting > WAITING;
  }

  /** @param {Promise<Store | null>} store null: there is no room for it */
  begin(store) {
    this.state = "moving";
    this.#store = store;
    this.#writes(async () => void (await this.#opened()));
  }

  async #opened() {
    const store = await this.#store;
    if (store === null) throw new DOMException("too large", "QuotaExceededError");
    return store;
  }

  /**
   * @param {number} offset
   * @param {Uint8Array} bytes
   * @returns whether it was what comes next
   */
  take(offset, bytes) {
    if (this.state !== "moving" || offset !== this.moved) return false;
    if (bytes.length > this.size - this.moved || this.#waiting > FLOODED) return false;
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(this.#fill(rest));
    return true;
  }

  /** @param {Uint8Array} bytes @returns how many of them found room in the block */
  #fill(bytes) {
    if (this.#filled === 0) this.#block = new Uint8Array(Math.min(BLOCK, this.size - this.moved));
    const part = bytes.subarray(0, this.#block.length - this.#filled);
    this.#block.set(part, this.#filled);
    this.#filled += part.length;
    this.moved += part.length;
    if (this.#filled === this.#block.length) this.#write(this.#block);
    return part.length;
  }

  /** @param {Uint8Array<ArrayBuffer>} block */
  #write(block) {
    this.#filled = 0;
    this.#waiting++;
    this.#writes(async () => {
      this.#digests.push(await digestOf(block));
      await (await this.#opened()).write(block);
      this.#waiting--;
    });
  }

  /** One after the other. @param {() => Promise<void>} write */
  #writes(write) {
    this.#written = this.#written.then(write);
    this.#written.catch(() => {}); // whoever waits for it is told
  }

  /** Until what has arrived is written; rejects when there is no room. */
  written() {
    return this.#written;
  }

  /**
   * All has arrived, and the other has said what it is. Rejects when there is no room.
   * @returns whether it is that
   */
  async finish() {
    await this.#written;
    if ((await digestOfAll(this.#digests)) !== this.digest) return false;
    this.blob = await (await this.#opened()).finish();
    return true;
  }

  /** @param {IncomingState} state */
  end(state) {
    this.state = state;
    this.#block = new Uint8Array();
    if (state !== "done") this.#store.then((store) => store?.drop()).catch(() => {});
  }
}
