/** Looks at the connection every two seconds: figures for a panel, a verdict for a sign. */

import { Emitter } from "../base/events.js";
import { figuresBetween, snapshotOf } from "./figures.js";
import { UNHEARD, judge } from "./quality.js";
import { toldIn } from "./told.js";

/** @import { Data } from "./channel.js" */
/** @import { Figures, Snapshot } from "./figures.js" */
/** @import { Connection } from "./connection.js" */
/** @import { Peer } from "./peer.js" */
/** @import { Verdict } from "./quality.js" */

/** Milliseconds. */
const WINDOW = 2000;
/** Twice what the other tells in a window. */
const MESSAGES = 16;

/** @param {Peer} peer @param {number} at */
async function look(peer, at) {
  const { lines } = peer.negotiation;
  const mids = { microphone: lines.at("microphone")?.mid, camera: lines.at("camera")?.mid };
  return snapshotOf(await peer.pc.getStats(), mids, at);
}

/**
 * Watches whatever connection there is to the other.
 * Events: `figures` of each window; `verdict` when it is another, null when it is void.
 * @extends {Emitter<{ figures: Figures, verdict: Verdict | null }>}
 */
export class QualityMeter extends Emitter {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Snapshot | null} */
  #before = null;
  #state = UNHEARD;
  /** What the other has told in this window. @type {Data[]} */
  #messages = [];

  /**
   * @param {Connection} connection
   * @param {() => boolean} isSeen whether the page is: where it is not, pictures may stand still
   * @param {() => number} [now]
   */
  constructor(connection, isSeen, now = () => performance.now()) {
    super();
    this.connection = connection;
    this.isSeen = isSeen;
    this.now = now;
    connection.monitor.on("told", (data) => {
      this.#messages = [...this.#messages, data].slice(-MESSAGES);
    });
    connection.on("state", (state) => (state === "connected" ? this.#start() : this.#stop()));
    connection.on("remote", (stream) => stream ?? this.#stop());
    if (connection.isConnected()) this.#start();
  }

  get verdict() {
    return this.#state.shown;
  }

  #start() {
    this.#stop();
    this.#tick();
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#before = null;
    this.#messages = [];
    const { shown } = this.#state;
    this.#state = UNHEARD;
    if (shown !== UNHEARD.shown) this.emit("verdict", null);
  }

  async #tick() {
    const timer = setTimeout(() => this.#tick(), WINDOW);
    this.#timer = timer;
    const { peer } = this.connection;
    const now = peer && (await look(peer, this.now()).catch(() => null));
    if (!now || timer !== this.#timer) return;
    const [before, messages] = [this.#before, this.#messages];
    this.#before = now;
    this.#messages = [];
    if (before) this.#weigh(figuresBetween(before, now), messages);
  }

  /** @param {Figures} figures @param {Data[]} messages */
  #weigh(figures, messages) {
    const { video, paused } = this.connection.states.theirs;
    const told = toldIn(messages);
    const picture = video && !paused && this.isSeen();
    const { received, sent, path } = figures;
    const sound = { ...sent.sound, concealed: told.concealed, buffer: told.buffer };
    this.emit("figures", { ...figures, sent: { ...sent, sound } });
    const before = this.#state.shown;
    this.#state = judge(this.#state, { received, told, rtt: path.rtt, picture });
    if (this.verdict !== before) this.emit("verdict", this.verdict);
  }
}
