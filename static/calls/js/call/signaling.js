/**
 * The connection to the signaling server: joins, stays joined, and carries messages.
 * Knows no DOM and no RTCPeerConnection.
 */

import { Emitter } from "../base/events.js";
import { inOrder } from "../base/in-order.js";
import { RECONNECT, delay } from "./backoff.js";
import { EarlySocket } from "./early-socket.js";
import { CloseCode, SUBPROTOCOL, parse, randomId } from "./protocol.js";

/** @import { Proof } from "./proof.js" */
/** @import { ErrorMessage, ServerMessage } from "./protocol.js" */

/** Milliseconds for a socket to open; then for the welcome to arrive. */
const OPEN_TIMEOUT = 4000;
const WELCOME_TIMEOUT = 8000;
/** Milliseconds for an answer to a ping; less when there is reason to think it will not come. */
const PONG_TIMEOUT = 5000;
const WAKE_TIMEOUT = 1200;
/**
 * Browsers slow down WebSockets to a server that many have failed to reach, by seconds. After
 * this many failures in a row, first see with an ordinary request whether it is worth trying.
 */
const BLIND_ATTEMPTS = 6;
/** @type {Set<ServerMessage["type"]>} */
const KNOWN = new Set([
  "welcome",
  "peer-joined",
  "peer-away",
  "peer-left",
  "offer",
  "answer",
  "ice",
  "renegotiate",
  "ice-servers",
  "waiting",
  "error",
  "pong",
]);
/** A timer this late did not wait for the server: the page or the computer slept. */
const LATE = 1500;

/**
 * What the page keeps between loads. A join whose welcome got lost is repeated with the same
 * `key`, and so finds its own seat; `order` tells a join from an earlier one that was held up.
 * @typedef {{ token: string | null, key: string | null, order: number }} Seat
 */

/**
 * Events: every message of the server that is known here, by its type (`welcome` after every
 * join, the first and the ones after a drop), and
 * - `lost` (with the server's reason, if it gave one): the connection dropped and is being sought;
 * - `full`: the call is full;
 * - `stopped` (with the close code and the server's reason): coming back is no use.
 *
 * @typedef {{ [Message in ServerMessage as Message["type"]]: Message }
 *   & { lost: ErrorMessage | null, full: null,
 *     stopped: { close: number, error: ErrorMessage | null } }} Events
 * @extends {Emitter<Events>}
 */
export class Signaling extends Emitter {
  /**
   * @param {{ url: string, seat: Seat, proof?: Proof | null,
   *   reachable?: () => Promise<boolean>,
   *   makeSocket?: (url: string, protocol: string) => WebSocket }} options
   *   `reachable` tells, within a second or two, whether the server answers at all; `proof` signs
   *   joins, and says of messages what they prove.
   */
  constructor({
    url,
    seat,
    proof = null,
    reachable = async () => true,
    makeSocket = (address, protocol) => new WebSocket(address, protocol),
  }) {
    super();
    this.url = url;
    this.seat = seat;
    this.proof = proof;
    /** What has come is told in its order, though what it proves takes a moment to find out. */
    this.inOrder = inOrder();
    this.reachable = reachable;
    this.makeSocket = makeSocket;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.early = new EarlySocket(
      () => this.makeSocket(this.url, SUBPROTOCOL),
      (message) => this.tell(message),
    );
    /** Whether the server has accepted the join on the present socket. */
    this.joined = false;
    this.wanted = false;
    this.attempt = 0;
    /** @type {ErrorMessage | null} */
    this.lastError = null;
    this.session = "";
    this.name = "";
    /** @type {() => string | null} */
    this.offer = () => null;
    this.heartbeat = 20000;
    this.pinged = false;
    /** Whether an answer of `reachable` is still wanted. */
    this.looking = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.retryTimer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.watchTimer = undefined;
  }

  /** Somebody may join: open the connection now, and keep it until `start` or `unprepare`. */
  prepare() {
    if (!this.wanted) this.early.prepare();
  }

  /** What the person thinks of the call that they have left. @param {number} stars 1 to 5 */
  rate(stars) {
    if (!this.wanted) this.early.send({ type: "rate", stars });
  }

  unprepare() {
    this.early.take()?.close();
  }

  /**
   * Join and stay joined until `leave` or until the server says stop.
   * @param {{ session: string, name: string, offer?: () => string | null }} who
   *   `offer`: the first of this session, if there is one when the join is sent
   */
  start({ session, name, offer = () => null }) {
    this.session = session;
    this.name = name;
    this.offer = offer;
    this.wanted = true;
    this.attempt = 0;
    clearTimeout(this.retryTimer);
    this.drop();
    this.connect();
  }

