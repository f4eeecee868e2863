/**
 * What one RTCPeerConnection and the other's say to each other: by the server, and by the
 * connection itself as well. What belongs to another pair of connections is late, and dropped.
 */

import { Emitter } from "../base/events.js";
import { inOrder } from "../base/in-order.js";

/** @import { Channel } from "./channel.js" */
/** @import { Proof } from "./proof.js" */
/** @import { Signal } from "./protocol.js" */
/** @import { Signaling } from "./signaling.js" */

const SIGNALS = /** @type {const} */ (["offer", "answer", "ice", "renegotiate"]);

/**
 * Events: `signal`, from the other's connection to ours.
 * @extends {Emitter<{ signal: Signal }>}
 */
export class Exchange extends Emitter {
  /** To sign a message and to check one take a moment. */
  #sending = inOrder();
  #hearing = inOrder();

  /**
   * @param {{ signaling: Signaling, channel: Channel, proof: Proof | null,
   *   isFlowing: () => boolean }} options
   */
  constructor({ signaling, channel, proof, isFlowing }) {
    super();
    this.proof = proof;
    this.signaling = signaling;
    this.channel = channel;
    this.isFlowing = isFlowing;
    /** Our side of the connection: the session that we have joined with. */
    this.ours = "";
    /** Theirs, which our connection was made for. */
    this.theirs = "";

    for (const type of SIGNALS) {
      signaling.on(type, (message) => this.#receive(message));
      // The Peer copes with whatever is in it, as with what the server relays.
      channel.on(type, (data) => this.#hear(/** @type {Signal} */ (/** @type {unknown} */ (data))));
    }
  }

  /**
   * Without a server it arrives by the connection. (Where that is cut, it would arrive there long
   * after its time.)
   * @param {Signal} signal
   * @param {string} theirs the session it is meant for
   */
  send(signal, theirs) {
    const { proof } = this;
    const message = { ...signal, session: this.ours, peerSession: theirs };
    if (proof === null) this.#pass(message);
    else this.#sending(async () => this.#pass(await proof.sign(message)));
  }

  /** @param {Signal} message */
  #pass(message) {
    this.signaling.send(message);
    if (this.isFlowing()) this.channel.send(message.type, message);
  }

  /** By the connection; what comes by the server is checked already. @param {Signal} signal */
  #hear(signal) {
    const { proof } = this;
    if (proof === null) this.#receive(signal);
    else
      this.#hearing(async () => this.#receive(/** @type {Signal} */ (await proof.check(signal))));
  }

  /** @param {Signal} signal */
  #receive(signal) {
    const { session, peerSession } = signal;
    if (session !== undefined && session !== this.theirs) return;
    if (peerSession !== undefined && peerSession !== this.ours) return;
    this.emit("signal", signal);
  }
}
