import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { CANDIDATES, DESCRIPTIONS, LINES } from "../../static/calls/js/call/admission.js";
import { SEND_ALL } from "../../static/calls/js/call/sending.js";
import { REPAIR, delay } from "../../static/calls/js/call/backoff.js";
import { Channel } from "../../static/calls/js/call/channel.js";
import { ASKS, STRANGERS } from "../../static/calls/js/call/negotiation.js";
import { Peer } from "../../static/calls/js/call/peer.js";
import { keepRole } from "../../static/calls/js/call/sdp.js";
import {
  FakeConnection,
  FakeDataChannel,
  FakeStream,
  advance,
  given,
  posing,
  record,
  settle,
  track,
} from "./fakes.js";

/** @import { Candidate, IceConfig } from "../../static/calls/js/call/protocol.js" */
/** @import { Renegotiate, Signal } from "../../static/calls/js/call/protocol.js" */
/** @import { FakeDescription } from "./fakes.js" */

/** @typedef {Peer & { pc: FakeConnection }} TestPeer */
/** @typedef {ReturnType<typeof make>} Side */

globalThis.MediaStream = posing(FakeStream);

/** @type {IceConfig} */
const ICE = { iceServers: [{ urls: ["stun:stun.example.org"] }], iceTransportPolicy: "all" };
/** @type {IceConfig} */
const RELAYED = { ...ICE, iceServers: [...ICE.iceServers, { urls: "turn:turn.example.org" }] };
const HOUR = 3_600_000;
/** @type {Candidate & { candidate: RTCIceCandidateInit }} */
const CANDIDATE = { type: "ice", candidate: { candidate: "candidate:1", sdpMid: "0" } };

/** @type {import("node:test").Mock<typeof console.warn>} */
let warnings;

beforeEach(() => {
  mock.restoreAll();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(Math, "random", () => 0.5);
  warnings = mock.method(console, "warn", () => {});
});

/**
 * @typedef {{ tracks?: string[], start?: number, later?: IceConfig, spare?: FakeConnection }}
 *   Options
 */

/** @param {{ polite: boolean } & Options} options */
function make({ polite, tracks = ["audio", "video"], start, later, spare }) {
  const made = new Peer({
    polite,
    ice: ICE,
    later,
    channel: new Channel(),
    tracks: {
      microphone: tracks.includes("audio") ? track("audio") : null,
      camera: tracks.includes("video") ? track("video") : null,
    },
    start,
    spare: posing(spare),
    makeConnection: (c) => posing(new FakeConnection(c)),
  });
  const peer = /** @type {TestPeer} */ (made);
  /** @type {Signal[]} */
  const signals = [];
  peer.on("signal", (signal) => signals.push(signal));
  /** @type {FakeConnection} */
  const pc = peer.pc;
  return { peer, negotiation: peer.negotiation, pc, signals };
}

/** @param {Options} [options] */
const impolite = (options) => make({ polite: false, ...options });
/** @param {Options} [options] */
const polite = (options) => make({ polite: true, ...options });
/** @returns {FakeDescription} */
const offer = (sdp = "their offer") => ({ type: "offer", sdp });
/** @returns {FakeDescription} */
const answer = (sdp = "their answer") => ({ type: "answer", sdp });
/** @param {boolean} restart @returns {Renegotiate} */
const ask = (restart) => ({ type: "renegotiate", restart });

/** The text of a signal that is a description. @param {Signal} signal */
const sdpOf = (signal) => {
  assert.ok("sdp" in signal);
  return signal.sdp;
};

/** @param {string} value */
const certificate = (value) => `\na=fingerprint:sha-256 ${value}\r\n`;

/** The polite side has asked often enough and begins by itself. @param {TestPeer} peer */
async function begins(peer) {
  peer.negotiation.asks = ASKS.first;
  peer.negotiation.want({ restart: false });
  await settle();
}
/** Microphone, camera, screen and its sound. */
const FOUR = ["audio", "video", "video", "audio"];
/** @param {FakeConnection} pc */
const kinds = (pc) => pc.transceivers.map(({ receiver }) => receiver.track.kind);
/** @param {FakeConnection} pc */
const sending = (pc) => pc.transceivers.map(({ sender }) => sender.track?.id ?? null);

/**
 * Hands each what the other has to say until both are silent.
 * @param {Side} one
 * @param {Side} two
 */
async function talk(one, two) {
  do {
    await settle();
    for (const message of one.signals.splice(0)) two.peer.receive(message);
    for (const message of two.signals.splice(0)) one.peer.receive(message);
    await settle();
  } while (one.signals.length || two.signals.length);
}

/** Two that have agreed, and seek a path. */
async function agreed() {
  const one = impolite();
  const two = polite();
  await talk(one, two);
  return [one, two];
}

async function connected() {
  const both = await agreed();
  for (const { pc } of both) pc.becomes("connected");
  return both;
}

// -- Beginning --------------------------------------------------------------------------------

test("the connection gets the server's configuration", () => {
  assert.deepEqual(impolite().pc.config, { ...ICE, bundlePolicy: "max-bundle" });
});

test("the impolite side offers the four slots and the channel, once", async () => {
  const { pc, signals } = impolite();
  await settle();
  assert.deepEqual(signals, [{ type: "offer", sdp: given(pc.localDescription).sdp }]);
  assert.deepEqual(kinds(pc), FOUR);
  assert.deepEqual(sending(pc), ["audio", "video", null, null]);
  assert.deepEqual(pc.channels[0].options, { negotiated: true, id: 0 });
});

test("it offers them all without camera and microphone, too", async () => {
  const { pc, signals } = impolite({ tracks: [] });
  await settle();
  assert.equal(signals.length, 1);
  assert.deepEqual(kinds(pc), FOUR);
  assert.deepEqual(sending(pc), [null, null, null, null]);
});

test("the polite side waits for an offer", async () => {
  const { pc, signals } = polite();
  await settle();
  assert.deepEqual(signals, []);
  assert.deepEqual([pc.transceivers, pc.channels], [[], []]);
});

test("the polite side answers, and sends what it has", async () => {
  const { peer, pc, signals } = polite();
  await peer.receive(offer());
  await settle();
  assert.deepEqual(signals, [{ type: "answer", sdp: given(pc.localDescription).sdp }]);
  assert.deepEqual(
    pc.transceivers.map(({ direction }) => direction),
    Array(4).fill("sendrecv"),
  );
  assert.deepEqual(sending(pc), ["audio", "video", null, null]);
  // The person's picture and sound are one stream, the screen's are another.
  const streams = pc.transceivers.map(({ sender }) => sender.streams);
  assert.deepEqual(
    streams.map(([one, ...more]) => [one instanceof FakeStream, more.length]),
    Array(4).fill([true, 0]),
  );
  assert.equal(streams[0][0], streams[1][0]);
  assert.equal(streams[2][0], streams[3][0]);
  assert.notEqual(streams[0][0], streams[2][0]);
  assert.equal(pc.channels.length, 1);
});

test("two of them agree in one round", async () => {
  const [one, two] = await connected();
  assert.equal(one.pc.signalingState, "stable");
  assert.equal(two.pc.signalingState, "stable");
  assert.deepEqual(one.pc.remoteDescription, two.pc.localDescription);
  assert.deepEqual(two.pc.remoteDescription, one.pc.localDescription);
  assert.deepEqual([one.pc.descriptions, two.pc.descriptions], [1, 1]);
});

