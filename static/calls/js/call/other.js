/**
 * The other person, as far as known, and the connection to them: when it begins, when it is
 * kept, and when it is given up.
 */

import { Emitter } from "../base/events.js";
import { Ahead } from "./ahead.js";
import { Ice } from "./ice.js";
import { Monitor } from "./monitor.js";
import { Peer } from "./peer.js";
import { States } from "./states.js";

/** @import { Channel } from "./channel.js" */
/** @import { Estimate } from "./estimate.js" */
/** @import { Slot } from "./lines.js" */
/** @import { Media } from "./media.js" */
/** @import { Happening } from "./presence.js" */
/** @import { IceConfig, PeerInfo, PeerJoined, Signal, Welcome } from "./protocol.js" */
/** @import { Signaling } from "./signaling.js" */

/** @typedef {(options: ConstructorParameters<typeof Peer>[0]) => Peer} MakePeer */

const SIGNALS = /** @type {const} */ (["offer", "answer", "ice", "renegotiate"]);

/** Milliseconds that a page may take to be back after a reload. */
const RELOAD = 5000;

/**
 * Events:
 * - `happened`: something that changes what is known of them;
 * - `state` of the connection;
 * - `no-path` to them was found in good time;
 * - `remote`: what they are seen and heard by, or null;
 * - `lost`: the connection was given up: only under a new session of ours there may be another;
 * - `stuck`: it should be given up.
 *
 * @extends {Emitter<{ happened: Happening, state: RTCPeerConnectionState,
 *   remote: MediaStream | null, "no-path": null, lost: null, stuck: null }>}
 */
export class Other extends Emitter {
  /**
   * @param {{ signaling: Signaling, media: Media, channel: Channel, estimate: Estimate,
   *   grace: number, makePeer?: MakePeer }} options
   */
  constructor({ signaling, media, channel, estimate, grace, makePeer }) {
    super();
    this.signaling = signaling;
    this.media = media;
    this.channel = channel;
    this.estimate = estimate;
    this.grace = grace;
    this.makePeer = makePeer ?? ((options) => new Peer(options));

    /** Our own peer id, once the server has said it. */
    this.id = "";
    /** @type {PeerInfo | null} */
    this.info = null;
    /** @type {Peer | null} */
    this.peer = null;
    /** @type {Ahead | null} */
    this.ahead = null;
    /** In use, but not answered yet. @type {Ahead | null} */
    this.unanswered = null;
    /** Our side of the connection: the session that we have joined with. */
    this.ours = "";
    /** Theirs, which `peer` was made for. */
    this.theirs = "";
    this.polite = false;
    this.ice = new Ice(() => signaling.send({ type: "ice-servers" }));
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.absenceTimer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.goingTimer = undefined;
    this.monitor = new Monitor(channel);
    this.states = new States({ channel, media, monitor: this.monitor });

    this.states.on("paused", (paused) => this.happened({ type: "paused", paused }));
    this.states.on("told", () => {
      clearTimeout(this.goingTimer);
      this.happened({ type: "staying" });
    });
    this.monitor.on("silent", (silent) => this.hears(silent));
    this.monitor.on("reading", (reading) => {
      media.interruptions.hear(reading.energy);
      estimate.note(reading);
    });
    media.on("change", () => this.mediaChanged());
    signaling.on("peer-joined", (message) => this.joined(message));
    signaling.on("peer-away", () => this.happened({ type: "away" }));
    signaling.on("ice-servers", (message) => this.setIce(message));
    for (const type of SIGNALS) {
      signaling.on(type, (message) => this.receive(message));
      // The Peer copes with whatever is in it, as with what the server relays.
      channel.on(type, (data) =>
        this.receive(/** @type {Signal} */ (/** @type {unknown} */ (data))),
      );
    }
    channel.on("going", () => this.going());
  }

  // -- Before the join --------------------------------------------------------------------

  /** Have an offer ready for whoever is there. */
  prepare() {
    if (this.peer === null) this.ahead ??= new Ahead(this.newPeer(false), this.ice.config);
  }

  unprepare() {
    if (this.ahead?.isMapped) this.ice.mapped = true;
    this.ahead?.close();
    this.ahead = null;
  }

  // -- Who is there -----------------------------------------------------------------------

  /** @param {Welcome} welcome */
  welcomed(welcome) {
    this.id = welcome.id;
    this.polite = welcome.polite;
    const { ahead } = this;
    const offered = ahead?.offered && !welcome.polite && welcome.peer?.away === false;
    if (!offered) this.unprepare();
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
    this.met(peer, false);
    if (offer) this.peer?.receive({ type: "offer", ...offer });
  }

