/**
 * The other person, as far as known, and the connection to them: when it begins, when it is
 * kept, and when it is given up.
 */

import { Emitter } from "../base/events.js";
import { plainName } from "../base/plain.js";
import { Absence } from "./absence.js";
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
/** @import { Happening } from "./presence.js" */
/** @import { IceConfig, PeerInfo, PeerJoined, Signal, Welcome } from "./protocol.js" */
/** @import { Signaling } from "./signaling.js" */

/** @typedef {(options: ConstructorParameters<typeof Peer>[0]) => Peer} MakePeer */

/**
 * Events:
 * - `happened`: something that changes what is known of them;
 * - `answered`: whoever has come has our answer;
 * - `state` of the connection;
 * - `no-path` to them was found in good time;
 * - `remote`: what they are seen and heard by, or null;
 * - `lost`: the connection was given up: only under a new session of ours there may be another;
 * - `stuck`: it should be given up.
 *
 * @extends {Emitter<{ happened: Happening, answered: null, state: RTCPeerConnectionState,
 *   remote: MediaStream | null, "no-path": null, lost: null, stuck: null }>}
 */
export class Other extends Emitter {
  /**
   * @param {{ signaling: Signaling, media: Media, display: Display, channel: Channel,
   *   estimate: Estimate, grace: number, spare?: Pick<Spare, "ready" | "take" | "drop" | "isMapped">,
   *   makePeer?: MakePeer }} options
   */
  constructor({ signaling, media, display, channel, estimate, grace, spare, makePeer }) {
    super();
    this.signaling = signaling;
    this.media = media;
    this.display = display;
    this.channel = channel;
    this.estimate = estimate;

    /** Our own peer id, once the server has said it. */
    this.id = "";
    /** @type {PeerInfo | null} */
    this.info = null;
    /** @type {Peer | null} */
    this.peer = null;
    /** In use, but not answered yet. @type {Ahead | null} */
    this.unanswered = null;
    /** The session of whoever has just come and waits for our answer. */
    this.answering = "";
    /** What came with the news of their join, until there is a connection for it. @type {string | null} */
    this.offer = null;
    this.polite = false;
    this.ice = new Ice(() => signaling.send({ type: "ice-servers" }));
    const make = makePeer ?? ((options) => new Peer(options));
    this.ready = new Ready(this.ice, spare ?? new Spare(), (begun) =>
      make({ ...begun, channel, tracks: this.tracks, start: estimate.start }),
    );
    this.replacement = new Replacement((session) => this.replacePeer(session));
    this.absence = new Absence(grace);
    const isFlowing = () => this.peer?.isFlowing() ?? false;
    this.exchange = new Exchange({ signaling, channel, isFlowing });
    this.monitor = new Monitor(channel);
    this.states = new States({ channel, media, display, monitor: this.monitor });
    /** Their screen, to be shown while they say that they share it. @type {MediaStream | null} */
    this.screen = null;

    this.states.on("paused", (paused) => this.happened({ type: "paused", paused }));
    this.states.on("told", () => this.staying());
    this.states.on("heard", () => this.absence.isGoing && this.staying());
    this.monitor.on("silent", (silent) => this.hears(silent));
    this.monitor.on("reading", (reading) => {
      media.interruptions.hear(reading.energy);
      estimate.note(reading);
    });
    for (const source of [media, display]) source.on("change", () => this.mediaChanged());
    signaling.on("peer-joined", (message) => this.joined(message));
    signaling.on("peer-away", ({ going = false }) => {
      this.happened({ type: "away" });
      if (going) this.going();
    });
    signaling.on("ice-servers", (message) => this.setIce(message));
    channel.on("going", () => this.going());
    this.exchange.on("signal", (signal) => this.receive(signal));
    this.absence.on("missed", () => (this.isConnected() ? this.missing() : this.timedOut()));
    this.absence.on("closed", () => this.closed());
  }

  // -- Before the join --------------------------------------------------------------------

  /** Have an offer ready for whoever is there. */
  prepare() {
    if (this.peer === null) this.ready.offer();
  }

  // -- Who is there -----------------------------------------------------------------------

  /** @param {Welcome} welcome */
  welcomed(welcome) {
    this.ready.spare.drop();
    this.id = welcome.id;
    this.polite = welcome.polite;
    this.offer = null;
    const { ahead } = this.ready;
    const offered = ahead?.offered && !welcome.polite && welcome.peer?.away === false;
    if (!offered) this.ready.withdraw();
    this.setIce(welcome);
    if (welcome.peer) this.met(welcome.peer, welcome.peer.away ?? false);
    // After a restart of the server the other may be back a moment later than we are; its
    // media may not have stopped at all.
    else this.missing();
  }

