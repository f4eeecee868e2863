/**
 * The other person, as far as known, and the connection to them: when it begins, when it is
 * kept, and when it is given up.
 */

import { Bucket } from "../base/bucket.js";
import { Emitter } from "../base/events.js";
import { plainName } from "../base/plain.js";
import { Absence } from "./absence.js";
import { Exchange } from "./exchange.js";
import { Ice } from "./ice.js";
import { Knock } from "./knock.js";
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
/** @import { Rules } from "./knock.js" */
/** @import { MakeConnection } from "./peer.js" */
/** @import { Proof } from "./proof.js" */
/** @import { IceConfig, Offered, PeerInfo, PeerJoined, Signal, Welcome } from "./protocol.js" */
/** @import { Signaling } from "./signaling.js" */

/** @typedef {(options: ConstructorParameters<typeof Peer>[0]) => Peer} MakePeer */

/** That something is not as it was sent is told so often: whoever changes it may do so without end. */
const COMPLAINTS = { burst: 3, rate: 1 / 5 };

/** The server's word, of which nothing is done by halves. @param {PeerInfo} info */
const isPerson = ({ id, session, name }) =>
  [id, session, name ?? ""].every((part) => typeof part === "string");

/** @returns {Rules} */
const none = () => ({ ask: false, letIn: [], known: null });

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
   *   estimate: Estimate, grace: number, proof?: Proof | null, rules?: Rules,
   *   makeConnection?: MakeConnection,
   *   spare?: Pick<Spare, "ready" | "take" | "drop" | "isMapped">, makePeer?: MakePeer }} options
   */
  constructor({ proof = null, rules = none(), makeConnection, spare, makePeer, ...parts }) {
    super();
    const { signaling, media, display, channel, estimate, grace } = parts;
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
    /** What came with the news of their join, until there is a connection for it. @type {Offered | null} */
    this.offer = null;
    /** Whether whatever they describe has to be proven, as their join was. */
    this.proven = false;
    /** Whether they have come to us, not we to them. */
    this.came = false;
    this.polite = false;
    /** What somebody has said who was let in, until there is a connection for it. @type {Signal[]} */
    this.said = [];
    this.knock = new Knock({ signaling, proves: proof !== null, rules });
    this.complaints = new Bucket(COMPLAINTS);
    this.ice = new Ice(() => signaling.send({ type: "ice-servers" }));
    const make = makePeer ?? ((options) => new Peer(options));
    this.ready = new Ready(this.ice, spare ?? new Spare(makeConnection), (begun) =>
      make({ ...begun, channel, tracks: this.tracks, start: estimate.start, makeConnection }),
    );
    this.replacement = new Replacement((session) => this.replacePeer(session));
    this.absence = new Absence(grace);
    const isFlowing = () => this.peer?.isFlowing() ?? false;
    this.exchange = new Exchange({ signaling, channel, proof, isFlowing });
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
    this.knock.on("let-in", (who) => this.met(who, { comes: true }));
    this.knock.on("gone", () => this.unasked());
    this.knock.on("change", () => this.knocked());
    signaling.on("peer-joined", (message) => this.joined(message));
    signaling.on("peer-away", ({ peer, going = false }) => {
      if (this.knock.left(peer.id)) return;
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

  /** @param {Welcome} welcome @param {boolean} back whether we were inside before */
  welcomed(welcome, back) {
    this.ready.spare.drop();
    this.id = welcome.id;
    this.polite = welcome.polite;
    this.offer = null;
    const { ahead } = this.ready;
    const { peer, polite } = welcome;
    const offered = ahead?.offered && !polite && peer?.away === false && peer.meant !== false;
    if (!offered) this.ready.withdraw();
    this.setIce(welcome);
    if (peer) this.met(peer, { away: peer.away, comes: false, back });
    // After a restart of the server the other may be back a moment later than we are; its
    // media may not have stopped at all.
    else this.missing();
  }

  /** @param {PeerJoined} message */
  joined({ peer, offer, iceServers, iceTransportPolicy = "all", ttl }) {
    // TURN, which nobody is given alone.
    if (iceServers) this.setIce({ iceServers, iceTransportPolicy, ttl });
    this.offer = offer ?? null;
    this.met({ ...peer, proven: peer.proven || offer?.proven }, { comes: true });
  }

  async answer() {
    const { answering: session, offer } = this;
    this.offer = null;
    if (offer === null) return;
    if (this.believes(offer)) await this.peer?.receive({ type: "offer", sdp: offer.sdp });
    else this.tampered(session);
    if (this.answering !== session) return;
    this.answering = "";
    this.emit("answered", null);
  }

  /** Whether what they describe may be used. @param {Offered} description */
  believes({ proven }) {
    return !this.proven || proven === true;
  }

  /**
   * The other is here, or here again. The same session: keep the connection, and mend what
   * may have been lost meanwhile. A new one: that page has nothing of the old connection.
   *
   * @param {PeerInfo} info
   * @param {{ away?: boolean, comes: boolean, back?: boolean }} how
   *   `comes`: to us, not we to them; `back`: we were inside before, and they may have come since
   */
  met(info, { away = false, comes, back = false }) {
    if (!isPerson(info)) return;
    this.absence.known();
    const same = info.id === this.info?.id && info.session === this.exchange.theirs;
    if (!(same && this.peer) && !this.knock.admits(info, !comes, comes || back)) {
      this.knocks(info, away);
      return;
    }
    const name = info.name && plainName(info.name);
    this.said = this.knock.end();
    this.answering = this.offer ? info.session : "";
    if (info.id !== this.info?.id) this.states.forget();
    this.info = { ...info, name };
    if (same && this.peer) {
      this.replacement.drop();
      this.peer.polite = this.polite;
      this.peer.repair();
    } else {
      // Where they are away nothing would reach them now: it begins when they are back.
      if (away) this.endPeer();
      else this.closePeer();
      const { proves } = this.knock;
      this.proven = proves && (info.proven === true || this.claims(info, comes));
      this.came = comes;
      const isKnown = !this.proven || info.proven === true;
      this.exchange.begin(isKnown);
      if (isKnown) this.knock.admitted(info.id, this.proven);
      const isMade = away || this.replacement.ask(info.session);
      if (!isMade) this.happened({ type: "media", state: "connecting" });
    }
    this.happened({ type: "met", away });
    if (this.isAnswering) this.answer();
    // They cannot know yet that we have the whole link, and ask for us.
    if (!same && this.proven && info.meant === false && this.polite) this.ask(info.session);
  }

  /** Have them make an offer: by what asks for it they know who we are. @param {string} session */
  ask(session) {
    this.exchange.send({ type: "renegotiate", restart: false }, session);
  }

  /**
   * Whoever was there before us could not mean their join for us: they say that they have the whole
   * link, and prove it by what they describe.
   * @param {PeerInfo} info @param {boolean} comes
   */
  claims({ claims = false }, comes) {
    return !comes && claims;
  }

  // -- Who may not come in without being asked for ----------------------------------------

  /** @param {PeerInfo} info @param {boolean} away */
  knocks(info, away) {
    this.endPeer();
    this.info = null;
    this.answering = "";
    this.exchange.theirs = away ? "" : info.session;
    this.exchange.begin(true);
    if (away) this.knock.end();
    else this.knock.begin(info);
  }

  /** Of whom the person is asked, nothing of ours is to be found out, and they may wait for long. */
  knocked() {
    if (this.knock.asked) this.ready.spare.drop();
    this.happened({ type: "knock" });
  }

  /** Nobody waits any more. */
  unasked() {
    this.exchange.theirs = "";
    this.offer = null;
    this.ready.withdraw();
    this.happened({ type: "knock" });
    if (this.polite) this.ready.wait();
  }

  /** Something between the two has changed what they have described. @param {string} session theirs */
  tampered(session) {
    this.offer = null;
    this.happened({ type: "tampered" });
    if (!this.complaints.take()) return;
    console.warn("a description is not as its sender made it");
    const signal = /** @type {const} */ ({ type: "renegotiate", restart: false, unproven: true });
    this.exchange.send(signal, session);
  }

  // -- Going ------------------------------------------------------------------------------

  /** The server knows of nobody else. As long as media flows, that is no reason to stop it. */
  missing() {
    this.knock.end();
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
    this.knock.end();
    this.ice.forget();
    this.info = null;
  }

  // -- The connection ---------------------------------------------------------------------

  /** In use, or made ahead. */
  get anyPeer() {
    return this.peer ?? this.ready.ahead?.peer;
  }

  /** Whoever is there, as what is kept for them knows them; null: nobody. */
  get whom() {
    // Who proves nothing may be another with the same id.
    return this.info && `${this.info.id}${this.proven ? "+" : ""}`;
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
    for (const signal of this.said.splice(0)) this.receive(signal);
  }

  /** @param {Signal} signal */
  receive(signal) {
    const { who, proves } = this.knock;
    if (signal.type === "renegotiate" && signal.unproven) {
      if (proves) this.happened({ type: "tampered" });
      return;
    }
    const describes = signal.type === "offer" || signal.type === "answer";
    if (who) {
      this.knock.keep(signal);
      // They did not say so when they came.
      if (proves && signal.type !== "ice" && signal.proven)
        this.met({ ...who, proven: true }, { comes: true });
      // They said so, and it is not as they said it.
      else if (proves && who.claims && describes) this.tampered(who.session);
      return;
    }
    if (describes && !this.believes(signal)) {
      this.tampered(this.exchange.theirs);
      return;
    }
    if (this.proven && signal.type !== "ice" && signal.proven) this.trust();
    this.peer?.receive(signal);
    if (signal.type === "answer") this.unanswered?.release();
  }

  /** It is certain that they have the whole link. */
  trust() {
    this.exchange.trust();
    if (this.info) this.knock.admitted(this.info.id, true);
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
