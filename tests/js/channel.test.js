import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Channel, MESSAGES, PART, costOf } from "../../static/calls/js/call/channel.js";
import { FakeConnection, FakeDataChannel, posing } from "./fakes.js";

/** @import { Data } from "../../static/calls/js/call/channel.js" */

/** @type {Channel} */ let channel;
/** @type {Data[]} */ let heard;
let now = 0;
/** @type {import("node:test").Mock<typeof console.warn>} */ let warnings;

beforeEach(() => {
  mock.restoreAll();
  mock.method(performance, "now", () => now);
  warnings = mock.method(console, "warn", () => {});
  channel = new Channel();
  heard = [];
  channel.on("chat", (data) => heard.push(data));
});

/** A connection over which messages go. */
function opened() {
  const pc = new FakeConnection({});
  channel.open(posing(pc));
  const [carrier] = pc.channels;
  carrier.readyState = "open";
  carrier.onopen();
  return carrier;
}

test("it is the negotiated channel 0 of whatever connection there is", () => {
  const pc = new FakeConnection({});
  channel.open(posing(pc));
  assert.deepEqual(
    pc.channels.map(({ label, options }) => [label, options]),
    [["call", { negotiated: true, id: 0 }]],
  );
});

test("messages go both ways", () => {
  const carrier = opened();
  assert.equal(channel.send("chat", { text: "Hello" }), true);
  assert.deepEqual(carrier.sent, [{ type: "chat", text: "Hello" }]);
  carrier.onmessage({ data: '{"type": "chat", "text": "Hi"}' });
  assert.deepEqual(heard, [{ type: "chat", text: "Hi" }]);
});

test("what is sent is what it is called, whatever is in it", () => {
  const carrier = opened();
  channel.send("chat", { type: "bye" });
  assert.deepEqual(carrier.sent, [{ type: "chat" }]);
});

test("without an open connection nothing is sent", () => {
  const works = () => [channel.isOpen, channel.send("chat")];
  assert.deepEqual(works(), [false, false]);
  channel.open(posing(new FakeConnection({})));
  assert.deepEqual(works(), [false, false]);
  opened();
  assert.deepEqual(works(), [true, true]);
  channel.close();
  assert.deepEqual(works(), [false, false]);
});

test("what is too long is neither sent nor received", () => {
  const carrier = opened();
  const text = "x".repeat(65_536);
  assert.equal(channel.send("chat", { text }), false);
  carrier.onmessage({ data: JSON.stringify({ type: "chat", text }) });
  assert.deepEqual([carrier.sent, heard], [[], []]);
  const fits = "x".repeat(65_000);
  assert.equal(channel.send("chat", { text: fits }), true);
  carrier.onmessage({ data: JSON.stringify({ type: "chat", text: fits }) });
  assert.equal(heard.length, 1);
});

test("nonsense and unknown types are not told", () => {
  const carrier = opened();
  const all = ["", "{", "null", "1", "[]", "{}", '{"type": 1}', '{"type": "later"}'];
  for (const data of [...all, new ArrayBuffer(3)]) carrier.onmessage({ data });
  assert.deepEqual(heard, []);
});

test("it outlives the connection, whose last words are not told", () => {
  const old = opened();
  const now = opened();
  old.onmessage({ data: '{"type": "chat", "text": "late"}' });
  now.onmessage({ data: '{"type": "chat", "text": "now"}' });
  assert.deepEqual(
    heard.map(({ text }) => text),
    ["now"],
  );
  channel.close();
  now.onmessage({ data: '{"type": "chat", "text": "after the end"}' });
  assert.equal(heard.length, 1);
});

test("it tells whenever messages begin to go, to everybody who asked", () => {
  /** @type {string[]} */
  const opens = [];
  channel.onOpen(() => opens.push("one"));
  channel.onOpen(() => opens.push("two"));
  opened();
  opened();
  assert.deepEqual(opens, ["one", "two", "one", "two"]);
  const pc = new FakeConnection({});
  channel.open(posing(pc));
  channel.close();
  pc.channels[0].onopen();
  assert.equal(opens.length, 4);
});

// -- How much is taken ------------------------------------------------------------------------

const CHAT = { data: '{"type": "chat", "text": "Hi"}' };

/** @param {FakeDataChannel} carrier @param {number} count */
function floods(carrier, count) {
  for (let n = 0; n < count; n++) carrier.onmessage?.(CHAT);
}

test("whoever says too much is not heard any more, and that is said once", () => {
  const carrier = opened();
  floods(carrier, MESSAGES.burst);
  assert.deepEqual([heard.length, carrier.readyState], [MESSAGES.burst, "open"]);
  floods(carrier, 1000);
  assert.deepEqual([heard.length, carrier.readyState], [MESSAGES.burst, "closed"]);
  assert.deepEqual(
    [channel.isOpen, channel.send("chat"), channel.beside("files", 1)],
    [false, false, null],
  );
  now += 60_000;
  floods(carrier, 1000);
  assert.deepEqual([heard.length, warnings.mock.callCount()], [MESSAGES.burst, 1]);
});

test("over another connection they are heard again", () => {
  floods(opened(), 2 * MESSAGES.burst);
  heard = [];
  floods(opened(), 3);
  assert.equal(heard.length, 3);
  assert.equal(channel.isOpen, true);
});

test("what is no message counts, too", () => {
  const carrier = opened();
  for (let n = 0; n <= MESSAGES.burst; n++) carrier.onmessage?.({ data: "{" });
  assert.equal(carrier.readyState, "closed");
});

test("whoever says as much as a page ever does is heard for as long as they like", () => {
  const carrier = opened();
  // A long chat is sent again.
  floods(carrier, 500);
  for (let second = 0; second < 3600; second++) {
    now += 1000;
    floods(carrier, 40);
  }
  assert.deepEqual([heard.length, carrier.readyState], [500 + 40 * 3600, "open"]);
});

test("what is sent beside may be answered, however fast that is", () => {
  const carrier = opened();
  floods(carrier, MESSAGES.burst - 100);
  for (let n = 0; n < 10_000; n++) {
    channel.expect(1);
    floods(carrier, 1);
  }
  assert.equal(carrier.readyState, "open");
  floods(carrier, 101);
  assert.equal(carrier.readyState, "closed");
});

test("a long message costs as much as several", () => {
  assert.deepEqual(
    ["", "x".repeat(PART - 1), "x".repeat(PART), new ArrayBuffer(4 * PART), new Blob(["x"])].map(
      costOf,
    ),
    [1, 1, 2, 5, 1],
  );
  const carrier = opened();
  const data = "x".repeat(4 * PART);
  for (let n = 0; n < MESSAGES.burst / 5; n++) carrier.onmessage?.({ data });
  assert.equal(carrier.readyState, "open");
  carrier.onmessage?.({ data });
  assert.equal(carrier.readyState, "closed");
});
