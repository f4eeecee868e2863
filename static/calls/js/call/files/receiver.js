/** Takes what arrives of files, and has the other told how much has. */

import { Emitter } from "../../base/events.js";
import { SMALLEST } from "./cwnd.js";
import { unframed } from "./frame.js";

/** @import { Incoming } from "./incoming.js" */

/** How much more has arrived before that is told, or how many milliseconds after it has. */
const TOLD = { bytes: 65_536, after: 20 };

/**
 * Events: `arrived`, more of a file; `need` to tell how much; `whole`, all of it as it was sent;
 * `failed`: it is not what it should be, or there is no room for it.
 * @extends {Emitter<{ arrived: Incoming, need: Incoming, whole: Incoming,
 *   failed: { item: Incoming, why: "damaged" | "no-room" } }>}
 */
export class Receiver extends Emitter {
  /** What was told of each over this connection. @type {Map<Incoming, number>} */
  #told = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => Incoming[]} items */
  constructor(items) {
    super();
    this.items = items;
  }

  /** Over another connection everything is told anew. */
  renew() {
    this.#told.clear();
  }

  /** @param {Incoming} item */
  hasTold(item) {
    return this.#told.has(item);
  }

  /** @param {Incoming} item how much has arrived of it is told just now */
  tells(item) {
    this.#told.set(item, item.moved);
  }

  /** @param {Incoming} item */
  forget(item) {
    this.#told.delete(item);
  }

  /** @param {unknown} data from the other's `Sender` @returns whether it is of use */
  receive(data) {
    const part = unframed(data);
    const item = part && this.items().find(({ id }) => id === part.id);
    if (!part || !item?.take(part.offset, part.bytes)) return false;
    this.emit("arrived", item);
    if (item.isSlow) this.watch(item);
    else if (this.#untold(item) >= TOLD.bytes) this.emit("need", item);
    else this.#timer ??= setTimeout(() => this.#tellAll(), TOLD.after);
    this.complete(item);
    return part.bytes.length >= SMALLEST;
  }

  /** @param {Incoming} item */
  #untold(item) {
    return item.state === "moving" ? item.moved - (this.#told.get(item) ?? 0) : 0;
  }

  #tellAll() {
    this.#timer = undefined;
    for (const item of this.items()) {
      if (this.#untold(item) > 0 && !item.isSlow) this.emit("need", item);
    }
  }

  /** Whoever sends faster than the disk takes it waits. @param {Incoming} item */
  async watch(item) {
    try {
      await item.written();
      if (this.#untold(item) > 0) this.emit("need", item);
    } catch {
      this.emit("failed", { item, why: "no-room" });
    }
  }

  /** Perhaps that was the last of it. @param {Incoming} item */
  async complete(item) {
    if (item.state !== "moving" || item.isChecked || !item.isThere) return;
    item.isChecked = true;
    try {
      if (await item.finish()) this.emit("whole", item);
      else this.emit("failed", { item, why: "damaged" });
    } catch {
      this.emit("failed", { item, why: "no-room" });
    }
  }
}
