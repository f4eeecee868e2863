import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { RECONNECT, delay } from "../../static/calls/js/call/backoff.js";
import { Signaling } from "../../static/calls/js/call/signaling.js";
import { FakeSocket, advance, posing, record, settle, welcome } from "./fakes.js";

/** @import { Welcome } from "../../static/calls/js/call/protocol.js" */
/** @import { Seat } from "../../static/calls/js/call/signaling.js" */

const URL = "wss://call.example.org/ws/call/room/";
const PING = { type: "ping" };
const HOUR = 3_600_000;
const middle = () => 0.5;

/** @type {Signaling} */ let signaling;
/** @type {FakeSocket[]} */ let sockets;
/** @type {ReturnType<typeof record>} */ let events;
/** @type {Seat} */ let seat;
/** @type {import("node:test").Mock<() => Promise<boolean>>} */ let reachable;

const last = () => /** @type {FakeSocket} */ (sockets.at(-1));
const types = () => events.map(([type]) => type);

const MESSAGES = /** @type {const} */ ([
  "welcome",
  "peer-joined",
  "peer-away",
  "peer-left",
  "offer",
  "answer",
  "ice",
  "renegotiate",
  "ice-servers",
  "waiting",
  "error",
]);

beforeEach(() => {
  mock.restoreAll();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  mock.method(Math, "random", middle);
  sockets = [];
  seat = { token: null, key: null, order: 0 };
  reachable = mock.fn(async () => true);
  signaling = new Signaling({
    url: URL,
    seat,
    reachable: () => reachable(),
    makeSocket: (...args) => {
      sockets.push(new FakeSocket(...args));
      return posing(last());
    },
  });
  events = record(signaling, "lost", "full", "stopped", ...MESSAGES);
});

function start() {
  signaling.start({ session: "session-1", name: "Ada" });
}

/** @param {Partial<Welcome>} [fields] */
function join(fields) {
  start();
  last().opens();
  last().says(welcome(fields));
}

/**
 * The next attempt comes after this many milliseconds, give or take one.
 * @param {number} milliseconds
 */
function connectsAfter(milliseconds) {
  const before = sockets.length;
  advance(Math.floor(milliseconds) - 1);
  assert.equal(sockets.length, before);
  advance(2);
  assert.equal(sockets.length, before + 1);
}

// -- Joining ----------------------------------------------------------------------------------

test("the first message is a join", () => {
  start();
  assert.equal(sockets.length, 1);
  assert.deepEqual([last().url, last().protocol], [URL, "call.v1"]);
  assert.deepEqual(last().sent, []);
  last().opens();
  const [{ key, order, ...join }] = last().sent;
  assert.equal(last().sent.length, 1);
  assert.deepEqual(join, { type: "join", session: "session-1", name: "Ada", token: null });
  assert.match(key, /^[0-9a-f]{24}$/);
  assert.equal(order, 1_000_000);
});

test("a connection opened beforehand is used", () => {
  signaling.prepare();
  signaling.prepare();
  last().opens();
  advance(3000);
  start();
  assert.equal(sockets.length, 1);
  assert.deepEqual(
    last().sent.map(({ type }) => type),
    ["ice-servers", "join"],
  );
  last().says(welcome());
  assert.deepEqual(types(), ["welcome"]);
  advance(2000);
  assert.ok(!last().closed);
  signaling.prepare();
  assert.equal(sockets.length, 1);
});

test("a connection that was being opened beforehand is used as soon as it is open", () => {
  signaling.prepare();
  start();
  assert.deepEqual([sockets.length, last().sent.length], [1, 0]);
  last().opens();
  assert.equal(last().sent.length, 1);
});

test("a connection opened beforehand is kept by pings until nobody is there to join", () => {
  signaling.prepare();
  advance(8000);
  assert.deepEqual(last().sent, []);
  last().opens();
  advance(12_000);
  const pings = Array(3).fill({ type: "ping" });
  assert.deepEqual(last().sent.splice(0, 1), [{ type: "ice-servers" }]);
  assert.deepEqual(last().sent, pings);
  assert.ok(!last().closed);
  signaling.unprepare();
  assert.ok(last().closed);
  advance(HOUR);
  assert.deepEqual(last().sent, pings);
  signaling.unprepare();
  signaling.prepare();
  assert.equal(sockets.length, 2);
});

test("who is inside is asked again when somebody is about to join, a few times at most", () => {
  signaling.prepare();
  last().opens();
  last().sent = [];
  for (let n = 0; n < 10; n++) signaling.prepare();
  assert.deepEqual(last().sent, [PING, PING]);
  assert.equal(sockets.length, 1);
});

