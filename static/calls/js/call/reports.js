/** What becomes of the media, told to the server for whoever runs it; nothing of what is sent. */

/** @import { Connection } from "./connection.js" */
/** @import { Signaling } from "./signaling.js" */
/** @import { Heard } from "./stats.js" */

/** Packets of sound, some five seconds of it: loss is looked at over as many. */
export const WINDOW = 250;

export class Reports {
  #joinedAt = 0;
  /** Whether the server knows that the media is there, */
  #isConnected = false;
  /** or that it is not. */
  #hasFailed = false;
  /** ICE restarts of earlier calls. */
  #restarts = 0;
  /** In percent. @type {number | undefined} */
  #worst;
  /** Of the connection in use, where the last window ended. */
  #last = { all: 0, lost: 0 };

  /**
   * @param {Pick<Signaling, "send">} signaling
   * @param {Pick<Connection, "peer" | "restarts" | "monitor">} connection
   */
  constructor(signaling, connection) {
    this.signaling = signaling;
    this.connection = connection;
    connection.monitor.on("reading", ({ heard }) => this.#hear(heard));
  }

  /** The person joins. */
  begin() {
    this.#joinedAt = performance.now();
    this.#isConnected = this.#hasFailed = false;
    this.#restarts = this.connection.restarts;
    this.#worst = undefined;
  }

  async connected() {
    this.#hasFailed = false;
    if (this.#isConnected) return;
    this.#isConnected = true;
    const ms = Math.round(performance.now() - this.#joinedAt);
    const way = await this.connection.peer?.way();
    this.signaling.send({ type: "report", event: "connected", ms, ...way });
  }

  /** Once until the media is there: attempts go on, and each may fail. */
  failed() {
    if (!this.#hasFailed) this.signaling.send({ type: "report", event: "failed" });
    this.#hasFailed = true;
  }

  closed() {
    if (!this.#isConnected) return;
    const restarts = this.connection.restarts - this.#restarts;
    this.signaling.send({ type: "report", event: "closed", restarts, loss: this.#worst });
  }

  /** @param {Heard} heard of the other's sound, since the connection began */
  #hear({ packets = 0, lost = 0 }) {
    const all = packets + lost;
    const since = all - this.#last.all;
    if (since >= WINDOW) {
      // Packets that come late after all are lost no more.
      const part = Math.max(lost - this.#last.lost, 0) / since;
      this.#worst = Math.max(this.#worst ?? 0, Math.round(100 * part));
    }
    // Less than before: it is another connection.
    if (since >= WINDOW || since < 0) this.#last = { all, lost };
  }
}
