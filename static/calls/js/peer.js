/**
 * The RTCPeerConnection and its negotiation. Knows no DOM and no WebSocket.
 *
 * One side makes every offer, the other asks for them: so offers do not collide, and nothing is
 * rolled back. After a rollback on a connection that has had media Chromium shows a still
 * picture for ever (tests/browser/test_rollback.py), whatever is done then.
 */

import { REPAIR, delay } from "./backoff.js";

/** @import { Candidate, Description, IceConfig, Renegotiate } from "./protocol.js" */

/**
 * How often the answering side asks for an offer before it helps itself. When media was lost, as
 * long as a seat is held by default: the other may be without a network.
 */
export const ASKS = Object.freeze({ first: 4, lost: 10 });
/** Mendings that whoever answered first leaves to the other, who would send its offer again. */
export const LEFT_TO_THE_OTHER = 5;
/** Milliseconds of "disconnected" before new paths are sought; ICE often recovers by itself. */
const DISCONNECTED_PATIENCE = 2000;

/**
 * An offer that leaves the other side no choice but to keep its DTLS role.
 *
 * Offers say "actpass" (RFC 8842, section 5.2). To one in a connection that is up already,
 * Firefox answers "active" even where it has been passive (bug 1240897), and Chromium refuses
 * an answer that changes the roles. Naming our role in the offer is allowed and settles it.
 *
 * @param {RTCPeerConnection} pc
 * @param {string} sdp
 */
export function keepRole({ currentLocalDescription: local, currentRemoteDescription: remote }, sdp) {
  const answer = local?.type === "answer" ? local : remote;
  const role = answer?.sdp.match(/^a=setup:(active|passive)/m)?.[1];
  if (role === undefined) return sdp;
  const own = (answer === local) === (role === "active") ? "active" : "passive";
  return sdp.replace(/^a=setup:actpass/gm, `a=setup:${own}`);
}

/** @param {RTCSessionDescription | null} description */
const ufragOf = (description) => description?.sdp.match(/^a=ice-ufrag:(.*)$/m)?.[1];

/**
 * What tells one description from another: a copy sent later may have more candidates, and with
 * them other default addresses (RFC 8839, sections 4.2.1.2 and 5.1).
 * @param {string} sdp
 */
const withoutCandidates = (sdp) =>
  sdp
    .replace(/^(a=(candidate|rtcp):|a=end-of-candidates|c=).*\r?\n/gm, "")
    .replace(/^(m=\w+) \d+/gm, "$1");

/**
 * Events:
 * - `signal` (detail: Description, Candidate or Renegotiate) to be sent to the other side;
 * - `state` (detail: RTCPeerConnectionState);
 * - `stream` (detail: MediaStream) what the other sends;
 * - `open` when `tell` works, and `told` (detail: object) what the other told;
 * - `stuck` when the other does not make the offer that is needed: nothing but a new connection
 *   under a new session will help.
 */
export class Peer extends EventTarget {
  /**
   * @param {{ polite: boolean, ice: IceConfig, stream: MediaStream,
   *   makeConnection?: (config: RTCConfiguration) => RTCPeerConnection }} options
   *   The impolite side makes the offers; the polite one asks for them.
   */
  constructor({ polite, ice, stream, makeConnection = (c) => new RTCPeerConnection(c) }) {
    super();
    this.polite = polite;
    this.stream = stream;
    this.makeConnection = makeConnection;
    this.makingOffer = false;
    this.ignoreOffer = false;
    this.isSettingRemoteAnswerPending = false;
    this.answering = false;
    /** Candidates that came before the description they belong to. @type {Candidate[]} */
    this.early = [];
    /** The descriptions that were accepted: they may arrive again, even long after. */
    this.accepted = new Set();
    this.lastOffer = "";
    /** Mended so often since the media was there, or the other was. */
    this.repairs = 0;
    /** Asked so often for an offer that has not come. */
    this.asks = 0;
    /** Whether there has been media: what is missing now is missed, not awaited. */
    this.wasConnected = false;
    this.closed = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.repairTimer = undefined;

    /** @type {RTCDataChannel | null} */
    this.channel = null;
    this.remote = new MediaStream();
    this.pc = this.connect({ ...ice, bundlePolicy: "max-bundle" });
    if (!polite) this.begin();
    this.watch();
  }