// -- Candidates that are ready ------------------------------------------------------------------

for (const [what, found, told] of /** @type {[string, string[], string[]][]} */ ([
  ["mapped", ["host", "srflx", "host 2", "end"], ["srflx", "host", "host 2", "end"]],
  ["not mapped", ["host", "host 2", "end"], ["host", "host 2", "end"]],
  ["not mapped yet", ["host"], ["host"]],
])) {
  test(`whoever has them answers at once, and tells first what others reach: ${what}`, async () => {
    const spare = new FakeConnection({ iceCandidatePoolSize: 1 });
    const { peer, signals } = polite({ spare });
    const { setLocalDescription } = spare;
    /** @type {unknown[]} */ const before = [];
    /** @param {string} name */
    const find = (name) => {
      const candidate = posing({ type: name.split(" ")[0], toJSON: () => ({ candidate: name }) });
      spare.onicecandidate({ candidate: name === "end" ? null : candidate });
    };
    spare.setLocalDescription = async function (provisional) {
      if (!provisional) {
        before.push(...signals.map(({ type }) => type));
        found.forEach(find);
      }
      await setLocalDescription.call(this, provisional);
    };
    await peer.receive(offer());
    await settle();
    assert.equal(spare.provisional.length, 1);
    assert.deepEqual(before, ["answer"], "the other does not wait until it is final");
    const names = () =>
      signals.slice(1).map((one) => (one.type === "ice" && one.candidate?.candidate) || "end");
    assert.deepEqual(names(), told);
    // Those that are found later follow.
    find("host 3");
    assert.deepEqual(names(), [...told, "host 3"]);
  });
}

// -- The DTLS role ----------------------------------------------------------------------------

/** @param {"offer" | "answer"} type @param {string[]} roles @returns {FakeDescription} */
const setup = (type, ...roles) => ({
  type,
  sdp: ["v=0", ...roles.map((role) => `m=x\r\na=setup:${role}`), ""].join("\r\n"),
});

/** @type {[FakeDescription | null, FakeDescription | null, string][]} */
const ROLES = [
  [setup("answer", "active"), setup("offer", "actpass"), "active"],
  [setup("answer", "passive"), setup("offer", "actpass"), "passive"],
  [setup("offer", "actpass"), setup("answer", "active"), "passive"],
  [setup("offer", "actpass"), setup("answer", "passive"), "active"],
  [setup("offer", "actpass"), setup("answer", "active", "active"), "passive"],
  [setup("offer", "actpass"), setup("answer"), "actpass"],
  [null, null, "actpass"],
];
for (const [local, remote, expected] of ROLES) {
  const answer = local?.type === "answer" ? "own" : "their";
  const role = /setup:(active|passive)/.exec(`${local?.sdp} ${remote?.sdp}`)?.[1] ?? "nothing";
  test(`after ${answer} answer with ${role} an offer says ${expected}`, () => {
    const pc = { currentLocalDescription: local, currentRemoteDescription: remote };
    const { sdp } = setup("offer", "actpass", "actpass");
    assert.equal(keepRole(pc, sdp), setup("offer", expected, expected).sdp);
  });
}

test("offers of a connection that is up keep its role, the first one and answers do not", async () => {
  const [one, two] = await connected();
  one.pc.currentRemoteDescription = setup("answer", "active");
  two.pc.currentLocalDescription = setup("answer", "active");
  for (const { peer, pc, signals } of [one, two]) {
    pc.signalingState = "have-local-offer";
    pc.localDescription = setup("offer", "actpass");
    peer.repair();
    pc.localDescription = setup("answer", "active");
    peer.negotiation.sendDescription();
    assert.deepEqual(signals.splice(0), [
      setup("offer", pc === one.pc ? "passive" : "active"),
      setup("answer", "active"),
    ]);
  }
});

// -- Glare ------------------------------------------------------------------------------------

test("the impolite side answers an offer that collides with its first with that one", async () => {
  const { peer, pc, signals } = impolite();
  await settle();
  const own = signals.splice(0)[0];
  await peer.receive(offer());
  await settle();
  assert.equal(pc.remoteDescription, null);
  assert.deepEqual(signals.splice(0), [own]);
  assert.equal(pc.localDescription?.sdp, sdpOf(own));
  await peer.receive(answer());
  assert.equal(pc.signalingState, "stable");
});

test("it ignores one that collides with a later offer of its own", async () => {
  const [{ peer, pc, signals }] = await connected();
  pc.restartIce();
  await settle();
  signals.splice(0);
  await peer.receive(offer());
  await settle();
  assert.deepEqual(signals, []);
  assert.equal(pc.signalingState, "have-local-offer");
});

test("it ignores one that comes while its own is being made", async () => {
  const { peer, pc, signals } = impolite();
  await null; // negotiationneeded has fired, setLocalDescription has not ended
  assert.equal(peer.negotiation.makingOffer, true);
  await peer.receive(offer());
  await settle();
  assert.equal(pc.remoteDescription, null);
  assert.deepEqual(
    signals.map(({ type }) => type),
    ["offer"],
  );
});

test("before anything is agreed the polite side begins anew rather than roll back", async () => {
  const { peer, pc: first, signals } = polite();
  await begins(peer);
  assert.equal(signals.splice(0).at(-1)?.type, "offer");
  await peer.receive(offer());
  await settle();
  assert.equal(first.rollbacks, 0);
  assert.equal(first.signalingState, "closed");
  assert.notEqual(peer.pc, first);
  assert.deepEqual(peer.pc.config, { ...ICE, bundlePolicy: "max-bundle" });
  assert.deepEqual(peer.pc.remoteDescription, offer());
  assert.deepEqual(
    signals.map(({ type }) => type),
    ["answer"],
  );
  assert.equal(peer.pc.channels.length, 1);
  assert.deepEqual(sending(peer.pc), ["audio", "video", null, null]);
  // What the one that was given up has still to say is nobody's concern.
  first.becomes("failed");
  first.onicecandidate?.({ candidate: null });
  assert.equal(signals.length, 1);
  peer.pc.becomes("connected");
  assert.equal(peer.isWell(), true);
});

test("an offer that comes while the polite side makes one of its own", async () => {
  const { peer, signals } = polite();
  const beginning = begins(peer);
  while (!peer.negotiation.makingOffer) await null;
  await peer.receive(offer());
  await beginning;
  assert.deepEqual(signals.at(-1)?.type, "answer");
  assert.equal(peer.pc.signalingState, "stable");
  assert.equal(warnings.mock.callCount(), 0);
});

test("both begin at once and agree", async () => {
  const one = impolite();
  const two = polite();
  await begins(two.peer);
  await talk(one, two);
  assert.equal(one.pc.signalingState, "stable");
  assert.equal(two.peer.pc.signalingState, "stable");
  assert.deepEqual(one.pc.remoteDescription, two.peer.pc.localDescription);
  assert.deepEqual(two.peer.pc.remoteDescription, one.pc.localDescription);
  assert.deepEqual([one.pc.rollbacks, two.pc.rollbacks, two.peer.pc.rollbacks], [0, 0, 0]);
});

