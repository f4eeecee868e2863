/**
 * How sound arrives, four times a second: the other is told, and what is sent is adapted to what
 * they tell. Knows what to measure; what follows from it is in adaptation.js.
 */

import { Emitter } from "../base/events.js";
import { WHOLE_LINK, adapt, isPaused, onNewPath } from "./adaptation.js";
import { UNBUFFERED, buffered } from "./buffering.js";
import { SEND_ALL, hasRoom, sendingOf } from "./sending.js";
import { NOTHING_YET, heard } from "./silence.js";
import { receivedBetween, sentBetween } from "./stats.js";

/** @import { Sample } from "./adaptation.js" */
/** @import { Channel, Data } from "./channel.js" */
/** @import { Peer } from "./peer.js" */
/** @import { Flow } from "./silence.js" */
/** @import { Health, Reading } from "./stats.js" */

/** Milliseconds. */
const EVERY = 250;
/** Windows without a fault that are told one by one; then it is one of as many. */
const TOLD = 4;
/** A part of the sound that nobody hears missing. */
const CLEAN = 0.01;

/**
 * Milliseconds after which a link is taken for a wide one that has not been found to be narrow:
 * not every browser tells an estimate, and with little to send none has a larger one.
 */
const BEGINNING = { estimated: 10_000, unestimated: 2000 };

/** Milliseconds between two probes. */
const PROBE_EVERY = 2000;
/** Windows without anything: even who sends no media says something once a second. */
const QUIET = 10;
/** Two do not fit into one packet; and still they are little in a narrow link's queue. */
const PAD = "x".repeat(700);
/** Bytes around it: JSON, SCTP, DTLS, UDP and IP. */
const AROUND = 130;

/**
 * bit/s of the narrowest part of the way: there the second of two packets waits for the first.
 * @param {number} length of what the second carried
 * @param {number} gap in milliseconds
 */
export const capacityOf = (length, gap) =>
  Math.round((8000 * (length + AROUND)) / Math.max(gap, 1));

/**
 * What the other's word says of what we send. Where nothing at all arrives the path is cut, not
 * narrow, and there is nothing to be learned of it.
 * @param {Data} data
 * @returns {Omit<Sample, "at">}
 */
export function toldOf({ audio, lost, video, concealed, capacity }) {
  const cut = audio === 0 && (video === 0 || video === undefined);
  return {
    concealed: cut || !isPart(concealed) ? undefined : concealed,
    missing: isCount(audio) && isCount(lost) && audio + lost ? lost / (audio + lost) : undefined,
    capacity: typeof capacity === "number" && capacity > 0 ? capacity : undefined,
  };
}

/** @param {unknown} value @returns {value is number} */
const isCount = (value) => Number.isInteger(value) && Number(value) >= 0;

/** @param {unknown} value @returns {value is number} */
const isPart = (value) => typeof value === "number" && value >= 0 && value <= 1;

/**
 * Watches one connection at a time.
 * Events: `paused` when the own picture is held back, or sent again; `silent` when nothing at all
 * arrives any more, or something does again; every `reading`; `told`, the other's word.
 * @extends {Emitter<{ paused: boolean, silent: boolean, reading: Reading, told: Data }>}
 */
export class Monitor extends Emitter {
  /** @type {Peer | null} */
  #peer = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Reading | null} */
  #before = null;
  #readAt = 0;
  /** Windows since something arrived. */
  #empty = 0;
  #flow = NOTHING_YET;
  #state = WHOLE_LINK;
  #buffering = UNBUFFERED;
  #lowData = false;
  #sharing = false;
  #relayed = false;
  /** Whether the link has not been found to be wide, nor taken for it. */
  #beginning = false;
  #beganAt = 0;
  /** What the connection was told to send. */
  #sending = SEND_ALL;
  /** Windows without a fault since the last one that had one. */
  #clean = 0;
  #probedAt = 0;
  /** When the first of a pair arrived. */
  #first = { n: 0, at: 0 };

