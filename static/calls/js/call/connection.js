/**
 * The connection to the other's page: the one in use, what is ready for the next one, and what is
 * measured and told over it. Who the other is, and whether there may be one, is other.js's.
 */

import { Emitter } from "../base/events.js";
import { Exchange } from "./exchange.js";
import { Ice } from "./ice.js";
import { Monitor } from "./monitor.js";
import { Peer } from "./peer.js";
import { Ready } from "./ready.js";
import { Replacement } from "./replacement.js";
import { Spare } from "./spare.js";
import { States } from "./states.js";

/** @import { Ahead } from "./ahead.js" */
/** @import { Channel } from "./channel.js" */
/** @import { Display } from "./display.js" */
/** @import { Estimate } from "./estimate.js" */
/** @import { Slot } from "./lines.js" */
/** @import { Media } from "./media.js" */
/** @import { MakeConnection } from "./peer.js" */
/** @import { MediaState } from "./presence.js" */
/** @import { Proof } from "./proof.js" */
/** @import { IceConfig, Signal, Welcome } from "./protocol.js" */
/** @import { Signaling } from "./signaling.js" */

/** @typedef {(options: ConstructorParameters<typeof Peer>[0]) => Peer} MakePeer */

/**
 * @typedef {{ signaling: Signaling, media: Media, display: Display, channel: Channel,
 *   estimate: Estimate, proof?: Proof | null, makeConnection?: MakeConnection,
 *   spare?: Pick<Spare, "ready" | "take" | "drop" | "isMapped">, makePeer?: MakePeer }} Parts
 */

/**
 * Events:
 * - `begun`: there is another one;
 * - `signal` from the other's connection to ours;
 * - `state` of the connection, and `media`: what that means for picture and sound;
 * - `no-path` to them was found in good time;
 * - `remote`: what they are seen and heard by, or null;
 * - `stuck`: it should be given up.
 *
 * @extends {Emitter<{ begun: null, signal: Signal, state: RTCPeerConnectionState,
 *   media: MediaState, "no-path": null, remote: MediaStream | null, stuck: null }>}
 */
export class Connection extends Emitter {
  /** @param {Parts} parts */
  constructor({ proof = null, makeConnection, spare, makePeer, ...parts }) {
    super();
    const { signaling, media, display, channel, estimate } = parts;
    this.signaling = signaling;
    this.media = media;
    this.display = display;
    this.estimate = estimate;

    /** @type {Peer | null} */
    this.peer = null;
    /** Of those that were in use before. */
    this.restartsBefore = 0;
    /** In use, but not answered yet. @type {Ahead | null} */
    this.unanswered = null;
    /** The server's word, for the next one. */
    this.polite = false;
    /** Their screen, to be shown while they say that they share it. @type {MediaStream | null} */
    this.screen = null;
    this.ice = new Ice(() => signaling.send({ type: "ice-servers" }));
    const make = makePeer ?? ((options) => new Peer(options));
    this.ready = new Ready(this.ice, spare ?? new Spare(makeConnection), (begun) =>
      make({ ...begun, channel, tracks: this.tracks, start: estimate.start, makeConnection }),
    );
    this.replacement = new Replacement((session) => this.replace(session));
    const isFlowing = () => this.peer?.isFlowing() ?? false;
    this.exchange = new Exchange({ signaling, channel, proof, isFlowing });
    this.monitor = new Monitor(channel);
    this.states = new States({ channel, media, display, monitor: this.monitor });

    this.monitor.on("silent", (silent) => this.hears(silent));
    this.monitor.on("reading", (reading) => {
      media.interruptions.hear(reading.energy);
      estimate.note(reading);
    });
    for (const source of [media, display]) source.on("change", () => this.mediaChanged());
    signaling.on("ice-servers", (message) => this.setIce(message));
    this.exchange.on("signal", (signal) => this.emit("signal", signal));
  }

  // -- Which one --------------------------------------------------------------------------

  /** Have an offer ready for whoever is there. */
  prepare() {
    if (this.peer === null) this.ready.offer();
  }

  /** @param {Welcome} welcome @param {boolean} isOffered whether our join's offer has reached anybody */
  welcomed(welcome, isOffered) {
    this.polite = welcome.polite;
    this.ready.spare.drop();
    if (this.polite || !isOffered || !this.ready.ahead?.offered) this.ready.withdraw();
    this.setIce(welcome);
  }