test("once something is agreed, nothing is rolled back: it is stuck", async () => {
  const [one] = await connected();
  const events = record(one.peer, "stuck");
  one.pc.needNegotiation();
  await settle();
  assert.equal(one.pc.signalingState, "have-local-offer");
  one.peer.polite = true; // the server's word has changed
  await one.peer.receive(offer("theirs"));
  await settle();
  assert.equal(events.length, 1);
  assert.equal(one.pc.rollbacks, 0);
  assert.equal(one.pc.signalingState, "have-local-offer");
});

test("candidates of an ignored offer are nobody's trouble", async () => {
  const { peer } = impolite();
  await settle();
  await peer.receive(offer());
  await peer.receive(answer());
  peer.negotiation.ignoreOffer = true;
  await peer.receive({ type: "ice", candidate: { candidate: "unknown" } });
  assert.equal(warnings.mock.callCount(), 0);
});

test("an offer that comes when all is agreed is answered by either side", async () => {
  for (const { peer, pc, signals } of await connected()) {
    signals.splice(0);
    await peer.receive(offer("another"));
    await settle();
    assert.equal(pc.remoteDescription?.sdp, "another");
    assert.deepEqual(
      signals.map(({ type }) => type),
      ["answer"],
    );
  }
});

test("an offer that arrives several times at once is answered once", async () => {
  for (const { peer, pc, signals } of await connected()) {
    signals.splice(0);
    await Promise.all([1, 2, 3].map(() => peer.receive(offer("after sleep"))));
    await settle();
    assert.deepEqual(
      signals.map(({ type }) => type),
      ["answer"],
    );
    assert.equal(pc.signalingState, "stable");
    // And the next one as well.
    await peer.receive(offer("another"));
    assert.deepEqual(
      signals.map(({ type }) => type),
      ["answer", "answer"],
    );
  }
});

// -- Pictures where nothing arrives ---------------------------------------------------------

/** @param {{ pc: FakeConnection }} peer which of its lines are sent, by kind */
const active = ({ pc }) =>
  pc.transceivers.map(({ receiver, sender }) => [
    receiver.track.kind,
    sender.active.every(Boolean),
  ]);

/** Two that send in every slot. */
async function sharing() {
  const both = await connected();
  for (const { peer } of both) {
    await peer.send("screen", track("video", "screen"));
    await peer.send("screen-sound", track("audio", "its sound"));
  }
  return both;
}

const ALL_SENT = FOUR.map((kind) => [kind, true]);
const SOUND_ONLY = ALL_SENT.map(([kind]) => [kind, kind === "audio"]);

test("no picture is sent while the media is lost; sound is", async () => {
  const [one] = await sharing();
  assert.deepEqual(active(one), ALL_SENT);
  for (const state of /** @type {const} */ (["disconnected", "failed", "connecting"])) {
    one.pc.becomes(state);
    await settle();
    assert.deepEqual(active(one), SOUND_ONLY, state);
  }
  one.pc.becomes("connected");
  await settle();
  assert.deepEqual(active(one), ALL_SENT);
});

test("nor while nothing arrives, which says so earlier than the state does", async () => {
  const [one] = await sharing();
  one.peer.hears(true);
  await settle();
  assert.deepEqual(active(one), SOUND_ONLY);
  one.peer.hears(false);
  await settle();
  assert.deepEqual(active(one), ALL_SENT);
});

test("a path that is back at once has its picture", async () => {
  const [one] = await sharing();
  one.pc.becomes("disconnected");
  one.pc.becomes("connected");
  await settle();
  assert.deepEqual(active(one), ALL_SENT);
});

test("a browser that does not hold a picture back goes on", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  const [one] = await sharing();
  await settle();
  const { sender } = one.pc.transceivers[1];
  const { setParameters } = sender;
  sender.setParameters = () => Promise.reject(new DOMException("no", "InvalidStateError"));
  one.pc.becomes("disconnected");
  await settle();
  assert.equal(warn.mock.callCount(), 1);
  sender.setParameters = setParameters;
  one.pc.becomes("connected");
  await settle();
  assert.deepEqual(active(one), ALL_SENT);
});

// -- What a link has room for ------------------------------------------------------------------

const NO_PICTURES = { ...SEND_ALL, camera: null, screen: null };

test("a picture that makes way stays away when the path is back", async () => {
  const [one] = await sharing();
  await one.peer.limit(NO_PICTURES);
  for (const state of /** @type {const} */ (["disconnected", "connected"])) {
    one.pc.becomes(state);
    await settle();
    assert.deepEqual(active(one), SOUND_ONLY, state);
  }
  await one.peer.limit(SEND_ALL);
  assert.deepEqual(active(one), ALL_SENT);
});

test("a slot that is empty is left as it is, and follows when something is put into it", async () => {
  const [one] = await connected();
  await one.peer.limit(NO_PICTURES);
  const [, camera, screen] = one.pc.transceivers;
  assert.deepEqual([camera.sender.active, screen.sender.active], [[false], [true]]);
  await one.peer.send("screen", track("video", "screen"));
  await settle();
  assert.deepEqual(screen.sender.active, [false]);
});

test("a browser that changes no codec holds the picture back all the same", async () => {
  const [one] = await sharing();
  await settle();
  const { sender } = one.pc.transceivers[1];
  const { setParameters } = sender;
  sender.getParameters = () =>
    posing({
      encodings: sender.encodings,
      codecs: [{ mimeType: "video/A" }, { mimeType: "video/B" }],
    });
  sender.setParameters = async (parameters) => {
    if (parameters.encodings.some((encoding) => "codec" in encoding)) throw new Error("no codec");
    await setParameters(parameters);
  };
  await one.peer.limit(NO_PICTURES);
  assert.deepEqual(active(one)[1], ["video", false]);
  assert.equal(warnings.mock.callCount(), 0);
});

test("a picture that is sent again waits for the path", async () => {
  const [one] = await sharing();
  await one.peer.limit(NO_PICTURES);
  one.pc.becomes("disconnected");
  await one.peer.limit(SEND_ALL);
  assert.deepEqual(active(one), SOUND_ONLY);
  one.pc.becomes("connected");
  await settle();
  assert.deepEqual(active(one), ALL_SENT);
});

/** What limits the camera. @param {Side} side */
const cameraLimit = ({ pc }) => {
  const [encoding] = pc.transceivers[1].sender.encodings;
  return encoding.maxBitrate;
};

test("the browser is asked for the limits before the answer", async () => {
  const { peer, pc } = polite();
  await peer.limit(NARROW);
  const { setLocalDescription } = pc;
  /** @type {unknown[]} */ const limits = [];
  pc.setLocalDescription = async function () {
    limits.push(pc.transceivers[1].sender.asked?.[0].maxBitrate);
    await setLocalDescription.call(this);
  };
  await peer.receive(offer());
  await settle();
  assert.deepEqual(limits, [90_000]);
});

test("the camera has its limits before there is a path", async () => {
  for (const side of await agreed()) {
    assert.equal(cameraLimit(side), SEND_ALL.camera?.maxBitrate);
  }
});

const NARROW = { ...SEND_ALL, camera: { ...given(SEND_ALL.camera), maxBitrate: 90_000 } };

test("what is narrow from the beginning is so before there is a path", async () => {
  const both = [impolite(), polite()];
  for (const { peer } of both) peer.limit(NARROW);
  await talk(both[0], both[1]);
  assert.deepEqual(both.map(cameraLimit), [90_000, 90_000]);
});

