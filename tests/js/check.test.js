import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Checker } from "../../static/calls/js/call/check/checker.js";
import { deviceOf } from "../../static/calls/js/call/check/devices.js";
import { limited } from "../../static/calls/js/call/check/limit.js";
import { ownRoom, tryServer } from "../../static/calls/js/call/check/server.js";
import { relaysOf, stunOf } from "../../static/calls/js/call/check/urls.js";
import { verdictOf } from "../../static/calls/js/call/check/verdict.js";
import { Emitter } from "../../static/calls/js/base/events.js";
import { FakeSocket, advance, devices, posing, record, settle, track, welcome } from "./fakes.js";

/** @import { Part, Result, State, Verdict } from "../../static/calls/js/call/check/verdict.js" */

const URL = "wss://call.example.org/ws/call/room/";
const STUN = { urls: ["stun:turn.example.org:3478"] };
const TURN = {
  urls: ["turn:turn.example.org", "turns:turn.example.org:443?transport=tcp"],
  username: "1795502563:974a",
  credential: "secret",
};

const limit = (signal = new AbortController().signal) => ({ patience: 8000, signal });

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
});

// -- The verdict ------------------------------------------------------------------------------

/**
 * @param {Partial<Record<"server" | "stun" | "camera" | "microphone", State>>} states
 * @param {Record<string, State>} [relays]
 * @returns {Part[]}
 */
function found(states, relays = {}) {
  const all = /** @type {const} */ (["server", "stun", "camera", "microphone"]);
  const ways = Object.entries(relays);
  return [
    ...all.map((id) => ({ id, state: states[id] ?? "ok" })),
    ...(ways.length === 0
      ? [{ id: /** @type {const} */ ("relay"), state: /** @type {const} */ ("missing") }]
      : ways.map(([way, state]) => ({ id: /** @type {const} */ ("relay"), way, state }))),
  ];
}

for (const [parts, verdict, policy = "all"] of /**
 * @type {[Part[], Verdict, RTCIceTransportPolicy?][]}
 */ ([
  [found({}, { UDP: "ok", TCP: "ok", TLS: "ok" }), "works-strictly"],
  [found({}, { UDP: "failed", TLS: "ok" }), "works-strictly"],
  [found({}, { TCP: "ok" }), "works-strictly"],
  [found({}, { UDP: "ok", TLS: "failed" }), "works"],
  [found({}, { DTLS: "ok" }), "works"],
  [found({ stun: "failed" }, { UDP: "ok" }), "works"],
  [found({}), "no-relay-set-up"],
  [found({ stun: "unknown" }), "no-relay-set-up"],
  [found({ stun: "failed" }), "no-way-out"],
  [found({ stun: "missing" }), "no-way-out"],
  [found({}, { UDP: "failed", TLS: "failed" }), "no-relay-reached"],
  [found({ stun: "unknown" }, { UDP: "failed" }), "no-relay-reached"],
  [found({ stun: "failed" }, { UDP: "failed" }), "no-way-out"],
  [found({}, { UDP: "failed" }), "relay-needed", "relay"],
  [found({}, { UDP: "ok" }), "works", "relay"],
  [found({ server: "failed", stun: "unknown", microphone: "failed" }), "no-server"],
  [found({ microphone: "failed" }, { TLS: "ok" }), "no-microphone"],
  [found({ microphone: "failed", camera: "failed" }, { TLS: "ok" }), "no-devices"],
  [found({ camera: "failed" }, { TLS: "ok" }), "no-camera"],
  [found({ camera: "unknown", microphone: "unknown" }, { TLS: "ok" }), "works-strictly"],
  // What stands in the way of more goes first.
  [found({ microphone: "failed" }), "no-microphone"],
  [found({ camera: "failed" }), "no-relay-set-up"],
  [found({ microphone: "failed", stun: "failed" }), "no-way-out"],
  [found({ microphone: "failed" }, { UDP: "failed" }), "relay-needed", "relay"],
  [found({ microphone: "running", server: "failed" }), "running"],
  [found({}, { UDP: "ok", TLS: "running" }), "running"],
])) {
  const told = parts.map((part) => `${"way" in part ? part.way : part.id} ${part.state}`);
  test(`${told.join(", ")} (${policy}): ${verdict}`, () => {
    assert.equal(verdictOf(parts, policy), verdict);
  });
}