test("before the join nothing but ICE servers is heard", () => {
  signaling.prepare();
  last().opens();
  last().says({ type: "error", code: "not-joined", message: "Join first." });
  last().says({ type: "peer-joined", peer: { id: "x", session: "x", name: null }, resumed: false });
  const servers = { type: "ice-servers", iceServers: [], iceTransportPolicy: "all" };
  last().says(servers);
  assert.deepEqual(events, [["ice-servers", servers]]);
});

test("an offer that is ready goes with the join, also with one that is repeated", () => {
  let sdp = "v=0";
  signaling.start({ session: "s", name: "", offer: () => sdp });
  last().opens();
  assert.deepEqual(last().sent[0].offer, { sdp: "v=0" });
  last().ends(1006);
  advance(1000);
  sdp = "v=0 later";
  last().opens();
  assert.deepEqual(last().sent[0].offer, { sdp: "v=0 later" });
  signaling.start({ session: "s", name: "", offer: () => null });
  last().opens();
  assert.equal("offer" in last().sent[0], false);
});

test("whether somebody is inside is heard before the join", () => {
  signaling.prepare();
  last().opens();
  last().says({ type: "waiting", somebody: true, full: false });
  last().says({ type: "peer-joined" });
  assert.deepEqual(events, [["waiting", { type: "waiting", somebody: true, full: false }]]);
});

test("what a join proves is meant for whoever is inside, as far as was heard before", async () => {
  /** @type {[string, object][]} */
  const seen = [];
  signaling.proof = posing({
    check: async (/** @type {object} */ message) => (seen.push(["checked", message]), message),
    signJoin: async (/** @type {object} */ join) => (seen.push(["signed", join]), join),
  });
  signaling.prepare();
  last().opens();
  const waiting = { type: "waiting", somebody: true, full: false, session: "bo-1" };
  last().says(waiting);
  await settle();
  signaling.start({ session: "s", name: "" });
  await settle();
  assert.deepEqual(seen[0], ["checked", waiting]);
  assert.deepEqual(
    seen.map(([what]) => what),
    ["checked", "signed"],
  );
});

test("a call that was left is rated over a connection that does not join", () => {
  signaling.rate(4);
  const asked = [{ type: "ice-servers" }, { type: "rate", stars: 4 }];
  last().opens();
  assert.deepEqual(last().sent, asked);
  signaling.rate(2);
  assert.deepEqual(last().sent.slice(2), [{ type: "rate", stars: 2 }]);
  assert.equal(sockets.length, 1);
});

test("a connection opened beforehand is not pinged twice once it is used", () => {
  signaling.prepare();
  last().opens();
  start();
  last().says(welcome());
  last().sent.splice(0);
  advance(8000);
  assert.deepEqual(last().sent, []);
});

test("a connection opened beforehand that failed is replaced", () => {
  signaling.prepare();
  last().ends(1006);
  assert.deepEqual(events, []);
  start();
  assert.equal(sockets.length, 2);
  last().opens();
  assert.equal(last().sent.length, 1);
});

test("a join has the token of the seat, and no empty name", () => {
  seat.token = "kept";
  signaling.start({ session: "s", name: "" });
  last().opens();
  const join = { type: "join", session: "s", name: null, token: "kept", key: null };
  assert.deepEqual(last().sent, [{ ...join, order: 1_000_000 }]);
});

test("a join whose welcome got lost is repeated with the same key", () => {
  start();
  last().opens();
  last().ends(1006);
  connectsAfter(delay(RECONNECT, 0));
  last().opens();
  const [first, second] = [sockets[0].sent[0], last().sent[0]];
  assert.notEqual(sockets[0], last());
  assert.equal(second.key, first.key);
  assert.ok(second.order > first.order);
  last().says(welcome());
  assert.equal(seat.key, null);
});

test("joins stay in order when the clock is set back", () => {
  join();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 500_000 });
  start();
  last().opens();
  assert.equal(last().sent[0].order, 1_000_001);
});

test("a welcome is told and its token kept", () => {
  join();
  assert.deepEqual(events, [["welcome", welcome()]]);
  assert.equal(seat.token, "token-1");
  last().says(welcome({ token: "token-2" }));
  assert.equal(seat.token, "token-2");
});