test("a connection that is begun anew is as narrow", async () => {
  const { peer } = polite();
  await begins(peer);
  peer.limit(NARROW);
  const before = peer.pc;
  await peer.receive(offer());
  await settle();
  assert.notEqual(peer.pc, before);
  assert.equal(cameraLimit({ ...polite(), pc: posing(peer.pc) }), 90_000);
});

test("both sides prefer redundant sound for the voice, where the browser has it", async (t) => {
  const codecs = ["audio/opus", "audio/red"].map((mimeType) => ({ mimeType }));
  globalThis.RTCRtpReceiver = posing({ getCapabilities: () => ({ codecs }) });
  t.after(() => Reflect.deleteProperty(globalThis, "RTCRtpReceiver"));
  for (const { pc } of await connected()) {
    assert.deepEqual(
      pc.transceivers.map(({ preferred }) => preferred?.map(({ mimeType }) => mimeType)),
      [["audio/red", "audio/opus"], undefined, undefined, undefined],
    );
  }
});

test("its statistics are read for the line of the microphone", async () => {
  const [{ peer, pc }] = await sharing();
  const sound = { type: "inbound-rtp", kind: "audio" };
  pc.stats = new Map([
    ["a", { ...sound, mid: pc.transceivers[3].mid, packetsReceived: 1 }],
    ["b", { ...sound, mid: pc.transceivers[0].mid, packetsReceived: 2 }],
  ]);
  assert.equal((await peer.reading()).heard.packets, 2);
});

// -- Asking for an offer ----------------------------------------------------------------------

/**
 * Two that have agreed, one of whom has lost the media.
 * @param {RTCPeerConnectionState} state
 */
async function interrupted(state = "disconnected") {
  const [one, two] = await connected();
  one.signals.splice(0);
  two.signals.splice(0);
  two.pc.becomes(state);
  return [one, two];
}

test("the polite side never offers: it asks", async () => {
  const [one, two] = await interrupted();
  advance(2000);
  await settle();
  assert.deepEqual(two.signals, [ask(true)]);
  assert.equal(two.pc.restarts, 0);
  await talk(one, two);
  assert.deepEqual([one.pc.restarts, two.pc.restarts], [1, 0]);
  assert.deepEqual(two.pc.remoteDescription, one.pc.localDescription);
  assert.deepEqual([one.pc.rollbacks, two.pc.rollbacks], [0, 0]);
});

test("an ICE restart that the browser itself calls for is asked for", async () => {
  const [one, two] = await interrupted();
  two.pc.restartIce();
  await settle();
  assert.deepEqual(two.signals, [ask(true)]);
  await talk(one, two);
  assert.equal(one.pc.restarts, 1);
});

test("both restart at once: one offer, one answer", async () => {
  const [one, two] = await interrupted();
  one.pc.becomes("disconnected");
  advance(2000);
  await settle();
  assert.deepEqual(two.signals, [ask(true)]);
  const [first] = one.signals;
  await talk(one, two);
  assert.equal(one.pc.restarts, 1);
  assert.equal(two.pc.descriptions, 2);
  assert.deepEqual(two.pc.remoteDescription?.sdp, sdpOf(first));
  assert.deepEqual(one.pc.remoteDescription, two.pc.localDescription);
});

test("asked while an offer is pending: the same again", async () => {
  const { peer, signals } = impolite();
  await settle();
  const [first] = signals.splice(0);
  await peer.receive(ask(false));
  await peer.receive(ask(true)); // the first offer of a connection has new paths anyway
  await settle();
  assert.deepEqual(signals, [first, first]);
  assert.equal(peer.pc.restarts, 0);
});

test("asked for new paths while an offer without them is pending: that one, then another", async () => {
  const [one, two] = await interrupted();
  one.pc.needNegotiation();
  await settle();
  const [pending] = one.signals;
  await one.peer.receive(ask(true));
  assert.deepEqual(one.signals.splice(0), [pending, pending]);
  assert.equal(one.pc.restarts, 1);
  await two.peer.receive(pending);
  await talk(one, two);
  assert.match(given(one.pc.localDescription).sdp, /ufrag:\S+-1/);
  assert.deepEqual(two.pc.remoteDescription, one.pc.localDescription);
});

test("asked while an offer is being made: that one", async () => {
  const { peer, signals } = impolite();
  while (!peer.negotiation.makingOffer) await null;
  await peer.receive(ask(false));
  await settle();
  assert.deepEqual(
    signals.map(({ type }) => type),
    ["offer"],
  );
});

test("asked for an offer without new paths", async () => {
  const [one, two] = await interrupted("connected");
  await one.peer.receive(ask(false));
  await talk(one, two);
  assert.deepEqual([one.pc.descriptions, one.pc.restarts], [2, 0]);
});

test("who does not make the offers is not asked for one", async () => {
  const [, two] = await interrupted("connected");
  await two.peer.receive(ask(true));
  await settle();
  assert.deepEqual([two.signals, two.pc.restarts], [[], 0]);
});

test("asked in vain: stuck, and never an offer of its own", async () => {
  const [, two] = await interrupted();
  const events = record(two.peer, "stuck");
  for (let n = 0; n < 40 && events.length === 0; n++) {
    advance(1000);
    await settle();
  }
  assert.deepEqual(two.signals, Array(ASKS.lost).fill(ask(true)));
  assert.equal(two.pc.restarts, 0);
  assert.equal(events.length, 1);
});

test("who could not be reached for a while is asked as often again", async () => {
  const [, two] = await interrupted();
  const events = record(two.peer, "stuck");
  two.peer.negotiation.asks = ASKS.lost;
  two.peer.repair();
  assert.deepEqual([two.signals, events], [[ask(true)], []]);
});

test("an offer ends the asking", async () => {
  const [, two] = await interrupted();
  two.peer.negotiation.asks = ASKS.lost - 1;
  await two.peer.receive(offer("at last"));
  assert.equal(two.peer.negotiation.asks, 0);
});

test("polite no longer, it begins", async () => {
  const { peer, signals } = polite();
  peer.polite = false;
  peer.repair();
  await settle();
  assert.deepEqual(
    signals.map(({ type }) => type),
    ["offer"],
  );
});

// -- What comes more than once ----------------------------------------------------------------

test("a copy of the last offer gets the same answer again, with what is new in it", async () => {
  const [one, two] = await connected();
  const { sdp } = given(one.pc.localDescription);
  const first = `${sdp}m=audio 9 UDP\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=mid:0\r\n`;
  const later =
    `${sdp}m=audio 5000 UDP\r\nc=IN IP4 192.0.2.1\r\na=rtcp:5001 IN IP4 192.0.2.1\r\n` +
    "a=candidate:1 1 udp 1\r\na=end-of-candidates\r\na=mid:0\r\n";
  await two.peer.receive({ type: "offer", sdp: first });
  await settle();
  assert.equal(two.pc.descriptions, 2);
  two.signals.splice(0);
  await two.peer.receive({ type: "offer", sdp: later });
  await settle();
  assert.deepEqual(two.signals, [two.pc.localDescription]);
  assert.equal(two.pc.descriptions, 2);
});

