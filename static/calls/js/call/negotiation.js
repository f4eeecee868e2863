/**
 * What the two sides agree on: offers, answers and candidates of one RTCPeerConnection (JSEP,
 * RFC 8829). Knows no DOM and no WebSocket.
 *
 * One side makes every offer, the other asks for them: so offers do not collide, and nothing is
 * rolled back. After a rollback on most connections that have had media Chromium shows a still
 * picture for ever (tests/browser/test_rollback.py), whatever is done then.
 */

import { Emitter } from "../base/events.js";
import { Admission } from "./admission.js";
import { Candidates } from "./candidates.js";
import { Lines, firstWish } from "./lines.js";
import { UNKNOWN } from "./sending.js";
import { fingerprintsIn, keepRole, startingAt, ufragOf, withoutCandidates } from "./sdp.js";

/** @import { Channel } from "./channel.js" */
/** @import { Slot, Tracks } from "./lines.js" */
/** @import { Candidate, Description, Renegotiate, Signal } from "./protocol.js" */

/**
 * How often the answering side asks for an offer before it helps itself. When media was lost, as
 * long as a seat is held by default: the other may be without a network.
 */
export const ASKS = Object.freeze({ first: 4, lost: 10 });
/** Data channels of the other's own making that a connection outlives; nobody uses any. */
export const STRANGERS = 16;
/** Descriptions of the other's that are known again: copies are late by seconds. */
const REMEMBERED = 64;

/**
 * @typedef {object} Options
 * @property {boolean} polite  the impolite side makes the offers; the polite one asks for them
 * @property {RTCConfiguration} config
 * @property {Tracks} tracks   what each slot sends
 * @property {Channel} channel opened on every connection
 * @property {number | null} start bit/s that pictures begin with; null: not known
 * @property {(config: RTCConfiguration) => RTCPeerConnection} makeConnection
 */

/**
 * Events:
 * - `signal`: to be sent to the other side;
 * - `remote`: the other's track of a slot;
 * - `state` and `signalingState`: of the connection, when they are different;
 * - `stuck`: the other does not make the offer that is needed, and nothing but a new connection
 *   under a new session will help;
 * - `flooded`: the other keeps the browser busy.
 *
 * @extends {Emitter<{ signal: Signal, remote: { slot: Slot, track: MediaStreamTrack },
 *   state: RTCPeerConnectionState, signalingState: RTCSignalingState, stuck: null,
 *   flooded: null }>}
 */
export class Negotiation extends Emitter {
  /** @param {Options} options */
  constructor({ polite, config, tracks, channel, start, makeConnection }) {
    super();
    this.polite = polite;
    this.tracks = tracks;
    this.channel = channel;
    this.start = start;
    this.makeConnection = makeConnection;
    /** Whether lines and channel are there: by an offer of ours or by an answer. */
    this.begun = false;
    this.makingOffer = false;
    this.ignoreOffer = false;
    this.isSettingRemoteAnswerPending = false;
    this.answering = false;
    this.candidates = new Candidates((candidate) => this.tell({ type: "ice", candidate }));
    this.closed = false;
    /** Candidates that came before the description they belong to. @type {Candidate[]} */
    this.early = [];
    /** The descriptions that were accepted: they may arrive again, even long after. @type {Set<string>} */
    this.accepted = new Set();
    this.admission = new Admission();
    this.strangers = 0;
    this.lastOffer = "";
    /** ICE restarts that were offered. */
    this.restarts = 0;
    /** Asked so often for an offer that has not come. */
    this.asks = 0;
    /** Whether there has been media: what is missing now is lost, not awaited. */
    this.hadMedia = false;
    this.pc = this.connect(config);
    this.lines = new Lines(this.pc, tracks, firstWish(start));
  }

  /** @param {RTCConfiguration} config */
  connect(config) {
    const pc = this.makeConnection(config);
    pc.onnegotiationneeded = () => this.negotiationNeeded();
    pc.onicecandidate = ({ candidate }) => this.candidates.found(candidate);
    pc.ondatachannel = ({ channel }) => this.refuse(channel);
    pc.ontrack = ({ transceiver, track }) => this.received(transceiver, track);
    pc.onconnectionstatechange = () => this.stateChanged();
    pc.onsignalingstatechange = () => this.emit("signalingState", pc.signalingState);
    return pc;
  }

