/** Stand-ins for what a browser and a server would do; every one records what it was asked. */

import { mock } from "node:test";

/** @import { Emitter } from "../../static/calls/js/base/events.js" */
/** @import { Local } from "../../static/calls/js/call/model.js" */
/** @import { Welcome } from "../../static/calls/js/call/protocol.js" */

/**
 * A stand-in has only what is used of the real thing, so it has to be given out for it.
 * @type {<Real>(fake: unknown) => Real}
 */
export const posing = (fake) => /** @type {any} */ (fake);

/**
 * What has to be there.
 * @template Type
 * @param {Type} value
 * @returns {NonNullable<Type>}
 */
export function given(value) {
  if (value === null || value === undefined) throw new Error("It is not there.");
  return value;
}

/** Lets everything that waits only for promises go on. Timers are the tests' own. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

/**
 * Let time pass. A single tick would give timers that are set on the way its end as their
 * beginning; after a minute of small steps nobody cares.
 * @param {number} milliseconds
 */
export function advance(milliseconds) {
  const steps = Math.min(milliseconds, 60_000);
  for (let n = 0; n < steps; n++) mock.timers.tick(1);
  mock.timers.tick(milliseconds - steps);
}

/**
 * @template {Emitter<any>} Target
 * @param {Target} target
 * @param {Parameters<Target["on"]>[0][]} types
 */
export function record(target, ...types) {
  /** @type {[type: PropertyKey, detail: any][]} */
  const events = [];
  for (const type of types) target.on(type, (detail) => events.push([type, detail]));
  return events;
}

// -- Signaling --------------------------------------------------------------------------------

export class FakeSocket {
  readyState = 0;
  /** @type {Record<string, any>[]} */ sent = [];
  closed = false;
  /** @type {(event: {}) => void} */ onopen;
  /** @type {(event: { data: unknown }) => void} */ onmessage;
  /** @type {(event: { code: number }) => void} */ onclose;

  /** @param {string} url @param {string} protocol */
  constructor(url, protocol) {
    this.url = url;
    this.protocol = protocol;
  }

  /** @param {string} text */
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

  /** @param {string | { type: string, [field: string]: unknown }} message */
  says(message) {
    const data = typeof message === "string" ? message : JSON.stringify(message);
    this.onmessage?.({ data });
  }

  /** @param {number} code */
  ends(code) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

/** @param {Partial<Welcome>} fields @returns {Welcome} */
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
  /** @param {MediaStreamTrack[]} tracks */
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

  /** @param {MediaStreamTrack} track */
  addTrack(track) {
    if (!this.tracks.includes(track)) this.tracks.push(track);
  }
}

/** @param {string} kind @param {string} id */
export const track = (kind, id = kind) => /** @type {MediaStreamTrack} */ ({ kind, id });

/**
 * What a model says of the devices: all there and on.
 * @param {Partial<Local>} fields
 * @returns {Local}
 */
export const devices = (fields = {}) => ({
  audio: true,
  video: true,
  lowData: false,
  sharing: false,
  mirrored: true,
  hasAudio: true,
  hasVideo: true,
  asking: false,
  problem: null,
  interrupted: { audio: null, video: null, stuck: false },
  ...fields,
});

// -- WebRTC -----------------------------------------------------------------------------------

/** @param {string} what */
const invalid = (what) => new DOMException(what, "InvalidStateError");

/** @typedef {{ type: "offer" | "answer", sdp: string }} FakeDescription */

/**
 * @typedef {object} FakeTransceiver
 * @property {string | null} mid
 * @property {FakeSender} sender
 * @property {RTCRtpTransceiverDirection} direction
 * @property {RTCRtpTransceiverDirection | null} currentDirection
 * @property {{ track: MediaStreamTrack }} receiver
 * @property {() => void} stop
 * @property {RTCRtpCodec[]} [preferred]
 * @property {(codecs: RTCRtpCodec[]) => void} setCodecPreferences
 *
 * @typedef {object} FakeSender
 * @property {MediaStreamTrack | null} track
 * @property {MediaStream[]} streams
 * @property {(next: MediaStreamTrack | null) => Promise<void>} replaceTrack
 * @property {(...streams: MediaStream[]) => void} setStreams
 * @property {RTCRtpEncodingParameters[]} encodings
 * @property {boolean[]} active what each of them is
 * @property {RTCRtpEncodingParameters[]} [asked] last
 * @property {() => { encodings: RTCRtpEncodingParameters[] }} getParameters
 * @property {(parameters: RTCRtpSendParameters) => Promise<void>} setParameters
 */

/** @typedef {{ direction: RTCRtpTransceiverDirection, streams: MediaStream[] }} FakeInit */

/** What a connection carries from page to page. */
export class FakeDataChannel {
  /** @type {RTCDataChannelState} */ readyState = "connecting";
  /** @type {Record<string, any>[]} */ sent = [];
  /** @type {() => void} */ onopen;
  /** @type {(event: { data: unknown }) => void} */ onmessage;

  /** @param {string} label @param {RTCDataChannelInit} options */
  constructor(label, options) {
    this.label = label;
    this.options = options;
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = "closed";
  }
}

/** The states of an RTCPeerConnection (JSEP, RFC 8829, section 3.2), with numbers for SDP. */
export class FakeConnection {
  static made = 0;

