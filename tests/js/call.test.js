import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Emitter } from "../../static/calls/js/base/events.js";
import { WHOLE_LINK } from "../../static/calls/js/call/adaptation.js";
import { Call } from "../../static/calls/js/call/call.js";
import { Display } from "../../static/calls/js/call/display.js";
import { Estimate, NOTHING } from "../../static/calls/js/call/estimate.js";
import { PATIENCE } from "../../static/calls/js/call/knock.js";
import { EVERY } from "../../static/calls/js/call/replacement.js";
import { SEND_ALL, sendingOf } from "../../static/calls/js/call/sending.js";
import { FakeStream, advance, devices, given } from "./fakes.js";
import { posing, record, settle, track, welcome } from "./fakes.js";

/** @import { Sending } from "../../static/calls/js/call/sending.js" */
/** @import { Memory } from "../../static/calls/js/call/call.js" */
/** @import { Channel, Data } from "../../static/calls/js/call/channel.js" */
/** @import { Reading } from "../../static/calls/js/call/stats.js" */
/** @import { Slot, Tracks } from "../../static/calls/js/call/lines.js" */
/** @import { Media, Problem } from "../../static/calls/js/call/media.js" */
/** @import { Peer, Events as PeerEvents } from "../../static/calls/js/call/peer.js" */
/** @import { MediaState } from "../../static/calls/js/call/presence.js" */
/** @import { IceConfig, PeerInfo, PeerLeft } from "../../static/calls/js/call/protocol.js" */
/** @import { ServerMessage, Signal, Welcome } from "../../static/calls/js/call/protocol.js" */
/** @import { Spare } from "../../static/calls/js/call/spare.js" */
/** @import { Events as ServerEvents, Signaling } from "../../static/calls/js/call/signaling.js" */

/** @import { Rules } from "../../static/calls/js/call/knock.js" */

/** @typedef {Parameters<Signaling["start"]>[0]} Who */
/** @typedef {ConstructorParameters<typeof Peer>[0]} PeerOptions */
/** @typedef {"receive" | "isHeard" | "repair" | "renewRelay" | "hears" | "setIce" | "send" | "way" | "restarts" | "close"} Asked */
/** @typedef {"reading" | "limit"} Watched */
/** @typedef {"audio" | "video" | "lowData" | "hasAudio" | "hasVideo" | "asking" | "problem"} Device */

const GRACE = 30_000;
const HOUR = 3_600_000;
const LESS = sendingOf(WHOLE_LINK, { lowData: true });
const SEEN = { audio: true, video: true };
const BO = { id: "bo", session: "bo-1", name: "Bo" };

/**
 * @extends {Emitter<ServerEvents>}
 * @implements {Pick<Signaling, "start" | "send" | "leave">}
 */
class FakeSignaling extends Emitter {
  /** @type {Who[]} */ starts = [];
  /** @type {Record<string, any>[]} */ sent = [];
  left = 0;
  wakes = 0;
  prepared = false;
  open = true;

  /** @param {Who} who */
  start(who) {
    this.starts.push(who);
  }

  /** @param {object} message */
  send(message) {
    this.sent.push(message);
    return this.open;
  }

  leave() {
    this.left++;
  }

  wake() {
    this.wakes++;
  }

  prepare() {
    this.prepared = true;
  }

  unprepare() {
    this.prepared = false;
  }
}

/** @implements {Pick<Spare, "ready" | "take" | "drop" | "isMapped">} */
class FakeSpare {
  /** The servers it was made with; null: there is none. @type {IceConfig | null} */ made = null;
  pc = /** @type {RTCPeerConnection} */ (posing({}));
  isMapped = false;

  /** @param {IceConfig} ice */
  ready(ice) {
    this.made = ice;
  }

  take() {
    const { made } = this;
    this.made = null;
    return made && this.pc;
  }

  drop() {
    this.made = null;
  }
}

/** @implements {Pick<Channel, "on" | "onOpen" | "send">} */
class FakeChannel {
  /** @type {object[]} */ sent = [];
  /** @type {Map<unknown, (data: Data) => void>} */ handlers = new Map();
  /** @type {() => void} */ opens;

  /** @param {string} type @param {(data: Data) => void} handler */
  on(type, handler) {
    this.handlers.set(type, handler);
  }

  /** @param {() => void} handler */
  onOpen(handler) {
    this.opens = handler;
  }

  /** @param {string} type @param {object} fields */
  send(type, fields = {}) {
    this.sent.push({ ...fields, type });
    return true;
  }

  /** What the other page says. @param {Data} data */
  says(data) {
    this.handlers.get(data.type)?.(data);
  }
}

/** That of the next offer. */
let answered = Promise.resolve();

/**
 * @extends {Emitter<PeerEvents>}
 * @implements {Pick<Peer, Asked | Watched | "media">}
 */
class FakePeer extends Emitter {
  /** @type {Signal[]} */ received = [];
  repairs = 0;
  renewals = 0;
  /** @type {boolean[]} */ silences = [];
  /** @type {Tracks} */ slots = {};
  closed = false;
  relayed = false;
  start = 1_000_000;
  awaited = 0;
  pc = {
    localDescription: /** @type {{ type: string, sdp: string } | null} */ (null),
    restarts: 0,
    restartIce() {
      this.restarts++;
    },
  };
  /** @type {Reading} */ measured = { heard: {} };
  /** @type {Sending[]} */ limits = [];
  /** @type {MediaState} */ media = "connecting";
  /** @type {PeerOptions["polite"]} */ polite;
  /** @type {PeerOptions["channel"]} */ channel;
  /** @type {PeerOptions["tracks"]} */ tracks;
  /** @type {PeerOptions["ice"]} */ ice;
  /** @type {PeerOptions["later"]} */ later;
  /** @type {PeerOptions["spare"]} */ spare;

  /** @param {PeerOptions} options */
  constructor(options) {
    super();
    Object.assign(this, { ...options, start: options.start ?? this.start });
  }

  /** @param {Signal} message */
  async receive(message) {
    this.received.push(message);
    await answered;
  }

  repair() {
    this.repairs++;
  }

  /** @param {boolean} silent */
  hears(silent) {
    this.silences.push(silent);
  }

  get isHeard() {
    return this.received.length > 0;
  }

  isFlowing() {
    return this.media === "connected" && !this.silences.at(-1);
  }

  async renewRelay() {
    this.renewals++;
  }

  awaitAnswer() {
    this.awaited++;
  }

  /** @param {IceConfig} ice */
  setIce(ice) {
    this.ice = ice;
  }

  /** @param {Slot} slot @param {MediaStreamTrack | null} track */
  async send(slot, track) {
    this.slots[slot] = track;
  }

  restarts = 0;

  async way() {
    return { relayed: this.relayed, over: undefined };
  }

  async reading() {
    return this.measured;
  }

  /** @param {Sending} sending */
  async limit(sending) {
    this.limits.push(sending);
  }

  close() {
    this.closed = true;
    if (this.media === "connected") this.media = "interrupted";
  }

  /** @param {RTCPeerConnectionState} state */
  becomes(state) {
    if (state === "connected") this.media = "connected";
    else if (this.media === "connected") this.media = "interrupted";
    this.emit("state", state);
  }
}

class FakeInterruptions {
  interrupted = devices().interrupted;
  /** @type {(number | undefined)[]} */ heard = [];

  /** @param {number | undefined} energy */
  hear(energy) {
    this.heard.push(energy);
  }
}

/**
 * @extends {Emitter<{ change: null }>}
 * @implements {Pick<Media, Device | "tracks" | "sending" | "open" | "close" | "toggleAudio" | "toggleVideo" | "useLessData">}
 */
class FakeMedia extends Emitter {
  stream = new FakeStream([track("audio"), track("video")]);
  audio = true;
  video = true;
  lowData = false;
  mirrored = false;
  hasAudio = true;
  hasVideo = true;
  asking = false;
  /** @type {Problem | null} */ problem = null;
  interruptions = new FakeInterruptions();
  opened = 0;
  closed = 0;

  async open() {
    this.opened++;
  }

  close() {
    this.closed++;
    this.stream = new FakeStream();
  }

  toggleAudio() {
    this.audio = !this.audio;
    this.changed();
  }

  async toggleVideo() {
    this.video = !this.video;
    this.changed();
  }

  /** @param {boolean} lowData */
  useLessData(lowData) {
    this.lowData = lowData;
    this.changed();
  }

  changed() {
    this.emit("change", null);
  }

  get sending() {
    return { audio: this.hasAudio && this.audio, video: this.hasVideo && this.video };
  }

  get tracks() {
    return {
      microphone: this.stream.getAudioTracks()[0] ?? null,
      camera: this.stream.getVideoTracks()[0] ?? null,
    };
  }
}

globalThis.MediaStream = posing(FakeStream);

/** @type {Call} */ let call;
/** @type {FakeSignaling} */ let signaling;
/** @type {FakeMedia} */ let media;
/** @type {Display} */ let display;
/** @type {FakeChannel} */ let channel;
/** @type {Memory} */ let memory;
/** @type {FakePeer[]} */ let peers;
/** @type {FakeSpare} */ let spare;
/** @type {ReturnType<typeof record>} */ let remotes;

beforeEach(() => {
  mock.restoreAll();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  // A pause is over at once.
  globalThis.scheduler = posing({ yield: async () => {} });
  remake();
});

