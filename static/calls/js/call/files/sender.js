/** Sends what the other has accepted: one file after the other, as long as there is room. */

import { Emitter } from "../../base/events.js";
import { framed } from "./frame.js";

/** @import { Outgoing } from "./outgoing.js" */

/** Bytes that may lie in the browser, whatever the other says that it has. */
export const QUEUED = 1024 * 1024;

/**
 * Events: `sent`, a part; `read`, all of a file, so that it is known what it is; `unreadable`.
 * @extends {Emitter<{ sent: null, read: Outgoing, unreadable: Outgoing }>}
 */
export class Sender extends Emitter {
  /** Where the parts go. @type {RTCDataChannel | null} */
  channel = null;
  #isBusy = false;

  /**
   * @param {{ items: () => Outgoing[], isHeld: () => boolean, now: () => number }} options
   *   `isHeld`: nothing may be sent just now
   */
  constructor({ items, isHeld, now }) {
    super();
    this.items = items;
    this.isHeld = isHeld;
    this.now = now;
  }

  /** Something may be sent that could not be before. */
  async go() {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let next = this.#next(); next; next = this.#next()) await this.#send(next);
    this.#isBusy = false;
  }

  #next() {
    const { channel } = this;
    if (channel?.readyState !== "open" || channel.bufferedAmount > QUEUED) return null;
    if (this.isHeld()) return null;
    const item = this.items().find((one) => one.hasMore(channel));
    return item ? { item, channel } : null;
  }

  /** @param {{ item: Outgoing, channel: RTCDataChannel }} next */
  async #send({ item, channel }) {
    try {
      const part = await item.next(this.now());
      if (part) {
        channel.send(framed(item.id, part.offset, part.bytes));
        this.emit("sent", null);
      } else if (item.digest !== "") this.emit("read", item);
    } catch {
      // What a closed channel did not take goes over the next one.
      if (channel.readyState === "open" && item.isOpen) this.emit("unreadable", item);
    }
  }
}