  /**
   * Our offer met the other's before anything was agreed: begin anew, with theirs. To the other
   * that is no difference; it has never heard of the connection that is given up.
   */
  reconnect() {
    const { pc } = this;
    // First: if there can be no other, this one stays.
    this.pc = this.connect(pc.getConfiguration());
    pc.onicecandidate = pc.onnegotiationneeded = null;
    pc.onconnectionstatechange = pc.onsignalingstatechange = null;
    this.begun = false;
    this.lines = new Lines(this.pc, this.tracks, this.lines.wish);
    pc.close();
  }

  /** The two that are used have numbers known to both. @param {RTCDataChannel} stranger */
  refuse(stranger) {
    stranger.close();
    if (++this.strangers === STRANGERS) this.emit("flooded", null);
  }

  /** Have something to negotiate, so that an offer is made. */
  begin() {
    this.lines.make();
    this.openChannel();
  }

  openChannel() {
    if (!this.begun) this.channel.open(this.pc);
    this.begun = true;
  }

  /** Something is sent now that is not, or no longer, in its slot. */
  async refill() {
    if (this.closed) return;
    await this.lines.fill();
    // Something to send that nobody has offered to take: have it offered.
    if (!this.closed && this.pc.remoteDescription) this.lines.makeMissing();
  }

  close() {
    this.closed = true;
    this.pc.close();
    this.channel.close();
  }

  // -- Offers -----------------------------------------------------------------------------

  negotiationNeeded() {
    // Where all has its place, it is new ICE paths that are called for.
    if (this.polite) this.want({ restart: !this.lines.lackPlaces() });
    else this.negotiate();
  }

  /**
   * Have an offer made, by whoever makes them; `restart`: one that seeks new ICE paths.
   * @param {{ restart: boolean }} how
   */
  want({ restart }) {
    if (this.closed) return;
    const lost = this.hadMedia && this.pc.connectionState !== "connected";
    if (!this.polite) {
      this.offer({ restart });
    } else if (this.asks < (lost ? ASKS.lost : ASKS.first)) {
      this.asks++;
      this.tell({ type: "renegotiate", restart });
    } else if (lost) {
      this.emit("stuck", null);
    } else {
      this.offer({ restart });
    }
  }

  /** @param {{ restart: boolean }} how */
  offer({ restart }) {
    if (!this.begun) {
      this.begin();
      return;
    }
    if (restart) this.pc.restartIce();
    // The polite side's event would only have it ask again.
    if (!restart || this.polite) this.negotiate();
  }

  /**
   * The other asks for an offer.
   * @param {Renegotiate} message
   */
  asked({ restart }) {
    const { pc } = this;
    // One that is being made is on its way; one that is pending may have got lost.
    if (this.polite || this.makingOffer) return;
    const pending = pc.signalingState === "have-local-offer";
    const restarts = ufragOf(pc.pendingLocalDescription) !== ufragOf(pc.currentLocalDescription);
    if (pending) this.sendDescription();
    if (restart && !(pending && restarts)) pc.restartIce();
    else if (pc.signalingState === "stable") this.offer({ restart });
  }

  async negotiate() {
    const { pc } = this;
    if (this.closed) return;
    try {
      this.makingOffer = true;
      await pc.setLocalDescription();
      const { currentLocalDescription: before } = pc;
      if (before && ufragOf(pc.localDescription) !== ufragOf(before)) this.restarts++;
      if (pc === this.pc) this.sendDescription();
    } catch (error) {
      if (!this.closed && pc === this.pc) console.warn("negotiation failed", error);
    } finally {
      this.makingOffer = false;
    }
  }

  sendDescription() {
    const description = this.pc.localDescription;
    if (description === null) return;
    const { type, sdp } = description;
    if (type === "offer") this.tell({ type, sdp: keepRole(this.pc, sdp) });
    else this.tell({ type: "answer", sdp });
  }

  // -- What the other says ----------------------------------------------------------------

  /**
   * A message from the other side; it may come more than once.
   * @param {Signal} message
   */
  async receive(message) {
    if (!this.closed && this.admission.admits(message)) await this.take(message);
  }

  /** @param {Signal} message */
  async take(message) {
    try {
      if (message.type === "renegotiate") this.asked(message);
      else if (message.type === "ice") await this.receiveCandidate(message);
      else await this.receiveDescription(message);
    } catch (error) {
      // A message that does not fit: the repair timer sees to it that the two agree again.
      if (!this.closed) console.warn(`${message.type} was not accepted`, error);
    }
  }

