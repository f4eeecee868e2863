/** How often somebody may do something (a token bucket). Knows no clock: the time is passed in. */

/** @typedef {{ burst: number, rate: number }} Limit so many at once, and so many a second */

export class Bucket {
  /** @type {number} */ #tokens;
  /** @type {number} */ #at;

  /** @param {Limit} limit @param {() => number} [now] milliseconds that never go back */
  constructor(limit, now = () => performance.now()) {
    this.limit = limit;
    this.now = now;
    this.#tokens = limit.burst;
    this.#at = now();
  }

  /** @param {number} [cost] @returns whether there was as much; if not, nothing is taken */
  take(cost = 1) {
    const at = this.now();
    this.give(((at - this.#at) / 1000) * this.limit.rate);
    this.#at = at;
    if (this.#tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }

  /** @param {number} tokens back, or besides */
  give(tokens) {
    this.#tokens = Math.min(this.limit.burst, this.#tokens + tokens);
  }
}