  /**
   * Send a message; false if there is no connection now (the repair after the next welcome
   * makes up for it).
   * @param {object} message
   */
  send(message) {
    if (!this.joined || this.socket?.readyState !== 1) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /**
   * Leave the call: the seat is free at once, if the server can be told, also before its
   * welcome; otherwise it is still held for us.
   */
  leave() {
    if (this.socket?.readyState === 1) {
      this.socket.send(JSON.stringify({ type: "leave" }));
      // A seat that the server could not be told of is still ours: keep the key to it then.
      this.forget();
    }
    this.stop();
  }

  /** The seat is not ours any more. */
  forget() {
    this.seat.token = this.seat.key = null;
  }

  /** End without leaving the seat. */
  stop() {
    this.wanted = false;
    clearTimeout(this.retryTimer);
    this.drop();
  }

  /** Something suggests that the network is back or that time has passed: look now. */
  wake() {
    if (!this.wanted) return;
    if (this.joined) {
      this.pinged = false;
      this.ping(WAKE_TIMEOUT);
    } else if (this.socket?.readyState === 1) {
      // The join is under way: to ask again at once might leave a seat behind.
      this.watch(WAKE_TIMEOUT, () => this.closed(1006));
    } else {
      // Also while a socket is being opened: that attempt may belong to a network that is gone.
      this.attempt = 0;
      this.drop();
      this.retry(0);
    }
  }

  async look() {
    this.looking = true;
    const found = await this.reachable().catch(() => false);
    if (!this.looking) return;
    this.looking = false;
    if (found) this.connect();
    else this.closed(1006);
  }

  connect() {
    const socket = this.early.take() ?? this.makeSocket(this.url, SUBPROTOCOL);
    this.socket = socket;
    this.lastError = null;
    const join = async () => {
      this.watch(WELCOME_TIMEOUT, () => this.closed(1006));
      const { session, name, seat } = this;
      if (seat.token === null) seat.key ??= randomId();
      seat.order = Math.max(Date.now(), seat.order + 1);
      const { token, key, order } = seat;
      const sdp = this.offer();
      const offer = sdp === null ? undefined : { sdp };
      const join = { type: "join", session, name: name || null, token, key, order, offer };
      const message = this.proof ? await this.proof.signJoin(join) : join;
      if (this.socket === socket && socket.readyState === 1) socket.send(JSON.stringify(message));
    };
    socket.onmessage = ({ data }) => {
      if (this.socket === socket) this.receive(data);
    };
    socket.onclose = ({ code }) => {
      if (this.socket === socket) this.closed(code);
    };
    this.watch(OPEN_TIMEOUT, () => this.closed(1006));
    if (socket.readyState === 1) join();
    else socket.onopen = join;
  }

  /** @param {unknown} data */
  receive(data) {
    const message = /** @type {ServerMessage | null} */ (parse(data));
    if (message === null) return;
    if (this.joined) this.expectNothing();
    if (message.type === "welcome") {
      this.joined = true;
      this.attempt = 0;
      this.seat.token = message.token;
      this.seat.key = null;
      this.heartbeat = message.heartbeat * 1000;
      this.expectNothing();
    }
    this.lastError = message.type === "error" ? message : null;
    // A later version may say more.
    if (KNOWN.has(message.type)) this.tell(message);
  }

  /** @param {ServerMessage} message */
  tell(message) {
    const { proof, socket } = this;
    if (proof === null) {
      this.emit(message.type, message);
      return;
    }
    this.inOrder(async () => {
      const checked = await proof.check(message);
      if (this.socket === socket) this.emit(checked.type, checked);
    });
  }

  /** @param {number} code */
  closed(code) {
    const wasJoined = this.joined;
    this.drop();
    if (!this.wanted) return;
    switch (code) {
      case CloseCode.ROOM_FULL:
        this.wanted = false;
        this.forget();
        this.emit("full", null);
        return;
      case CloseCode.BAD_TOKEN:
        // Too old, or the server's key changed: come in as somebody new.
        if (this.seat.token !== null) {
          this.seat.token = null;
          this.retry(0);
          return;
        }
        break;
      case CloseCode.TAKEN_OVER:
      case CloseCode.PROTOCOL_ERROR:
      case CloseCode.ENDED:
      case CloseCode.DISMISSED:
      case CloseCode.TOO_MANY_MESSAGES:
        break;
      default:
        if (wasJoined || this.attempt === 0) this.emit("lost", this.lastError);
        // The server may know when there is a point in it.
        const wait = (this.lastError?.retryAfter ?? 0) * 1000;
        this.retry(wait + delay(RECONNECT, this.attempt++));
        return;
    }
    this.wanted = false;
    // Somebody who goes on elsewhere may want to come back here.
    if (code !== CloseCode.TAKEN_OVER) this.forget();
    this.emit("stopped", { close: code, error: this.lastError });
  }

  /** @param {number} milliseconds */
  retry(milliseconds) {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => {
      if (this.attempt > BLIND_ATTEMPTS) this.look();
      else this.connect();
    }, milliseconds);
  }

  /** Let go of the socket, without a word about it. */
  drop() {
    clearTimeout(this.watchTimer);
    this.looking = false;
    this.joined = false;
    this.pinged = false;
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  // -- Heartbeat: notices a connection that is dead without having been closed ------------

  /** All is well: ping when nothing has come for a while. */
  expectNothing() {
    this.pinged = false;
    this.watch(this.heartbeat, () => this.ping());
  }

  ping(timeout = PONG_TIMEOUT) {
    if (this.pinged) return;
    this.pinged = true;
    this.send({ type: "ping" });
    const due = Date.now() + timeout;
    this.watch(timeout, () => {
      if (Date.now() - due > LATE) {
        // Background tabs and sleeping computers delay timers: that is not the server's doing.
        this.pinged = false;
        this.ping();
      } else {
        this.closed(1006);
      }
    });
  }

  /**
   * @param {number} milliseconds
   * @param {() => void} action
   */
  watch(milliseconds, action) {
    clearTimeout(this.watchTimer);
    this.watchTimer = setTimeout(action, milliseconds);
  }
}
