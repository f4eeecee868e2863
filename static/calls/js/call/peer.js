/**
 * The connection to the other browser: what is sent and received in each slot, and its repair.
 * Knows no DOM and no WebSocket; how the two sides agree is in negotiation.js.
 */

import { Emitter } from "../base/events.js";
import { REPAIR, delay } from "./backoff.js";
import { Negotiation } from "./negotiation.js";
import { isRelayed, readingOf } from "./stats.js";

/** @import { Sending } from "./adaptation.js" */
/** @import { Channel } from "./channel.js" */
/** @import { Slot, Tracks } from "./lines.js" */
/** @import { MediaState } from "./presence.js" */
/** @import { IceConfig, Signal } from "./protocol.js" */

/** Mendings that whoever answered first leaves to the other, who would send its offer again. */
const LEFT_TO_THE_OTHER = 5;
/** Milliseconds of "disconnected" before new paths are sought; ICE often recovers by itself. */
const DISCONNECTED_PATIENCE = 2000;

/**
 * Events:
 * - `signal` to be handed to the other side's Peer;
 * - `state` of the connection;
 * - `remote` when the other's track of a slot is there;
 * - `stuck` when only a new connection under a new session will help.
 *
 * @typedef {{ signal: Signal, state: RTCPeerConnectionState,
 *   remote: { slot: Slot, track: MediaStreamTrack }, stuck: null }} Events
 * @extends {Emitter<Events>}
 */
export class Peer extends Emitter {
  /**
   * @param {{ polite: boolean, ice: IceConfig, channel: Channel, tracks?: Tracks,
   *   makeConnection?: (config: RTCConfiguration) => RTCPeerConnection }} options
   *   `tracks`: what each slot sends at first
   */
  constructor({
    polite,
    ice,
    channel,
    tracks = {},
    makeConnection = (c) => new RTCPeerConnection(c),
  }) {
    super();
    this.tracks = { ...tracks };
    const config = { ...ice, bundlePolicy: /** @type {const} */ ("max-bundle") };
    this.negotiation = new Negotiation({
      polite,
      config,
      tracks: this.tracks,
      channel,
      makeConnection,
    });
    /** Mended so often since the media was there. */
    this.repairs = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.repairTimer = undefined;
    this.negotiation.on("signal", (signal) => this.emit("signal", signal));
    this.negotiation.on("remote", (remote) => this.emit("remote", remote));
    this.negotiation.on("stuck", () => this.emit("stuck", null));
    this.negotiation.on("state", (state) => this.stateChanged(state));
    this.negotiation.on("signalingState", () => this.watch());
    if (!polite) this.negotiation.begin();
    this.watch();
  }

  get pc() {
    return this.negotiation.pc;
  }

  get closed() {
    return this.negotiation.closed;
  }

  /** @param {boolean} polite the server's word, which may change */
  set polite(polite) {
    this.negotiation.polite = polite;
  }

  /** @returns {MediaState} */
  get media() {
    if (this.pc.connectionState === "connected") return "connected";
    return this.negotiation.hadMedia ? "interrupted" : "connecting";
  }

  /**
   * Send this in a slot from now on, or nothing. Needs no negotiation once the slot has a line.
   * @param {Slot} slot
   * @param {MediaStreamTrack | null} track
   */
  async send(slot, track) {
    this.tracks[slot] = track;
    await this.negotiation.refill();
  }

  /** @param {Signal} signal from the other side's Peer; it may come more than once */
  receive(signal) {
    return this.negotiation.receive(signal);
  }

  /** @param {IceConfig} ice */
  setIce(ice) {
    if (!this.closed) this.pc.setConfiguration({ ...this.pc.getConfiguration(), ...ice });
  }

  /** Whether the media goes through a TURN server; null when unknown. */
  async isRelayed() {
    return isRelayed(await this.pc.getStats());
  }

  /** What its statistics tell. */
  async reading() {
    const { mid } = this.negotiation.lines.at("microphone") ?? {};
    return readingOf(await this.pc.getStats(), mid);
  }

  /** @param {Sending} sending no more than this from now on */
  limit(sending) {
    return this.negotiation.lines.limit(sending);
  }

  close() {
    clearTimeout(this.repairTimer);
    this.negotiation.close();
  }

  // -- Repair -----------------------------------------------------------------------------

  /** @param {RTCPeerConnectionState} state */
  stateChanged(state) {
    if (state === "connected") this.repairs = 0;
    this.restPictures(state);
    this.emit("state", state);
    this.watch();
  }

  /**
   * No picture is sent where it would be lost: when the path is back, the stream begins with a
   * key frame, which the other's decoder would wait three seconds to ask for.
   * @param {RTCPeerConnectionState} state
   */
  restPictures(state) {
    if (state !== "disconnected" && state !== "connected") return;
    this.negotiation.lines.sendPictures(state === "connected");
  }

  /** Whether all is agreed and the media is there. */
  isWell() {
    const { connectionState, signalingState } = this.pc;
    const agreed = signalingState === "stable" && !this.negotiation.lines.lackPlaces();
    return agreed && connectionState === "connected";
  }

  /** As long as something is missing, mend every now and then. */
  watch() {
    clearTimeout(this.repairTimer);
    if (this.closed || this.isWell()) return;
    const { connectionState } = this.pc;
    let wait = delay(REPAIR, this.repairs + 1);
    if (connectionState === "disconnected") wait = DISCONNECTED_PATIENCE;
    if (connectionState === "failed" && this.repairs === 0) wait = 0;
    this.repairTimer = setTimeout(() => {
      this.repairs++;
      this.mend();
      this.watch();
    }, wait);
  }

  /** The signaling was interrupted: make up for what may have been lost. */
  repair() {
    this.negotiation.asks = 0;
    this.mend();
  }

  mend() {
    const { negotiation, pc } = this;
    if (this.closed || this.isWell()) return;
    if (pc.signalingState === "have-local-offer") {
      // The offer or its answer got lost; the same offer twice gets the same answer.
      negotiation.sendDescription();
    } else if (pc.signalingState === "have-remote-offer") {
      // Something failed on the way to the answer.
      negotiation.answer().catch((error) => console.warn("answering failed", error));
    } else if (pc.remoteDescription === null || pc.connectionState === "connected") {
      negotiation.want({ restart: false });
    } else {
      // Whoever misses our first answer sends its offer again: leave it the time to.
      const waits = !negotiation.hadMedia && pc.localDescription?.type === "answer";
      if (!waits || this.repairs >= LEFT_TO_THE_OTHER) negotiation.want({ restart: true });
    }
  }
}
