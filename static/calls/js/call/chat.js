/**
 * What the two write to each other: in order, each message once, over whatever connection there
 * is, and never through the server (docs/protocol.md, `chat`).
 *
 * A conversation belongs to two peer ids. It outlives reloads and connections, and is over when
 * one of the two is somebody else. Its rules are pure; `Chat` carries them out.
 */

import { Emitter } from "../base/events.js";
import { plainText } from "../base/plain.js";

/** @import { Call } from "./call.js" */
/** @import { Channel, Data } from "./channel.js" */
/** @import { Other } from "./other.js" */

/** Characters of a message. */
const LONGEST = 4000;
/** How many lines are kept, */
export const KEPT = 500;
/** and how many of the own may wait. */
const WAITING = 250;
/** Milliseconds: what comes within them is stored, answered and shown at once. */
const GATHERED = 50;
/** Times what storing it took, for other work. */
const REST = 10;

/**
 * @typedef {object} Conversation
 * @property {string} own      our peer id; "" before anybody was there
 * @property {string} other    theirs
 * @property {number} sent     the highest number of a message of ours
 * @property {number} received the number of their last message
 * @property {number} unread
 * @property {number} dropped  how many lines there were before those that are kept
 * @property {Line[]} lines    the oldest first
 *
 * @typedef {Own | Theirs | Break} Line
 * @typedef {object} Own
 * @property {"own"} from
 * @property {string} text
 * @property {number} at       when it was written (milliseconds since 1970)
 * @property {number} number   0 before it is sent, and in a conversation that is over
 * @property {"waiting" | "delivered" | "lost"} state
 *
 * @typedef {{ from: "other", name: string, text: string, at: number }} Theirs
 * @typedef {{ from: "page", newcomer: boolean }} Break what is above is over: somebody else came,
 *   or we are somebody else
 *
 * @typedef {"nobody" | "too-many"} Obstacle to writing: nobody was there, too many wait
 */

// -- The rules ----------------------------------------------------------------------------

/** @type {Readonly<Conversation>} */
export const NOTHING = Object.freeze({
  own: "",
  other: "",
  sent: 0,
  received: 0,
  unread: 0,
  dropped: 0,
  lines: [],
});

/** @param {Conversation} now @param {Line} line @returns {Conversation} */
function withLine(now, line) {
  const lines = [...now.lines, line];
  const dropped = Math.max(0, lines.length - KEPT);
  return { ...now, dropped: now.dropped + dropped, lines: lines.slice(dropped) };
}

/** @param {Conversation} now @param {(line: Own) => Own} change @returns {Conversation} */
function withOwn(now, change) {
  return { ...now, lines: now.lines.map((line) => (line.from === "own" ? change(line) : line)) };
}

/**
 * The other is there. The same two go on; else what was not heard never will be.
 * @param {Conversation} now
 * @param {string} own
 * @param {string} other
 * @returns {Conversation}
 */
export function met(now, own, other) {
  if (own === now.own && other === now.other) return now;
  const over = withOwn(now, (line) => {
    return { ...line, number: 0, state: line.state === "waiting" ? "lost" : line.state };
  });
  const next = { ...over, own, other, sent: 0, received: 0 };
  const isBegun = (now.lines.at(-1)?.from ?? "page") === "page";
  return isBegun ? next : withLine(next, { from: "page", newcomer: other !== now.other });
}

/** @param {Conversation} now */
const waiting = ({ lines }) =>
  lines.filter((line) => line.from === "own").filter(({ state }) => state === "waiting");

/** @param {Conversation} now @param {string} own our peer id by now @returns {Obstacle | null} */
export function obstacleTo(now, own) {
  if (now.other === "" || now.own !== own) return "nobody";
  return waiting(now).length < WAITING ? null : "too-many";
}

/** @param {unknown} text @returns as it is kept; "" when there is nothing */
function messageOf(text) {
  const plain = typeof text === "string" && text.length <= LONGEST ? plainText(text) : "";
  return plain.trim() && plain;
}

/** @param {Conversation} now @param {string} text @param {number} at @returns {Conversation} */
export const written = (now, text, at) =>
  withLine(now, { from: "own", text, at, number: 0, state: "waiting" });

/** Numbers for those that wait. @param {Conversation} now @returns {Conversation} */
export function numbered(now) {
  let { sent } = now;
  const { lines } = withOwn(now, (line) =>
    line.number === 0 && line.state === "waiting" ? { ...line, number: ++sent } : line,
  );
  return { ...now, sent, lines };
}

/**
 * The other has our messages up to this one. What they say first over a connection holds,
 * whatever was known: one of the two pages may have forgotten, or may have been replaced for a
 * while by a copy of it that went on writing.
 *
 * @param {Conversation} now
 * @param {number} number
 * @param {boolean} first
 * @returns {Conversation}
 */
