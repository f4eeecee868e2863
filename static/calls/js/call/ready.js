/**
 * What is ready for the next connection: an offer for whoever is there, or candidates for the
 * answer to whoever comes.
 */

import { Ahead } from "./ahead.js";

/** @import { Ice } from "./ice.js" */
/** @import { Peer } from "./peer.js" */
/** @import { IceConfig } from "./protocol.js" */
/** @import { Spare } from "./spare.js" */

/**
 * @typedef {{ polite: boolean, ice: IceConfig, later?: IceConfig,
 *   spare: RTCPeerConnection | null }} Begun
 */

/**
 * What only saves time may fail: a browser makes only so many connections.
 * @template Made
 * @param {() => Made} make
 */
function tried(make) {
  try {
    return make();
  } catch (error) {
    console.warn("nothing could be made ready", error);
    return null;
  }
}

export class Ready {
  /** @type {Ahead | null} */
  ahead = null;

  /**
   * @param {Ice} ice
   * @param {Pick<Spare, "ready" | "take" | "drop" | "isMapped">} spare
   * @param {(begun: Begun) => Peer} makePeer
   */
  constructor(ice, spare, makePeer) {
    this.ice = ice;
    this.spare = spare;
    this.makePeer = makePeer;
  }

  /** There may be somebody to be offered something. */
  offer() {
    this.ahead ??= tried(() => new Ahead(this.#make(false), this.ice.config));
  }

  /** Nothing is offered. */
  withdraw() {
    if (this.ahead?.isMapped) this.ice.mapped = true;
    this.ahead?.close();
    this.ahead = null;
  }

  /** Nobody is there, and whoever comes makes an offer. */
  wait() {
    tried(() => this.spare.ready(this.ice.config));
  }

  /**
   * Somebody is there.
   * @param {boolean} polite
   * @returns {{ peer: Peer, ahead: Ahead | null }} `ahead`: with what is offered
   */
  take(polite) {
    const { ahead } = this;
    const peer = ahead?.peer ?? this.#make(polite);
    this.spare.drop();
    this.ahead = null;
    return { peer, ahead };
  }

  drop() {
    this.withdraw();
    this.spare.drop();
  }

  /** @param {boolean} polite */
  #make(polite) {
    const { ice, spare } = this;
    ice.mapped ||= spare.isMapped;
    const begun = ice.begin(polite);
    return this.makePeer({ polite, ...begun, spare: polite ? spare.take(begun.ice) : null });
  }
}
