/**
 * The code that the two can compare, what they have said of it, and how long that holds: for one pair
 * of certificates. One exchange makes it (comparison.js), over the connection itself.
 */

import { Bucket } from "../base/bucket.js";
import { Emitter } from "../base/events.js";
import { inOrder } from "../base/in-order.js";
import { Comparison } from "./comparison.js";
import { fingerprintsOf } from "./fingerprints.js";

/** @import { Call } from "./call.js" */
/** @import { Channel, Data } from "./channel.js" */
/** @import { Pair } from "./fingerprints.js" */

/** Each exchange is a guess for whoever sits between. */
export const EXCHANGES = Object.freeze({ burst: 3, rate: 3 / 60 });
/** Milliseconds until there may be one more. */
const AGAIN = 1000 / EXCHANGES.rate;

/**
 * What the two have found: `same` and `different` are a person's word; `failed`: what the other page
 * sent does not fit together; null: nothing yet.
 * @typedef {"same" | "different" | "failed" | null} Verdict
 */

/**
 * What survives a reload of the page: `code` has nine digits, or none while there is no code;
 * `withdrawn`: what was the same is to be compared anew.
 * @typedef {Pair & { code: string, verdict: Verdict, withdrawn: boolean }} Memory
 * @type {Memory}
 */
export const NOTHING = { own: "", other: "", code: "", verdict: null, withdrawn: false };

/**
 * Events: `change`; `withdrawn` when there is another code than the one that was there.
 * @extends {Emitter<{ change: null, withdrawn: null }>}
 */
export class Comparing extends Emitter {
  /** The connection that is known to be made with the two certificates. @type {RTCPeerConnection | null} */
  #holds = null;
  /** @type {Comparison | null} */
  #exchange = null;
  /** Over which the exchange is. @type {RTCPeerConnection | null} */
  #over = null;
  /** Whose descriptions are watched. @type {RTCPeerConnection | null} */
  #watched = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #again;
  #exchanges = new Bucket(EXCHANGES);
  #then = inOrder();

  /**
   * @param {{ call: Pick<Call, "screen" | "on"> & { connection: Pick<Call["connection"], "peer"> },
   *   channel: Channel, memory: Memory, fingerprints?: typeof fingerprintsOf }} options
   */
  constructor({ call, channel, memory, fingerprints = fingerprintsOf }) {
    super();
    this.call = call;
    this.channel = channel;
    this.memory = memory;
    this.fingerprints = fingerprints;
    channel.on("compare", (data) => this.#then(() => this.#hear(data)));
    channel.onOpen(() => this.#opened());
    if (channel.isOpen) this.#opened();
    call.on("change", () => {
      if (call.screen === "ended" || call.screen === "elsewhere") this.#forget();
    });
  }

  /** Whether what is known is of the connection in use. */
  get #isOfNow() {
    return this.#holds !== null && this.#holds === this.call.connection.peer?.pc;
  }

  /** Nine digits, or "" while there are none. */
  get code() {
    return this.#isOfNow ? this.memory.code : "";
  }

  get verdict() {
    return this.#isOfNow ? this.memory.verdict : null;
  }

  /** Whether what the two have compared does not hold any more. */
  get isWithdrawn() {
    return this.memory.withdrawn;
  }

  /** The two have compared the code. @param {boolean} same */
  decide(same) {
    if (this.code === "") return;
    this.memory.verdict = same ? "same" : "different";
    this.memory.withdrawn = false;
    this.emit("change", null);
  }

  #opened() {
    const { connection: pc } = this.channel;
    if (pc !== null && pc !== this.#watched) {
      this.#watched = pc;
      // Another description may come with another certificate.
      pc.addEventListener("signalingstatechange", () => {
        if (pc.signalingState === "stable") this.#then(() => this.#look());
      });
    }
    this.#then(() => this.#look());
  }

  /** Whose certificates are in use now. */
  async #look() {
    this.#holds = null;
    const { connection: pc } = this.channel;
    const pair = pc && this.channel.isOpen ? await this.fingerprints(pc) : null;
    if (pair && pc === this.channel.connection) {
      this.#holds = pc;
      const { own, other } = this.memory;
      if (pair.own !== own || pair.other !== other) this.#replace(pair);
      // One that has begun goes on, as long as the connection does.
      const isMissing = this.memory.code === "" && this.memory.verdict === null;
      if (isMissing && pc !== this.#over && this.#enter()) await this.#exchange?.begin();
    }
    this.emit("change", null);
  }

  /** What there was is of no use any more. @param {Pair} pair */
  #replace({ own, other }) {
    const { code, verdict, withdrawn } = this.memory;
    this.#exchange = this.#over = null;
    const isWithdrawn = withdrawn || verdict === "same";
    Object.assign(this.memory, { ...NOTHING, own, other, withdrawn: isWithdrawn });
    if (code !== "") this.emit("withdrawn", null);
  }

  /** @returns whether there may be another exchange now; if not, there is one later */
  #enter() {
    clearTimeout(this.#again);
    this.#exchange = this.#over = null;
    if (!this.#exchanges.take()) {
      this.#again = setTimeout(() => this.#then(() => this.#look()), AGAIN);
      return false;
    }
    const { own, other } = this.memory;
    const exchange = new Comparison(this.channel, { own, other });
    this.#exchange = exchange;
    this.#over = this.#holds;
    exchange.on("code", (code) => this.#found(exchange, code));
    exchange.on("failed", () => this.#found(exchange, ""));
    return true;
  }

  /** @param {Comparison} exchange @param {string} code "" if it failed */
  #found(exchange, code) {
    if (exchange !== this.#exchange) return;
    this.memory.code = code;
    this.memory.verdict = code === "" ? "failed" : null;
    this.emit("change", null);
  }

  /** @param {Data} data */
  async #hear(data) {
    // They may be faster than we are to see that the channel is open.
    await this.#look();
    if (this.#holds === null) return;
    const { own, other, verdict } = this.memory;
    if (this.#exchange === null || this.#exchange.isOver) {
      // They have lost it. What is found to be wrong stays wrong.
      const isNew = typeof data.commitment === "string";
      if (!isNew || verdict === "different" || verdict === "failed") return;
      this.#replace({ own, other });
      this.emit("change", null);
      if (!this.#enter()) return;
    }
    await this.#exchange?.receive(data);
  }

  #forget() {
    clearTimeout(this.#again);
    this.#holds = this.#exchange = this.#over = null;
    Object.assign(this.memory, NOTHING);
  }
}
