/**
 * A socket that is opened before anybody joins, which takes several round trips, and kept until
 * somebody does.
 */

import { Bucket } from "../base/bucket.js";
import { parse } from "./protocol.js";

/** @import { IceServers, ServerMessage, Waiting } from "./protocol.js" */

/**
 * Milliseconds between two pings, which are answered with whether somebody is inside; the server
 * gives ten seconds for a join or a ping.
 */
const PING_EVERY = 4000;
/** Besides, when somebody is about to join. */
const PINGS = { burst: 2, rate: 1 };

export class EarlySocket {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  /** What is to be said as soon as it is open. @type {object[]} */
  #pending = [];
  #pings = new Bucket(PINGS);

  /** @param {() => WebSocket} open @param {(message: IceServers | Waiting) => void} heard */
  constructor(open, heard) {
    this.open = open;
    this.heard = heard;
  }

  /** Somebody may join, or is about to: open it, if it is not, or ask once more who is inside. */
  prepare() {
    if (this.#socket !== null && this.#pings.take()) this.#keep();
    this.#stay();
  }

  /** Open it, if it is not, and keep it open. */
  #stay() {
    this.#timer ??= setInterval(() => this.#keep(), PING_EVERY);
    if (this.#socket === null) this.#connect();
  }

  #keep() {
    if (this.#socket === null) this.#connect();
    else if (this.#socket.readyState === 1) this.#socket.send(JSON.stringify({ type: "ping" }));
  }

  #connect() {
    const socket = this.open();
    this.#pending = [{ type: "ice-servers" }];
    socket.onopen = () => {
      for (const message of this.#pending) socket.send(JSON.stringify(message));
    };
    socket.onmessage = ({ data }) => {
      const message = /** @type {ServerMessage | null} */ (parse(data));
      if (message?.type === "ice-servers" || message?.type === "waiting") this.heard(message);
    };
    socket.onclose = () => {
      this.#socket = null;
    };
    this.#socket = socket;
  }

  /** Say something without a seat. @param {object} message */
  send(message) {
    this.#stay();
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
    else this.#pending.push(message);
  }

  /** Let go of it, to be used or closed; null if it is not there or has failed. */
  take() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) socket.onopen = socket.onmessage = socket.onclose = null;
    return socket !== null && socket.readyState <= 1 ? socket : null;
  }
}
