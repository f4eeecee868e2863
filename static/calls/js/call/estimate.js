/**
 * What the browser found that it may send, kept for the next connection of this tab: it would
 * else begin at 300 kbit/s, and show a small picture for the first ten seconds on any link.
 */

/** Milliseconds for which nobody has moved to another network, as far as the browser tells. */
const FRESH = 600_000;
/** Of a connection: at first the estimate is none but the browser's own beginning. */
const EVERY = 5000;
/** bit/s. What is more begins as well, and harms more where the link is not what it was. */
const MOST = 1_000_000;

/**
 * @typedef {object} Remembered
 * @property {number} bitrate  bit/s; 0 when nothing is known
 * @property {number} at       milliseconds since 1970
 * @property {string} network  its kind, where the browser tells it
 */

/** @type {Remembered} */
export const NOTHING = Object.freeze({ bitrate: 0, at: 0, network: "" });

/** The kind of network (Network Information API). @returns {string} */
function kindOfNetwork() {
  const { connection } = /** @type {{ connection?: { type?: string } }} */ (navigator);
  return connection?.type ?? "";
}

export class Estimate {
  /** @param {Remembered} memory it is kept in @param {() => string} [network] of now */
  constructor(memory, network = kindOfNetwork, now = () => Date.now()) {
    this.memory = memory;
    this.network = network;
    this.now = now;
    this.dueAt = 0;
  }

  /** Another connection begins. */
  begin() {
    this.dueAt = this.now() + EVERY;
  }

  /** @param {number | undefined} bitrate bit/s that the browser thinks it may send */
  note(bitrate) {
    const at = this.now();
    if (bitrate === undefined || at < this.dueAt) return;
    Object.assign(this.memory, { bitrate, at, network: this.network() });
    this.dueAt = at + EVERY;
  }

  /** bit/s to begin with, of pictures; null when nothing is known of this network. */
  get start() {
    const { bitrate, at, network } = this.memory;
    const known = bitrate > 0 && this.now() - at < FRESH && network === this.network();
    return known ? Math.round(Math.min(0.7 * bitrate, MOST)) : null;
  }
}