/** @param {Partial<ConstructorParameters<typeof Call>[0]>} [parts] */
function remake(parts) {
  signaling = new FakeSignaling();
  media = new FakeMedia();
  display = new Display();
  channel = new FakeChannel();
  memory = { name: "", joined: false, since: null, token: "token", key: null, order: 0 };
  peers = [];
  answered = Promise.resolve();
  spare = new FakeSpare();
  call = new Call({
    signaling: posing(signaling),
    media: posing(media),
    display,
    channel: posing(channel),
    memory,
    estimate: new Estimate({ ...NOTHING }),
    link: "https://call.example.org/call/room/",
    grace: GRACE,
    spare: posing(spare),
    makePeer: (options) => {
      peers.push(new FakePeer(options));
      return posing(peers.at(-1));
    },
    ...parts,
  });
  remotes = record(call, "remote");
}

const shownScreen = () =>
  new FakeStream(
    ["video", "audio"].map((kind) => posing({ ...track(kind, `screen-${kind}`), stop() {} })),
  );
/** @param {ServerMessage} message */
const says = (message) => signaling.emit(message.type, message);
/** What the other's page says by the channel. @param {string} type @param {object} fields */
const tells = (type, fields = {}) => channel.says({ type, ...fields });
/** The last connection is not that new any more: there may be another. */
const later = () => peers.length > 0 && advance(EVERY);
/** @param {Partial<Welcome>} [fields] */
function welcomed(fields) {
  later();
  signaling.emit("welcome", welcome(fields));
}
/** @param {PeerInfo} peer */
function peerJoined(peer = BO, resumed = false) {
  later();
  says({ type: "peer-joined", peer, resumed });
}
/** @param {PeerLeft["reason"]} reason */
const peerLeft = (reason, id = BO.id) => says({ type: "peer-left", peer: { id }, reason });
/** What the last join says. */
const lastStart = () => {
  const { session, name, offer = () => null } = given(signaling.starts.at(-1));
  return { session, name, offer: offer() };
};
const reports = () => signaling.sent.filter(({ type }) => type === "report");
const screen = () => call.model.screen;
const phase = () => call.model.phase;

/** In a call with Bo, whose media flows. */
/** @param {Partial<Welcome>} [fields] of the welcome */
function talking(fields) {
  call.join("Ada");
  welcomed(fields);
  peerJoined();
  peers[0].becomes("connected");
  return peers[0];
}

// -- Joining ----------------------------------------------------------------------------------

test("before the join there is a preview", () => {
  assert.equal(screen(), "preview");
  assert.deepEqual(signaling.starts, []);
});

test("join starts the signaling with a new session and remembers it", () => {
  call.join("Ada");
  assert.equal(screen(), "joining");
  assert.equal(signaling.starts[0].name, "Ada");
  assert.match(signaling.starts[0].session, /^[0-9a-f]{24}$/);
  assert.deepEqual([memory.name, memory.joined, memory.token], ["Ada", true, "token"]);
  call.join("Ada");
  assert.notEqual(signaling.starts[1].session, signaling.starts[0].session);
});

test("a welcome to an empty room is waiting", () => {
  call.join("Ada");
  welcomed();
  assert.deepEqual([screen(), phase(), call.model.remote], ["call", "waiting", null]);
  assert.equal(peers.length, 0);
});

test("a welcome with a peer begins a connection", () => {
  call.join("Ada");
  welcomed({ polite: true, iceTransportPolicy: "relay", peer: { ...BO, away: false } });
  assert.equal(peers.length, 1);
  assert.equal(peers[0].polite, true);
  assert.deepEqual(peers[0].tracks, { ...media.tracks, ...display.tracks });
  assert.equal(peers[0].channel, channel);
  assert.deepEqual(peers[0].ice, { iceServers: [], iceTransportPolicy: "relay" });
  assert.deepEqual([screen(), phase()], ["call", "connecting"]);
  assert.equal(call.model.remote?.name, null, "who may be waiting to be let in learns nothing");
  describes();
  assert.equal(call.model.remote?.name, "Bo");
});

test("who comes later is met then", () => {
  call.join("Ada");
  welcomed({ polite: false });
  peerJoined();
  assert.equal(peers.length, 1);
  assert.equal(peers[0].polite, false);
  assert.deepEqual([call.other.id, call.other.info?.id], ["me", BO.id]);
  assert.equal(phase(), "connecting");
});

test("somebody away is met when they are back", () => {
  call.join("Ada");
  welcomed({ peer: { ...BO, away: true } });
  assert.deepEqual([peers.length, phase(), call.model.notice], [0, "waiting", "peer-away"]);
  peerJoined(BO, true);
  assert.deepEqual([peers.length, phase(), call.model.notice], [1, "connecting", null]);
});

test("the phases of a connection", () => {
  const peer = talking();
  assert.equal(phase(), "connected");
  peer.becomes("disconnected");
  assert.equal(phase(), "reconnecting");
  peer.becomes("connected");
  assert.equal(phase(), "connected");
  peer.becomes("failed");
  assert.equal(phase(), "reconnecting");
});

test("what the other sends is shown, and no more when it has gone", () => {
  const peer = talking();
  const [microphone, camera, screen] = [track("audio"), track("video"), track("video", "screen")];
  peer.emit("remote", { slot: "microphone", track: microphone });
  peer.emit("remote", { slot: "camera", track: camera });
  peer.emit("remote", { slot: "screen", track: screen });
  const [[, stream], [, again]] = remotes;
  assert.equal(stream, again);
  // A screen is another picture, and not shown before the other says that there is one.
  assert.deepEqual(stream.getTracks(), [microphone, camera]);
  peerJoined({ ...BO, session: "bo-2" });
  assert.deepEqual(remotes.slice(2), [["remote", null]]);
});

// -- An offer that is ready before the join -----------------------------------------------------

const STUN = {
  iceServers: [{ urls: ["stun:x"] }],
  iceTransportPolicy: /** @type {const} */ ("all"),
};
const TURN = { ...STUN, iceServers: [...STUN.iceServers, { urls: "turn:x", username: "u" }] };
/** @type {IceConfig} */
const RELAYS = { ...TURN, iceTransportPolicy: "relay" };

/** The other has described what they send. */
const describes = (session = BO.session) =>
  says({ type: "offer", sdp: "v=0", session, peerSession: call.connection.exchange.ours });

/** Somebody looks at the preview, and their offer is ready. @param {IceConfig} ice */
async function ready(ice = STUN) {
  says({ type: "ice-servers", ...ice });
  await settle();
  const [peer] = peers;
  peer.pc.localDescription = { type: "offer", sdp: "ahead" };
  return peer;
}

test("an offer is made when servers and devices are known", async () => {
  call.prepare();
  assert.equal(signaling.prepared, true);
  media.asking = true;
  says({ type: "ice-servers", ...STUN });
  await settle();
  assert.equal(peers.length, 0);
  media.asking = false;
  media.changed();
  media.changed();
  await settle();
  assert.deepEqual([peers.length, peers[0].polite, peers[0].ice], [1, false, STUN]);
});

test("it goes with the join, and the connection is used if the other has it", async () => {
  const peer = await ready();
  peer.emit("signal", { type: "offer", sdp: "ahead" });
  peer.emit("signal", { type: "ice", candidate: { candidate: "one" } });
  media.stream = new FakeStream([track("video", "plugged in")]);
  media.changed();
  assert.equal(peer.slots.camera, media.tracks.camera);
  call.join("Ada");
  assert.equal(lastStart().offer, "ahead");
  assert.deepEqual(signaling.sent, []);
  welcomed({ polite: false, peer: { ...BO, away: false } });
  const ids = { session: call.connection.exchange.ours, peerSession: "bo-1" };
  const [one, end] = [{ candidate: "one" }, null].map((candidate) => ({
    type: /** @type {const} */ ("ice"),
    candidate,
  }));
  peer.emit("signal", end);
  peer.emit("signal", { type: "offer", sdp: "again" });
  assert.deepEqual(signaling.sent, [{ type: "offer", sdp: "again", ...ids }]);
  says({ type: "answer", sdp: "theirs", from: "bo" });
  assert.deepEqual(signaling.sent.splice(0).slice(1), [
    { ...one, ...ids },
    { ...end, ...ids },
  ]);
  peer.emit("signal", end);
  assert.deepEqual(signaling.sent, [{ ...end, ...ids }]);
  assert.deepEqual([peers.length, peer.awaited, peer.closed, phase()], [1, 1, false, "connecting"]);
  assert.equal(peer.pc.restarts, 0);
  call.hangUp();
  assert.equal(peer.closed, true);
});

/** With the whole link, ready before the join. */
async function readyWithKey() {
  remake({ proof: posing({ sign: async (/** @type {Signal} */ signal) => signal }) });
  const peer = await ready();
  peer.pc.localDescription = {
    type: "offer",
    sdp: "v=0\r\na=candidate:1 1 udp 1 192.0.2.7 9 typ host\r\na=mid:0\r\n",
  };
  peer.emit("signal", { type: "ice", candidate: { candidate: "one" } });
  return peer;
}
/** Somebody is there who says that they have the whole link, or does not. @param {boolean} claims */
const inside = (claims) =>
  welcomed({ polite: false, peer: { ...BO, away: false, proven: false, claims, meant: true } });
const sentIce = () => signaling.sent.filter(({ type }) => type === "ice").length;

