/**
 * What the browser found that it may send, kept for the next connection of this tab: it would
 * else begin at 300 kbit/s, and show a small picture for the first ten seconds on any link.
 */

/** @import { Reading } from "./stats.js" */

/** Milliseconds for which a tab is taken to be in the same network; browsers do not tell. */
const FRESH = 600_000;
/** Of a connection: at first the estimate is none but the browser's own beginning. */
const EVERY = 5000;
/** bit/s. What is more harms more where the link is not what it was, and gains nothing. */
const MOST = 1_000_000;
/** What browsers begin with, and stay with as long as little is sent: says nothing of a link. */
const GUESS = 300_000;

/**
 * @typedef {object} Remembered
 * @property {number} bitrate  bit/s; 0 when nothing is known
 * @property {number} at       milliseconds since 1970
 */

/** @type {Remembered} */
export const NOTHING = Object.freeze({ bitrate: 0, at: 0 });

export class Estimate {
  /** @param {Remembered} memory it is kept in */
  constructor(memory, now = () => Date.now()) {
    this.memory = memory;
    this.now = now;
    this.dueAt = 0;
  }

  /** Another connection begins. */
  begin() {
    this.dueAt = this.now() + EVERY;
  }

  /** @param {Pick<Reading, "estimate" | "limited">} reading of the connection */
  note({ estimate, limited }) {
    const at = this.now();
    if (estimate === undefined || at < this.dueAt) return;
    if (estimate <= GUESS && !limited) return;
    Object.assign(this.memory, { bitrate: estimate, at });
    this.dueAt = at + EVERY;
  }

  /** The network may be another one from now on. */
  forget() {
    Object.assign(this.memory, NOTHING);
  }

  /** bit/s to begin with, of pictures; null when nothing is known. */
  get start() {
    const { bitrate, at } = this.memory;
    const known = bitrate > 0 && this.now() - at < FRESH;
    return known ? Math.round(Math.min(0.7 * bitrate, MOST)) : null;
  }
}