export function heard(now, number, first) {
  const next = withOwn(now, (line) => {
    if (line.number === 0 || (line.number > number && !first)) return line;
    return { ...line, state: line.number > number ? "waiting" : "delivered" };
  });
  return first ? { ...next, sent: Math.max(now.sent, number) } : next;
}

/**
 * What has come, if it is not known already. Over one connection messages come in order: what is
 * left out is not there any more.
 *
 * @param {Conversation} now
 * @param {number} number
 * @param {Omit<Theirs, "from">} message
 * @returns {Conversation}
 */
export function received(now, number, message) {
  if (number <= now.received) return now;
  const next = { ...now, received: number, unread: now.unread + 1 };
  return withLine(next, { from: "other", ...message });
}

// -- Carrying them out --------------------------------------------------------------------

/**
 * It may be made in the middle of a call, by a page that had no time for it before.
 *
 * Events: `change` of `conversation` or `obstacle`.
 * @extends {Emitter<{ change: null }>}
 */
export class Chat extends Emitter {
  /** Our peer id. */
  #own = "";
  /** Whether messages have begun to go since these two met. */
  #open = false;
  /** Our last that went over this connection; null before they have said what they have. */
  #last = /** @type {number | null} */ (null);
  /** What we have said over it that we have; null when that is to be said again. */
  #told = /** @type {number | null} */ (null);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #pause = GATHERED;

  /**
   * @param {{ call: Pick<Call, "on" | "screen"> & { other: Pick<Other, "id" | "info" | "whom"> },
   *   channel: Channel, memory: { conversation: Conversation } }} options
   *   `memory` survives a reload of the page
   */
  constructor({ call, channel, memory }) {
    super();
    this.call = call;
    this.channel = channel;
    this.memory = memory;
    this.conversation = memory.conversation;
    call.on("change", () => this.#look());
    channel.onOpen(() => this.#opened());
    channel.on("chat", (data) => this.#receive(data));
    channel.on("chat-heard", (data) => this.#hear(data));
    this.#look();
    if (channel.isOpen) this.#opened();
  }

  /** What keeps the person from writing. */
  get obstacle() {
    return obstacleTo(this.conversation, this.#own);
  }

  /** @param {string} text @returns whether it was taken, to be delivered now or later */
  write(text) {
    const message = messageOf(text);
    if (this.obstacle !== null || message === "") return false;
    this.#store(written(this.conversation, message, Date.now()));
    this.#deliver();
    return true;
  }

  /** The person has seen everything. */
  read() {
    if (this.conversation.unread === 0) return;
    this.conversation = { ...this.conversation, unread: 0 };
    this.#soon();
  }

  /** @param {Conversation} conversation */
  #store(conversation) {
    this.conversation = this.memory.conversation = conversation;
    this.emit("change", null);
  }

  /** Who is there, and whether the call is over. */
  #look() {
    const { screen, other } = this.call;
    const before = this.conversation;
    let now = before;
    if (screen === "ended") now = before.own === "" ? before : NOTHING;
    else if (other.whom) now = met(before, other.id, other.whom);
    if (now === before && other.id === this.#own) return;
    this.#own = other.id;
    // A connection of before may still lead to whom we do not write any more.
    if (now !== before) this.#open = false;
    this.#store(now);
  }

  #opened() {
    // It may be there before the call has said whom it leads to.
    this.#look();
    this.#open = true;
    this.#last = this.#told = null;
    this.#settle();
  }

  /** Send what they do not have, as soon as we know what they have. */
  #deliver() {
    if (!this.#open || this.#last === null) return;
    this.#store(numbered(this.conversation));
    for (const { number, text } of waiting(this.conversation)) {
      if (number <= this.#last) continue;
      if (!this.channel.send("chat", { number, text })) return;
      this.#last = number;
    }
  }

  /** @param {Data} data */
  #hear({ number }) {
    if (!this.#open || !isNumber(number)) return;
    const first = this.#last === null;
    this.conversation = heard(this.conversation, number, first);
    this.#soon();
    if (!first) return;
    // Who says something now may not have been there when we did.
    this.#told = null;
    this.#last = number;
    this.#deliver();
  }

  /** @param {Data} data */
  #receive({ number, text: said }) {
    const text = messageOf(said);
    if (!this.#open || !isNumber(number) || text === "") return;
    const name = this.call.other.info?.name ?? "";
    this.conversation = received(this.conversation, number, { name, text, at: Date.now() });
    this.#told = null;
    this.#soon();
  }

  #soon() {
    this.#timer ??= setTimeout(() => this.#settle(), this.#pause);
  }

  /** What they are told that we have is stored first, or a reload would lose it. */
  #settle() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const begin = performance.now();
    this.#store(this.conversation);
    this.#pause = Math.max(GATHERED, REST * (performance.now() - begin));
    const number = this.conversation.received;
    if (number === this.#told) return;
    if (this.channel.send("chat-heard", { number })) this.#told = number;
  }
}

/** @param {unknown} number @returns {number is number} */
const isNumber = (number) => Number.isSafeInteger(number) && Number(number) >= 0;