test("nothing is sent before the welcome", () => {
  assert.equal(signaling.send({ type: "offer" }), false);
  start();
  assert.equal(signaling.send({ type: "offer" }), false);
  last().opens();
  assert.equal(signaling.send({ type: "offer" }), false);
  last().says(welcome());
  assert.equal(signaling.send({ type: "offer" }), true);
  assert.deepEqual(last().sent.slice(1), [{ type: "offer" }]);
});

test("nothing is sent on a socket that is closing", () => {
  join();
  last().readyState = 2;
  assert.equal(signaling.send({ type: "offer" }), false);
});

test("messages are told, nonsense and what is not known here are not", () => {
  join();
  events.push(...record(signaling, posing("later")));
  const messages = [
    { type: "peer-joined", peer: { id: "b" } },
    { type: "error", code: "peer-unreachable", message: "No." },
  ];
  for (const type of ["later", "lost", "full", "stopped"]) last().says({ type });
  last().says({ type: "pong" });
  last().says("{");
  last().says("null");
  for (const message of messages) last().says(message);
  assert.deepEqual(
    events.slice(1),
    messages.map((message) => [message.type, message]),
  );
});

// -- Coming back ------------------------------------------------------------------------------

for (const code of [1000, 1001, 1005, 1006, 1011, 1012, 4012, 4408, 4999]) {
  test(`after ${code} it comes back, with its token`, () => {
    join();
    last().ends(code);
    assert.deepEqual(types(), ["welcome", "lost"]);
    connectsAfter(delay(RECONNECT, 0));
    last().opens();
    assert.equal(last().sent[0].token, "token-1");
    last().says(welcome({ resumed: true }));
    assert.deepEqual(types(), ["welcome", "lost", "welcome"]);
  });
}

test("attempts follow the policy, and the loss is told once", () => {
  join();
  last().ends(1006);
  for (let attempt = 0; attempt < 6; attempt++) {
    connectsAfter(delay(RECONNECT, attempt));
    last().ends(1006);
  }
  assert.deepEqual(types(), ["welcome", "lost"]);
});

test("a server that was never reached is told once, too", () => {
  start();
  last().ends(1006);
  connectsAfter(delay(RECONNECT, 0));
  last().ends(1006);
  assert.deepEqual(types(), ["lost"]);
});

test("after a welcome it begins anew", () => {
  join();
  for (let attempt = 0; attempt < 4; attempt++) {
    last().ends(1006);
    advance(1500);
  }
  last().opens();
  last().says(welcome());
  last().ends(1006);
  assert.equal(types().filter((type) => type === "lost").length, 2);
  connectsAfter(delay(RECONNECT, 0));
});

test("a socket that does not open is given up", () => {
  start();
  advance(3999);
  assert.deepEqual(events, []);
  advance(1);
  assert.deepEqual(types(), ["lost"]);
  assert.ok(last().closed);
  connectsAfter(delay(RECONNECT, 0));
});

test("a socket without a welcome is given up", () => {
  start();
  advance(3000);
  last().opens();
  advance(7999);
  assert.deepEqual(events, []);
  advance(1);
  assert.deepEqual(types(), ["lost"]);
  connectsAfter(delay(RECONNECT, 0));
});

test("what the server said before it closed is told with the loss", () => {
  join();
  const error = { type: "error", code: "unavailable", message: "Redis." };
  last().says(error);
  last().ends(4012);
  assert.deepEqual(events.slice(1), [
    ["error", error],
    ["lost", error],
  ]);
});

test("what it said long before has nothing to do with it", () => {
  join();
  last().says({ type: "error", code: "rate-limited", message: "Too many." });
  last().says({ type: "pong" });
  last().ends(1006);
  assert.deepEqual(events.at(-1), ["lost", null]);
});

test("the server says when there is a point in coming back", () => {
  start();
  last().opens();
  const error = { type: "error", code: "rate-limited", message: "Wait.", retryAfter: 7.5 };
  last().says(error);
  last().ends(4012);
  assert.deepEqual(events.at(-1), ["lost", error]);
  connectsAfter(7500 + delay(RECONNECT, 0));
  last().opens();
  last().ends(1006);
  connectsAfter(delay(RECONNECT, 1));
});

test("an old socket is not listened to any more", () => {
  join();
  const { onmessage, onclose } = last();
  advance(20_000 + 5000);
  connectsAfter(delay(RECONNECT, 0));
  const before = events.length;
  onmessage({ data: JSON.stringify({ type: "peer-left" }) });
  onclose({ code: 4001 });
  assert.equal(events.length, before);
  assert.equal(signaling.wanted, true);
});