test("a copy of an earlier offer gets nothing", async () => {
  const [one, two] = await connected();
  const { type, sdp } = given(one.pc.localDescription);
  one.pc.restartIce();
  await talk(one, two);
  await two.peer.receive({ type, sdp });
  await settle();
  assert.deepEqual(two.signals, []);
  assert.deepEqual(two.pc.remoteDescription, one.pc.localDescription);
});

test("a copy of an earlier answer is not taken for one to a later offer", async () => {
  const [one, two] = await connected();
  const { type, sdp } = given(two.pc.localDescription);
  one.pc.needNegotiation();
  await settle();
  await one.peer.receive({ type, sdp });
  assert.equal(one.pc.signalingState, "have-local-offer");
  await talk(one, two);
  assert.equal(one.pc.signalingState, "stable");
});

test("an offer that was not accepted may come again", async () => {
  const { peer, pc, signals } = polite();
  const { setRemoteDescription } = pc;
  pc.setRemoteDescription = () => Promise.reject(new Error("out of memory"));
  await peer.receive(offer());
  pc.setRemoteDescription = setRemoteDescription;
  await peer.receive(offer());
  assert.deepEqual(
    signals.map(({ type }) => type),
    ["answer"],
  );
});

// -- Messages that do not fit -----------------------------------------------------------------

test("an answer to nothing is dropped", async () => {
  const [one] = await connected();
  const before = one.pc.remoteDescription;
  await one.peer.receive(answer("stale"));
  assert.equal(one.pc.remoteDescription, before);
  assert.equal(warnings.mock.callCount(), 0);
});

test("an answer that comes twice is taken once", async () => {
  const { peer, pc } = impolite();
  await settle();
  await peer.receive(answer("first"));
  await peer.receive(answer("second"));
  assert.equal(pc.remoteDescription?.sdp, "first");
});

test("an offer after an answer whose setting is under way is not a collision", async () => {
  const { peer, pc, signals } = impolite();
  await settle();
  signals.splice(0);
  const first = peer.receive(answer());
  const second = peer.receive(offer("next"));
  await Promise.all([first, second]);
  await settle();
  assert.equal(pc.remoteDescription?.sdp, "next");
  assert.deepEqual(
    signals.map(({ type }) => type),
    ["answer"],
  );
});

test("what the browser does not accept is survived", async () => {
  const { peer, pc } = impolite();
  await settle();
  await peer.receive(answer("nonsense"));
  assert.equal(warnings.mock.callCount(), 1);
  assert.equal(peer.negotiation.isSettingRemoteAnswerPending, false);
  await peer.receive(answer());
  assert.equal(pc.signalingState, "stable");
  await peer.receive({ type: "ice", candidate: { candidate: "unknown" } });
  assert.equal(warnings.mock.callCount(), 2);
});

// -- More than a page ever says -----------------------------------------------------------------

test("a flood of offers is answered a few times, and the last one in the end", async () => {
  let now = 0;
  mock.method(performance, "now", () => now);
  const { peer, pc, signals } = polite();
  for (let n = 0; n < 500; n++) await peer.receive(offer(`offer ${n}`));
  assert.equal(signals.filter(({ type }) => type === "answer").length, DESCRIPTIONS.burst);
  now += 1500;
  await peer.receive(offer("offer 499"));
  assert.deepEqual([pc.remoteDescription?.sdp, pc.signalingState], ["offer 499", "stable"]);
  assert.equal(peer.negotiation.accepted.size, DESCRIPTIONS.burst + 1);
});

test("a flood of requests makes few offers", async () => {
  const { peer, pc } = impolite();
  await settle();
  const first = pc.descriptions;
  for (let n = 0; n < 500; n++) {
    await peer.receive(ask(true));
    await peer.receive(answer(`answer ${n}`));
    await settle();
  }
  assert.ok(pc.descriptions - first <= DESCRIPTIONS.burst, String(pc.descriptions));
});

test("what was accepted long ago is not remembered for ever", async () => {
  let now = 0;
  mock.method(performance, "now", () => (now += 1000));
  const { peer } = polite();
  for (let n = 0; n < 300; n++) await peer.receive(offer(`offer ${n}`));
  assert.equal(peer.negotiation.accepted.size, 64);
});

test("a description with too many lines does not reach the browser", async () => {
  const { peer, pc } = polite();
  await peer.receive(offer("m=video 9\r\n".repeat(LINES + 1)));
  assert.equal(pc.remoteDescription, null);
  await peer.receive(offer("m=video 9\r\n".repeat(LINES)));
  assert.equal(pc.signalingState, "stable");
});

test("of a flood of candidates some are kept, and some taken", async () => {
  const { peer, pc } = polite();
  for (let n = 0; n < 1000; n++) await peer.receive(CANDIDATE);
  assert.equal(peer.negotiation.early.length, CANDIDATES);
  await peer.receive(offer("v=0\r\na=ice-ufrag:theirs\r\n"));
  assert.equal(pc.candidates.length, CANDIDATES);
  for (let n = 0; n < 1000; n++) await peer.receive(CANDIDATE);
  assert.equal(pc.candidates.length, 2 * CANDIDATES);
});

test("data channels of the other's own making are closed, and too many are told once", () => {
  const { peer, pc } = polite();
  const events = record(peer, "flooded");
  const strangers = Array.from({ length: 2 * STRANGERS }, () => new FakeDataChannel("x", {}));
  for (const [n, stranger] of strangers.entries()) {
    pc.ondatachannel({ channel: stranger });
    assert.equal(events.length, n + 1 < STRANGERS ? 0 : 1);
  }
  assert.deepEqual(new Set(strangers.map(({ readyState }) => readyState)), new Set(["closed"]));
});

test("where no other connection can be made the first one stays", async () => {
  const { peer, pc } = polite();
  await begins(peer);
  assert.equal(pc.signalingState, "have-local-offer");
  peer.negotiation.makeConnection = () => {
    throw new Error("Cannot create so many PeerConnections");
  };
  await peer.receive(offer());
  assert.equal(warnings.mock.callCount(), 1);
  assert.deepEqual([peer.pc, pc.connectionState], [pc, "new"]);
  const states = record(peer, "state");
  await peer.receive(answer());
  pc.becomes("connected");
  assert.deepEqual([pc.signalingState, states], ["stable", [["state", "connected"]]]);
});

// -- Candidates -------------------------------------------------------------------------------

test("candidates before the description wait for it, in order", async () => {
  const { peer, pc } = polite();
  /** @type {Candidate[]} */
  const early = ["a", "b", "c"].map((candidate) => ({ type: "ice", candidate: { candidate } }));
  for (const message of early) await peer.receive(message);
  assert.deepEqual(pc.candidates, []);
  await peer.receive(offer());
  assert.deepEqual(
    pc.candidates,
    early.map(({ candidate }) => candidate),
  );
  await peer.receive(CANDIDATE);
  assert.deepEqual(pc.candidates.at(-1), CANDIDATE.candidate);
  await peer.receive(offer("again"));
  assert.equal(pc.candidates.length, 4);
});

test("candidates that come with the description wait for it, too", async () => {
  const { peer, pc } = polite();
  await Promise.all([peer.receive(offer()), peer.receive(CANDIDATE)]);
  assert.deepEqual(pc.candidates, [CANDIDATE.candidate]);
  assert.equal(warnings.mock.callCount(), 0);
});

