/**
 * A code that both read aloud: if it is the same, nobody sits between the two. It is made of both
 * DTLS certificates, and of a number from each side to which that side is bound before it knows the
 * other's (a commitment, as in RFC 6189, section 4.4.1.1): whoever sits between has one guess.
 */

import { Emitter } from "../base/events.js";
import { hex } from "../base/hex.js";

/** @import { Channel, Data } from "./channel.js" */
/** @import { Pair } from "./fingerprints.js" */

const LABEL = "duet-sas-1";
const NONCE_BYTES = 32;
/** Of the code; a guess hits one in ten to this. */
const DIGITS = 9;
const HEX = /^[0-9a-f]{64}$/;

const encoder = new TextEncoder();

/** @param {string} text hexadecimal */
const bytesOf = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

/** @param {string} use @param {Uint8Array[]} parts */
async function digest(use, ...parts) {
  const all = [encoder.encode(`${LABEL}/${use}`), ...parts].flatMap((part) => [...part]);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(all)));
}

/**
 * What binds a side to its number.
 * @param {string} own SHA-256 of its certificate, hexadecimal
 * @param {string} other of the other's, as this side sees it
 * @param {string} nonce 32 bytes, hexadecimal
 */
export const commitmentTo = async (own, other, nonce) =>
  hex(await digest("commit", bytesOf(own), bytesOf(other), bytesOf(nonce)));

/**
 * The code, the same at both ends: no side is the first by the server's word.
 * @typedef {{ fingerprint: string, nonce: string }} Side hexadecimal
 * @param {Side} one @param {Side} other
 * @returns {Promise<string>} nine digits
 */
export async function codeOf(one, other) {
  const [low, high] = one.fingerprint < other.fingerprint ? [one, other] : [other, one];
  const parts = [low.fingerprint, high.fingerprint, low.nonce, high.nonce].map(bytesOf);
  const sum = await digest("code", ...parts);
  // 64 bits of it: so nearly evenly that nobody could tell.
  const number = new DataView(sum.buffer).getBigUint64(0) % BigInt(10 ** DIGITS);
  return number.toString().padStart(DIGITS, "0");
}

/**
 * One exchange over one connection. Events: `code` when it is there, `failed` when the other did not
 * keep to it.
 * @extends {Emitter<{ code: string, failed: null }>}
 */
export class Comparison extends Emitter {
  /** What they are bound to. */
  #commitment = "";
  /** What we are bound to. @type {Promise<string> | null} */
  #own = null;
  isOver = false;

  /** @param {Pick<Channel, "send">} channel @param {Pair} fingerprints */
  constructor(channel, { own, other }) {
    super();
    this.channel = channel;
    this.own = own;
    this.other = other;
    this.nonce = hex(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
  }

  /** Be bound to the own number, before the other's is known; say so, again if need be. */
  async begin() {
    this.#own ??= commitmentTo(this.own, this.other, this.nonce);
    this.channel.send("compare", { commitment: await this.#own });
  }

  /** @param {Data} data of theirs */
  async receive({ commitment, nonce }) {
    if (this.isOver) return;
    if (this.#commitment === "") await this.#bound(commitment);
    else if (commitment !== this.#commitment) await this.#told(nonce);
  }

  /** @param {unknown} commitment */
  async #bound(commitment) {
    if (typeof commitment !== "string" || !HEX.test(commitment)) return this.#fail();
    this.#commitment = commitment;
    // What we said before may have come too early for them.
    await this.begin();
    this.channel.send("compare", { nonce: this.nonce });
  }

  /** @param {unknown} nonce */
  async #told(nonce) {
    this.isOver = true;
    if (typeof nonce !== "string" || !HEX.test(nonce)) return this.#fail();
    const expected = await commitmentTo(this.other, this.own, nonce);
    if (expected !== this.#commitment) return this.#fail();
    const [own, other] = [
      { fingerprint: this.own, nonce: this.nonce },
      { fingerprint: this.other, nonce },
    ];
    this.emit("code", await codeOf(own, other));
  }

  #fail() {
    this.isOver = true;
    this.emit("failed", null);
  }
}
