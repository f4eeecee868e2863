/**
 * The connection to the other browser: what is sent and received in each slot, and its repair.
 * Knows no DOM and no WebSocket; how the two sides agree is in negotiation.js.
 */

import { Emitter } from "../base/events.js";
import { FIRST_PATH, NEXT_PATH, REPAIR, delay } from "./backoff.js";
import { hasTurn } from "./ice.js";
import { Negotiation } from "./negotiation.js";
import { isOurRelay, readingOf, wayOf } from "./stats.js";

/** @import { Sending } from "./sending.js" */
/** @import { Channel } from "./channel.js" */
/** @import { Slot, Tracks } from "./lines.js" */
/** @import { MediaState } from "./presence.js" */
/** @import { IceConfig, Signal } from "./protocol.js" */

/** Mendings that whoever answered first leaves to the other, who would send its offer again. */
const LEFT_TO_THE_OTHER = 2;
/** Milliseconds of "disconnected" before new paths are sought; ICE often recovers by itself. */
const DISCONNECTED_PATIENCE = 2000;
/**
 * Milliseconds that a direct path is given before relays are sought, which forgets what was tried:
 * nearly all are found by then, also with round trips of half a second.
 */
const DIRECT_PATIENCE = 2000;
/** Milliseconds from the first agreement until a path that was not found is taken for lacking. */
const PATH_PATIENCE = 15_000;

/** @typedef {(config: RTCConfiguration) => RTCPeerConnection} MakeConnection */

/** @type {MakeConnection} */
export const makeConnection = (config) => new RTCPeerConnection(config);

/**
 * Events:
 * - `signal` to be handed to the other side's Peer;
 * - `state` of the connection;
 * - `remote` when the other's track of a slot is there;
 * - `no-path` when ICE has not found a first path in good time; it is sought all the same;
 * - `stuck` when only a new connection under a new session will help;
 * - `flooded` when the other keeps the browser busy.
 *
 * @typedef {{ signal: Signal, state: RTCPeerConnectionState,
 *   remote: { slot: Slot, track: MediaStreamTrack }, "no-path": null, stuck: null,
 *   flooded: null }} Events
 * @extends {Emitter<Events>}
 */
export class Peer extends Emitter {
  /**
   * @param {{ polite: boolean, ice: IceConfig, later?: IceConfig, channel: Channel,
   *   tracks?: Tracks, start?: number | null, spare?: RTCPeerConnection | null,
   *   makeConnection?: MakeConnection }} options
   *   `later`: has relays, for when there is no direct path;
   *   `tracks`: what each slot sends at first; `start`: bit/s that pictures begin with;
   *   `spare`: one made already with this configuration
   */
  constructor({
    polite,
    ice,
    later,
    channel,
    tracks = {},
    start = null,
    spare = null,
    makeConnection: make = makeConnection,
  }) {
    super();
    this.tracks = { ...tracks };
    this.later = later;
    const config = { ...ice, bundlePolicy: /** @type {const} */ ("max-bundle") };
    this.negotiation = new Negotiation({
      polite,
      config,
      tracks: this.tracks,
      channel,
      start,
      makeConnection: (wanted) => {
        const ready = spare;
        spare = null;
        return ready ?? make(wanted);
      },
    });
    /** Mended so often since the media was there. */
    this.repairs = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.repairTimer = undefined;
    this.noPath = false;
    /** Whether nothing arrives any more, though ICE has not noticed yet. */
    this.silent = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.pathTimer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.relayTimer = undefined;
    this.negotiation.on("signal", (signal) => this.emit("signal", signal));
    this.negotiation.on("remote", (remote) => this.emit("remote", remote));
    this.negotiation.on("stuck", () => this.emit("stuck", null));
    this.negotiation.on("flooded", () => this.emit("flooded", null));
    this.negotiation.on("state", (state) => this.stateChanged(state));
    this.negotiation.on("signalingState", () => this.signalingChanged());
    if (!polite) this.negotiation.begin();
    this.watch();
  }

  get pc() {
    return this.negotiation.pc;
  }

  get closed() {
    return this.negotiation.closed;
  }

  /** bit/s that pictures began with; null: nothing was known. */
  get start() {
    return this.negotiation.start;
  }

  /** Whether the other has described what it sends. */
  get isHeard() {
    return this.pc.remoteDescription !== null;
  }

  /** @param {boolean} polite the server's word, which may change */
  set polite(polite) {
    this.negotiation.polite = polite;
  }