test("with the whole link it tells no address before the other has proven theirs", async () => {
  const peer = await readyWithKey();
  call.join("Ada");
  assert.equal(lastStart().offer, "v=0\r\na=mid:0\r\n");
  inside(true);
  peer.emit("signal", { type: "ice", candidate: null });
  // To try theirs would tell where we are, too.
  const theirs = /** @type {const} */ ({ type: "ice", candidate: null, session: BO.session });
  says(theirs);
  await settle();
  assert.deepEqual([sentIce(), peer.received, phase()], [0, [], "connecting"]);
  const answer = /** @type {const} */ ({ type: "answer", sdp: "v=0", session: BO.session });
  says({ ...answer, proven: false });
  await settle();
  assert.deepEqual([sentIce(), peer.received, call.model.notice], [0, [], "tampered"]);
  says({ ...answer, proven: true });
  await settle();
  assert.equal(sentIce(), 2);
  assert.deepEqual(peer.received, [theirs, { ...answer, proven: true }]);
  assert.equal(call.model.remote?.proven, true);
});

test("whom our join was not meant for is asked for an offer, by which they know us", async () => {
  await readyWithKey();
  call.join("Ada");
  lastStart();
  welcomed({
    polite: true,
    peer: { ...BO, away: false, proven: false, claims: true, meant: false },
  });
  await settle();
  assert.deepEqual(
    signaling.sent.map(({ type }) => type),
    ["renegotiate"],
  );
});

test("an offer that was meant for somebody else is made anew", async () => {
  const ahead = await readyWithKey();
  call.join("Ada");
  lastStart();
  welcomed({
    polite: false,
    peer: { ...BO, away: false, proven: false, claims: true, meant: false },
  });
  assert.deepEqual([ahead.closed, peers.length, call.model.knocking], [true, 2, null]);
});

test("what is described to somebody unknown has no addresses", async () => {
  await readyWithKey();
  call.join("Ada");
  lastStart();
  welcomed({ polite: false, peer: { ...BO, away: false, proven: false, claims: true } });
  const sdp = "v=0\r\nc=IN IP4 192.0.2.7\r\n";
  peers[0].emit("signal", { type: "offer", sdp });
  await settle();
  const [sent] = signaling.sent.flatMap((one) => (one.type === "offer" ? [one.sdp] : []));
  assert.equal(sent, "v=0\r\nc=IN IP4 0.0.0.0\r\n");
});

test("nor does a stranger who is inside hear of one until they are let in", async () => {
  await readyWithKey();
  call.join("Ada");
  assert.equal(lastStart().offer, "v=0\r\na=mid:0\r\n");
  inside(false);
  await settle();
  assert.deepEqual([signaling.sent, call.model.knocking?.name], [[], "Bo"]);
  call.other.knock.letIn();
  await settle();
  assert.equal(sentIce(), 1);
});

test("where nobody is inside nothing is offered with the whole link", async () => {
  await readyWithKey();
  says({ type: "waiting", somebody: false, full: false });
  call.join("Ada");
  assert.equal(lastStart().offer, null);
});

test("TURN that was not known yet is used as well, if there is no direct path", async () => {
  const peer = await ready();
  call.join("Ada");
  assert.equal(lastStart().offer, "ahead");
  welcomed({ ...TURN, polite: false, peer: { ...BO, away: false } });
  assert.deepEqual([peer.ice, peer.pc.restarts, peer.later], [TURN, 0, TURN]);
});

test("TURN that was not known yet is used at once, if nothing else is allowed", async () => {
  const peer = await ready();
  call.join("Ada");
  lastStart();
  welcomed({ ...RELAYS, polite: false, peer: { ...BO, away: false } });
  assert.deepEqual([peer.ice, peer.pc.restarts, peer.later], [RELAYS, 1, undefined]);
});

for (const [where, candidate, ice, begun] of /** @type {const} */ ([
  ["datagrams come and go", "candidate:1 1 udp 1 192.0.2.1 4 typ srflx raddr 0.0.0.0", TURN, STUN],
  ["no STUN server answers", "candidate:1 1 udp 1 192.0.2.1 4 typ host", TURN, TURN],
  ["only relays are allowed", "candidate:1 1 udp 1 192.0.2.1 4 typ srflx", RELAYS, RELAYS],
])) {
  test(`whoever answers begins ${begun === STUN ? "without" : "with"} relays where ${where}`, async () => {
    const ahead = await ready();
    ahead.emit("signal", { type: "ice", candidate: { candidate } });
    call.join("Ada");
    welcomed({ polite: true });
    says({ type: "peer-joined", peer: BO, resumed: false, ...ice });
    assert.deepEqual(peers[1].ice, begun);
    assert.deepEqual(peers[1].later, begun === ice ? undefined : ice);
    peerJoined({ ...BO, session: "bo-2" }, true);
    assert.deepEqual(peers[2].ice, ice, "once: another connection may need them");
  });
}

test("TURN that was known is not sought again", async () => {
  const peer = await ready(TURN);
  call.join("Ada");
  assert.equal(lastStart().offer, "ahead");
  welcomed({ ...TURN, polite: false, peer: { ...BO, away: false } });
  assert.equal(peer.pc.restarts, 0);
});

for (const [why, fields] of /** @type {[string, Partial<Welcome>][]} */ ([
  ["nobody is there", { polite: false, peer: null }],
  ["the other makes the offers", { polite: true, peer: { ...BO, away: false } }],
  ["the other is away", { polite: false, peer: { ...BO, away: true } }],
])) {
  test(`an offer is given up when ${why}`, async () => {
    const peer = await ready();
    call.join("Ada");
    assert.equal(lastStart().offer, "ahead");
    welcomed(fields);
    assert.equal(peer.closed, true);
    peerJoined({ ...BO, session: "bo-2" });
    const used = given(peers.at(-1));
    assert.deepEqual([used.closed, used.polite, used.awaited], [false, fields.polite, 0]);
  });
}

test("an offer that was not ready at the join is not waited for", async () => {
  const peer = await ready();
  peer.pc.localDescription = null;
  call.join("Ada");
  assert.equal(lastStart().offer, null);
  peer.pc.localDescription = { type: "offer", sdp: "late" };
  welcomed({ polite: false, peer: { ...BO, away: false } });
  assert.deepEqual([peer.closed, peers.length], [true, 2]);
});

test("nobody looks at the preview any more", async () => {
  const peer = await ready();
  call.unprepare();
  assert.deepEqual([peer.closed, signaling.prepared], [true, false]);
  media.changed();
  assert.equal(peers.length, 1);
  call.prepare();
  says({ type: "ice-servers", ...STUN });
  await settle();
  assert.equal(peers.length, 2);
});

test("whoever has gone before an offer was begun needs none", async () => {
  says({ type: "ice-servers", ...STUN });
  call.unprepare();
  await settle();
  assert.equal(peers.length, 0);
});

test("an offer that comes with the news of a join is answered", () => {
  call.join("Ada");
  welcomed({ polite: true, peer: null });
  says({ type: "peer-joined", peer: BO, resumed: false, offer: { sdp: "theirs" } });
  assert.deepEqual(peers[0].received, [{ type: "offer", sdp: "theirs" }]);
});

test("nothing is drawn while somebody waits for an answer", async () => {
  call.join("Ada");
  welcomed({ polite: true, peer: null });
  /** @type {() => void} */ let answer = () => {};
  answered = new Promise((resolve) => (answer = resolve));
  const changes = record(call, "change");
  says({ type: "peer-joined", peer: BO, resumed: false, offer: { sdp: "theirs" } });
  await settle();
  peers[0].becomes("connecting");
  assert.deepEqual([changes, phase()], [[], "connecting"]);
  answer();
  await settle();
  assert.equal(changes.length, 1);
  peerLeft("left");
  assert.equal(changes.length, 2);
});

for (const [what, end, expected] of /** @type {[string, () => void, string[]][]} */ ([
  ["hanging up", () => call.hangUp(), ["ended", "waiting"]],
  ["their leaving", () => peerLeft("left"), ["ended", "waiting"]],
  ["their grace's end", () => peerLeft("timeout"), ["call", "waiting"]],
])) {
  test(`${what} is drawn, whether or not an answer ever comes about`, () => {
    call.join("Ada");
    welcomed({ polite: true, peer: null });
    // As when a connection is closed meanwhile.
    answered = new Promise(() => {});
    says({ type: "peer-joined", peer: BO, resumed: false, offer: { sdp: "theirs" } });
    /** @type {string[]} */ let drawn = [];
    call.on("change", () => (drawn = [screen(), phase()]));
    end();
    assert.deepEqual(drawn, expected);
  });
}

// -- Messages between the two -----------------------------------------------------------------

test("whoever waits has a connection ready for the other's offer", () => {
  welcomed({ polite: true, peer: null });
  const { pc } = spare;
  assert.ok(spare.made);
  peerJoined();
  assert.equal(peers[0].spare, pc);
  assert.equal(spare.made, null);
  // The next one, after they have gone.
  peers[0].media = "connecting";
  peerLeft("left");
  welcomed({ polite: true, peer: null });
  assert.ok(spare.made);
  // Another socket, and so maybe another network.
  const before = spare.made;
  welcomed({ polite: true, peer: null });
  assert.notEqual(spare.made, before);
  call.hangUp();
  assert.equal(spare.made, null);
});