// -- Addresses --------------------------------------------------------------------------------

for (const [url, way, port] of [
  ["turn:turn.example.org", "UDP", "3478"],
  ["turn:turn.example.org:80?transport=udp", "UDP", "80"],
  ["turn:turn.example.org:3478?transport=tcp", "TCP", "3478"],
  ["turns:turn.example.org", "TLS", "5349"],
  ["turns:turn.example.org:443?transport=tcp", "TLS", "443"],
  ["turns:turn.example.org:443?transport=udp", "DTLS", "443"],
  ["turn:[2001:db8::7]:53", "UDP", "53"],
  ["TURN:192.0.2.7:3478?transport=TCP", "TCP", "3478"],
]) {
  test(`${url} is a relay over ${way}, port ${port}`, () => {
    const server = { urls: url, username: "u", credential: "c" };
    assert.deepEqual(relaysOf([server]), [{ way, port, server }]);
    assert.deepEqual(stunOf([server]), []);
  });
}

test("every address is tried by itself, with its own login", () => {
  const relays = relaysOf([STUN, TURN]);
  assert.deepEqual(
    relays.map(({ server }) => server),
    TURN.urls.map((urls) => ({ ...TURN, urls })),
  );
  assert.deepEqual(stunOf([STUN, TURN]), [{ urls: STUN.urls[0] }]);
  assert.deepEqual(relaysOf([{ urls: "nonsense" }]), []);
});

// -- Devices ----------------------------------------------------------------------------------

const live = { microphone: track("audio"), camera: track("video") };

for (const [fields, camera, microphone] of /** @type {const} */ ([
  [{}, { state: "ok" }, { state: "ok" }],
  [{ asking: true }, { state: "unknown", why: "asking" }, { state: "unknown", why: "asking" }],
  [{ video: false }, { state: "unknown", why: "off" }, { state: "ok" }],
  [{ audio: false }, { state: "ok" }, { state: "unknown", why: "off" }],
  [
    { hasAudio: false, hasVideo: false, problem: "denied" },
    { state: "failed", why: "denied" },
    { state: "failed", why: "denied" },
  ],
  [
    { hasVideo: false, problem: "no-camera" },
    { state: "failed", why: "no-camera" },
    { state: "ok" },
  ],
  [{ hasAudio: false }, { state: "ok" }, { state: "failed", why: "unknown" }],
  [
    { tracks: { ...live, microphone: { ...live.microphone, muted: true } } },
    { state: "ok" },
    { state: "unknown", why: "silent" },
  ],
])) {
  test(`devices: ${JSON.stringify(fields)}`, () => {
    const media = { ...devices(), tracks: live, ...fields };
    assert.deepEqual(deviceOf("camera", media), camera);
    assert.deepEqual(deviceOf("microphone", media), microphone);
  });
}

// -- A limit ----------------------------------------------------------------------------------

test("what comes in time counts, and is ended", async () => {
  const end = mock.fn();
  /** @type {(found: string) => void} */
  let done = () => {};
  const waiting = limited(
    limit(),
    (found) => {
      done = found;
      return end;
    },
    () => "late",
  );
  advance(7999);
  done("here");
  assert.equal(await waiting, "here");
  assert.equal(end.mock.callCount(), 1);
});

test("what does not come is ended when the time is over", async () => {
  const end = mock.fn();
  const waiting = limited(
    limit(),
    () => end,
    () => "late",
  );
  advance(8000);
  assert.equal(await waiting, "late");
  assert.equal(end.mock.callCount(), 1);
});