  /**
   * The other is here, or here again. The same session: keep the connection, and mend what
   * may have been lost meanwhile. A new one: that page has nothing of the old connection.
   *
   * @param {PeerInfo} info
   * @param {boolean} away
   */
  met(info, away) {
    clearTimeout(this.absenceTimer);
    const same = info.id === this.info?.id && info.session === this.theirs;
    if (info.id !== this.info?.id) this.states.forget();
    this.info = info;
    if (same && this.peer) {
      this.peer.polite = this.polite;
      this.peer.repair();
    } else if (away) {
      // Nothing would reach it now: begin when it is back.
      this.endPeer();
    } else {
      this.replacePeer(info.session);
    }
    this.happened({ type: "met", away });
  }

  /** The server knows of nobody else. As long as media flows, that is no reason to stop it. */
  missing() {
    clearTimeout(this.absenceTimer);
    this.happened({ type: "missing" });
    if (this.peer === null) this.info = null;
    else this.absenceTimer = setTimeout(() => this.missed(), this.grace);
  }

  missed() {
    if (this.isConnected()) this.missing();
    else this.timedOut();
  }

  /** The other's seat is free. */
  timedOut() {
    this.happened({ type: "timeout" });
    if (this.isConnected()) {
      this.missing();
      return;
    }
    const hadPeer = this.peer !== null;
    this.endPeer();
    this.info = null;
    // If the other comes back after all, it must not take our next connection for this one.
    if (hadPeer) this.emit("lost", null);
  }

  /** Their page is being closed or reloaded: only the one comes back at once. */
  going() {
    this.happened({ type: "going" });
    clearTimeout(this.goingTimer);
    this.goingTimer = setTimeout(() => this.closed(), RELOAD);
  }

  /** They have closed the page; the server may still hold their seat. */
  closed() {
    if (this.peer === null) return;
    this.happened({ type: "closed" });
    this.endPeer();
    this.info = null;
    this.emit("lost", null);
  }

  /** Nobody is known any more; the owner knows, and shows it. */
  forget() {
    this.unprepare();
    this.closePeer();
    this.ice.forget();
    this.info = null;
  }

  // -- The connection ---------------------------------------------------------------------

  /** In use, or made ahead. */
  get anyPeer() {
    return this.peer ?? this.ahead?.peer;
  }

  /** What they say that they send. */
  get sends() {
    return this.states.theirs;
  }

  isConnected() {
    return this.peer?.media === "connected";
  }

  /** @param {string} session */
  replacePeer(session) {
    this.closePeer();
    const { ahead } = this;
    const peer = ahead ? ahead.peer : this.newPeer(this.polite);
    this.ahead = null;
    this.unanswered = ahead;
    this.peer = peer;
    this.theirs = session;
    this.states.renew();
    const seen = new MediaStream();
    /** @param {Signal} signal */
    const send = (signal) => {
      this.send({ ...signal, session: this.ours, peerSession: session });
    };
    if (ahead) ahead.take(this.ice.config, send);
    else peer.on("signal", send);
    peer.on("remote", ({ slot, track }) => {
      if (slot !== "microphone" && slot !== "camera") return;
      seen.addTrack(track);
      this.emit("remote", seen);
    });
    peer.on("state", (state) => this.stateChanged(state));
    peer.on("no-path", () => this.noPath());
    peer.on("stuck", () => this.emit("stuck", null));
    this.monitor.start(peer);
    this.estimate.begin();
    this.happened({ type: "media", state: peer.media });
  }

  /** @param {boolean} polite */
  newPeer(polite) {
    const { ice, channel, media, estimate } = this;
    const { start } = estimate;
    const { tracks } = media;
    return this.makePeer({ polite, ...ice.begin(polite), channel, tracks, start });
  }

  /**
   * To the other side's Peer: by the server, and while something arrives by the connection by it
   * as well, which needs no server. (Else what it is given would arrive long after its time.)
   * @param {Signal} signal
   */
  send(signal) {
    this.signaling.send(signal);
    if (this.peer?.isFlowing()) this.channel.send(signal.type, signal);
  }

  /**
   * Messages between two RTCPeerConnections that are not the present ones are late: drop them.
   * @param {Signal} signal
   */
  receive(signal) {
    const { session, peerSession } = signal;
    if (session !== undefined && session !== this.theirs) return;
    if (peerSession !== undefined && peerSession !== this.ours) return;
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
    this.theirs = "";
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
    clearTimeout(this.absenceTimer);
    clearTimeout(this.goingTimer);
    if (this.peer === null) return;
    this.monitor.stop();
    this.peer.close();
    this.peer = this.unanswered = null;
    this.theirs = "";
    this.emit("remote", null);
  }

  mediaChanged() {
    const { tracks } = this.media;
    for (const slot of /** @type {Slot[]} */ (Object.keys(tracks))) {
      this.anyPeer?.send(slot, tracks[slot] ?? null);
    }
  }

  /** @param {Happening} event */
  happened(event) {
    this.emit("happened", event);
  }
}