test("where UDP is not blocked a relay is not needed at first, though nobody looked before", () => {
  welcomed({ polite: true, peer: null });
  spare.isMapped = true;
  says({ type: "peer-joined", peer: BO, resumed: false, ...TURN });
  assert.deepEqual([peers[0].ice, peers[0].later], [STUN, TURN]);
});

test("whoever makes the offers has none", () => {
  welcomed({ polite: false, peer: null });
  assert.equal(spare.made, null);
  peerJoined();
  assert.equal(peers[0].spare, null);
});

test("signals carry both sessions", () => {
  const peer = talking();
  peer.emit("signal", { type: "offer", sdp: "v=0" });
  assert.deepEqual(signaling.sent.at(-1), {
    type: "offer",
    sdp: "v=0",
    session: call.connection.exchange.ours,
    peerSession: "bo-1",
  });
});

test("what is for this connection is handed to it", () => {
  const peer = talking();
  /** @type {Signal[]} */
  const messages = [
    {
      type: "offer",
      sdp: "v=0",
      from: "bo",
      session: "bo-1",
      peerSession: call.connection.exchange.ours,
    },
    { type: "ice", candidate: null, from: "bo", session: "bo-1" },
    { type: "answer", sdp: "v=0", from: "bo", peerSession: call.connection.exchange.ours },
    { type: "answer", sdp: "v=0", from: "bo" },
  ];
  for (const message of messages) says(message);
  assert.deepEqual(peer.received, messages);
});

test("what is for an earlier connection is dropped", () => {
  const old = talking();
  const ours = call.connection.exchange.ours;
  peerJoined({ ...BO, session: "bo-2" });
  says({ type: "offer", sdp: "v=0", session: "bo-1", peerSession: ours });
  says({ type: "offer", sdp: "v=0", session: "bo-2", peerSession: "before our reload" });
  says({ type: "ice", candidate: null, session: "bo-1" });
  assert.deepEqual([old.received, peers[1].received], [[], []]);
});

test("what comes before anybody is there is dropped", () => {
  call.join("Ada");
  welcomed();
  says({ type: "offer", sdp: "v=0", session: "bo-1" });
  assert.equal(peers.length, 0);
  assert.equal(phase(), "waiting");
});

for (const [what, lose] of /** @type {[string, (peer: FakePeer) => void][]} */ ([
  ["up", (peer) => peer.becomes("disconnected")],
  ["not silent", (peer) => peer.hears(true)],
])) {
  test(`while the connection is ${what}, signals go by it as well, and need no server`, () => {
    const peer = talking();
    const offer = {
      type: "offer",
      sdp: "v=0",
      session: call.connection.exchange.ours,
      peerSession: "bo-1",
    };
    peer.emit("signal", { type: "offer", sdp: "v=0" });
    assert.deepEqual(channel.sent.at(-1), offer);
    lose(peer);
    peer.emit("signal", { type: "ice", candidate: null });
    assert.deepEqual(channel.sent.at(-1), offer);
    assert.equal(signaling.sent.at(-1)?.type, "ice");
  });
}

test("signals that come by the connection are handed to it, if they are for it", () => {
  const peer = talking();
  const between = { session: "bo-1", peerSession: call.connection.exchange.ours };
  const messages = [
    { type: "offer", sdp: "v=0", ...between },
    { type: "answer", sdp: "v=0", ...between },
    { type: "ice", candidate: null, ...between },
    { type: "renegotiate", restart: true, ...between },
  ];
  for (const message of messages) channel.says(message);
  channel.says({ ...messages[0], session: "bo-0" });
  assert.deepEqual(peer.received, messages);
});

test("a connection that is stuck is made anew, under a new session", () => {
  const peer = talking();
  const before = call.connection.exchange.ours;
  peer.becomes("failed");
  peer.emit("stuck", null);
  assert.equal(peer.closed, true);
  assert.notEqual(call.connection.exchange.ours, before);
  assert.deepEqual(lastStart(), {
    session: call.connection.exchange.ours,
    name: "Ada",
    offer: null,
  });
  // The other keeps its session until it has heard of ours.
  welcomed({ resumed: true, peer: { ...BO, away: false } });
  assert.equal(peers.length, 2);
  says({ type: "offer", sdp: "v=0", session: "bo-1", peerSession: before });
  assert.deepEqual(peers[1].received, []);
});

test("while the server or the other is away, a connection that is stuck is kept", () => {
  const peer = talking();
  const session = call.connection.exchange.ours;
  peer.becomes("failed");
  says({ type: "peer-away", peer: { id: "bo" }, grace: 30 });
  peer.emit("stuck", null);
  peerJoined(BO, true);
  signaling.emit("lost", null);
  peer.emit("stuck", null);
  assert.deepEqual(
    [peer.closed, call.connection.exchange.ours, signaling.starts.length],
    [false, session, 1],
  );
});

// -- The other drops, reloads, leaves ---------------------------------------------------------

test("the other's socket drops while media flows: nothing is shown", () => {
  const peer = talking();
  says({ type: "peer-away", peer: { id: "bo" }, grace: 30 });
  assert.deepEqual([phase(), call.model.notice], ["connected", null]);
  peer.becomes("disconnected");
  assert.deepEqual([phase(), call.model.notice], ["reconnecting", "peer-away"]);
  peerJoined(BO, true);
  assert.equal(call.model.notice, null);
});

test("back with the same session: the connection is kept and mended", () => {
  const peer = talking();
  says({ type: "peer-away", peer: { id: "bo" }, grace: 30 });
  peerJoined(BO, true);
  assert.deepEqual([peers.length, peer.closed, peer.repairs], [1, false, 1]);
});

test("back with a new session: a new connection", () => {
  const old = talking();
  peerJoined({ ...BO, session: "bo-2" }, true);
  assert.deepEqual([peers.length, old.closed], [2, true]);
  assert.equal(phase(), "connecting");
});

test("somebody else with the same session is somebody else", () => {
  const old = talking();
  peerJoined({ ...BO, id: "cy" });
  assert.deepEqual([peers.length, old.closed], [2, true]);
});

for (const [reason, shown] of /** @type {const} */ ([
  ["left", "peer-left"],
  ["ended", "ended"],
])) {
  test(`the other ${reason}: the call has ended`, () => {
    const peer = talking();
    peerLeft(reason);
    assert.deepEqual([screen(), call.model.reason], ["ended", shown]);
    assert.deepEqual([peer.closed, signaling.left, media.closed], [true, 1, 1]);
    assert.equal(memory.joined, false);
  });
}

test("the news that somebody unknown has left is no news", () => {
  const peer = talking();
  peerLeft("left", "cy");
  peerLeft("timeout", "cy");
  assert.deepEqual([screen(), peer.closed], ["call", false]);
});

test("the other times out while its media flows: the call goes on", () => {
  const peer = talking();
  peerLeft("timeout");
  assert.deepEqual([screen(), phase(), peer.closed], ["call", "connected", false]);
  for (let n = 0; n < 3; n++) advance(GRACE);
  assert.deepEqual([phase(), peer.closed], ["connected", false]);
  peer.becomes("failed");
  advance(GRACE);
  assert.deepEqual([phase(), peer.closed, call.model.remote], ["waiting", true, null]);
});

test("the other times out without media: waiting again", () => {
  const peer = talking();
  peer.becomes("disconnected");
  peerLeft("timeout");
  assert.deepEqual([screen(), phase(), peer.closed], ["call", "waiting", true]);
  assert.equal(call.model.notice, "peer-gone");
});

test("who was given up and comes back finds a new session of ours", () => {
  const peer = talking();
  const before = call.connection.exchange.ours;
  peer.becomes("failed");
  peerLeft("timeout");
  assert.notEqual(call.connection.exchange.ours, before);
  assert.deepEqual(lastStart(), {
    session: call.connection.exchange.ours,
    name: "Ada",
    offer: null,
  });
  peerJoined(BO, true);
  assert.equal(peers.length, 2);
  assert.equal(call.model.notice, null);
});

test("the other hangs up by the channel before the server says so", () => {
  talking();
  tells("bye");
  assert.deepEqual([screen(), call.model.reason], ["ended", "peer-left"]);
});

test("the other's page goes: reloaded or closed, nobody can tell", () => {
  talking();
  tells("going");
  assert.deepEqual([phase(), call.model.notice], ["reconnecting", "peer-reloading"]);
  peerJoined({ ...BO, session: "bo-2" }, true);
  assert.deepEqual([phase(), call.model.notice], ["connecting", null]);
});

test("the other's page is closed: nobody waits for the end of their grace", () => {
  const peer = talking();
  tells("going");
  says({ type: "peer-away", peer: { id: BO.id }, grace: 30 });
  peer.becomes("disconnected");
  advance(4999);
  assert.deepEqual([call.model.notice, peer.closed], ["peer-reloading", false]);
  advance(1);
  assert.deepEqual([phase(), call.model.notice, peer.closed], ["waiting", "peer-closed", true]);
  assert.equal(call.model.since, null);
  assert.equal(signaling.starts.length, 2);
  welcomed({ resumed: true, peer: { ...BO, away: true } });
  assert.deepEqual([phase(), call.model.notice], ["waiting", "peer-closed"]);
  peerLeft("timeout");
  assert.deepEqual([phase(), call.model.notice], ["waiting", "peer-closed"]);
  says({ type: "peer-joined", peer: { ...BO, id: "cy", session: "cy-1" }, resumed: false });
  assert.deepEqual([phase(), call.model.notice, peers.length], ["connecting", null, 2]);
});

