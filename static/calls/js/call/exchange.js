/**
 * What one RTCPeerConnection and the other's say to each other: by the server, and by the
 * connection itself as well. What belongs to another pair of connections is late, and dropped.
 */

import { Emitter } from "../base/events.js";
import { inOrder } from "../base/in-order.js";
import { withoutAddresses } from "./sdp.js";

/** @import { Channel } from "./channel.js" */
/** @import { Proof } from "./proof.js" */
/** @import { Signal } from "./protocol.js" */
/** @import { Signaling } from "./signaling.js" */

const SIGNALS = /** @type {const} */ (["offer", "answer", "ice", "renegotiate"]);

/** Candidates of either side that are kept until it is known who the other is. */
const KEPT = 64;

/** @param {Signal[]} kept @param {Signal} signal */
function keep(kept, signal) {
  if (kept.length < KEPT) kept.push(signal);
}

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
    /**
     * What waits until it is known who they are: our candidates tell where we are, and to try theirs
     * tells it, too. Null: it is known, or does not matter.
     * @type {{ ours: Signal[], theirs: Signal[] } | null}
     */
    this.kept = null;

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
    const { proof, kept } = this;
    const message = { ...signal, session: this.ours, peerSession: theirs };
    if (proof === null) this.#pass(message);
    else if (kept && message.type === "ice") keep(kept.ours, message);
    else {
      if (kept && "sdp" in message) message.sdp = withoutAddresses(message.sdp);
      this.#sending(async () => this.#pass(await proof.sign(message)));
    }
  }

  /** @param {boolean} known whether it is known who the other is, to whom all that follows is said */
  begin(known) {
    this.kept = known ? null : { ours: [], theirs: [] };
  }

  /** It is known who they are. */
  trust() {
    const { kept } = this;
    this.kept = null;
    for (const message of kept?.ours ?? []) this.#pass(message);
    for (const signal of kept?.theirs ?? []) this.#receive(signal);
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
    if (this.kept && signal.type === "ice") keep(this.kept.theirs, signal);
    else this.emit("signal", signal);
  }
}
