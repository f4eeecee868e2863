/**
 * Files from page to page, past the server, over whatever connection there is (docs/protocol.md,
 * "Files"). Each side says what it offers and what it needs, anew over every connection: so what
 * a lost one has taken with it is made good.
 */

import { Bucket } from "../../base/bucket.js";
import { Emitter } from "../../base/events.js";
import { Incoming } from "./incoming.js";
import { safeName } from "./name.js";
import { Outgoing } from "./outgoing.js";
import { Receiver } from "./receiver.js";
import { QUEUED, Sender } from "./sender.js";
import { openStore } from "./storage.js";

/** @import { Call } from "../call.js" */
/** @import { Channel, Data } from "../channel.js" */
/** @import { Monitor } from "../monitor.js" */
/** @import { Other } from "../other.js" */

/** @typedef {Incoming | Outgoing} Item */

/** Files that may be open at once, each way. */
export const MOST = 20;
/** Characters of a name. */
const LONGEST = 255;
/** How many are listed that are over. */
const KEPT = 20;
/** Files of which it is remembered what became of them. */
const REMEMBERED = 1000;
/** Parts of no use: more than are under way when files are cancelled. */
export const UNASKED = { burst: 2000, rate: 50 };

/**
 * Events: `change` of `items`; `offered`, what the other has just begun to offer; `over`, what
 * came to an end that this person did not bring about.
 * @extends {Emitter<{ change: null, offered: Incoming, over: Item }>}
 */
export class Files extends Emitter {
  /** The oldest first. @type {Item[]} */
  items = [];
  /** Peer id of whom they are for and from; "" while nobody is there. */
  #other = "";
  /** Whether what they said over this connection was answered with what is offered here. */
  #answered = false;
  /** What became of those that the other may still offer, by id. @type {Map<number, string>} */
  #over = new Map();