  /** @param {RTCConfiguration} config */
  connect(config) {
    const pc = this.makeConnection(config);
    pc.onnegotiationneeded = () => this.negotiationNeeded();
    pc.onicecandidate = ({ candidate }) => {
      this.emit("signal", { type: "ice", candidate: candidate && candidate.toJSON() });
    };
    pc.ontrack = ({ track }) => {
      this.remote.addTrack(track);
      this.emit("stream", this.remote);
    };
    pc.onconnectionstatechange = () => this.stateChanged();
    pc.onsignalingstatechange = () => this.watch();
    return pc;
  }

  /**
   * Our offer met the other's before anything was agreed: begin anew, with theirs. To the other
   * that is no difference; it has never heard of the connection that is given up.
   */
  reconnect() {
    const { pc } = this;
    this.channel = null;
    pc.onicecandidate = pc.onnegotiationneeded = pc.onsignalingstatechange = null;
    this.pc = this.connect(pc.getConfiguration());
    pc.close();
  }

  /** Have something to negotiate, so that an offer is made. */
  begin() {
    for (const kind of ["audio", "video"]) this.addTransceiver(kind);
    this.openChannel();
  }

  /** Peer to peer, so it works while the signaling server does not. */
  openChannel() {
    if (this.channel !== null) return;
    const channel = this.pc.createDataChannel("call", { negotiated: true, id: 0 });
    channel.onopen = () => this.emit("open", null);
    channel.onmessage = ({ data }) => this.hear(data);
    this.channel = channel;
  }

  /**
   * Send these tracks from now on. Never needs a negotiation once audio and video have one.
   * @param {MediaStream} stream
   */
  async setStream(stream) {
    this.stream = stream;
    if (this.closed) return;
    await Promise.all(this.pc.getTransceivers().map((transceiver) => this.fill(transceiver)));
    // Something to send that nobody has offered to take: offer it.
    if (this.pc.remoteDescription) this.addMissingTransceivers();
  }

  /** Whether something of ours has no place in what was agreed. */
  lacksPlaces() {
    return this.pc
      .getTransceivers()
      .some(({ mid, direction }) => mid === null && direction !== "stopped");
  }

  /** @param {string} kind */
  addTransceiver(kind) {
    const track = this.track(kind);
    // Only what addTrack made is taken for what the other side offers, after a collision.
    if (track) this.pc.addTrack(track, this.stream);
    else this.pc.addTransceiver(kind, { direction: "sendrecv", streams: [this.stream] });
  }

  addMissingTransceivers() {
    const kinds = this.pc
      .getTransceivers()
      .filter(({ direction }) => direction !== "stopped")
      .map(({ receiver }) => receiver.track.kind);
    for (const { kind } of this.stream.getTracks()) {
      if (!kinds.includes(kind)) this.addTransceiver(kind);
    }
  }

  /** @param {string} kind */
  track(kind) {
    return this.stream.getTracks().find((track) => track.kind === kind) ?? null;
  }

  /** @param {RTCRtpTransceiver} transceiver */
  async fill(transceiver) {
    if (transceiver.direction === "stopped") return;
    const track = this.track(transceiver.receiver.track.kind);
    if (transceiver.sender.track === track) return;
    await transceiver.sender.replaceTrack(track);
  }

  // -- Negotiation ------------------------------------------------------------------------

  negotiationNeeded() {
    // Where all has its place, it is new ICE paths that are called for.
    if (this.polite) this.want({ restart: !this.lacksPlaces() });
    else this.negotiate();
  }

  /**
   * Have an offer made, by whoever makes them; `restart`: one that seeks new ICE paths.
   * @param {{ restart: boolean }} how
   */
  want({ restart }) {
    if (this.closed) return;
    const lost = this.wasConnected && this.pc.connectionState !== "connected";
    if (!this.polite) {
      this.offer({ restart });
    } else if (this.asks < (lost ? ASKS.lost : ASKS.first)) {
      this.asks++;
      this.emit("signal", { type: "renegotiate", restart });
    } else if (lost) {
      this.emit("stuck", null);
    } else {
      this.offer({ restart });
    }
  }

  /** @param {{ restart: boolean }} how */
  offer({ restart }) {
    if (this.channel === null) this.begin();
    else if (restart) this.pc.restartIce();
    else this.negotiate();
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
    this.emit("signal", { type, sdp: type === "offer" ? keepRole(this.pc, sdp) : sdp });
  }

