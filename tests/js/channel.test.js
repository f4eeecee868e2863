import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Channel } from "../../static/calls/js/call/channel.js";
import { FakeConnection, posing } from "./fakes.js";

/** @import { Data } from "../../static/calls/js/call/channel.js" */

/** @type {Channel} */ let channel;
/** @type {Data[]} */ let heard;

beforeEach(() => {
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