test("after many failures it looks before it leaps", async () => {
  join();
  reachable.mock.mockImplementation(async () => false);
  last().ends(1006);
  while (reachable.mock.callCount() === 0) {
    advance(10_000);
    await settle();
    if (reachable.mock.callCount() === 0) last().ends(1006);
  }
  const tried = sockets.length;
  assert.ok(tried > 3);
  for (let n = 0; n < 5; n++) {
    advance(10_000);
    await settle();
  }
  assert.equal(sockets.length, tried);
  assert.equal(reachable.mock.callCount(), 6);
  reachable.mock.mockImplementation(async () => true);
  advance(10_000);
  await settle();
  assert.equal(sockets.length, tried + 1);
});

test("an answer to a look that is not wanted any more opens no socket", async () => {
  join();
  /** @type {((found: boolean) => void)[]} */
  const answers = [];
  reachable.mock.mockImplementation(() => new Promise((resolve) => answers.push(resolve)));
  last().ends(1006);
  while (answers.length === 0) {
    advance(10_000);
    if (answers.length === 0) last().ends(1006);
  }
  signaling.stop();
  const tried = sockets.length;
  answers[0](true);
  await settle();
  assert.equal(sockets.length, tried);
});

// -- What the server refuses ------------------------------------------------------------------

test("a full call is told, and not tried again before somebody wants to", () => {
  seat.token = "old";
  start();
  last().opens();
  last().says({ type: "error", code: "room-full", message: "Full." });
  last().ends(4409);
  assert.deepEqual(types(), ["error", "full"]);
  advance(HOUR);
  assert.deepEqual([sockets.length, seat.token], [1, null]);
  signaling.prepare();
  last().opens();
  last().says({ type: "waiting", somebody: true, full: false });
  assert.deepEqual(events.at(-1)?.[0], "waiting");
  start();
  last().says(welcome());
  assert.equal(types().at(-1), "welcome");
});

test("a connection opened beforehand that drops is opened again while it is wanted", () => {
  signaling.prepare();
  last().opens();
  last().ends(1006);
  advance(4000);
  assert.equal(sockets.length, 2);
  last().ends(1006);
  signaling.unprepare();
  advance(HOUR);
  assert.equal(sockets.length, 2);
});

test("a bad token is dropped, and the join is tried once without", () => {
  seat.token = "old";
  start();
  last().opens();
  assert.equal(last().sent[0].token, "old");
  last().ends(4403);
  assert.equal(seat.token, null);
  assert.deepEqual(events, []);
  advance(0);
  assert.equal(sockets.length, 2);
  last().opens();
  assert.equal(last().sent[0].token, null);
  last().ends(4403);
  assert.deepEqual(types(), ["stopped"]);
  advance(HOUR);
  assert.equal(sockets.length, 2);
});

for (const code of [4001, 4400, 4410, 4411, 4429]) {
  test(`after ${code} it does not come back`, () => {
    join();
    const error = { type: "error", code: "some-code", message: "A sentence." };
    last().says(error);
    last().ends(code);
    assert.deepEqual(events.at(-1), ["stopped", { close: code, error }]);
    // Whoever goes on elsewhere may come back here; all others have lost their seat.
    assert.equal(seat.token, code === 4001 ? "token-1" : null);
    advance(HOUR);
    signaling.wake();
    advance(HOUR);
    assert.equal(sockets.length, 1);
    assert.ok(!types().includes("lost"));
  });
}

test("a reason is not kept for a later end", () => {
  join();
  last().says({ type: "error", code: "peer-unreachable", message: "Not now." });
  last().ends(1006);
  advance(1000);
  last().opens();
  last().says(welcome());
  last().ends(4410);
  assert.deepEqual(events.at(-1), ["stopped", { close: 4410, error: null }]);
});

// -- Leaving ----------------------------------------------------------------------------------

test("leave says so and does not come back", () => {
  join();
  signaling.leave();
  assert.deepEqual(last().sent.at(-1), { type: "leave" });
  assert.deepEqual([seat.token, seat.key], [null, null]);
  assert.ok(last().closed);
  advance(HOUR);
  assert.equal(sockets.length, 1);
  assert.deepEqual(types(), ["welcome"]);
});

test("stop leaves the seat as it is", () => {
  join();
  signaling.stop();
  assert.ok(!last().sent.some(({ type }) => type === "leave"));
  assert.ok(last().closed);
});

test("leaving ends the attempts, too", () => {
  join();
  last().ends(1006);
  signaling.leave();
  // The server could not be told: the seat is still ours.
  assert.equal(seat.token, "token-1");
  advance(HOUR);
  assert.equal(sockets.length, 1);
});