test("the end of candidates is passed on", async () => {
  const { peer, pc } = polite();
  await peer.receive(offer());
  await peer.receive({ type: "ice", candidate: null });
  assert.deepEqual(pc.candidates, [undefined]);
});

test("own candidates are told, and their end", () => {
  const { pc, signals } = polite();
  pc.onicecandidate({ candidate: { toJSON: () => CANDIDATE.candidate } });
  pc.onicecandidate({ candidate: null });
  assert.deepEqual(signals, [CANDIDATE, { type: "ice", candidate: null }]);
});

// -- Repair -----------------------------------------------------------------------------------

test("an offer without its answer is sent again, the same one", async () => {
  const { peer, signals } = impolite();
  await settle();
  const [first] = signals.splice(0);
  peer.repair();
  assert.deepEqual(signals, [first]);
});

test("it is sent again by itself, ever more slowly, until there is media", async () => {
  const { pc, peer, signals } = impolite();
  await settle();
  signals.splice(0);
  for (let attempt = 1; attempt <= 4; attempt++) {
    advance(Math.round(delay(REPAIR, attempt)) - 10);
    assert.equal(signals.length, attempt - 1);
    advance(11);
    assert.equal(signals.length, attempt);
  }
  await peer.receive(answer());
  pc.becomes("connected");
  advance(HOUR);
  assert.equal(signals.length, 4);
  assert.equal(pc.restarts, 0);
});

test("the polite side asks for the first offer, and begins if none ever comes", async () => {
  const { signals } = polite();
  // It leaves the other, who offers again by itself, the time of four repairs.
  for (let repairs = 1; repairs <= ASKS.first; repairs++) {
    advance(Math.ceil(delay(REPAIR, repairs)));
    await settle();
    assert.deepEqual(signals.splice(0), [ask(false)]);
  }
  advance(Math.ceil(delay(REPAIR, ASKS.first + 1)));
  await settle();
  assert.deepEqual(
    signals.map(({ type }) => type),
    ["offer"],
  );
});

test("a lost first offer and a lost first answer are made up for", async () => {
  const one = impolite();
  const two = polite();
  await settle();
  one.signals.splice(0); // lost
  one.peer.repair();
  two.peer.receive(one.signals.splice(0)[0]);
  await settle();
  two.signals.splice(0); // lost
  one.peer.repair();
  await talk(one, two);
  assert.equal(one.pc.signalingState, "stable");
  assert.deepEqual(one.pc.remoteDescription, two.pc.localDescription);
});

test("agreed but without media, new paths are sought", async () => {
  const { peer, pc, signals } = impolite();
  await settle();
  await peer.receive(answer());
  signals.splice(0);
  peer.repair();
  await settle();
  assert.equal(pc.restarts, 1);
  assert.deepEqual(
    signals.map(({ type }) => type),
    ["offer"],
  );
});

test("the first attempt at a path is left alone", async () => {
  const [one, two] = await agreed();
  for (const { pc } of [one, two]) pc.becomes("connecting");
  advance(9000 - 1);
  await settle();
  assert.deepEqual([one.pc.restarts, two.pc.restarts], [0, 0]);
  assert.deepEqual([one.signals, two.signals], [[], []]);
  advance(2000);
  await settle();
  assert.equal(one.pc.restarts, 1);
});

test("attempts at a path go on, ever slower", async () => {
  const [one, two] = await agreed();
  /** @type {number[]} */
  const at = [];
  for (let second = 1; second <= 300; second++) {
    const { restarts } = one.pc;
    one.pc.becomes("connecting");
    advance(1000);
    await talk(one, two);
    if (one.pc.restarts > restarts) at.push(second);
  }
  const pauses = at.slice(1).map((second, n) => second - at[n]);
  assert.ok(at.length >= 9 && at.length <= 14, `${at}`);
  assert.ok(pauses[0] >= 13 && given(pauses.at(-1)) >= 27, `${pauses}`);
});

test("a path that is not found in good time is told once, by both", async () => {
  const [one, two] = await agreed();
  const told = [one, two].map(({ peer }) => record(peer, "no-path"));
  for (const { pc } of [one, two]) pc.becomes("connecting");
  advance(14_999);
  assert.deepEqual(told, [[], []]);
  assert.equal(one.peer.media, "connecting");
  advance(1);
  assert.deepEqual(told, [[["no-path", null]], [["no-path", null]]]);
  assert.equal(one.peer.media, "no-path");
  one.pc.becomes("failed");
  advance(HOUR);
  assert.equal(told[0].length, 1);
  one.pc.becomes("connected");
  assert.equal(one.peer.media, "connected");
});

test("when ICE has failed, nothing more is awaited", async () => {
  const [one] = await agreed();
  const told = record(one.peer, "no-path");
  one.pc.becomes("failed");
  assert.deepEqual(told, [["no-path", null]]);
});

test("lost media is no path that was never found", async () => {
  const [one] = await connected();
  const told = record(one.peer, "no-path");
  one.pc.becomes("failed");
  advance(HOUR);
  assert.deepEqual(told, []);
  assert.equal(one.peer.media, "interrupted");
});

test("with media, repair changes nothing", async () => {
  const [one] = await connected();
  one.peer.repair();
  await settle();
  assert.equal(one.pc.restarts, 0);
  assert.deepEqual(one.signals, []);
});

test("an interruption is given time, then new paths are sought", async () => {
  const [{ pc }] = await connected();
  pc.becomes("disconnected");
  advance(1999);
  assert.equal(pc.restarts, 0);
  advance(1);
  assert.equal(pc.restarts, 1);
});

test("an interruption that ends by itself needs nothing", async () => {
  const [{ pc }] = await connected();
  pc.becomes("disconnected");
  advance(1000);
  pc.becomes("connected");
  advance(HOUR);
  assert.equal(pc.restarts, 0);
});

test("a failure is mended at once", async () => {
  const [{ pc }] = await connected();
  pc.becomes("failed");
  advance(1);
  assert.equal(pc.restarts, 1);
});

test("a failure that stays does not spin", async () => {
  const [{ pc }] = await connected();
  pc.becomes("failed");
  for (let n = 0; n < 60; n++) {
    advance(1000);
    await settle();
    if (pc.signalingState === "have-local-offer") pc.changeTo("stable");
  }
  assert.ok(pc.restarts > 3 && pc.restarts < 25, `${pc.restarts} restarts in a minute`);
});

test("a new offer of ours that gets lost while media flows is sent again", async () => {
  const [{ pc, signals }] = await connected();
  pc.needNegotiation();
  await settle();
  const [lost] = signals.splice(0);
  assert.equal(lost.type, "offer");
  advance(Math.ceil(delay(REPAIR, 1)) + 1);
  assert.deepEqual(signals, [lost]);
});

// -- Slots ------------------------------------------------------------------------------------

/**
 * What `ontrack` of a connection says of its line.
 * @param {FakeConnection} pc
 * @param {number} line
 */
const arrives = (pc, line) => {
  const transceiver = pc.transceivers[line];
  pc.ontrack({ transceiver, track: transceiver.receiver.track });
  return transceiver.receiver.track;
};

