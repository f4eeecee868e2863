/**
 * Whether the server lets two people talk: a call of this page with itself, in a room of its
 * own. Credentials for TURN are only for who has somebody to call, and so they come along.
 */

import { SUBPROTOCOL, parse, randomId } from "../protocol.js";
import { limited } from "./limit.js";

/** @import { IceConfig, ServerMessage, Welcome } from "../protocol.js" */
/** @import { Limit } from "./limit.js" */
/** @import { Result } from "./verdict.js" */

/** @typedef {Result & { ice?: IceConfig }} ServerResult */
/** @typedef {(url: string, protocol: string) => WebSocket} MakeSocket */

/** What one says to the other: a signal that means nothing. */
const SIGNAL = { type: "ice", candidate: null };

class Guest {
  /** @type {Map<string, (message: any) => void>} */
  #awaited = new Map();

  /** @param {WebSocket} socket @param {(why: string) => void} failed */
  constructor(socket, failed) {
    this.socket = socket;
    /** @type {Promise<void>} */
    this.open = new Promise((resolve) => (socket.onopen = () => resolve()));
    socket.onclose = ({ code }) => failed(`close code ${code}`);
    socket.onmessage = ({ data }) => {
      const message = /** @type {ServerMessage | null} */ (parse(data));
      if (message === null) return;
      if (message.type === "error") failed(message.code);
      else this.#awaited.get(message.type)?.(message);
    };
  }

  /** Send a message and await one. @param {object} message @param {string} type by whom it is */
  say(message, type, by = this) {
    const answer = new Promise((resolve) => by.#awaited.set(type, resolve));
    this.socket.send(JSON.stringify(message));
    return answer;
  }

  /** @returns {Promise<Welcome>} */
  join() {
    const [session, key, order] = [randomId(), randomId(), Date.now()];
    return /** @type {Promise<any>} */ (this.say({ type: "join", session, key, order }, "welcome"));
  }

  leave() {
    const { socket } = this;
    socket.onopen = socket.onmessage = socket.onclose = null;
    if (socket.readyState === 1) socket.send(JSON.stringify({ type: "leave" }));
    socket.close();
  }
}

/**
 * @param {Guest} first
 * @param {Guest} second
 * @returns {Promise<ServerResult>}
 */
async function converse(first, second) {
  await Promise.all([first.open, second.open]);
  await first.join();
  const { iceServers, iceTransportPolicy } = await second.join();
  const began = performance.now();
  await second.say(SIGNAL, "ice", first);
  await first.say(SIGNAL, "ice", second);
  const ms = performance.now() - began;
  return { state: "ok", ms, ice: { iceServers, iceTransportPolicy } };
}

/** The address of a room that nobody else knows. @param {string} url of another room */
export const ownRoom = (url) => new URL(`../check-${randomId()}/`, url).href;

/**
 * @param {string} url of the socket of any room
 * @param {Limit} limit
 * @param {MakeSocket} [makeSocket]
 * @returns {Promise<ServerResult>}
 */
export function tryServer(
  url,
  limit,
  makeSocket = (address, protocol) => new WebSocket(address, protocol),
) {
  const room = ownRoom(url);
  const failed = (/** @type {string} */ why) =>
    /** @type {ServerResult} */ ({ state: "failed", why });
  return limited(
    limit,
    (done) => {
      const fail = (/** @type {string} */ why) => done(failed(why));
      const guests = [1, 2].map(() => new Guest(makeSocket(room, SUBPROTOCOL), fail));
      converse(guests[0], guests[1]).then(done);
      return () => guests.forEach((guest) => guest.leave());
    },
    () => failed("no answer in time"),
  );
}