test("what nobody wants is ended at once, also before it began", async () => {
  for (const early of [true, false]) {
    const [controller, end] = [new AbortController(), mock.fn()];
    if (early) controller.abort();
    const waiting = limited(
      limit(controller.signal),
      () => end,
      () => "unwanted",
    );
    controller.abort();
    assert.equal(await waiting, "unwanted");
    assert.equal(end.mock.callCount(), 1);
  }
});

// -- The server -------------------------------------------------------------------------------

/** @param {AbortSignal} [signal] */
function trial(signal) {
  /** @type {FakeSocket[]} */
  const sockets = [];
  const result = tryServer(URL, limit(signal), (...args) => {
    const socket = new FakeSocket(...args);
    sockets.push(socket);
    return posing(socket);
  });
  return { sockets, result };
}

const SIGNAL = { type: "ice", candidate: null };

test("a room that nobody else knows, at the same address", () => {
  const one = ownRoom(URL);
  assert.match(one, /^wss:\/\/call\.example\.org\/ws\/call\/check-[0-9a-f]{24}\/$/);
  assert.notEqual(ownRoom(URL), one);
  assert.match(ownRoom("ws://h:8000/ws/call/call/"), /^ws:\/\/h:8000\/ws\/call\/check-\w+\/$/);
});

test("the page talks with itself through the server, and leaves", async () => {
  const { sockets, result } = trial();
  const [one, two] = sockets;
  assert.equal(one.url, two.url);
  assert.equal(one.protocol, "call.v1");
  for (const socket of sockets) socket.opens();
  await settle();
  assert.equal(one.sent[0].type, "join");
  assert.equal(two.sent.length, 0);
  one.says(welcome());
  await settle();
  assert.equal(two.sent[0].type, "join");
  assert.notEqual(two.sent[0].key, one.sent[0].key);
  two.says(welcome({ iceServers: [TURN] }));
  await settle();
  assert.deepEqual(two.sent[1], SIGNAL);
  one.says({ ...SIGNAL, from: "two" });
  await settle();
  assert.deepEqual(one.sent[1], SIGNAL);
  two.says({ ...SIGNAL, from: "one" });
  const { ms, ...found } = await result;
  assert.ok(ms !== undefined && ms >= 0);
  assert.deepEqual(found, {
    state: "ok",
    ice: { iceServers: [TURN], iceTransportPolicy: "all" },
  });
  for (const socket of sockets) {
    assert.deepEqual(socket.sent.at(-1), { type: "leave" });
    assert.ok(socket.closed);
  }
});

for (const [what, why, happens] of /**
 * @type {[string, string, (one: FakeSocket, two: FakeSocket) => void][]}
 */ ([
  ["does not answer", "no answer in time", () => advance(8000)],
  ["refuses", "close code 1006", (one) => one.ends(1006)],
  ["has a problem", "unavailable", (one) => one.says({ type: "error", code: "unavailable" })],
])) {
  test(`a server that ${what} has failed, and keeps no seat`, async () => {
    const { sockets, result } = trial();
    const [one, two] = sockets;
    if (why !== "close code 1006") for (const socket of sockets) socket.opens();
    await settle();
    happens(one, two);
    assert.deepEqual(await result, { state: "failed", why });
    for (const socket of sockets) assert.ok(socket.closed);
    if (two.readyState > 0 && two.sent.length > 0) {
      assert.deepEqual(two.sent.at(-1), { type: "leave" });
    }
  });
}

test("what is said to a check that has been cancelled is ignored", async () => {
  const controller = new AbortController();
  const { sockets, result } = trial(controller.signal);
  controller.abort();
  assert.equal((await result).state, "failed");
  for (const socket of sockets) {
    assert.ok(socket.closed);
    socket.opens();
    assert.deepEqual(socket.sent, []);
  }
});

// -- All together -----------------------------------------------------------------------------