test("what the other sends is told by slot, on either side", async () => {
  for (const { peer, pc } of await connected()) {
    const events = record(peer, "remote");
    const tracks = [0, 1, 2, 3].map((line) => arrives(pc, line));
    assert.deepEqual(events, [
      ["remote", { slot: "microphone", track: tracks[0] }],
      ["remote", { slot: "camera", track: tracks[1] }],
      ["remote", { slot: "screen", track: tracks[2] }],
      ["remote", { slot: "screen-sound", track: tracks[3] }],
    ]);
  }
});

test("whoever offers two lines, in whatever order, has a microphone and a camera", async () => {
  for (const offered of [
    ["audio", "video"],
    ["video", "audio"],
  ]) {
    const { peer, pc } = polite();
    const events = record(peer, "remote");
    pc.offered = offered;
    await peer.receive(offer());
    const tracks = [0, 1].map((line) => arrives(pc, line));
    assert.deepEqual(kinds(pc), offered);
    assert.deepEqual(sending(pc), offered);
    const slots = Object.fromEntries(events.map(([, { slot, track }]) => [slot, track]));
    assert.deepEqual(slots, {
      microphone: tracks[offered.indexOf("audio")],
      camera: tracks[offered.indexOf("video")],
    });
  }
});

test("lines beyond the four are nobody's slot, and carry nothing either way", async () => {
  const { peer, pc } = polite();
  peer.send("screen", track("video", "screen"));
  const events = record(peer, "remote");
  pc.offered = ["audio", ...Array(8).fill("video"), ...Array(4).fill("audio")];
  await peer.receive(offer());
  for (const line of [3, 8, 12]) arrives(pc, line);
  assert.deepEqual(events, []);
  const [first, ...others] = ["audio", "video", "screen", ...Array(10).fill(null)];
  assert.deepEqual(sending(pc), [first, ...others]);
  const both = ["sendrecv", "sendrecv", "sendrecv"];
  assert.deepEqual(
    pc.transceivers.map(({ direction }) => direction),
    [...both, ...Array(6).fill("inactive"), "sendrecv", ...Array(3).fill("inactive")],
  );
});

test("a line that takes the place of one that was stopped is used", async () => {
  const { peer, pc } = polite();
  pc.offered = ["audio", "video", "video", "video"];
  await peer.receive(offer());
  assert.equal(pc.transceivers[3].direction, "inactive");
  pc.transceivers[1].stop();
  await peer.receive(offer("another"));
  assert.deepEqual(
    pc.transceivers.map(({ direction }) => direction),
    ["sendrecv", "stopped", "sendrecv", "sendrecv"],
  );
});

test("another camera, and a screen that comes and goes, need no negotiation", async () => {
  for (const { peer, pc, signals } of await connected()) {
    signals.splice(0);
    await peer.send("camera", track("video", "other camera"));
    assert.deepEqual(sending(pc), ["audio", "other camera", null, null]);
    await peer.send("camera", null);
    await settle();
    assert.deepEqual(sending(pc), ["audio", null, null, null]);
    await peer.send("camera", track("video", "third camera"));
    await peer.send("screen", track("video", "screen"));
    await peer.send("screen-sound", track("audio", "its sound"));
    assert.deepEqual(sending(pc), ["audio", "third camera", "screen", "its sound"]);
    await peer.send("screen", null);
    await peer.send("screen-sound", null);
    await settle();
    assert.deepEqual(sending(pc), ["audio", "third camera", null, null]);
    assert.deepEqual(signals, []);
  }
});

test("a camera that comes before anything is agreed is in the answer", async () => {
  const { peer, pc } = polite({ tracks: [] });
  await peer.send("camera", track("video", "late"));
  assert.deepEqual(pc.transceivers, []);
  await peer.receive(offer());
  assert.deepEqual(sending(pc), [null, "late", null, null]);
});

test("what nobody has offered to take is asked for", async () => {
  const { peer, pc, signals } = polite({ tracks: ["audio", "video"] });
  pc.offered = ["audio"];
  await peer.receive(offer("audio only"));
  await settle();
  assert.deepEqual(kinds(pc), ["audio", "video"]);
  assert.equal(signals[0].type, "answer");
  assert.deepEqual(signals.splice(0).slice(1), [ask(false)]);
  pc.becomes("connected");
  // Whoever does not know the request gets an offer in the end.
  for (let n = 0; n < 60 && signals.at(-1)?.type !== "offer"; n++) {
    advance(1000);
    await settle();
  }
  assert.deepEqual(signals, [...Array(ASKS.first).fill(ask(false)), signals.at(-1)]);
  assert.equal(signals.at(-1)?.type, "offer");
});

test("the impolite side offers what the other has no place for", async () => {
  const { peer, pc, signals } = polite({ tracks: [] });
  peer.polite = false;
  pc.offered = ["audio", "video"];
  await peer.receive(offer("two lines"));
  pc.becomes("connected");
  signals.splice(0);
  await peer.send("screen", track("video", "screen"));
  await settle();
  assert.deepEqual(kinds(pc), ["audio", "video", "video"]);
  assert.deepEqual(sending(pc), [null, null, "screen"]);
  assert.deepEqual(
    signals.map(({ type }) => type),
    ["offer"],
  );
});

// -- The rest ---------------------------------------------------------------------------------

test("states are told", () => {
  const { peer, pc } = impolite();
  const events = record(peer, "state");
  const states = /** @type {const} */ (["connecting", "connected", "disconnected", "failed"]);
  for (const state of states) pc.becomes(state);
  assert.deepEqual(
    events.map(([, state]) => state),
    states,
  );
});

test("fresh ICE servers keep the rest of the configuration", () => {
  const { peer, pc } = impolite();
  /** @type {IceConfig} */
  const fresh = { iceServers: [{ urls: ["turn:x"] }], iceTransportPolicy: "relay" };
  peer.setIce(fresh);
  assert.deepEqual(pc.config, { ...fresh, bundlePolicy: "max-bundle" });
});

for (const [local, remote, relayed, over] of [
  ["host", "srflx", false, undefined],
  ["relay", "host", true, "tls"],
  // How the other reaches theirs is not known here.
  ["host", "relay", true, undefined],
]) {
  test(`${local} to ${remote} is ${relayed ? "" : "not "}relayed`, async () => {
    const { peer, pc } = impolite();
    pc.stats = new Map([
      ["T", { type: "transport", selectedCandidatePairId: "P" }],
      ["P", { type: "candidate-pair", localCandidateId: "L", remoteCandidateId: "R" }],
      ["L", { type: "local-candidate", candidateType: local, relayProtocol: over }],
      ["R", { type: "remote-candidate", candidateType: remote, relayProtocol: "udp" }],
    ]);
    assert.deepEqual(await peer.way(), { relayed, over });
  });
}

test("without a pair nobody knows whether it is relayed", async () => {
  const { peer, pc } = impolite();
  const unknown = { relayed: undefined, over: undefined };
  assert.deepEqual(await peer.way(), unknown);
  pc.stats = new Map([["T", { type: "transport", selectedCandidatePairId: "gone" }]]);
  assert.deepEqual(await peer.way(), unknown);
});