test("the server says that the page goes, where the page had no time to", () => {
  const peer = talking();
  says({ type: "peer-away", peer: { id: BO.id }, grace: 10, going: true });
  assert.deepEqual([phase(), call.model.notice], ["reconnecting", "peer-reloading"]);
  peer.becomes("disconnected");
  advance(5000);
  assert.deepEqual([phase(), call.model.notice, peer.closed], ["waiting", "peer-closed", true]);
  // Of somebody without a connection it is no news.
  says({ type: "peer-away", peer: { id: BO.id }, grace: 10, going: true });
  assert.deepEqual([phase(), call.model.notice], ["waiting", "peer-closed"]);
});

test("a page that only its server connection left is not closed", async () => {
  const peer = talking();
  let arrived = 0;
  peer.reading = async () => ({ heard: {}, arrived: ++arrived });
  says({ type: "peer-away", peer: { id: BO.id }, grace: 10, going: true });
  for (let n = 0; n < 40; n++) {
    advance(250);
    await settle();
  }
  assert.deepEqual([phase(), call.model.notice, peer.closed], ["connected", null, false]);
});

test("who is back from a reload in time was never gone", () => {
  talking();
  tells("going");
  advance(4000);
  peerJoined({ ...BO, session: "bo-2" });
  advance(HOUR);
  assert.deepEqual([phase(), call.model.notice, peers.length], ["connecting", null, 2]);
  assert.equal(signaling.starts.length, 1);
});

test("a page that stays open after all was never gone", () => {
  const peer = talking();
  tells("going");
  // The same as ever.
  tells("state", { audio: true, video: true, paused: false });
  assert.deepEqual([phase(), call.model.notice], ["connected", null]);
  advance(HOUR);
  assert.deepEqual([phase(), call.model.notice, peer.closed], ["connected", null, false]);
});

// -- A page that does not play fair -------------------------------------------------------------

test("a storm of new sessions makes two connections a second, the last to whom is there now", () => {
  talking();
  for (let n = 0; n < 300; n++) {
    says({ type: "peer-joined", peer: { ...BO, session: `storm-${n}` }, resumed: true });
    advance(10);
  }
  advance(EVERY);
  assert.ok(peers.length <= 2 + 3000 / EVERY + 1, String(peers.length));
  assert.deepEqual(
    peers.map(({ closed }) => closed),
    peers.map((peer) => peer !== peers.at(-1)),
  );
  assert.equal(call.connection.exchange.theirs, "storm-299");
  assert.equal(phase(), "connecting");
});

test("while a connection is awaited, nothing is left of the one before, and nobody is missed", () => {
  const peer = talking();
  const ours = call.connection.exchange.ours;
  peerJoined({ ...BO, session: "bo-2" }, true);
  says({ type: "peer-joined", peer: { ...BO, session: "bo-3", name: "Cy" }, resumed: true });
  assert.deepEqual([peer.closed, peers[1].closed, peers.length], [true, true, 2]);
  assert.deepEqual(
    [phase(), call.model.remote, remotes.at(-1)],
    ["connecting", null, ["remote", null]],
  );
  says({ type: "offer", sdp: "v=0", session: "bo-3", peerSession: ours });
  advance(EVERY);
  describes("bo-3");
  assert.deepEqual([peers.length, call.model.remote?.name], [3, "Cy"]);
});

test("an offer that came with the news of a join is answered when there is a connection", async () => {
  talking();
  peerJoined({ ...BO, session: "bo-2" }, true);
  says({
    type: "peer-joined",
    peer: { ...BO, session: "bo-3" },
    resumed: true,
    offer: { sdp: "3" },
  });
  assert.deepEqual([peers.length, peers[1].received], [2, []]);
  advance(EVERY);
  await settle();
  assert.deepEqual(peers[2].received, [{ type: "offer", sdp: "3" }]);
  assert.equal(call.other.isAnswering, false);
});

for (const [what, end] of /** @type {[string, () => void][]} */ ([
  ["hung up", () => call.hangUp()],
  ["the other is away", () => welcomed({ peer: { ...BO, session: "bo-3", away: true } })],
])) {
  test(`no connection is made any more: ${what}`, () => {
    talking();
    peerJoined({ ...BO, session: "bo-2" }, true);
    says({ type: "peer-joined", peer: { ...BO, session: "bo-3" }, resumed: true });
    end();
    const { length } = peers;
    advance(HOUR);
    assert.equal(peers.length, length);
  });
}

test("after hanging up the next call is connected at once", () => {
  talking();
  peerJoined({ ...BO, session: "bo-2" }, true);
  call.hangUp();
  call.again();
  signaling.emit("welcome", welcome({ peer: { ...BO, id: "cy", away: false } }));
  assert.equal(peers.length, 3);
});

test("a browser that makes no more connections makes one when it can", () => {
  const warnings = mock.method(console, "warn", () => {});
  talking();
  const { makePeer } = call.connection.ready;
  call.connection.ready.makePeer = () => {
    throw new Error("Cannot create so many PeerConnections");
  };
  peerJoined({ ...BO, session: "bo-2" }, true);
  assert.deepEqual([phase(), call.model.remote], ["connecting", null]);
  advance(20 * EVERY);
  assert.equal(warnings.mock.callCount(), 1);
  call.connection.ready.makePeer = makePeer;
  advance(EVERY);
  assert.deepEqual([peers.length, phase()], [2, "connecting"]);
  peers[1].becomes("connected");
  assert.equal(phase(), "connected");
});

test("nor does it break the preview, or waiting", async () => {
  const warnings = mock.method(console, "warn", () => {});
  call.connection.ready.makePeer = spare.ready = () => {
    throw new Error("Cannot create so many PeerConnections");
  };
  says({ type: "ice-servers", ...STUN });
  await settle();
  call.join("Ada");
  assert.equal(lastStart().offer, null);
  welcomed({ polite: true, peer: null });
  assert.deepEqual([screen(), warnings.mock.callCount()], ["call", 2]);
});

test("who keeps the browser busy loses the connection, until they come with another session", () => {
  const warnings = mock.method(console, "warn", () => {});
  const peer = talking();
  peer.emit("flooded", null);
  assert.deepEqual([peer.closed, phase(), screen()], [true, "reconnecting", "call"]);
  assert.deepEqual([signaling.starts.length, warnings.mock.callCount()], [1, 1]);
  says({ type: "offer", sdp: "v=0", session: "bo-1" });
  assert.deepEqual(peer.received, []);
  peerJoined({ ...BO, session: "bo-2" }, true);
  assert.deepEqual([peers.length, phase()], [2, "connecting"]);
});

test("what is told again changes nothing", () => {
  talking();
  const state = { audio: false, video: true, screen: false, paused: false, lowData: false };
  tells("state", state);
  const changes = record(call, "change");
  for (let n = 0; n < 1000; n++) tells("state", state);
  assert.deepEqual(changes, []);
  tells("state", { ...state, audio: true });
  assert.equal(call.model.remote?.audio, true);
  assert.ok(changes.length > 0);
});

test("a name has nothing in it that is not seen", () => {
  call.join("Ada");
  welcomed();
  peerJoined({ ...BO, name: "\u202e\u0000moc.elpmaxe" });
  describes();
  assert.equal(call.model.remote?.name, "moc.elpmaxe");
});

// -- Our own connection to the server ---------------------------------------------------------

test("a lost server is told while the media goes on", () => {
  const peer = talking();
  signaling.emit("lost", null);
  assert.deepEqual([phase(), call.model.notice], ["connected", "signaling-lost"]);
  welcomed({ resumed: true, peer: { ...BO, away: false } });
  assert.deepEqual([phase(), call.model.notice], ["connected", null]);
  assert.deepEqual([peers.length, peer.repairs], [1, 1]);
});

test("a server without its Redis is told differently", () => {
  talking();
  says({ type: "error", code: "unavailable", message: "Redis." });
  assert.equal(call.model.notice, "unavailable");
  signaling.emit("lost", { type: "error", code: "unavailable", message: "Redis." });
  assert.equal(call.model.notice, "unavailable");
  welcomed({ resumed: true, peer: { ...BO, away: false } });
  assert.equal(call.model.notice, null);
});

test("the other reloaded meanwhile: a new connection", () => {
  const old = talking();
  signaling.emit("lost", null);
  welcomed({ resumed: true, peer: { ...BO, session: "bo-2", away: false } });
  assert.deepEqual([peers.length, old.closed], [2, true]);
});

test("the other is away at our return: the connection is kept", () => {
  const peer = talking();
  welcomed({ resumed: true, peer: { ...BO, away: true } });
  assert.deepEqual([peers.length, peer.closed, phase()], [1, false, "connected"]);
});

test("a restarted server knows of nobody: the media goes on", () => {
  const peer = talking();
  signaling.emit("lost", null);
  welcomed({ resumed: true, peer: null });
  assert.deepEqual([phase(), peer.closed], ["connected", false]);
  peerJoined(BO, true);
  assert.deepEqual([peers.length, peer.repairs], [1, 1]);
  advance(HOUR);
  assert.equal(peer.closed, false);
});

test("a restarted server knows of nobody, and nobody comes", () => {
  const peer = talking();
  welcomed({ resumed: true, peer: null });
  peer.becomes("failed");
  advance(GRACE - 1);
  assert.equal(peer.closed, false);
  advance(1);
  assert.deepEqual([peer.closed, phase(), call.model.remote], [true, "waiting", null]);
});