  /**
   * @param {{ call: Pick<Call, "on" | "screen"> & { other: Pick<Other, "whom"> },
   *   channel: Channel, monitor: Pick<Monitor, "on" | "paused">, store?: typeof openStore,
   *   now?: () => number }} options
   *   while the `monitor` holds pictures back, no file is sent
   */
  constructor({ call, channel, monitor, store = openStore, now = () => performance.now() }) {
    super();
    this.call = call;
    this.channel = channel;
    this.monitor = monitor;
    this.store = store;
    this.now = now;
    this.sender = new Sender({ items: () => this.#own(), isHeld: () => this.isHeld, now });
    this.receiver = new Receiver(() => this.#theirs());
    this.sender.on("sent", () => channel.expect(1));
    this.sender.on("read", () => this.#tell());
    this.sender.on("unreadable", (item) => this.#failed(item));
    this.receiver.on("arrived", () => this.emit("change", null));
    this.receiver.on("need", (item) => this.#need(item));
    this.receiver.on("whole", (item) => this.#finish(item, "done"));
    this.receiver.on("failed", ({ item, why }) => this.#finish(item, why));
    call.on("change", () => this.#look());
    channel.onOpen(() => this.#opened());
    channel.on("file-offers", (data) => this.#offered(data));
    channel.on("file-need", (data) => this.#needed(data));
    channel.on("file-end", (data) => this.#ended(data));
    monitor.on("paused", () => this.isBusy && this.#changed());
    this.#look();
    if (channel.isOpen) this.#opened();
  }

  // -- What the person does -----------------------------------------------------------------

  /** Whether anything is under way that would be lost with the page. */
  get isBusy() {
    return this.items.some(({ state }) => state === "moving");
  }

  /** Whether pictures are held back to keep the sound clear, and files with them. */
  get isHeld() {
    return this.monitor.paused;
  }

  get hasSomebody() {
    return this.#other !== "";
  }

  /** @param {File[]} files @returns how many were taken; none while nobody is there */
  offer(files) {
    if (this.#other === "") return 0;
    const taken = files.slice(0, MOST - this.#own().length);
    for (const file of taken) this.items.push(new Outgoing(file, newId()));
    if (taken.length > 0) this.#changed();
    return taken.length;
  }

  /** @param {Incoming} item */
  accept(item) {
    if (item.state !== "offered") return;
    item.begin(this.store(item.size));
    this.receiver.watch(item);
    this.#need(item);
    this.emit("change", null);
  }

  /** @param {Item} item @param {boolean} paused */
  pause(item, paused) {
    if (item.state !== "moving") return;
    item.paused = paused;
    if (item.whose === "other") this.#need(item);
    this.#changed();
  }

  /** Offer it no longer, want it no longer, or list it no longer. @param {Item} item */
  remove(item) {
    const { isOpen } = item;
    this.items = this.items.filter((one) => one !== item);
    if (item.whose === "own") item.end("lost");
    else if (isOpen) this.#endWith(item, "refused");
    this.#changed();
  }

  // -- Who is there -------------------------------------------------------------------------

  #look() {
    const { screen, other } = this.call;
    const id = screen === "ended" ? "" : (other.whom ?? this.#other);
    if (id === this.#other) return;
    this.#other = id;
    this.#over.clear();
    for (const item of this.items) if (item.isOpen) item.end("lost");
    if (id === "") this.items = [];
    this.emit("change", null);
  }

  #opened() {
    // It may be there before the call has said whom it leads to.
    this.#look();
    this.#answered = false;
    this.sender.channel = null;
    this.receiver.renew();
    this.#tell();
  }

  /** It is there on this side before anything is asked of the other. */
  #channelForBytes() {
    if (this.sender.channel !== null) return this.sender.channel;
    const bytes = this.channel.beside("files", 1);
    if (bytes === null) return null;
    bytes.binaryType = "arraybuffer";
    bytes.bufferedAmountLowThreshold = QUEUED / 4;
    bytes.onopen = bytes.onbufferedamountlow = () => this.sender.go();
    const unasked = new Bucket(UNASKED);
    bytes.onmessage = ({ data }) => {
      if (bytes !== this.sender.channel || this.receiver.receive(data) || unasked.take()) return;
      console.warn("too many parts of no use: no more files");
      bytes.onmessage = null;
      bytes.close();
    };
    return (this.sender.channel = bytes);
  }

  // -- What is said -------------------------------------------------------------------------

  /** What this page offers. */
  #own() {
    return this.items.filter((item) => item.whose === "own").filter(({ isOpen }) => isOpen);
  }

  /** What the other's does. */
  #theirs() {
    return this.items.filter((item) => item.whose === "other").filter(({ isOpen }) => isOpen);
  }

  /** All of it: whatever is not in there is not offered any more. */
  #tell() {
    const files = this.#own().map(({ id, name, size, paused, state, digest }) => {
      const held = this.isHeld && state === "moving" ? "sound" : "";
      return { id, name: name.slice(-LONGEST), size, waits: paused ? "person" : held, digest };
    });
    this.channel.send("file-offers", { files });
  }

  /** @param {Incoming} item */
  #need(item) {
    const { id, moved, paused } = item;
    if (this.#channelForBytes() === null) return;
    this.receiver.tells(item);
    this.channel.send("file-need", { id, offset: moved, waits: paused });
  }

  #changed() {
    this.#forgetOld();
    this.#tell();
    this.emit("change", null);
    this.sender.go();
  }

  #forgetOld() {
    const over = this.items.filter(({ isOpen }) => !isOpen);
    const old = new Set(over.slice(0, Math.max(0, over.length - KEPT)));
    this.items = this.items.filter((item) => !old.has(item));
  }

  /** @param {Data} data */
  #offered({ files }) {
    this.#look();
    if (!Array.isArray(files) || this.#other === "") return;
    const offers = files.slice(0, MOST).filter(isOffer);
    for (const item of this.#theirs()) {
      if (!offers.some(({ id }) => id === item.id)) this.#finish(item, "withdrawn");
    }
    for (const offer of offers) this.#hear(offer);
    if (!this.#answered && this.#own().length > 0) this.#tell();
    this.#answered = true;
    this.emit("change", null);
  }

  /** @param {Offer} offer */
  #hear({ id, name, size, waits, digest }) {
    const result = this.#over.get(id);
    if (result !== undefined) {
      // The word of it was lost with a connection, or is still on its way.
      this.channel.send("file-end", { id, result });
      return;
    }
    const item = this.#theirs().find((one) => one.id === id) ?? this.#met(id, name, size);
    item.waits = typeof waits === "string" ? waits : "";
    if (typeof digest === "string") item.digest = digest;
    if (item.state === "moving" && !this.receiver.hasTold(item)) this.#need(item);
    this.receiver.complete(item);
  }

  /** @param {number} id @param {string} name @param {number} size */
  #met(id, name, size) {
    const item = new Incoming(id, safeName(name), size);
    this.items.push(item);
    this.#forgetOld();
    this.emit("offered", item);
    return item;
  }

  /** @param {Data} data */
  #needed({ id, offset, waits }) {
    const item = this.#own().find((one) => one.id === id);
    const bytes = this.#channelForBytes();
    if (!item || !bytes || !isCount(offset)) return;
    const begins = item.state === "offered";
    if (!item.needed(bytes, offset, this.now())) return;
    item.waits = waits === true;
    if (begins && this.isHeld) this.#tell();
    this.emit("change", null);
    this.sender.go();
  }

  /** @param {Data} data */
  #ended({ id, result }) {
    const item = this.#own().find((one) => one.id === id);
    if (!item) return;
    item.end(result === "done" || result === "damaged" ? result : "refused");
    this.emit("over", item);
    this.#changed();
  }

  // -- How it ends --------------------------------------------------------------------------

  /** It was moved, changed or is on a disk that is not there any more. @param {Outgoing} item */
  #failed(item) {
    item.end("unreadable");
    this.emit("over", item);
    this.#changed();
  }

  /** @param {Incoming} item @param {Incoming["state"]} state */
  #finish(item, state) {
    if (!item.isOpen) return;
    this.#endWith(item, state);
    this.emit("over", item);
    this.emit("change", null);
  }

  /** @param {Incoming} item @param {Incoming["state"]} state */
  #endWith(item, state) {
    const { id } = item;
    item.end(state);
    this.receiver.forget(item);
    if (state === "withdrawn") return;
    const result = state === "done" || state === "damaged" ? state : "refused";
    this.channel.send("file-end", { id, result });
    this.#over.set(id, result);
    const [oldest] = this.#over.keys();
    if (this.#over.size > REMEMBERED) this.#over.delete(oldest);
  }
}

// -- What the other may say ----------------------------------------------------------------

/**
 * @typedef {{ id: number, name: string, size: number, waits?: unknown, digest?: unknown }} Offer
 */

/** @param {any} offer @returns {offer is Offer} */
const isOffer = (offer) =>
  isCount(offer?.id) && offer.id < 2 ** 32 && isName(offer.name) && isCount(offer.size);

/** @param {unknown} name */
const isName = (name) => typeof name === "string" && name.length <= LONGEST;

/** @param {unknown} number @returns {number is number} */
const isCount = (number) => Number.isSafeInteger(number) && Number(number) >= 0;

/** A number that neither this page nor one before it has used. */
const newId = () => crypto.getRandomValues(new Uint32Array(1))[0];