  /** Nobody is there; whoever comes makes the offer, or waits for ours. */
  wait() {
    if (this.polite) this.ready.wait();
  }

  /** To this session of theirs, soon: not while one is that new. @param {string} session */
  begin(session) {
    if (!this.replacement.ask(session)) this.emit("media", "connecting");
  }

  /** In use, or made ahead. */
  get anyPeer() {
    return this.peer ?? this.ready.ahead?.peer;
  }

  /** ICE restarts that this side has offered, of all connections since the page is there. */
  get restarts() {
    return this.restartsBefore + (this.peer?.restarts ?? 0);
  }

  isConnected() {
    return this.peer?.media === "connected";
  }

  /** To this session of theirs, in the place of any other. @param {string} session */
  replace(session) {
    this.restartsBefore = this.restarts;
    const { peer, ahead } = this.ready.take(this.polite);
    this.unanswered = ahead;
    this.peer = peer;
    this.exchange.theirs = session;
    this.states.renew();
    const seen = new MediaStream();
    const screen = (this.screen = new MediaStream());
    /** @param {Signal} signal */
    const send = (signal) => this.exchange.send(signal, session);
    if (ahead) ahead.take(this.ice.config, send);
    else peer.on("signal", send);
    peer.on("remote", ({ slot, track }) => {
      const stream = slot.startsWith("screen") ? screen : seen;
      stream.addTrack(track);
      if (stream === seen) this.emit("remote", seen);
    });
    peer.on("state", (state) => this.stateChanged(state));
    peer.on("no-path", () => this.emit("no-path", null));
    peer.on("stuck", () => this.emit("stuck", null));
    peer.on("flooded", () => this.flooded());
    this.monitor.start(peer);
    this.estimate.begin();
    this.emit("media", peer.media);
    this.emit("begun", null);
  }

  /** They are back, by the same session: mend what may have been lost meanwhile. */
  repair() {
    this.replacement.drop();
    if (this.peer === null) return;
    this.peer.polite = this.polite;
    this.peer.repair();
  }

  /** The connection will not come up again. It is shown as interrupted until there is another. */
  abandon() {
    this.peer?.close();
    this.exchange.theirs = "";
  }

  /** Nothing less than an end makes a browser stop: until their next session, if that is another page. */
  flooded() {
    console.warn("too many data channels from the other page: the connection is closed");
    this.abandon();
    this.emit("media", "interrupted");
  }

  /** There is none any more, and no other yet. */
  close() {
    this.replacement.drop();
    if (this.peer === null) return;
    this.monitor.stop();
    this.restartsBefore = this.restarts;
    this.peer.close();
    this.peer = this.unanswered = this.screen = null;
    this.exchange.theirs = "";
    this.emit("remote", null);
  }

  /** There will be no other either, as far as known. */
  forget() {
    this.ready.drop();
    this.close();
    this.replacement.end();
    this.ice.forget();
  }

  // -- What goes over it ------------------------------------------------------------------

  /** @param {Signal} signal theirs, which may be used */
  receive(signal) {
    this.peer?.receive(signal);
    if (signal.type === "answer") this.unanswered?.release();
  }

  /** What each slot sends. */
  get tracks() {
    return { ...this.media.tracks, ...this.display.tracks };
  }

  mediaChanged() {
    for (const [slot, track] of Object.entries(this.tracks)) {
      this.anyPeer?.send(/** @type {Slot} */ (slot), track ?? null);
    }
  }

  /** @param {IceConfig} config */
  setIce(config) {
    const renewed = this.ice.set(config);
    this.anyPeer?.setIce(this.ice.config);
    if (renewed) this.peer?.renewRelay();
  }

  // -- How it is --------------------------------------------------------------------------

  /** @param {RTCPeerConnectionState} state */
  stateChanged(state) {
    this.emit("state", state);
    if (state === "disconnected" || state === "failed") this.interrupted();
    if (this.peer) this.emit("media", this.peer.media);
  }

  /** @param {boolean} silent nothing of theirs arrives any more, or something does again */
  hears(silent) {
    this.peer?.hears(silent);
    if (silent) this.interrupted();
  }

  /** Who has changed networks has lost the server with the media, and needs it to mend them. */
  interrupted() {
    this.signaling.wake();
    this.ice.freshen();
    this.estimate.forget();
  }
}
