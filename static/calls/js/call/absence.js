/** How long somebody who is not heard of is waited for. */

import { Emitter } from "../base/events.js";

/** Milliseconds that a page may take to be back after a reload. */
const RELOAD = 5000;

/**
 * Events: `missed`, the grace of somebody whom the server does not know is over; `closed`, a page
 * that was closed or reloaded is not back.
 * @extends {Emitter<{ missed: null, closed: null }>}
 */
export class Absence extends Emitter {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #grace;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #reload;
  /** Whether their page has said that it goes. */
  isGoing = false;

  /** @param {number} grace in milliseconds */
  constructor(grace) {
    super();
    this.grace = grace;
  }

  /** The server does not know them. */
  missing() {
    clearTimeout(this.#grace);
    this.#grace = setTimeout(() => this.emit("missed", null), this.grace);
  }

  /** Their page is being closed or reloaded: only the one comes back at once. */
  going() {
    this.isGoing = true;
    clearTimeout(this.#reload);
    this.#reload = setTimeout(() => this.emit("closed", null), RELOAD);
  }

  /** The server knows them. */
  known() {
    clearTimeout(this.#grace);
  }

  /** Their page is open. */
  staying() {
    clearTimeout(this.#reload);
    this.isGoing = false;
  }

  /** Nobody is waited for. */
  end() {
    this.known();
    this.staying();
  }
}