/** @param {unknown} tries */
function checker(tries = {}) {
  const media = Object.assign(new Emitter(), devices(), { tracks: live });
  const made = new Checker({
    url: URL,
    media: posing(media),
    tries: {
      tryServer: async () => ({
        state: "ok",
        ms: 4,
        ice: { iceServers: [STUN, TURN], iceTransportPolicy: "all" },
      }),
      tryStun: async () => ({ state: "ok" }),
      tryRelay: async () => ({ state: "ok" }),
      tryMicrophone: async () => ({ state: "ok" }),
      .../** @type {object} */ (tries),
    },
  });
  return { checker: made, media };
}

/** @param {Checker} checker */
const states = ({ parts }) =>
  parts.map((part) => ["way" in part ? part.way : part.id, part.state].join(" "));

test("every part is tried, and a line for each way to the relay", async () => {
  const { checker: made } = checker();
  await made.run();
  assert.deepEqual(states(made), [
    "server ok",
    "stun ok",
    "UDP ok",
    "TLS ok",
    "camera ok",
    "microphone ok",
  ]);
  assert.equal(made.verdict, "works-strictly");
});

test("ways are tried at the same time, and told as they come", async () => {
  /** @type {((result: Result) => void)[]} */
  const waiting = [];
  const { checker: made } = checker({
    tryRelay: () => new Promise((resolve) => waiting.push(resolve)),
  });
  const run = made.run();
  await settle();
  assert.equal(waiting.length, 2);
  waiting[1]({ state: "failed", why: "ICE 701" });
  await settle();
  assert.deepEqual(states(made).slice(2, 4), ["UDP running", "TLS failed"]);
  assert.equal(made.verdict, "running");
  waiting[0]({ state: "ok" });
  await run;
  assert.equal(made.verdict, "works");
});

test("without servers there is nothing to try", async () => {
  const { checker: made } = checker({
    tryServer: async () => ({ state: "ok", ice: { iceServers: [], iceTransportPolicy: "all" } }),
    tryStun: () => assert.fail("nobody to ask"),
  });
  await made.run();
  assert.deepEqual(states(made).slice(0, 3), ["server ok", "stun missing", "relay missing"]);
});

test("without the server nobody tells what else there is", async () => {
  const { checker: made } = checker({
    tryServer: async () => ({ state: "failed", why: "close code 1006" }),
  });
  await made.run();
  assert.deepEqual(states(made).slice(0, 3), ["server failed", "stun unknown", "relay unknown"]);
  assert.equal(made.verdict, "no-server");
});

test("a trial that breaks has failed", async () => {
  const { checker: made } = checker({ tryStun: () => Promise.reject(new Error("no such API")) });
  await made.run();
  assert.ok(states(made).includes("stun failed"));
});

test("a run that was cancelled or begun anew changes nothing any more", async () => {
  /** @type {((result: object) => void)[]} */
  const waiting = [];
  const { checker: made } = checker({
    tryServer: () => new Promise((resolve) => waiting.push(resolve)),
    tryStun: () => assert.fail("nobody wants to know"),
  });
  const first = made.run();
  const second = made.run();
  const events = record(made, "change");
  const ice = { iceServers: [STUN], iceTransportPolicy: "all" };
  waiting[0]({ state: "ok", ice });
  await first;
  assert.ok(states(made).includes("server running"));
  made.cancel();
  waiting[1]({ state: "ok", ice });
  await second;
  assert.ok(events.length > 0);
  assert.equal(states(made).length, 5);
});

test("what the person does with the devices meanwhile counts", async () => {
  const { checker: made, media } = checker();
  await made.run();
  Object.assign(media, { hasVideo: false, problem: "denied" });
  media.emit("change", null);
  await settle();
  assert.ok(states(made).includes("camera failed"));
  assert.equal(made.verdict, "no-camera");
  made.cancel();
  Object.assign(media, { hasVideo: true, problem: null });
  media.emit("change", null);
  assert.ok(states(made).includes("camera failed"));
});