  /** @returns {MediaState} */
  get media() {
    if (this.pc.connectionState === "connected") return "connected";
    if (this.noPath) return "no-path";
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

  /** The relay's credentials are about to end, and there are others: seek a path with those. */
  async renewRelay() {
    const stats = await this.pc.getStats();
    if (isOurRelay(stats)) this.negotiation.want({ restart: true });
  }

  /** Whether the media goes through a TURN server, and by which protocol ours is reached. */
  async way() {
    return wayOf(await this.pc.getStats());
  }

  /** ICE restarts that this side has offered. */
  get restarts() {
    return this.negotiation.restarts;
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

  /** @param {number | null} target as with `Lines.buffer` */
  buffer(target) {
    this.negotiation.lines.buffer(target);
  }

  close() {
    clearTimeout(this.repairTimer);
    clearTimeout(this.pathTimer);
    clearTimeout(this.relayTimer);
    this.negotiation.close();
  }

  // -- Repair -----------------------------------------------------------------------------

  /** @param {RTCPeerConnectionState} state */
  stateChanged(state) {
    if (state === "connected") this.found();
    if (state === "failed") this.foundNone();
    if (state === "disconnected" || state === "connected") this.restPictures();
    this.emit("state", state);
    this.watch();
  }

  signalingChanged() {
    if (this.isAgreed()) {
      this.pathTimer ??= setTimeout(() => this.foundNone(), PATH_PATIENCE);
      this.relayTimer ??= setTimeout(() => this.seekRelays(), DIRECT_PATIENCE);
    }
    this.watch();
  }

  /** Those that were left out at first, or were not known yet. */
  seekRelays() {
    if (!this.later) return;
    if (!hasTurn(this.pc.getConfiguration())) this.setIce(this.later);
    const { iceConnectionState } = this.pc;
    const found = iceConnectionState === "connected" || iceConnectionState === "completed";
    if (!found) this.pc.restartIce();
  }

  /** There is a path. */
  found() {
    clearTimeout(this.pathTimer);
    this.repairs = 0;
    this.noPath = false;
  }

  /** ICE has found no path. Where media was lost, it is the network that is awaited. */
  foundNone() {
    if (this.negotiation.hadMedia || this.noPath) return;
    this.noPath = true;
    this.emit("no-path", null);
  }

  /**
   * No picture is sent where it would be lost: when the path is back, the stream begins with a
   * key frame, which the other's decoder would wait three seconds to ask for.
   */
  restPictures() {
    this.negotiation.lines.sendPictures(this.isFlowing());
  }

  /** Whether both sides have described all that there is. */
  isAgreed() {
    const { remoteDescription, signalingState } = this.pc;
    const agreed = remoteDescription !== null && signalingState === "stable";
    return agreed && !this.negotiation.lines.lackPlaces();
  }

  /** Whether all is agreed and the media is there, as far as ICE knows. */
  isUp() {
    return this.isAgreed() && this.pc.connectionState === "connected";
  }

  /** Whether there is a path, and something arrives by it. */
  isFlowing() {
    return this.pc.connectionState === "connected" && !this.silent;
  }

  /** Whether nothing needs to be mended. */
  isWell() {
    return this.isAgreed() && this.isFlowing();
  }

  /** @param {boolean} silent nothing arrives any more, or something does again */
  hears(silent) {
    this.silent = silent;
    this.restPictures();
    // Once: if it is no path that lacks, another will not help; if it is, ICE will notice.
    if (silent) this.mend();
  }

  /** As long as something is missing, mend every now and then. */
  watch() {
    clearTimeout(this.repairTimer);
    if (this.closed || this.isUp()) return;
    this.repairTimer = setTimeout(() => {
      this.repairs++;
      this.mend();
      this.watch();
    }, this.patience());
  }

  /** Milliseconds until the next mending. */
  patience() {
    const { connectionState } = this.pc;
    if (connectionState === "disconnected") return DISCONNECTED_PATIENCE;
    if (connectionState === "failed" && this.repairs === 0) return 0;
    const policy = this.negotiation.hadMedia ? NEXT_PATH : FIRST_PATH;
    return delay(this.seeksPath() ? policy : REPAIR, this.repairs + 1);
  }

  /** Whether all is agreed, and ICE at work. */
  seeksPath() {
    const { connectionState } = this.pc;
    return this.isAgreed() && (connectionState === "new" || connectionState === "connecting");
  }

  /** The offer, made ahead, has reached the other side only now. */
  awaitAnswer() {
    this.repairs = 0;
    this.watch();
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
    } else if (pc.remoteDescription === null || this.isFlowing()) {
      negotiation.want({ restart: false });
    } else {
      // Whoever misses our first answer sends its offer again: leave it the time to.
      const waits = !negotiation.hadMedia && pc.localDescription?.type === "answer";
      if (!waits || this.repairs >= LEFT_TO_THE_OTHER) negotiation.want({ restart: true });
    }
  }
}