  name = `pc${++FakeConnection.made}`;
  /** @type {RTCSignalingState} */ signalingState = "stable";
  /** @type {RTCPeerConnectionState} */ connectionState = "new";
  /** @type {FakeDescription | null} */ localDescription = null;
  /** @type {FakeDescription | null} */ remoteDescription = null;
  /** @type {RTCIceConnectionState} */ iceConnectionState = "new";
  /** @type {FakeDescription | null} */ currentLocalDescription = null;
  /** @type {FakeDescription | null} */ currentRemoteDescription = null;
  /** @type {FakeTransceiver[]} */ transceivers = [];
  /** @type {FakeDataChannel[]} */ channels = [];
  /** @type {RTCIceCandidateInit[]} */ candidates = [];
  restarts = 0;
  rollbacks = 0;
  /** The lines of media in the other's offers. */
  offered = ["audio", "video", "video", "audio"];
  descriptions = 0;
  /** @type {FakeDescription[]} */ provisional = [];
  /** @type {Map<string, object>} */ stats = new Map();
  negotiationNeeded = false;
  ufrag = `${this.name}-0`;
  renewsUfrag = false;
  /** @type {() => void} */ onnegotiationneeded;
  /** @type {() => void} */ onsignalingstatechange;
  /** @type {() => void} */ onconnectionstatechange;
  /** @type {(event: { candidate: { toJSON(): RTCIceCandidateInit } | null }) => void} */
  onicecandidate;
  /** @type {(event: { transceiver: FakeTransceiver, track: MediaStreamTrack }) => void} */
  ontrack;
  /** @type {(event: { channel: FakeDataChannel }) => void} */
  ondatachannel;

  /** @param {RTCConfiguration} config */
  constructor(config) {
    this.config = config;
  }

  get pendingLocalDescription() {
    return this.signalingState === "have-local-offer" ? this.localDescription : null;
  }

  getTransceivers() {
    return this.transceivers;
  }

  /** @param {MediaStreamTrack | string} trackOrKind @param {FakeInit} init */
  addTransceiver(trackOrKind, { direction, streams }) {
    const own = typeof trackOrKind === "string" ? null : trackOrKind;
    const kind = typeof trackOrKind === "string" ? trackOrKind : trackOrKind.kind;
    const transceiver = this.makeTransceiver(kind, direction, own);
    transceiver.sender.streams = streams;
    this.needNegotiation();
    return transceiver;
  }

  /**
   * @param {string} kind
   * @param {RTCRtpTransceiverDirection} direction
   * @param {MediaStreamTrack | null} own
   */
  makeTransceiver(kind, direction, own = null) {
    /** @type {FakeSender} */
    const sender = {
      track: own,
      streams: [],
      replaceTrack: async (next) => void (sender.track = next),
      setStreams: (...streams) => void (sender.streams = streams),
      encodings: [{ active: true }],
      get active() {
        return sender.encodings.map(({ active }) => active !== false);
      },
      getParameters: () => structuredClone({ encodings: sender.encodings }),
      // Takes effect later, as in a browser.
      setParameters: async ({ encodings }) => {
        sender.asked = structuredClone(encodings);
        await Promise.resolve();
        sender.encodings = structuredClone(encodings);
      },
    };
    /** @type {FakeTransceiver} */
    const transceiver = {
      mid: null,
      sender,
      direction,
      currentDirection: null,
      receiver: { track: track(kind) },
      stop: () => void (transceiver.direction = "stopped"),
      setCodecPreferences: (codecs) => void (transceiver.preferred = codecs),
    };
    this.transceivers.push(transceiver);
    return transceiver;
  }

  /** @param {string} label @param {RTCDataChannelInit} options */
  createDataChannel(label, options) {
    const channel = new FakeDataChannel(label, options);
    this.channels.push(channel);
    this.needNegotiation();
    return channel;
  }

  /** The event comes once until a description has been made (webrtc-pc, 4.7.3). */
  needNegotiation() {
    if (this.negotiationNeeded) return;
    this.negotiationNeeded = true;
    queueMicrotask(() => {
      if (!this.negotiationNeeded || this.signalingState !== "stable") return;
      this.onnegotiationneeded?.();
    });
  }

  async createAnswer() {
    await null;
    return { type: "answer", sdp: `${this.name} answer\r\n` };
  }

  /** @param {FakeDescription} [provisional] */
  async setLocalDescription(provisional) {
    await null;
    if (this.signalingState === "closed") throw invalid("closed");
    if (provisional) {
      this.provisional.push(provisional);
      this.localDescription = provisional;
      this.changeTo("have-local-pranswer");
      return;
    }
    this.negotiationNeeded = false; // the description has all there is by now
    const answers = ["have-remote-offer", "have-local-pranswer"];
    const type = answers.includes(this.signalingState) ? "answer" : "offer";
    if (this.renewsUfrag) this.ufrag = `${this.name}-${this.restarts}`;
    this.renewsUfrag = false;
    const number = ++this.descriptions;
    const sdp = `${this.name} ${type} ${number}\r\na=ice-ufrag:${this.ufrag}\r\n`;
    this.localDescription = { type, sdp };
    if (type === "offer") this.givePlaces();
    this.changeTo(type === "offer" ? "have-local-offer" : "stable");
  }

  /** @param {FakeDescription} description */
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

  /** @param {RTCIceCandidateInit} candidate */
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

  /** @param {RTCConfiguration} config */
  setConfiguration(config) {
    this.config = config;
  }

  async getStats() {
    return this.stats;
  }

  close() {
    this.signalingState = this.connectionState = "closed";
  }

  /** @param {RTCSignalingState} state */
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

  /** What the network does. @param {RTCPeerConnectionState} state */
  becomes(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}
