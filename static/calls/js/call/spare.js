/**
 * A connection that waits for somebody's offer, with its candidates ready: they follow the answer at
 * once, and need not wait for a STUN server's. Nothing of it leaves the page before.
 */

import { hasTurn } from "./ice.js";
import { makeConnection } from "./peer.js";

/** @import { MakeConnection } from "./peer.js" */
/** @import { IceConfig } from "./protocol.js" */

export class Spare {
  /** @type {RTCPeerConnection | null} */
  #pc = null;
  /** Gathers for its own sake: of what is ready nothing is told. @type {RTCPeerConnection | null} */
  #probe = null;
  /** Whether a STUN server has answered, so that UDP is not blocked. */
  isMapped = false;

  /** @param {MakeConnection} [make] */
  constructor(make = makeConnection) {
    this.make = make;
  }

  /**
   * Somebody waits: have one ready, of the networks of now.
   * @param {IceConfig} ice
   */
  ready({ iceServers, iceTransportPolicy }) {
    this.drop();
    if (iceTransportPolicy !== "all" || hasTurn({ iceServers })) return;
    const config = { iceServers, bundlePolicy: /** @type {const} */ ("max-bundle") };
    this.#look(this.make(config));
    this.#pc = this.make({ ...config, iceCandidatePoolSize: 1 });
  }

  /** @param {RTCPeerConnection} probe */
  #look(probe) {
    this.#probe = probe;
    probe.onicecandidate = ({ candidate }) => {
      this.isMapped ||= candidate?.type === "srflx";
      if (this.isMapped || candidate === null) probe.close();
    };
    probe.createDataChannel("");
    probe.setLocalDescription().catch(() => {});
  }

  /**
   * @param {IceConfig} ice what is wanted
   * @returns {RTCPeerConnection | null} null: there is none like that
   */
  take(ice) {
    const pc = hasTurn(ice) ? null : this.#pc;
    if (pc) this.#pc = null;
    return pc;
  }

  drop() {
    this.#pc?.close();
    this.#probe?.close();
    this.#pc = this.#probe = null;
    this.isMapped = false;
  }
}
