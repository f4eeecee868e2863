/**
 * A socket that is opened before anybody joins, which takes several round trips, and kept until
 * somebody does.
 */

import { parse } from "./protocol.js";

/** @import { IceServers, ServerMessage } from "./protocol.js" */

/** Milliseconds between two pings; the server gives ten seconds for a join or a ping. */
const PING_EVERY = 8000;

export class EarlySocket {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {() => WebSocket} open @param {(message: IceServers) => void} heard */
  constructor(open, heard) {
    this.open = open;
    this.heard = heard;
  }

  /** Open it, if it is not. */
  prepare() {
    if (this.#socket !== null) return;
    const socket = this.open();
    socket.onopen = () => socket.send(JSON.stringify({ type: "ice-servers" }));
    socket.onmessage = ({ data }) => {
      const message = /** @type {ServerMessage | null} */ (parse(data));
      if (message?.type === "ice-servers") this.heard(message);
    };
    socket.onclose = () => this.take();
    this.#socket = socket;
    this.#timer = setInterval(() => {
      if (socket.readyState === 1) socket.send(JSON.stringify({ type: "ping" }));
    }, PING_EVERY);
  }

  /** Let go of it, to be used or closed; null if it is not there or has failed. */
  take() {
    clearInterval(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) socket.onopen = socket.onmessage = socket.onclose = null;
    return socket !== null && socket.readyState <= 1 ? socket : null;
  }
}