  /** @param {Description} message */
  async receiveDescription({ type, sdp }) {
    const same = withoutCandidates(sdp);
    if (this.accepted.has(same)) {
      if (type === "offer") this.answerAgain(same);
      return;
    }
    if (!this.isOfTheSame(sdp)) {
      console.warn(`${type} is of another than the connection`);
      return;
    }
    const readyForOffer =
      !this.makingOffer &&
      (this.pc.signalingState === "stable" || this.isSettingRemoteAnswerPending);
    const collision =
      type === "offer" && !readyForOffer && this.pc.signalingState !== "have-remote-offer";
    this.ignoreOffer = !this.polite && collision;
    if (this.ignoreOffer) {
      // Who offers to one whose first offer is pending may not have got it.
      if (this.pc.remoteDescription === null) this.sendDescription();
      return;
    }
    if (collision && !this.makesWay()) return;
    if (type === "answer" && this.pc.signalingState !== "have-local-offer") return;
    this.isSettingRemoteAnswerPending = type === "answer";
    this.remember(same);
    try {
      await this.pc.setRemoteDescription({ type, sdp: this.started(sdp) });
    } catch (error) {
      this.accepted.delete(same);
      throw error;
    } finally {
      this.isSettingRemoteAnswerPending = false;
    }
    if (type === "offer") this.lastOffer = same;
    this.admission.accepted(sdp);
    // Not waited for: one that fits nothing any more must not keep the answer back.
    for (const early of this.early.splice(0)) this.take(early);
    if (type !== "offer") return;
    this.asks = 0;
    await this.answer();
  }

  /**
   * Whether its certificate is that of those before. Pages keep theirs as long as a connection; browsers
   * say that they have taken another, and some go on with the first.
   * @param {string} sdp
   */
  isOfTheSame(sdp) {
    const known = this.pc.remoteDescription;
    return known === null || `${fingerprintsIn(known.sdp)}` === `${fingerprintsIn(sdp)}`;
  }

  /** @param {string} description without its candidates */
  remember(description) {
    const [oldest] = this.accepted.add(description);
    if (this.accepted.size > REMEMBERED) this.accepted.delete(oldest);
  }

  /** What the browser takes the other's description for. @param {string} sdp */
  started(sdp) {
    const first = this.pc.currentRemoteDescription === null;
    return first ? startingAt(sdp, this.start ?? UNKNOWN) : sdp;
  }

  /** The other's offer has met ours, and ours has to go: whether that is possible. */
  makesWay() {
    if (this.pc.remoteDescription !== null) {
      this.emit("stuck", null);
      return false;
    }
    this.reconnect();
    return true;
  }

  /**
   * The answer to an offer got lost, or the offer came two ways. Not so with an earlier one.
   * @param {string} offer
   */
  answerAgain(offer) {
    const { remoteDescription, signalingState } = this.pc;
    if (signalingState !== "stable" || remoteDescription?.type !== "offer") return;
    if (offer === this.lastOffer && !this.answering) this.sendDescription();
  }

  async answer() {
    // After sleep the same offer arrives several times at once: what is under way answers the
    // last of them, and one more would find nothing to answer and become an offer.
    if (this.answering) return;
    this.answering = true;
    try {
      await this.makeAnswer();
    } finally {
      this.answering = false;
    }
    this.lines.makeMissing();
  }

  async makeAnswer() {
    const { pc } = this;
    // Not before: on a connection without a description it would call for an offer of ours.
    this.openChannel();
    await this.lines.accept();
    await this.candidates.answer(pc, () => this.sendDescription());
  }

  /** @param {Candidate} message */
  async receiveCandidate(message) {
    if (this.pc.remoteDescription === null) {
      this.early.push(message);
      return;
    }
    try {
      await this.pc.addIceCandidate(message.candidate ?? undefined);
    } catch (error) {
      if (!this.ignoreOffer) throw error;
    }
  }

  stateChanged() {
    const state = this.pc.connectionState;
    if (state === "connected") {
      this.hadMedia = true;
      this.asks = 0;
    }
    if (!this.closed) this.emit("state", state);
  }

  // -- Events -----------------------------------------------------------------------------

  /** @param {Signal} signal */
  tell(signal) {
    if (!this.closed) this.emit("signal", signal);
  }

  /** @param {RTCRtpTransceiver} transceiver @param {MediaStreamTrack} track */
  received(transceiver, track) {
    const slot = this.lines.slotOf(transceiver);
    if (slot !== undefined && !this.closed) this.emit("remote", { slot, track });
  }
}
