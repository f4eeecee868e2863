/**
 * One RTCPeerConnection and its negotiation: the "perfect negotiation" of webrtc-pc,
 * section 10.7. Knows no DOM and no WebSocket.
 */

import { REPAIR, delay } from "./backoff.js";

/** @import { Candidate, Description, IceConfig } from "./protocol.js" */

/** How often the answering side waits for the other's offer before it makes one itself. */
export const OFFER_AFTER = 5;
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

/**
 * Events:
 * - `signal` (detail: Description or Candidate) to be sent to the other side;
 * - `state` (detail: RTCPeerConnectionState);
 * - `stream` (detail: MediaStream) what the other sends;
 * - `open` when `tell` works, and `told` (detail: object) what the other told.
 */
export class Peer extends EventTarget {
  /**
   * @param {{ polite: boolean, ice: IceConfig, stream: MediaStream,
   *   makeConnection?: (config: RTCConfiguration) => RTCPeerConnection }} options
   *   The impolite side makes the first offer; the polite one waits for it, so that the two
   *   do not begin with a collision.
   */
  constructor({ polite, ice, stream, makeConnection = (c) => new RTCPeerConnection(c) }) {
    super();
    this.polite = polite;
    this.stream = stream;
    this.makingOffer = false;
    this.ignoreOffer = false;
    this.isSettingRemoteAnswerPending = false;
    this.answering = false;
    /** Candidates that came before the description they belong to. @type {Candidate[]} */
    this.early = [];
    this.repairs = 0;
    /** Whether there has been media: what is missing now is missed, not awaited. */
    this.wasConnected = false;
    this.closed = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.repairTimer = undefined;

    const pc = makeConnection({ ...ice, bundlePolicy: "max-bundle" });
    this.pc = pc;
    this.remote = new MediaStream();
    /** @type {RTCDataChannel | null} */
    this.channel = null;

    pc.onnegotiationneeded = () => this.negotiate();
    pc.onicecandidate = ({ candidate }) => {
      this.emit("signal", { type: "ice", candidate: candidate && candidate.toJSON() });
    };
    pc.ontrack = ({ track }) => {
      this.remote.addTrack(track);
      this.emit("stream", this.remote);
    };
    pc.onconnectionstatechange = () => this.stateChanged();
    pc.onsignalingstatechange = () => this.watch();

    if (!polite) this.begin();
    this.watch();
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
    await Promise.all(this.pc.getTransceivers().map((transceiver) => this.fill(transceiver)));
    // Something to send that nobody has offered to take: offer it.
    if (this.pc.remoteDescription) this.addMissingTransceivers();
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

  async negotiate() {
    if (this.closed) return;
    try {
      this.makingOffer = true;
      await this.pc.setLocalDescription();
      this.sendDescription();
    } catch (error) {
      if (!this.closed) console.warn("negotiation failed", error);
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
   * A message from the other side's Peer.
   * @param {Description | Candidate} message
   */
  async receive(message) {
    if (this.closed) return;
    try {
      if (message.type === "ice") await this.receiveCandidate(message);
      else await this.receiveDescription(message);
    } catch (error) {
      // A message that does not fit: the repair timer sees to it that the two agree again.
      if (!this.closed) console.warn(`${message.type} was not accepted`, error);
    }
  }

  /** @param {Description} message */
  async receiveDescription({ type, sdp }) {
    const { pc } = this;
    const readyForOffer =
      !this.makingOffer &&
      (pc.signalingState === "stable" || this.isSettingRemoteAnswerPending);
    const collision = type === "offer" && !readyForOffer;
    this.ignoreOffer = !this.polite && collision;
    if (this.ignoreOffer) return;
    if (type === "answer" && pc.signalingState !== "have-local-offer") return;
    this.isSettingRemoteAnswerPending = type === "answer";
    try {
      await pc.setRemoteDescription({ type, sdp });
    } finally {
      this.isSettingRemoteAnswerPending = false;
    }
    // Not waited for: one that fits nothing any more must not keep the answer back.
    for (const early of this.early.splice(0)) this.receive(early);
    if (type === "offer") await this.answer();
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
      this.repairs = 0;
    }
    this.watch();
  }

  /** As long as there is no media, or an offer without its answer, mend every now and then. */
  watch() {
    clearTimeout(this.repairTimer);
    const { connectionState, signalingState } = this.pc;
    if (this.closed || (connectionState === "connected" && signalingState === "stable")) return;
    let wait = delay(REPAIR, this.repairs + 1);
    if (connectionState === "disconnected") wait = DISCONNECTED_PATIENCE;
    if (connectionState === "failed" && this.repairs === 0) wait = 0;
    this.repairTimer = setTimeout(() => {
      this.repairs++;
      this.repair();
      this.watch();
    }, wait);
  }

  /**
   * Make up for whatever may have been lost on the way: called by itself while there is no
   * media, and by the owner after the signaling was interrupted.
   */
  repair() {
    const { pc } = this;
    if (this.closed) return;
    if (pc.signalingState === "have-local-offer") {
      // The offer or its answer got lost; answering the same offer twice does no harm.
      this.sendDescription();
    } else if (pc.signalingState === "have-remote-offer") {
      // Something failed on the way to the answer.
      this.answer().catch((error) => console.warn("answering failed", error));
    } else if (pc.remoteDescription === null) {
      // The other's first offer got lost: it will send it again. Unless it waits for ours.
      if (this.channel === null && this.repairs >= OFFER_AFTER) this.begin();
    } else if (pc.connectionState !== "connected") {
      // Whoever misses our first answer sends its offer again: leave it the time to.
      const waits = !this.wasConnected && pc.localDescription?.type === "answer";
      if (!waits || this.repairs >= OFFER_AFTER) pc.restartIce();
    }
  }

  /** @param {IceConfig} ice */
  setIce(ice) {
    this.pc.setConfiguration({ ...this.pc.getConfiguration(), ...ice });
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