test("a closed one is silent", async () => {
  const { peer, pc, signals } = impolite();
  await settle();
  signals.splice(0);
  const events = record(peer, "state", "remote", "stuck");
  const transceiver = pc.transceivers[0];
  peer.close();
  assert.equal(pc.signalingState, "closed");
  await peer.receive(offer());
  await peer.receive(CANDIDATE);
  peer.repair();
  pc.onnegotiationneeded();
  pc.onicecandidate({ candidate: null });
  pc.becomes("failed");
  pc.ontrack({ transceiver, track: transceiver.receiver.track });
  await peer.send("camera", null);
  peer.setIce(ICE);
  advance(HOUR);
  await settle();
  assert.deepEqual([signals, events], [[], []]);
  assert.equal(pc.restarts, 0);
  assert.equal(warnings.mock.callCount(), 0);
});

test("closing in the middle of a negotiation is not a fault", async () => {
  const one = impolite();
  one.peer.close();
  await settle();
  const two = polite();
  const receiving = two.peer.receive(offer());
  two.peer.close();
  await receiving;
  await settle();
  assert.deepEqual([one.signals, two.signals], [[], []]);
  assert.equal(warnings.mock.callCount(), 0);
});

for (const [where, type, restarts] of /** @type {const} */ ([
  ["ours", "relay", 1],
  ["the other's", "host", 0],
])) {
  const result = restarts ? "another path is sought" : "nothing is done";
  test(`new credentials, and the relay in use is ${where}: ${result}`, async () => {
    const [{ peer, pc }] = await connected();
    pc.stats = new Map(
      Object.entries({
        T: { type: "transport", selectedCandidatePairId: "P" },
        P: { type: "candidate-pair", localCandidateId: "L", remoteCandidateId: "R" },
        L: { candidateType: type },
        R: { candidateType: "relay" },
      }),
    );
    await peer.renewRelay();
    assert.equal(pc.restarts, restarts);
  });
}

test("silence is a reason for another path, once, and again when the signaling is back", async () => {
  const [one, two] = await connected();
  for (const { peer } of [one, two]) peer.hears(true);
  await settle();
  assert.deepEqual([one.pc.restarts, two.pc.restarts], [1, 0]);
  assert.deepEqual(two.signals.splice(0), [ask(true)]);
  const [lost] = one.signals.splice(0);
  advance(60_000);
  await settle();
  assert.deepEqual(two.signals, []);
  for (const again of one.signals.splice(0)) assert.deepEqual(again, lost);
  for (const { peer } of [one, two]) peer.repair();
  assert.deepEqual(two.signals, [ask(true)]);
  assert.deepEqual(one.signals, [lost], "the same offer: the path is sought already");
  await talk(one, two);
  for (const { peer } of [one, two]) peer.hears(false);
  one.peer.repair();
  assert.deepEqual([one.pc.restarts, one.signals], [1, []]);
});

for (const start of [700_000, undefined]) {
  test(`pictures begin with ${start ?? "what a small one needs"}, and go on as they will`, async () => {
    const { peer, pc, signals } = polite({ start });
    const begun = () =>
      /;x-google-start-bitrate=(\d+)$/m.exec(pc.remoteDescription?.sdp ?? "")?.[1];
    const video = "m=video 9 UDP/TLS/RTP/SAVPF 98\r\na=rtpmap:98 VP9/90000\r\na=fmtp:98 a=0\r\n";
    await peer.receive(offer(video));
    assert.equal(begun(), start === undefined ? "450" : "700");
    await settle();
    assert.equal(signals.at(-1)?.type, "answer");
    await peer.receive(offer(`${video}a=more\r\n`));
    assert.equal(begun(), undefined);
  });
}

for (const [start, waits] of /** @type {const} */ ([
  [600_000, true],
  [599_000, false],
  [undefined, false],
])) {
  test(`a picture that begins with ${start ?? "an unknown rate"} waits for a path: ${waits}`, async () => {
    const [one, two] = [impolite({ start }), polite()];
    await talk(one, two);
    await one.peer.send("screen", track("video", "screen"));
    await settle();
    assert.deepEqual(active(one), waits ? SOUND_ONLY : ALL_SENT);
    one.pc.becomes("connected");
    await settle();
    assert.deepEqual(active(one), ALL_SENT);
  });
}

for (const [state, restarts] of /** @type {const} */ ([
  ["checking", 1],
  ["connected", 0],
  ["completed", 0],
])) {
  test(`relays as well two seconds after all is agreed, if no path is found: ${state}`, async () => {
    const [one, two] = [impolite(), polite({ later: RELAYED })];
    const servers = () => two.pc.getConfiguration().iceServers;
    advance(2000);
    assert.deepEqual([servers(), two.pc.restarts], [ICE.iceServers, 0], "nothing is agreed");
    await talk(one, two);
    two.pc.iceConnectionState = state;
    advance(1999);
    assert.deepEqual([servers(), two.pc.restarts], [ICE.iceServers, 0]);
    advance(1);
    assert.deepEqual([servers(), two.pc.restarts], [RELAYED.iceServers, restarts]);
  });
}

test("servers that came meanwhile are kept when relays are sought", async () => {
  const [one, two] = [impolite(), polite({ later: RELAYED })];
  await talk(one, two);
  const fresher = { ...RELAYED, iceServers: [{ urls: "turn:fresher.example.org" }] };
  two.peer.setIce(fresher);
  advance(2000);
  assert.deepEqual(two.pc.getConfiguration().iceServers, fresher.iceServers);
});

test("no relays for a call that is over", async () => {
  const [one, two] = [impolite(), polite({ later: RELAYED })];
  const { peer, pc } = two;
  await talk(one, two);
  peer.close();
  advance(HOUR);
  assert.deepEqual([pc.getConfiguration().iceServers, pc.restarts], [ICE.iceServers, 0]);
});

test("whoever is not understood makes the offers, also those that restart ICE", async () => {
  const [one, two] = [impolite(), polite()];
  await talk(one, two);
  for (let n = 0; n < 60; n++) {
    advance(10_000);
    await settle();
  }
  const asked = two.signals.filter(({ type }) => type === "renegotiate");
  const offers = two.signals.flatMap((one) => (one.type === "offer" ? one.sdp : []));
  assert.equal(asked.length, ASKS.first);
  assert.ok(offers.length > 1, "the same, again and again");
  assert.match(offers[0], new RegExp(`ice-ufrag:${two.pc.name}-\\d`));
});

test("how long the other's voice waits, where the browser lets a page say so", async () => {
  const [one] = await connected();
  const { receiver } = one.pc.transceivers[0];
  one.peer.buffer(104);
  assert.ok(!("jitterBufferTarget" in receiver));
  Object.assign(receiver, { jitterBufferTarget: null });
  one.peer.buffer(104);
  assert.equal(posing(receiver).jitterBufferTarget, 104);
});

test("what comes later is of the same certificate, or is not taken", async () => {
  const { peer, pc, signals } = polite();
  await peer.receive(offer(`first ${certificate("AB:CD")}`));
  await settle();
  const taken = pc.remoteDescription;
  signals.length = 0;
  for (const sdp of [
    `other ${certificate("EE:EE")}`,
    `both ${certificate("AB:CD")}${certificate("EE:EE")}`,
    "none",
  ]) {
    await peer.receive(offer(sdp));
    await settle();
    assert.deepEqual([pc.remoteDescription, signals], [taken, []]);
  }
  await peer.receive(offer(`again ${certificate("ab:cd")}${certificate("AB:CD")}`));
  await settle();
  assert.notEqual(pc.remoteDescription, taken);
});