  /** @param {Channel} channel @param {() => number} [now] */
  constructor(channel, now = () => performance.now()) {
    super();
    this.channel = channel;
    this.now = now;
    channel.on("health", (data) => {
      this.emit("told", data);
      this.#learn(toldOf(data));
    });
    channel.on("probe", (data) => this.#probed(data));
  }

  get paused() {
    return isPaused(this.#state);
  }

  /** Whether nothing of the other has arrived lately. */
  get isQuiet() {
    return this.#empty >= QUIET;
  }

  /** @param {Peer} peer */
  start(peer) {
    this.stop();
    this.#peer = peer;
    this.#beginning = !hasRoom(peer.start);
    this.#beganAt = Infinity;
    this.#sending = sendingOf(WHOLE_LINK, { beginning: this.#beginning });
    this.#limit();
    this.#wait();
  }

  /** @param {boolean} lowData whether one of the two saves data: in this call and the next */
  useLessData(lowData) {
    this.#lowData = lowData;
    this.#limit();
  }

  /** @param {boolean} sharing whether there is a screen to be sent as well */
  share(sharing) {
    this.#sharing = sharing;
    this.#limit();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#peer = this.#before = null;
    this.#flow = NOTHING_YET;
    this.#state = WHOLE_LINK;
    this.#buffering = UNBUFFERED;
    this.#relayed = false;
    this.#clean = this.#empty = 0;
  }

  #wait() {
    this.#timer = setTimeout(() => this.#tick(), EVERY);
  }

  async #tick() {
    const peer = this.#peer;
    if (peer === null) return;
    this.#empty++;
    if (peer.media === "connected") await this.#read(peer);
    else this.#before = null;
    if (peer === this.#peer) this.#wait();
  }

  /** @param {Peer} peer */
  async #read(peer) {
    const now = await peer.reading().catch(() => null);
    if (peer !== this.#peer || now === null) return;
    const before = this.#before;
    const from = this.#readAt;
    this.#before = now;
    this.#readAt = this.now();
    this.#relayed = now.relayed ?? this.#relayed;
    this.emit("reading", now);
    if (before === null) {
      this.#flows(NOTHING_YET);
      this.#beganAt = Math.min(this.#beganAt, this.now());
      this.#state = onNewPath(this.#state, this.now());
      return;
    }
    // Less where a path was given up, and its bytes with it.
    const arrived = (now.arrived ?? 0) > (before.arrived ?? 0);
    if (arrived) this.#empty = 0;
    this.#flows(heard(this.#flow, { from, at: this.#readAt, arrived }));
    const received = receivedBetween(before, now);
    this.#tell(received);
    this.#buffer(received.lost);
    this.#learn(sentBetween(before, now));
    this.#probe();
  }

  /** @param {Flow} flow */
  #flows(flow) {
    const { silent } = this.#flow;
    this.#flow = flow;
    if (flow.silent !== silent) this.emit("silent", flow.silent);
  }

  /** The way of the answer may be the narrow one: little is said of what goes well. @param {Health} health */
  #tell(health) {
    this.#clean = (health.concealed ?? 0) < CLEAN ? this.#clean + 1 : 0;
    if (this.#clean <= TOLD || this.#clean % TOLD === 0) this.channel.send("health", health);
  }

  /** @param {number} [lost] packets */
  #buffer(lost) {
    const { target } = this.#buffering;
    this.#buffering = buffered(this.#buffering, lost);
    if (this.#buffering.target !== target) this.#peer?.buffer(this.#buffering.target);
  }

  /** @param {Omit<Sample, "at">} sample */
  #learn(sample) {
    if (this.#before === null) return;
    const before = this.#state;
    this.#state = adapt(before, { ...sample, at: this.now() });
    this.#begin();
    this.#limit();
    if (isPaused(this.#state) !== isPaused(before)) this.emit("paused", this.paused);
  }

  #begin() {
    const { estimate } = this.#state;
    const most = estimate === null ? BEGINNING.unestimated : BEGINNING.estimated;
    if (hasRoom(estimate) || this.now() - this.#beganAt >= most) this.#beginning = false;
  }

  #limit() {
    const wishes = {
      lowData: this.#lowData,
      sharing: this.#sharing,
      beginning: this.#beginning,
      relayed: this.#relayed,
    };
    const sending = sendingOf(this.#state, wishes);
    if (!this.#peer || JSON.stringify(sending) === JSON.stringify(this.#sending)) return;
    this.#sending = sending;
    this.#peer.limit(sending);
  }

  // -- How wide the link is while nearly nothing is sent --------------------------------------

  #probe() {
    if (!this.paused || this.now() - this.#probedAt < PROBE_EVERY) return;
    this.#probedAt = this.now();
    for (const part of [1, 2]) this.channel.send("probe", { n: this.#probedAt, part, pad: PAD });
  }

  /** @param {Data} data */
  #probed({ n, part, pad }) {
    const at = this.now();
    if (part === 1) this.#first = { n: Number(n), at };
    if (part !== 2 || n !== this.#first.n || typeof pad !== "string") return;
    this.channel.send("health", { capacity: capacityOf(pad.length, at - this.#first.at) });
  }
}