test("politeness may be another after a return", () => {
  const peer = talking();
  welcomed({ resumed: true, polite: true, peer: { ...BO, away: false } });
  assert.equal(peer.polite, true);
});

test("a full call lets go of everything, and asks when there is room", async () => {
  const peer = talking();
  signaling.emit("full", null);
  assert.deepEqual([screen(), peer.closed, media.closed], ["full", true, 1]);
  assert.deepEqual([memory.joined, call.model.full], [false, true]);
  call.prepare();
  assert.ok(signaling.prepared);
  says({ type: "waiting", somebody: true, full: false });
  assert.deepEqual([screen(), call.model.full, media.opened], ["full", false, 0]);
  await call.again();
  assert.deepEqual([screen(), media.opened], ["joining", 1]);
  welcomed({ peer: { ...BO, away: false } });
  assert.deepEqual([screen(), peers.length], ["call", 2]);
});

test("taken over: it goes on elsewhere", async () => {
  const peer = talking();
  signaling.emit("stopped", { close: 4001, error: null });
  assert.equal(screen(), "elsewhere");
  assert.deepEqual([peer.closed, media.closed, signaling.left], [true, 1, 0]);
  // A reload of this tab must not take the seat back by itself; "use here" may.
  assert.deepEqual([memory.joined, memory.token], [false, "token"]);
  await call.again();
  assert.deepEqual([screen(), signaling.starts.length, media.opened], ["joining", 2, 1]);
});

for (const [code, reason] of /** @type {const} */ ([
  [4400, "refused"],
  [4403, "refused"],
  [4429, "refused"],
  [4410, "ended"],
])) {
  test(`stopped with ${code} is ${reason}`, () => {
    const peer = talking();
    signaling.emit("stopped", {
      close: code,
      error: { type: "error", code: "some-code", message: "" },
    });
    const { screen, reason: shown, code: why } = call.model;
    assert.deepEqual([screen, shown, why], ["ended", reason, "some-code"]);
    assert.ok(peer.closed);
  });
}

// -- What the person does ---------------------------------------------------------------------

test("hanging up tells the other, the server and the devices", () => {
  const peer = talking();
  call.hangUp();
  assert.deepEqual(channel.sent.at(-1), { type: "bye" });
  assert.deepEqual([signaling.left, peer.closed, media.closed], [1, true, 1]);
  assert.deepEqual([screen(), call.model.reason], ["ended", "hung-up"]);
  assert.equal(memory.joined, false);
  assert.deepEqual(remotes.at(-1), ["remote", null]);
});

test("an end is an end", () => {
  talking();
  call.hangUp();
  call.hangUp();
  peerLeft("left");
  assert.deepEqual([call.model.reason, signaling.left], ["hung-up", 1]);
});

test("again after the end", async () => {
  talking();
  call.hangUp();
  await call.again();
  assert.deepEqual([screen(), media.opened], ["joining", 1]);
  welcomed({ peer: { ...BO, away: false } });
  assert.deepEqual([screen(), peers.length], ["call", 2]);
});

test("whoever joins may turn back", () => {
  call.join("Ada");
  call.cancel();
  assert.deepEqual(
    [screen(), signaling.left, memory.joined, media.closed],
    ["preview", 1, false, 0],
  );
  call.join("Ada");
  welcomed();
  call.cancel();
  assert.deepEqual([screen(), signaling.left], ["call", 1]);
});

test("whether somebody is inside is shown before the join, and after the end anew", () => {
  assert.equal(call.model.somebody, null);
  says({ type: "waiting", somebody: true, full: false });
  assert.equal(call.model.somebody, true);
  talking();
  call.hangUp();
  assert.equal(call.model.somebody, null);
});

test("after the end one press leads back: the connection for it is kept ready", () => {
  talking();
  call.prepare();
  assert.equal(signaling.prepared, false);
  call.hangUp();
  call.prepare();
  assert.equal(signaling.prepared, true);
  call.unprepare();
  assert.equal(signaling.prepared, false);
});

test("nothing is made ready where one was refused", () => {
  call.join("Ada");
  signaling.emit("stopped", { close: 4400, error: null });
  call.prepare();
  assert.deepEqual([screen(), signaling.prepared], ["ended", false]);
});

test("how long a call lasted counts from the first connection, also over a reload", async () => {
  const peer = talking();
  assert.deepEqual([call.model.since, call.model.lasted], [1_000_000, null]);
  mock.timers.tick(5000);
  peer.becomes("disconnected");
  peer.becomes("connected");
  assert.equal(call.model.since, 1_000_000);
  call.hangUp();
  assert.deepEqual([call.model.since, call.model.lasted], [null, 5000]);
  await call.again();
  call.hangUp();
  assert.equal(call.model.lasted, null);
});

test("with somebody new the call begins anew", () => {
  talking();
  const since = call.model.since;
  peerLeft("timeout");
  assert.notEqual(since, null);
  assert.equal(call.model.since, null);
});

test("the page goes: the other is told", () => {
  talking();
  call.goingAway();
  assert.deepEqual(channel.sent.at(-1), { type: "going" });
});

test("nobody to tell anything", () => {
  call.goingAway();
  call.hangUp();
  assert.equal(screen(), "ended");
});

// -- Devices ----------------------------------------------------------------------------------

test("the other is told what it can see and hear, when the channel opens and at every change", () => {
  talking();
  channel.opens();
  media.toggleAudio();
  media.hasVideo = false;
  media.changed();
  assert.deepEqual(channel.sent, [
    { type: "state", audio: true, video: true, screen: false, paused: false, lowData: false },
    { type: "state", audio: false, video: true, screen: false, paused: false, lowData: false },
    { type: "state", audio: false, video: false, screen: false, paused: false, lowData: false },
  ]);
});

test("who saves data tells the other, and both send less until neither does", () => {
  const peer = talking();
  media.useLessData(true);
  const told = {
    type: "state",
    audio: true,
    video: true,
    screen: false,
    paused: false,
    lowData: true,
  };
  assert.deepEqual([channel.sent.at(-1), call.model.local.lowData], [told, true]);
  assert.deepEqual(peer.limits.splice(0), [LESS]);
  tells("state", { audio: true, video: true, lowData: true });
  assert.equal(call.model.remote?.lowData, true);
  media.useLessData(false);
  assert.deepEqual(peer.limits, []);
  tells("state", { audio: true, video: true });
  assert.deepEqual(peer.limits, [SEND_ALL]);
});

test("less data is sent from the beginning by who wants it", () => {
  media.useLessData(true);
  assert.deepEqual(talking().limits, [LESS]);
});

test("who saves data is known by the next connection to them, and by none to somebody else", () => {
  talking();
  tells("state", { audio: true, video: true, lowData: true });
  peerJoined({ ...BO, session: "bo-2" });
  assert.deepEqual([peers[1].limits, call.model.remote?.lowData], [[LESS], true]);
  peerJoined({ ...BO, id: "cy", session: "cy-1" });
  assert.deepEqual([peers[2].limits, call.model.remote?.lowData], [[], false]);
});

test("a screen is sent beside the camera, which makes room, until it is not shared", async () => {
  const peer = talking();
  display.awaits()(posing(shownScreen()));
  const ids = () => Object.values(peer.slots).map((one) => one?.id ?? null);
  assert.deepEqual(ids(), ["audio", "video", "screen-video", "screen-audio"]);
  assert.deepEqual(peer.limits.splice(0), [sendingOf(WHOLE_LINK, { sharing: true })]);
  assert.deepEqual(
    [channel.sent.at(-1), call.model.local.sharing],
    [{ type: "state", ...SEEN, screen: true, paused: false, lowData: false }, true],
  );
  display.stop();
  assert.deepEqual(ids(), ["audio", "video", null, null]);
  assert.deepEqual(peer.limits, [SEND_ALL]);
  assert.equal(call.model.local.sharing, false);
});

test("who comes later is sent the screen from the beginning", async () => {
  talking();
  display.awaits()(posing(shownScreen()));
  peerJoined({ ...BO, session: "bo-2" }, true);
  assert.equal(peers[1].tracks?.screen?.id, "screen-video");
  assert.deepEqual(peers[1].limits, [sendingOf(WHOLE_LINK, { sharing: true })]);
});

test("the other's screen is apart from their picture, and shown while they say so", () => {
  const peer = talking();
  for (const slot of /** @type {const} */ (["microphone", "camera", "screen", "screen-sound"])) {
    peer.emit("remote", { slot, track: track("video", slot) });
  }
  const [seen] = remotes.slice(-1).map(([, stream]) => stream);
  const ids = (/** @type {MediaStream | null} */ stream) => stream?.getTracks().map(({ id }) => id);
  assert.deepEqual(ids(seen), ["microphone", "camera"]);
  assert.deepEqual(ids(call.connection.screen), ["screen", "screen-sound"]);
  assert.equal(call.model.remote?.screen, false);
  tells("state", { ...SEEN, screen: true });
  assert.equal(call.model.remote?.screen, true);
  peerJoined({ ...BO, session: "bo-2" }, true);
  assert.deepEqual([call.model.remote?.screen, ids(call.connection.screen)], [false, []]);
});

test("a screen that is held back is told of without a camera, too", () => {
  talking();
  tells("state", { audio: true, video: false, screen: true, paused: true });
  assert.equal(call.model.notice, "video-paused");
});

