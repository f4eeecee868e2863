/**
 * A connection made before anybody is known, while the person looks at the preview: its offer
 * goes with the join, candidates and all, which spares the two a round trip. Nothing leaves the
 * page before the join.
 */

import { hasTurn } from "./ice.js";
import { withoutAddresses } from "./sdp.js";

/** @import { Peer } from "./peer.js" */
/** @import { IceConfig, Signal } from "./protocol.js" */

export class Ahead {
  /** @param {Peer} peer the side that offers @param {IceConfig} ice what it was made with */
  constructor(peer, ice) {
    this.peer = peer;
    this.ice = ice;
    /** Whether the other side may have the offer. */
    this.offered = false;
    /** Whether that was without addresses. */
    this.hidden = false;
    /** @type {Signal[]} */
    this.candidates = [];
    /** @type {((signal: Signal) => void) | null} */
    this.send = null;
    this.answered = false;
    peer.on("signal", (signal) => {
      // Not before the answer: who has not understood the join's offer could not place them.
      if (signal.type === "ice" && !this.answered) this.candidates.push(signal);
      else this.send?.(signal);
    });
  }

  /**
   * For the join; null while there is none yet.
   * @param {boolean} hidden without addresses: it may reach somebody who is not to know them
   * @returns {string | null}
   */
  offer(hidden = false) {
    const description = this.peer.pc.localDescription;
    this.offered ||= description !== null;
    this.hidden = hidden;
    return description && (hidden ? withoutAddresses(description.sdp) : description.sdp);
  }

  /**
   * The other side is known, and has the offer.
   * @param {IceConfig} ice of now
   * @param {(signal: Signal) => void} send to the other side
   */
  take(ice, send) {
    this.send = send;
    this.peer.awaitAnswer();
    if (this.hidden) this.release();
    if (!hasTurn(ice) || hasTurn(this.ice)) return;
    // The credentials for TURN came after its candidates were sought.
    if (ice.iceTransportPolicy === "relay") this.peer.pc.restartIce();
    else this.peer.later = ice;
  }

  /** Whether a STUN server has answered. */
  get isMapped() {
    return this.candidates.some(
      (signal) => signal.type === "ice" && / typ srflx/.test(signal.candidate?.candidate ?? ""),
    );
  }

  /** The other side has answered, or is known to understand all of this. */
  release() {
    this.answered = true;
    for (const signal of this.candidates.splice(0)) this.send?.(signal);
  }

  close() {
    this.peer.close();
  }
}