  /**
   * A message from the other side's Peer; it may come more than once.
   * @param {Description | Candidate | Renegotiate} message
   */
  async receive(message) {
    if (this.closed) return;
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
    const readyForOffer =
      !this.makingOffer &&
      (this.pc.signalingState === "stable" || this.isSettingRemoteAnswerPending);
    const collision =
      type === "offer" && !readyForOffer && this.pc.signalingState !== "have-remote-offer";
    this.ignoreOffer = !this.polite && collision;
    if (this.ignoreOffer) return;
    if (collision && !this.makesWay()) return;
    if (type === "answer" && this.pc.signalingState !== "have-local-offer") return;
    this.isSettingRemoteAnswerPending = type === "answer";
    this.accepted.add(same);
    try {
      await this.pc.setRemoteDescription({ type, sdp });
    } catch (error) {
      this.accepted.delete(same);
      throw error;
    } finally {
      this.isSettingRemoteAnswerPending = false;
    }
    if (type === "offer") this.lastOffer = same;
    // Not waited for: one that fits nothing any more must not keep the answer back.
    for (const early of this.early.splice(0)) this.receive(early);
    if (type !== "offer") return;
    this.asks = 0;
    await this.answer();
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
    this.addMissingTransceivers();
  }

  async makeAnswer() {
    const { pc } = this;
    // Not before: on a connection without a description it would call for an offer of ours.
    this.openChannel();
    for (const transceiver of pc.getTransceivers()) {
      // Ours that the other's offer has no place for: what it offers takes their tracks.
      if (transceiver.mid === null) transceiver.stop();
      if (transceiver.direction === "recvonly") transceiver.direction = "sendrecv";
      if (transceiver.direction === "stopped") continue;
      transceiver.sender.setStreams?.(this.stream);
      await this.fill(transceiver);
    }
    await pc.setLocalDescription();
    this.sendDescription();
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

  // -- Repair -----------------------------------------------------------------------------

  stateChanged() {
    const state = this.pc.connectionState;
    this.emit("state", state);
    if (state === "connected") {
      this.wasConnected = true;
      this.repairs = this.asks = 0;
    }
    this.watch();
  }

  /** Whether all is agreed and the media is there. */
  isWell() {
    const { connectionState, signalingState } = this.pc;
    return connectionState === "connected" && signalingState === "stable" && !this.lacksPlaces();
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
    this.asks = 0;
    this.mend();
  }

  mend() {
    const { pc } = this;
    if (this.closed || this.isWell()) return;
    if (pc.signalingState === "have-local-offer") {
      // The offer or its answer got lost; the same offer twice gets the same answer.
      this.sendDescription();
    } else if (pc.signalingState === "have-remote-offer") {
      // Something failed on the way to the answer.
      this.answer().catch((error) => console.warn("answering failed", error));
    } else if (pc.remoteDescription === null) {
      this.want({ restart: false });
    } else if (pc.connectionState === "connected") {
      this.want({ restart: false });
    } else {
      // Whoever misses our first answer sends its offer again: leave it the time to.
      const waits = !this.wasConnected && pc.localDescription?.type === "answer";
      if (!waits || this.repairs >= LEFT_TO_THE_OTHER) this.want({ restart: true });
    }
  }

  /** @param {IceConfig} ice */
  setIce(ice) {
    if (!this.closed) this.pc.setConfiguration({ ...this.pc.getConfiguration(), ...ice });
  }

  /** Whether the media goes through a TURN server; null when unknown. */
  async isRelayed() {
    const stats = await this.pc.getStats();
    /** @type {any[]} */
    const reports = [];
    stats.forEach((report) => reports.push(report));
    const transport = reports.find((report) => report.type === "transport");
    const pair = transport && stats.get(transport.selectedCandidatePairId);
    const local = pair && stats.get(pair.localCandidateId);
    const remote = pair && stats.get(pair.remoteCandidateId);
    if (!local || !remote) return null;
    return local.candidateType === "relay" || remote.candidateType === "relay";
  }

  // -- The data channel -------------------------------------------------------------------

  /**
   * Tell the other side something, if that is possible now.
   * @param {object} what
   */
  tell(what) {
    if (this.channel?.readyState === "open") this.channel.send(JSON.stringify(what));
  }

  /** @param {unknown} data */
  hear(data) {
    try {
      const what = JSON.parse(String(data));
      if (typeof what?.type === "string") this.emit("told", what);
    } catch {
      // Not ours.
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.repairTimer);
    this.pc.close();
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  emit(type, detail) {
    if (!this.closed) this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