  /** @param {PeerJoined} message */
  joined({ peer, offer, iceServers, iceTransportPolicy = "all", ttl }) {
    // TURN, which nobody is given alone.
    if (iceServers) this.setIce({ iceServers, iceTransportPolicy, ttl });
    this.answering = offer ? peer.session : "";
    this.offer = offer?.sdp ?? null;
    this.met(peer, false);
    if (this.isAnswering) this.answer();
  }

  async answer() {
    const { answering: session, offer } = this;
    this.offer = null;
    if (offer === null) return;
    await this.peer?.receive({ type: "offer", sdp: offer });
    if (this.answering !== session) return;
    this.answering = "";
    this.emit("answered", null);
  }

  /**
   * The other is here, or here again. The same session: keep the connection, and mend what
   * may have been lost meanwhile. A new one: that page has nothing of the old connection.
   *
   * @param {PeerInfo} info
   * @param {boolean} away
   */
  met(info, away) {
    this.absence.known();
    const same = info.id === this.info?.id && info.session === this.exchange.theirs;
    if (info.id !== this.info?.id) this.states.forget();
    this.info = { ...info, name: info.name && plainName(info.name) };
    if (same && this.peer) {
      this.replacement.drop();
      this.peer.polite = this.polite;
      this.peer.repair();
    } else if (away) {
      // Nothing would reach it now: begin when it is back.
      this.endPeer();
    } else {
      this.closePeer();
      const isMade = this.replacement.ask(info.session);
      if (!isMade) this.happened({ type: "media", state: "connecting" });
    }
    this.happened({ type: "met", away });
  }

  /** The server knows of nobody else. As long as media flows, that is no reason to stop it. */
  missing() {
    this.happened({ type: "missing" });
    if (this.peer) {
      this.absence.missing();
      return;
    }
    this.info = null;
    if (this.polite) this.ready.wait();
  }

  /** The other's seat is free. */
  timedOut() {
    this.happened({ type: "timeout" });
    if (this.isConnected()) this.missing();
    else this.giveUp();
  }

  going() {
    if (this.peer === null) return;
    this.happened({ type: "going" });
    this.absence.going();
  }

  staying() {
    this.absence.staying();
    this.happened({ type: "staying" });
  }

  /** They have closed the page; the server may still hold their seat. */
  closed() {
    if (!this.monitor.isQuiet) {
      this.staying();
      return;
    }
    this.happened({ type: "closed" });
    this.giveUp();
  }

  giveUp() {
    const hadPeer = this.peer !== null;
    this.endPeer();
    this.info = null;
    // If the other comes back after all, it must not take our next connection for this one.
    if (hadPeer) this.emit("lost", null);
  }

  /** Nobody is known any more; the owner knows, and shows it. */
  forget() {
    this.ready.drop();
    this.closePeer();
    this.replacement.end();
    this.ice.forget();
    this.info = null;
  }

  // -- The connection ---------------------------------------------------------------------

  /** In use, or made ahead. */
  get anyPeer() {
    return this.peer ?? this.ready.ahead?.peer;
  }

  /** What they say that they send. */
  get sends() {
    return this.states.theirs;
  }

  /** Not once its connection is closed: whatever is asked of that may never settle (webrtc-pc, 4.4). */
  get isAnswering() {
    return this.answering !== "" && this.answering === this.exchange.theirs;
  }

  isConnected() {
    return this.peer?.media === "connected";
  }

  /** @param {string} session */
  replacePeer(session) {
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
    peer.on("no-path", () => this.noPath());
    peer.on("stuck", () => this.emit("stuck", null));
    peer.on("flooded", () => this.flooded());
    this.monitor.start(peer);
    this.estimate.begin();
    this.happened({ type: "media", state: peer.media });
    if (this.isAnswering) this.answer();
  }

  /** @param {Signal} signal */
  receive(signal) {
    this.peer?.receive(signal);
    if (signal.type === "answer") this.unanswered?.release();
  }

  /** @param {RTCPeerConnectionState} state */
  stateChanged(state) {
    this.emit("state", state);
    if (state === "disconnected" || state === "failed") this.interrupted();
    if (this.peer) this.happened({ type: "media", state: this.peer.media });
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

  noPath() {
    this.emit("no-path", null);
    this.happened({ type: "media", state: "no-path" });
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
    this.happened({ type: "media", state: "interrupted" });
  }

  /** @param {IceConfig} config */
  setIce(config) {
    const renewed = this.ice.set(config);
    this.anyPeer?.setIce(this.ice.config);
    if (renewed) this.peer?.renewRelay();
  }

  /** There is no connection any more, and no other yet. */
  endPeer() {
    this.closePeer();
    this.happened({ type: "media", state: "none" });
  }

  closePeer() {
    this.absence.end();
    this.replacement.drop();
    if (this.peer === null) return;
    this.monitor.stop();
    this.peer.close();
    this.peer = this.unanswered = this.screen = null;
    this.exchange.theirs = "";
    this.emit("remote", null);
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

  /** @param {Happening} event */
  happened(event) {
    this.emit("happened", event);
  }
}