test("a start while connected replaces the socket", () => {
  join();
  signaling.start({ session: "session-2", name: "" });
  assert.ok(sockets[0].closed);
  last().opens();
  assert.deepEqual(
    [last().sent[0].session, last().sent[0].token, sockets[0].sent[0].token],
    ["session-2", "token-1", null],
  );
  advance(4000);
  assert.equal(sockets.length, 2);
});

test("a start while an attempt is due makes one socket, not two", () => {
  join();
  last().ends(1006);
  start();
  assert.equal(sockets.length, 2);
  last().opens();
  last().says(welcome());
  advance(10_000);
  assert.equal(sockets.length, 2);
});

// -- Heartbeat --------------------------------------------------------------------------------

test("it pings when nothing has come for a heartbeat", () => {
  join({ heartbeat: 7 });
  advance(6999);
  assert.equal(last().sent.length, 1);
  advance(1);
  assert.deepEqual(last().sent.slice(1), [PING]);
});

test("whatever comes counts as life", () => {
  join();
  for (let n = 0; n < 5; n++) {
    advance(19_999);
    last().says({ type: "peer-away", peer: { id: "b" } });
  }
  assert.equal(last().sent.length, 1);
  advance(20_000);
  assert.deepEqual(last().sent.slice(1), [PING]);
  last().says({ type: "ice", candidate: null });
  advance(5000);
  assert.ok(!types().includes("lost"));
});

test("pings go on as long as pongs come", () => {
  join();
  for (let n = 1; n <= 5; n++) {
    advance(20_000);
    assert.equal(last().sent.length, 1 + n);
    advance(4999);
    last().says({ type: "pong" });
  }
  assert.deepEqual(types(), ["welcome"]);
});

test("a silent socket is given up", () => {
  join();
  advance(20_000 + 4999);
  assert.deepEqual(types(), ["welcome"]);
  advance(1);
  assert.deepEqual(types(), ["welcome", "lost"]);
  assert.ok(sockets[0].closed);
  connectsAfter(delay(RECONNECT, 0));
});

test("a timer that comes late does not mean a dead server", () => {
  join();
  advance(20_000);
  // The computer slept: by the clock an hour has gone, by the timers nothing.
  mock.timers.setTime(Date.now() + HOUR);
  advance(5000);
  assert.deepEqual(types(), ["welcome"]);
  assert.deepEqual(last().sent.slice(1), [PING, PING]);
  last().says({ type: "pong" });
  advance(5000);
  assert.deepEqual(types(), ["welcome"]);
});

test("a dead server is found after a late timer, too", () => {
  join();
  advance(20_000);
  mock.timers.setTime(Date.now() + HOUR);
  advance(5000);
  advance(5000);
  assert.deepEqual(types(), ["welcome", "lost"]);
});

// -- Waking up --------------------------------------------------------------------------------

test("wake pings at once, and waits less for the answer", () => {
  join();
  signaling.wake();
  assert.deepEqual(last().sent.slice(1), [PING]);
  advance(1199);
  assert.deepEqual(types(), ["welcome"]);
  advance(1);
  assert.deepEqual(types(), ["welcome", "lost"]);
});

test("wake finds a living server alive", () => {
  join();
  signaling.wake();
  last().says({ type: "pong" });
  advance(19_999);
  assert.deepEqual(types(), ["welcome"]);
  assert.equal(sockets.length, 1);
});

test("wake shortens the wait for a pong that is under way", () => {
  join();
  advance(20_000);
  signaling.wake();
  advance(1200);
  assert.deepEqual(types(), ["welcome", "lost"]);
});

test("wake does not wait for the next attempt", () => {
  join();
  for (let attempt = 0; attempt < 5; attempt++) {
    last().ends(1006);
    advance(10_000);
  }
  last().ends(1006);
  const tried = sockets.length;
  signaling.wake();
  advance(0);
  assert.equal(sockets.length, tried + 1);
  advance(3999);
  assert.equal(sockets.length, tried + 1);
  advance(1);
  connectsAfter(delay(RECONNECT, 0));
});

test("wake replaces a socket that is being opened", () => {
  start();
  signaling.wake();
  assert.ok(sockets[0].closed);
  advance(0);
  assert.equal(sockets.length, 2);
});

test("wake does nothing when no call is wanted", () => {
  signaling.wake();
  join();
  signaling.leave();
  signaling.wake();
  advance(HOUR);
  assert.equal(sockets.length, 1);
});
