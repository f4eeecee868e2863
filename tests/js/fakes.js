/** Stand-ins for what a browser and a server would do; every one records what it was asked. */

import { mock } from "node:test";

/** Lets everything that waits only for promises go on. Timers are the tests' own. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

/**
 * Let time pass. A single tick would give timers that are set on the way its end as their
 * beginning; after a minute of small steps nobody cares.
 */
export function advance(milliseconds) {
  const steps = Math.min(milliseconds, 60_000);
  for (let n = 0; n < steps; n++) mock.timers.tick(1);
  mock.timers.tick(milliseconds - steps);
}

/** @param {import("../../static/calls/js/base/events.js").Emitter<any>} target */
export function record(target, ...types) {
  const events = [];
  for (const type of types) target.on(type, (detail) => events.push([type, detail]));
  return events;
}

// -- Signaling --------------------------------------------------------------------------------

export class FakeSocket {
  constructor(url, protocol) {
    Object.assign(this, { url, protocol, readyState: 0, sent: [], closed: false });
    this.onopen = this.onmessage = this.onclose = null;
  }

  send(text) {
    if (this.readyState !== 1) throw new Error("InvalidStateError");
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 2;
    this.closed = true;
  }

  // What the network does:

  opens() {
    this.readyState = 1;
    this.onopen?.({});
  }

  says(message) {
    const data = typeof message === "string" ? message : JSON.stringify(message);
    this.onmessage?.({ data });
  }

  ends(code) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

export const welcome = (fields = {}) => ({
  type: "welcome",
  id: "me",
  polite: false,
  token: "token-1",
  resumed: false,
  iceServers: [],
  iceTransportPolicy: "all",
  heartbeat: 20,
  peer: null,
  ...fields,
});

// -- Media ------------------------------------------------------------------------------------

export class FakeStream {
  constructor(tracks = []) {
    this.tracks = [...tracks];
  }

  getTracks() {
    return [...this.tracks];
  }

  getAudioTracks() {
    return this.tracks.filter(({ kind }) => kind === "audio");
  }

  getVideoTracks() {
    return this.tracks.filter(({ kind }) => kind === "video");
  }

  addTrack(track) {
    if (!this.tracks.includes(track)) this.tracks.push(track);
  }
}

export const track = (kind, id = kind) => ({ kind, id });

/** What a model says of the devices: all there and on. */
export const devices = (fields = {}) => ({
  audio: true,
  video: true,
  hasAudio: true,
  hasVideo: true,
  asking: false,
  problem: null,
  ...fields,
});

// -- WebRTC -----------------------------------------------------------------------------------

const invalid = (what) => new DOMException(what, "InvalidStateError");

/** The states of an RTCPeerConnection (JSEP, RFC 8829, section 3.2), with numbers for SDP. */
export class FakeConnection {
  static made = 0;

  constructor(config) {
    this.config = config;
    this.name = `pc${++FakeConnection.made}`;
    this.signalingState = "stable";
    this.connectionState = "new";
    this.localDescription = this.remoteDescription = null;
    this.currentLocalDescription = this.currentRemoteDescription = null;
    this.transceivers = [];
    this.channels = [];
    this.candidates = [];
    this.restarts = 0;
    this.rollbacks = 0;
    /** The lines of media in the other's offers. */
    this.offered = ["audio", "video", "video", "audio"];
    this.descriptions = 0;
    this.stats = new Map();
    this.negotiationNeeded = false;
    this.ufrag = `${this.name}-0`;
    this.renewsUfrag = false;
  }

  get pendingLocalDescription() {
    return this.signalingState === "have-local-offer" ? this.localDescription : null;
  }

  getTransceivers() {
    return this.transceivers;
  }

  addTransceiver(trackOrKind, { direction, streams }) {
    const own = typeof trackOrKind === "string" ? null : trackOrKind;
    this.makeTransceiver(own?.kind ?? trackOrKind, direction, own).sender.streams = streams;
    this.needNegotiation();
  }

  makeTransceiver(kind, direction, own = null) {
    const sender = {
      track: own,
      streams: [],
      replaceTrack: async (next) => void (sender.track = next),
      setStreams: (...streams) => void (sender.streams = streams),
    };
    const transceiver = {
      mid: null,
      sender,
      direction,
      currentDirection: null,
      receiver: { track: { kind } },
      stop: () => void (transceiver.direction = "stopped"),
    };
    this.transceivers.push(transceiver);
    return transceiver;
  }

  createDataChannel(label, options) {
    const channel = { label, options, readyState: "connecting", sent: [] };
    channel.send = (text) => channel.sent.push(JSON.parse(text));
    this.channels.push(channel);
    this.needNegotiation();
    return channel;
  }

  needNegotiation() {
    if (this.negotiationNeeded) return;
    this.negotiationNeeded = true;
    queueMicrotask(() => {
      if (!this.negotiationNeeded || this.signalingState !== "stable") return;
      this.negotiationNeeded = false;
      this.onnegotiationneeded?.();
    });
  }

  async setLocalDescription() {
    await null;
    if (this.signalingState === "closed") throw invalid("closed");
    this.negotiationNeeded = false; // the description has all there is by now
    const type = this.signalingState === "have-remote-offer" ? "answer" : "offer";
    if (this.renewsUfrag) this.ufrag = `${this.name}-${this.restarts}`;
    this.renewsUfrag = false;
    const number = ++this.descriptions;
    const sdp = `${this.name} ${type} ${number}\r\na=ice-ufrag:${this.ufrag}\r\n`;
    this.localDescription = { type, sdp };
    if (type === "offer") this.givePlaces();
    this.changeTo(type === "offer" ? "have-local-offer" : "stable");
  }

  async setRemoteDescription({ type, sdp }) {
    await null;
    if (this.signalingState === "closed") throw invalid("closed");
    if (sdp === "nonsense") throw new DOMException("no SDP", "OperationError");
    if (type === "answer" && this.signalingState !== "have-local-offer") throw invalid("answer");
    // An offer in have-local-offer would roll our own back, which must never happen.
    if (type === "offer" && this.signalingState === "have-local-offer") this.rollbacks++;
    this.remoteDescription = { type, sdp };
    if (type === "offer" && this.transceivers.length === 0) {
      for (const kind of this.offered) this.makeTransceiver(kind, "recvonly");
      this.givePlaces();
    }
    this.changeTo(type === "offer" ? "have-remote-offer" : "stable");
  }

  async addIceCandidate(candidate) {
    await null;
    if (!this.remoteDescription) throw invalid("candidate before description");
    if (candidate?.candidate === "unknown") throw new DOMException("ufrag", "OperationError");
    this.candidates.push(candidate);
  }

  /** Every line of media has a place in what is offered or answered. */
  givePlaces() {
    this.transceivers.forEach((transceiver, index) => (transceiver.mid ??= String(index)));
  }

  restartIce() {
    this.restarts++;
    this.renewsUfrag = true;
    this.needNegotiation();
  }

  getConfiguration() {
    return this.config;
  }

  setConfiguration(config) {
    this.config = config;
  }

  async getStats() {
    return this.stats;
  }

  close() {
    this.signalingState = this.connectionState = "closed";
  }

  changeTo(state) {
    this.signalingState = state;
    if (state === "stable") {
      this.currentLocalDescription = this.localDescription;
      this.currentRemoteDescription = this.remoteDescription;
    }
    this.onsignalingstatechange?.();
    if (state === "stable" && this.negotiationNeeded) {
      this.negotiationNeeded = false;
      this.needNegotiation();
    }
  }

  /** What the network does. */
  becomes(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}