test("what the statistics say of the own microphone is handed on", async () => {
  const peer = talking();
  peer.measured = { heard: {}, energy: 0.5 };
  advance(250);
  await settle();
  assert.deepEqual(media.interruptions.heard, [0.5]);
});

test("what the other tells is shown, until it is somebody new", () => {
  talking();
  tells("state", { audio: false, video: "yes" });
  const shown = {
    ...{ name: "Bo", audio: false, video: false, screen: false },
    ...{ paused: false, lowData: false, proven: false, heard: true, came: true },
  };
  describes();
  assert.deepEqual(call.model.remote, shown);
  tells("state", { audio: false, video: true, paused: true });
  assert.deepEqual(call.model.remote, { ...shown, video: true, paused: true });
  assert.equal(call.model.notice, "video-paused");
  peerJoined({ ...BO, session: "bo-2" });
  peers[1].becomes("connected");
  describes("bo-2");
  assert.deepEqual(call.model.remote, { ...shown, audio: true, video: true });
  assert.equal(call.model.notice, null);
});

test("who has the camera off has no picture that is held back", () => {
  talking();
  tells("state", { audio: true, video: false, paused: true });
  assert.equal(call.model.notice, null);
});

test("other tracks are handed on", () => {
  const peer = talking();
  media.stream = new FakeStream([track("audio")]);
  media.changed();
  const [microphone] = media.stream.getTracks();
  const none = { camera: null, screen: null, "screen-sound": null };
  assert.deepEqual(peer.slots, { microphone, ...none });
});

test("the model says what the devices are", () => {
  Object.assign(media, { audio: false, hasVideo: false, asking: true, problem: "no-camera" });
  assert.deepEqual(call.model.local, {
    audio: false,
    video: true,
    lowData: false,
    sharing: false,
    mirrored: false,
    hasAudio: true,
    hasVideo: false,
    asking: true,
    problem: "no-camera",
    interrupted: media.interruptions.interrupted,
  });
});

// -- ICE servers, reports ---------------------------------------------------------------------

test("old TURN credentials are renewed when paths are sought", () => {
  const peer = talking();
  peer.becomes("disconnected");
  assert.ok(!signaling.sent.some(({ type }) => type === "ice-servers"));
  peer.becomes("connected");
  advance(HOUR + 1);
  peer.becomes("disconnected");
  assert.deepEqual(signaling.sent.at(-1), { type: "ice-servers" });
  says({ type: "ice-servers", iceServers: [{ urls: ["turn:x"] }], iceTransportPolicy: "relay" });
  assert.deepEqual(peer.ice, { iceServers: [{ urls: ["turn:x"] }], iceTransportPolicy: "relay" });
});

test("whoever was alone is given TURN with the other", () => {
  call.join("Ada");
  welcomed(STUN);
  says({ type: "peer-joined", peer: BO, resumed: false, ...TURN, ttl: 600 });
  assert.deepEqual(peers[0].ice, TURN);
});

test("credentials are renewed before they end, and with them the path", () => {
  const peer = talking({ ...TURN, ttl: 600 });
  advance(480_000 - 1);
  assert.notDeepEqual(signaling.sent.at(-1), { type: "ice-servers" });
  advance(1);
  assert.deepEqual(signaling.sent.at(-1), { type: "ice-servers" });
  assert.equal(peer.renewals, 0);
  says({ type: "ice-servers", ...TURN, ttl: 600 });
  assert.equal(peer.renewals, 1);
  says({ type: "ice-servers", ...TURN, ttl: 600 });
  assert.equal(peer.renewals, 1, "asked for by others, they are not needed yet");
});

test("when nothing of theirs arrives any more the server is made sure of", () => {
  const peer = talking();
  const { wakes } = signaling;
  call.connection.monitor.emit("silent", true);
  assert.deepEqual([peer.silences, signaling.wakes], [[true], wakes + 1]);
  call.connection.monitor.emit("silent", false);
  assert.deepEqual([peer.silences, signaling.wakes], [[true, false], wakes + 1]);
});

test("the first connection is reported, later ones are not", async () => {
  call.join("Ada");
  welcomed({ peer: { ...BO, away: false } });
  const [peer] = peers;
  peer.relayed = true;
  peer.becomes("connected");
  await settle();
  const [report] = reports();
  assert.equal(report.event, "connected");
  assert.equal(report.relayed, true);
  assert.ok(Number.isInteger(report.ms) && report.ms >= 0);
  peer.becomes("disconnected");
  peer.becomes("connected");
  await settle();
  assert.equal(reports().length, 1);
  call.hangUp();
  assert.deepEqual(reports().at(-1), {
    type: "report",
    event: "closed",
    restarts: 0,
    loss: undefined,
  });
});

test("a failure is reported, and a call that never connected has no end to report", () => {
  call.join("Ada");
  welcomed({ peer: { ...BO, away: false } });
  peers[0].becomes("failed");
  call.hangUp();
  assert.deepEqual(reports(), [{ type: "report", event: "failed" }]);
});

test("a path that is not found is told here and reported, once until there is one", async () => {
  call.join("Ada");
  welcomed({ peer: { ...BO, away: false } });
  const [peer] = peers;
  peer.media = "no-path";
  peer.emit("no-path", null);
  assert.deepEqual([phase(), call.model.notice], ["connecting", "no-path"]);
  peer.becomes("failed");
  assert.deepEqual(reports(), [{ type: "report", event: "failed" }]);
  peer.becomes("connected");
  await settle();
  assert.deepEqual([phase(), call.model.notice], ["connected", null]);
  peer.becomes("failed");
  assert.deepEqual(
    reports().map(({ event }) => event),
    ["failed", "connected", "failed"],
  );
});

test("media that is lost makes sure of the server", () => {
  const peer = talking();
  assert.equal(signaling.wakes, 0);
  peer.becomes("disconnected");
  assert.equal(signaling.wakes, 1);
  peer.becomes("failed");
  assert.equal(signaling.wakes, 2);
});

test("messages of a later version are ignored", () => {
  talking();
  const before = call.model;
  says(posing({ type: "later", peer: { id: "bo" } }));
  assert.deepEqual(call.model, before);
});

test("every change is told", () => {
  const changes = record(call, "change");
  call.join("Ada");
  const steps = [
    () => welcomed(),
    () => peerJoined(),
    () => peers[0].becomes("connected"),
    () => says({ type: "peer-away", peer: { id: "bo" }, grace: 30 }),
    () => signaling.emit("lost", null),
    () => media.changed(),
    () => tells("state", { audio: false, video: false }),
    () => call.hangUp(),
  ];
  for (const step of steps) {
    const before = changes.length;
    step();
    assert.ok(changes.length > before, String(step));
  }
});

test("an end, and another connection, are shown at once, never as waiting", () => {
  /** @type {string[]} */
  const shown = [];
  const peer = talking();
  call.on("change", () => shown.push(`${screen()} ${phase()}`));
  tells("going");
  peerJoined({ ...BO, session: "bo-2" }, true);
  peers[1].becomes("connected");
  assert.equal(peer.closed, true);
  assert.ok(!shown.includes("call waiting"), shown.join(", "));
  for (const leave of [() => signaling.emit("full", null), () => call.hangUp()]) {
    shown.splice(0);
    leave();
    assert.ok(!shown.some((one) => one.startsWith("call")), shown.join(", "));
  }
});

// -- Who may come in --------------------------------------------------------------------------

/** A page with the whole link. @param {Partial<Rules>} [rules] */
function withKey(rules = {}) {
  remake({
    proof: posing({ sign: async (/** @type {Signal} */ signal) => signal }),
    rules: { ask: false, letIn: [], known: null, ...rules },
  });
  call.join("Ada");
}
const STRANGER = { ...BO, proven: false };
const FRIEND = { ...BO, proven: true };
const knocking = () => call.model.knocking;
const dismissed = () => signaling.sent.filter(({ type }) => type === "dismiss");

test("who came with the whole link is inside at once", () => {
  withKey();
  welcomed();
  peerJoined(FRIEND);
  assert.equal(peers.length, 1);
  assert.deepEqual([knocking(), call.model.remote?.proven], [null, true]);
});

test("for who came without it there is no connection until they are let in", async () => {
  withKey();
  welcomed();
  says({
    type: "peer-joined",
    peer: STRANGER,
    resumed: false,
    offer: { sdp: "v=0", proven: false },
  });
  says({ type: "ice", candidate: null, session: BO.session });
  assert.deepEqual([peers.length, phase(), call.model.remote], [0, "waiting", null]);
  assert.deepEqual(knocking(), { name: "Bo", proven: false });
  assert.equal(spare.made, null);
  call.other.knock.letIn();
  assert.equal(knocking(), null);
  assert.deepEqual(peers[0].received, [
    { type: "offer", sdp: "v=0" },
    { type: "ice", candidate: null, session: BO.session },
  ]);
  assert.equal(call.model.remote?.proven, false);
  // Not again for another connection of theirs.
  peerJoined({ ...STRANGER, session: "bo-2" }, true);
  assert.equal(peers.length, 2);
});

test("who is not let in is dismissed, and that ends nothing", () => {
  withKey();
  welcomed({ polite: true });
  peerJoined(STRANGER);
  call.other.knock.dismiss();
  assert.deepEqual(dismissed(), [{ type: "dismiss", id: BO.id }]);
  assert.deepEqual([knocking(), peers.length], [null, 0]);
  peerLeft("dismissed");
  assert.deepEqual([screen(), phase()], ["call", "waiting"]);
  assert.notEqual(spare.made, null);
});

