/** The other person, as far as known: who is there, who may come in, and who is waited for. */

import { Bucket } from "../base/bucket.js";
import { Emitter } from "../base/events.js";
import { plainName } from "../base/plain.js";
import { Absence } from "./absence.js";
import { Connection } from "./connection.js";
import { Knock } from "./knock.js";

/** @import { Parts } from "./connection.js" */
/** @import { Rules } from "./knock.js" */
/** @import { Happening } from "./presence.js" */
/** @import { Offered, PeerInfo, PeerJoined, Signal, Welcome } from "./protocol.js" */

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
  /** @param {Parts & { grace: number, rules?: Rules }} options `grace` in milliseconds */
  constructor({ grace, rules = none(), ...parts }) {
    super();
    const { signaling, channel, proof = null } = parts;

    /** Our own peer id, once the server has said it. */
    this.id = "";
    /** @type {PeerInfo | null} */
    this.info = null;
    /** The session of whoever has just come and waits for our answer. */
    this.answering = "";
    /** What came with the news of their join, until there is a connection for it. @type {Offered | null} */
    this.offer = null;
    /** Whether whatever they describe has to be proven, as their join was. */
    this.proven = false;
    /** Whether they have come to us, not we to them. */
    this.came = false;
    /** What somebody has said who was let in, until there is a connection for it. @type {Signal[]} */
    this.said = [];
    this.knock = new Knock({ signaling, proves: proof !== null, rules });
    this.complaints = new Bucket(COMPLAINTS);
    this.absence = new Absence(grace);
    const connection = (this.connection = new Connection(parts));

    connection.states.on("paused", (paused) => this.happened({ type: "paused", paused }));
    connection.states.on("told", () => this.staying());
    connection.states.on("heard", () => this.absence.isGoing && this.staying());
    connection.on("begun", () => this.begun());
    connection.on("signal", (signal) => this.receive(signal));
    connection.on("state", (state) => this.emit("state", state));
    connection.on("media", (state) => this.happened({ type: "media", state }));
    connection.on("remote", (stream) => this.emit("remote", stream));
    connection.on("stuck", () => this.emit("stuck", null));
    connection.on("no-path", () => this.noPath());
    this.knock.on("let-in", (who) => this.met(who, { comes: true }));
    this.knock.on("gone", () => this.unasked());
    this.knock.on("change", () => this.knocked());
    signaling.on("peer-joined", (message) => this.joined(message));
    signaling.on("peer-away", ({ peer, going = false }) => {
      if (this.knock.left(peer.id)) return;
      this.happened({ type: "away" });
      if (going) this.going();
    });
    channel.on("going", () => this.going());
    this.absence.on("missed", () => (connection.isConnected() ? this.missing() : this.timedOut()));
    this.absence.on("closed", () => this.closed());
  }

  // -- Who is there -----------------------------------------------------------------------

  /** @param {Welcome} welcome @param {boolean} back whether we were inside before */
  welcomed(welcome, back) {
    const { id, peer } = welcome;
    this.id = id;
    this.offer = null;
    this.connection.welcomed(welcome, peer?.away === false && peer.meant !== false);
    if (peer) this.met(peer, { away: peer.away, comes: false, back });
    // After a restart of the server the other may be back a moment later than we are; its
    // media may not have stopped at all.
    else this.missing();
  }

  /** @param {PeerJoined} message */
  joined({ peer, offer, iceServers, iceTransportPolicy = "all", ttl }) {
    // TURN, which nobody is given alone.
    if (iceServers) this.connection.setIce({ iceServers, iceTransportPolicy, ttl });
    this.offer = offer ?? null;
    this.met({ ...peer, proven: peer.proven || offer?.proven }, { comes: true });
  }

  async answer() {
    const { answering: session, offer } = this;
    this.offer = null;
    if (offer === null) return;
    const { peer } = this.connection;
    if (this.believes(offer)) await peer?.receive({ type: "offer", sdp: offer.sdp });
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
    const same = info.id === this.info?.id && info.session === this.connection.exchange.theirs;
    if (!(same && this.connection.peer) && !this.knock.admits(info, !comes, comes || back)) {
      this.knocks(info, away);
      return;
    }
    const name = info.name && plainName(info.name);
    this.said = this.knock.end();
    this.answering = this.offer ? info.session : "";
    if (info.id !== this.info?.id) this.connection.states.forget();
    this.info = { ...info, name };
    if (same && this.connection.peer) {
      this.connection.repair();
    } else {
      // Where they are away nothing would reach them now: it begins when they are back.
      if (away) this.endPeer();
      else this.closePeer();
      const { proves } = this.knock;
      this.proven = proves && (info.proven === true || this.claims(info, comes));
      this.came = comes;
      const isKnown = !this.proven || info.proven === true;
      if (isKnown) this.knock.admitted(info.id, this.proven);
      this.connection.exchange.begin(isKnown);
      if (!away) this.connection.begin(info.session);
    }
    this.happened({ type: "met", away });
    if (this.isAnswering) this.answer();
    // They cannot know yet that we have the whole link, and ask for us.
    if (!same && this.proven && info.meant === false && this.connection.polite)
      this.ask(info.session);
  }

  /** Have them make an offer: by what asks for it they know who we are. @param {string} session */
  ask(session) {
    this.connection.exchange.send({ type: "renegotiate", restart: false }, session);
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
    this.connection.exchange.theirs = away ? "" : info.session;
    this.connection.exchange.begin(true);
    if (away) this.knock.end();
    else this.knock.begin(info);
  }

  /** Of whom the person is asked, nothing of ours is to be found out, and they may wait for long. */
  knocked() {
    if (this.knock.asked) this.connection.ready.spare.drop();
    this.happened({ type: "knock" });
  }

  /** Nobody waits any more. */
  unasked() {
    this.connection.exchange.theirs = "";
    this.offer = null;
    this.connection.ready.withdraw();
    this.happened({ type: "knock" });
    this.connection.wait();
  }

  /** Something between the two has changed what they have described. @param {string} session theirs */
  tampered(session) {
    this.offer = null;
    this.happened({ type: "tampered" });
    if (!this.complaints.take()) return;
    console.warn("a description is not as its sender made it");
    const signal = /** @type {const} */ ({ type: "renegotiate", restart: false, unproven: true });
    this.connection.exchange.send(signal, session);
  }

  // -- Going ------------------------------------------------------------------------------

  /** The server knows of nobody else. As long as media flows, that is no reason to stop it. */
  missing() {
    this.knock.end();
    this.happened({ type: "missing" });
    if (this.connection.peer) {
      this.absence.missing();
      return;
    }
    this.info = null;
    this.connection.wait();
  }

  /** The other's seat is free. */
  timedOut() {
    this.happened({ type: "timeout" });
    if (this.connection.isConnected()) this.missing();
    else this.giveUp();
  }

  going() {
    if (this.connection.peer === null) return;
    this.happened({ type: "going" });
    this.absence.going();
  }

  staying() {
    this.absence.staying();
    this.happened({ type: "staying" });
  }

  /** They have closed the page; the server may still hold their seat. */
  closed() {
    if (!this.connection.monitor.isQuiet) {
      this.staying();
      return;
    }
    this.happened({ type: "closed" });
    this.giveUp();
  }

  giveUp() {
    const hadPeer = this.connection.peer !== null;
    this.endPeer();
    this.info = null;
    // If the other comes back after all, it must not take our next connection for this one.
    if (hadPeer) this.emit("lost", null);
  }

  /** Nobody is known any more; the owner knows, and shows it. */
  forget() {
    this.absence.end();
    this.connection.forget();
    this.knock.end();
    this.info = null;
  }

  // -- The connection ---------------------------------------------------------------------

  /** There is one, to whoever was met last. */
  begun() {
    if (this.isAnswering) this.answer();
    for (const signal of this.said.splice(0)) this.receive(signal);
  }

  /** Whoever is there, as what is kept for them knows them; null: nobody. */
  get whom() {
    // Who proves nothing may be another with the same id.
    return this.info && `${this.info.id}${this.proven ? "+" : ""}`;
  }

  /** What they say that they send. */
  get sends() {
    return this.connection.states.theirs;
  }

  /** Not once its connection is closed: whatever is asked of that may never settle (webrtc-pc, 4.4). */
  get isAnswering() {
    return this.answering !== "" && this.answering === this.connection.exchange.theirs;
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
      this.tampered(this.connection.exchange.theirs);
      return;
    }
    if (this.proven && signal.type !== "ice" && signal.proven) this.trust();
    this.connection.receive(signal);
  }

  /** It is certain that they have the whole link. */
  trust() {
    this.connection.exchange.trust();
    if (this.info) this.knock.admitted(this.info.id, true);
  }

  noPath() {
    this.emit("no-path", null);
    this.happened({ type: "media", state: "no-path" });
  }

  /** There is no connection any more, and no other yet. */
  endPeer() {
    this.closePeer();
    this.happened({ type: "media", state: "none" });
  }

  closePeer() {
    this.absence.end();
    this.connection.close();
  }

  /** @param {Happening} event */
  happened(event) {
    this.emit("happened", event);
  }
}