for (const [what, goes] of /** @type {[string, () => void][]} */ ([
  ["leaves", () => peerLeft("left")],
  ["is away", () => says({ type: "peer-away", peer: { id: BO.id }, grace: 30 })],
  ["is lost", () => peerLeft("timeout")],
])) {
  test(`who knocks and ${what} does not knock any more`, () => {
    withKey();
    welcomed();
    peerJoined(STRANGER);
    goes();
    assert.deepEqual([knocking(), screen(), phase()], [null, "call", "waiting"]);
    call.other.knock.letIn();
    assert.equal(peers.length, 0);
  });
}

test("who proves it only by an offer is let in by that", () => {
  withKey();
  welcomed();
  peerJoined(STRANGER);
  const offer = {
    type: /** @type {const} */ ("offer"),
    sdp: "v=0",
    session: BO.session,
    proven: true,
  };
  says(offer);
  assert.deepEqual([knocking(), call.model.remote?.proven], [null, true]);
  assert.deepEqual(peers[0].received, [offer]);
});

/** Says that they have the whole link, and cannot have meant their join for us. */
const CLAIMING = { ...STRANGER, claims: true };

test("who says that they have the whole link may prove it before anybody is asked", () => {
  withKey();
  welcomed();
  peerJoined(CLAIMING);
  assert.deepEqual([knocking(), peers.length], [null, 0]);
  advance(PATIENCE - 1);
  assert.equal(knocking(), null);
  assert.notEqual(call.connection.ready.spare, null);
  advance(1);
  assert.deepEqual([knocking(), peers.length], [{ name: "Bo", proven: false }, 0]);
});

test("who proves it in time is not asked for", () => {
  withKey();
  welcomed();
  peerJoined(CLAIMING);
  says({ type: "offer", sdp: "v=0", session: BO.session, proven: true });
  advance(PATIENCE);
  assert.deepEqual([knocking(), call.model.remote?.proven], [null, true]);
});

test("who proves it while everybody is asked for is asked for at once", () => {
  withKey({ ask: true });
  welcomed();
  peerJoined(CLAIMING);
  assert.equal(knocking(), null);
  says({ type: "offer", sdp: "v=0", session: BO.session, proven: true });
  assert.deepEqual([knocking(), peers.length], [{ name: "Bo", proven: true }, 0]);
  advance(PATIENCE);
  assert.deepEqual([knocking(), peers.length], [{ name: "Bo", proven: true }, 0]);
});

test("that what they describe does not prove it is said at both ends", async () => {
  withKey();
  welcomed();
  peerJoined(CLAIMING);
  says({ type: "offer", sdp: "v=0", session: BO.session, proven: false });
  assert.deepEqual([peers.length, call.model.notice], [0, "tampered"]);
  await settle();
  assert.deepEqual(told(), [true]);
});

test("who only says so does not end what holds for those who were let in", () => {
  withKey({ letIn: ["cy"] });
  welcomed({ peer: { ...CLAIMING, away: false } });
  assert.deepEqual([peers.length, call.other.knock.rules.letIn], [1, ["cy"]]);
  says({ type: "offer", sdp: "v=0", session: BO.session, proven: true });
  assert.deepEqual(call.other.knock.rules, { ask: false, letIn: [], known: BO.id });
});

test("that nobody comes in unasked does not hang on the server's memory", () => {
  withKey({ ask: true });
  welcomed();
  // The same page, to a server that says that it has never seen it.
  welcomed({ resumed: false, peer: { ...FRIEND, away: false } });
  assert.deepEqual([knocking()?.name, peers.length], ["Bo", 0]);
});

test("who comes to us is asked for, if that is wanted; not whom we come to", () => {
  withKey({ ask: true });
  welcomed({ peer: { ...STRANGER, claims: true, away: false } });
  assert.equal(peers.length, 1);
  peerLeft("timeout");
  peerJoined({ ...FRIEND, id: "cy", session: "cy-1" });
  assert.deepEqual([knocking(), peers.length], [{ name: "Bo", proven: true }, 1]);
});

test("whoever is inside when that begins is not asked for again", () => {
  withKey();
  welcomed();
  peerJoined(FRIEND);
  call.other.knock.askForAll(true);
  peerJoined({ ...FRIEND, session: "bo-2" }, true);
  assert.deepEqual([knocking(), peers.length], [null, 2]);
});

test("whoever waits while everybody is asked for does not come in by our own return", () => {
  withKey({ ask: true });
  welcomed();
  peerJoined(FRIEND);
  assert.equal(knocking()?.name, "Bo");
  welcomed({ resumed: true, peer: { ...FRIEND, away: false } });
  assert.deepEqual([knocking()?.name, peers.length], ["Bo", 0]);
  call.other.knock.letIn();
  welcomed({ resumed: true, peer: { ...FRIEND, away: false } });
  assert.deepEqual([knocking(), peers.length], [null, 1]);
});

test("a join that proves nothing does not bring an offer to whoever has proven theirs", async () => {
  withKey();
  welcomed();
  peerJoined(FRIEND);
  for (const offer of [{ sdp: "evil", proven: false }, { sdp: "evil" }]) {
    says({ type: "peer-joined", peer: STRANGER, resumed: false, offer });
    await settle();
    assert.deepEqual([peers.length, peers[0].received], [1, []]);
    assert.deepEqual([call.model.notice, call.model.remote?.proven], ["tampered", true]);
  }
});

test("without a key nobody is proven, whatever the server says", () => {
  call.join("Ada");
  welcomed();
  peerJoined(FRIEND);
  assert.equal(call.model.remote?.proven, false);
});

test("without a key nobody who is to be asked for comes in by the server's word", () => {
  remake({ rules: { ask: true, letIn: [], known: null } });
  call.join("Ada");
  welcomed();
  peerJoined(STRANGER);
  says({ type: "offer", sdp: "v=0", session: BO.session, proven: true });
  assert.deepEqual([knocking()?.name, peers.length], ["Bo", 0]);
});

test("what is no name does not lend a proof to another's connection", () => {
  withKey({ letIn: [BO.id] });
  welcomed();
  peerJoined(STRANGER);
  peers[0].becomes("connected");
  for (const wrong of [{ name: 5 }, { id: 5 }, { session: ["bo-2"] }]) {
    const peer = /** @type {any} */ ({ ...FRIEND, session: "bo-2", ...wrong });
    says({ type: "peer-joined", peer, resumed: true });
    assert.deepEqual([peers.length, peers[0].closed, call.model.remote?.proven], [1, false, false]);
  }
});

test("once somebody has proven it, nobody takes their place by an id that was let in", () => {
  withKey({ letIn: ["cy"] });
  welcomed();
  peerJoined(FRIEND);
  peerJoined({ ...STRANGER, id: "cy", session: "cy-1" });
  assert.equal(knocking()?.proven, false);
});

test("what is kept for somebody is not theirs who only has the same id", () => {
  withKey();
  welcomed();
  peerJoined(FRIEND);
  const proven = call.other.whom;
  peerJoined({ ...STRANGER, session: "bo-2" });
  assert.equal(call.other.whom, null);
  call.other.knock.letIn();
  assert.ok(call.other.whom && call.other.whom !== proven);
});

test("changes without end are told a few times", async () => {
  withKey();
  welcomed();
  peerJoined(FRIEND);
  for (let n = 0; n < 50; n++) {
    says({ type: "offer", sdp: "v=0", session: BO.session, proven: false });
  }
  await settle();
  assert.equal(told().length, 3);
});

/** That the other is told of it. */
const told = () =>
  signaling.sent.flatMap((sent) => (sent.type === "renegotiate" ? [sent.unproven] : []));

test("what is changed on the way is not taken, and said at both ends", async () => {
  withKey();
  welcomed();
  peerJoined(FRIEND);
  says({ type: "offer", sdp: "v=0", session: BO.session, proven: false });
  assert.deepEqual([peers[0].received, call.model.notice], [[], "tampered"]);
  await settle();
  assert.deepEqual(told(), [true]);
  says({ type: "offer", sdp: "v=0", session: BO.session, proven: true });
  assert.equal(peers[0].received.length, 1);
  peers[0].becomes("connected");
  assert.equal(call.model.notice, null);
});

test("that what we sent was changed is said, and not answered", () => {
  withKey();
  welcomed();
  peerJoined(FRIEND);
  says({ type: "renegotiate", restart: false, unproven: true, session: BO.session });
  assert.deepEqual([peers[0].received, call.model.notice], [[], "tampered"]);
});

test("a changed offer with a proven join is not taken either", async () => {
  withKey();
  welcomed();
  says({ type: "peer-joined", peer: FRIEND, resumed: false, offer: { sdp: "v=0", proven: false } });
  assert.deepEqual([peers[0].received, call.model.notice], [[], "tampered"]);
  await settle();
  assert.deepEqual(told(), [true]);
});

test("without a key everybody comes in, whatever their messages say", () => {
  call.join("Ada");
  welcomed();
  peerJoined(STRANGER);
  says({ type: "renegotiate", restart: false, unproven: true, session: BO.session });
  assert.equal(call.model.notice, null);
  assert.deepEqual([peers.length, knocking(), call.model.whole], [1, null, false]);
});
