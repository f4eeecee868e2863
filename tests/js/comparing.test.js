import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Emitter } from "../../static/calls/js/base/events.js";
import { Comparing, EXCHANGES, NOTHING } from "../../static/calls/js/call/comparing.js";
import { advance, posing, record, settle } from "./fakes.js";

/** @import { Memory } from "../../static/calls/js/call/comparing.js" */
/** @import { Pair } from "../../static/calls/js/call/fingerprints.js" */
/** @import { Data } from "../../static/calls/js/call/channel.js" */

const A = "aa".repeat(32);
const B = "bb".repeat(32);
const C = "cc".repeat(32);
/** More messages than any exchange has. */
const ROUNDS = 10;

/** @extends {Emitter<{ change: null }>} */
class FakeCall extends Emitter {
  screen = "call";
  connection = { peer: { pc: /** @type {FakeConnection | null} */ (null) } };
}

class FakeConnection extends EventTarget {
  signalingState = "stable";
}

class FakeChannel {
  isOpen = false;
  /** @type {FakeConnection | null} */ connection = null;
  /** @type {Data[]} */ said = [];
  /** @type {(data: Data) => void} */ hear = () => {};
  /** @type {() => void} */ opened = () => {};

  /** @param {string} _type @param {(data: Data) => void} hear */
  on(_type, hear) {
    this.hear = hear;
  }

  /** @param {() => void} opened */
  onOpen(opened) {
    this.opened = opened;
  }

  /** @param {string} _type @param {Data} data */
  send(_type, data) {
    this.said.push(data);
    return true;
  }

  /** @type {(pc: FakeConnection) => void} */ onConnection = () => {};

  open() {
    this.connection = new FakeConnection();
    this.onConnection(this.connection);
    this.isOpen = true;
    this.opened();
  }
}

/** One page; `pair` is what its connection is found to be made with. */
class Page {
  call = new FakeCall();
  channel = new FakeChannel();

  /** @param {Pair | null} pair @param {Memory} [memory] */
  constructor(pair, memory = { ...NOTHING }) {
    this.pair = pair;
    this.memory = memory;
    this.channel.onConnection = (pc) => (this.call.connection.peer = { pc });
    this.comparing = this.made();
    this.events = record(this.comparing, "withdrawn");
  }

  made() {
    return new Comparing({
      call: posing(this.call),
      channel: posing(this.channel),
      memory: this.memory,
      fingerprints: async () => this.pair,
    });
  }

  load() {
    this.comparing = this.made();
    this.events = record(this.comparing, "withdrawn");
  }
}

/** @type {Page} */ let a;
/** @type {Page} */ let b;

let now = 0;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => now);
  // At once: other threads take as long as they like.
  mock.method(
    crypto.subtle,
    "digest",
    async (/** @type {string} */ _, /** @type {Uint8Array} */ data) =>
      Uint8Array.from(createHash("sha256").update(data).digest()).buffer,
  );
  a = new Page({ own: A, other: B });
  b = new Page({ own: B, other: A });
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** Whatever each says reaches the other. */
async function talk() {
  for (let round = 0; round < ROUNDS; round++) {
    for (const data of a.channel.said.splice(0)) b.channel.hear(data);
    for (const data of b.channel.said.splice(0)) a.channel.hear(data);
    await settle();
  }
}

async function connect() {
  a.channel.open();
  b.channel.open();
  await talk();
}

/** They have a code, and it is the same. */
async function compared() {
  await connect();
  assert.match(a.comparing.code, /^\d{9}$/);
  assert.equal(a.comparing.code, b.comparing.code);
  a.comparing.decide(true);
  b.comparing.decide(true);
}

test("there is a code as soon as the two can talk", compared);

test("whoever is there later asks for it again", async () => {
  a.channel.open();
  await settle();
  a.channel.said = []; // nobody listened
  b.channel.open();
  await talk();
  assert.match(a.comparing.code, /^\d{9}$/);
  assert.equal(a.comparing.code, b.comparing.code);
});

test("a part of the page that comes later finds the channel open", async () => {
  a.channel.open();
  b.channel.opened = () => {}; // nobody listens yet
  b.channel.open();
  b.load();
  await talk();
  assert.equal(a.comparing.code, b.comparing.code);
  assert.notEqual(b.comparing.code, "");
});

test("code and word hold over a reload of either page, and over another connection", async () => {
  await compared();
  const { code } = a.comparing;
  a.load();
  await connect();
  for (const { comparing, channel } of [a, b]) {
    assert.deepEqual([comparing.code, comparing.verdict], [code, "same"]);
    assert.deepEqual(channel.said, []);
  }
});

test("another certificate withdraws it, with a word, and makes another code", async () => {
  await compared();
  const { code } = a.comparing;
  a.pair = { own: A, other: C };
  b = new Page({ own: C, other: A });
  await connect();
  assert.deepEqual(a.events, [["withdrawn", null]]);
  assert.equal(a.comparing.verdict, null);
  assert.notEqual(a.comparing.code, code);
  assert.equal(a.comparing.code, b.comparing.code);
});

test("so does one that comes with another description of the same connection", async () => {
  await compared();
  a.pair = { own: A, other: C };
  a.channel.connection?.dispatchEvent(new Event("signalingstatechange"));
  await settle();
  assert.deepEqual(a.events, [["withdrawn", null]]);
  assert.equal(a.comparing.code, "");
});

test("whatever was not compared goes without a word, but that there is another", async () => {
  await connect();
  a.pair = { own: A, other: C };
  b = new Page({ own: C, other: A });
  await connect();
  assert.deepEqual(a.events, [["withdrawn", null]]);
  assert.equal(a.comparing.isWithdrawn, false);
});

test("that it is withdrawn is known until they compare again, also after a reload", async () => {
  await compared();
  a.pair = { own: A, other: C };
  b = new Page({ own: C, other: A });
  await connect();
  a.load();
  assert.equal(a.comparing.isWithdrawn, true);
  await connect();
  a.comparing.decide(true);
  assert.equal(a.comparing.isWithdrawn, false);
});

test("nothing is said of a connection that was not looked at", async () => {
  await compared();
  // Another one, over which no channel opens.
  a.call.connection.peer = { pc: new FakeConnection() };
  assert.deepEqual([a.comparing.code, a.comparing.verdict], ["", null]);
  a.load();
  assert.deepEqual([a.comparing.code, a.comparing.verdict], ["", null]);
  await connect();
  assert.equal(a.comparing.verdict, "same");
});

test("nor of one whose certificates are not certain any more", async () => {
  await compared();
  a.pair = null;
  a.channel.connection?.dispatchEvent(new Event("signalingstatechange"));
  await settle();
  assert.equal(a.comparing.verdict, null);
  a.pair = { own: A, other: B };
  a.channel.connection?.dispatchEvent(new Event("signalingstatechange"));
  await settle();
  assert.equal(a.comparing.verdict, "same");
});

test("the other cannot have it made anew where it was different, or failed", async () => {
  await connect();
  a.comparing.decide(false);
  const { code } = a.comparing;
  a.channel.hear({ commitment: "1".repeat(64) });
  await settle();
  assert.deepEqual([a.comparing.code, a.comparing.verdict], [code, "different"]);
});

test("one that was cut off begins anew, without what came before", async () => {
  a.channel.open();
  await settle();
  a.channel.hear({ commitment: "1".repeat(64) });
  await settle();
  a.channel.said = [];
  await connect();
  assert.match(a.comparing.code, /^\d{9}$/);
  assert.equal(a.comparing.code, b.comparing.code);
});

test("a page that has lost its memory gets another code", async () => {
  await compared();
  const { code } = a.comparing;
  b = new Page({ own: B, other: A });
  await connect();
  assert.equal(a.comparing.code, b.comparing.code);
  assert.notEqual(a.comparing.code, code);
  assert.deepEqual(a.events, [["withdrawn", null]]);
});

test("somebody between the two is seen", async () => {
  a.pair = { own: A, other: C };
  b.pair = { own: B, other: C };
  await connect();
  // What each says reaches the other as it is; that it is bound to other certificates is seen.
  assert.deepEqual([a.comparing.code, a.comparing.verdict], ["", "failed"]);
  assert.deepEqual([b.comparing.code, b.comparing.verdict], ["", "failed"]);
});

test("where it is not certain what is used, there is no code", async () => {
  a.pair = null;
  await connect();
  assert.equal(a.comparing.code, "");
  assert.deepEqual(a.channel.said, []);
});

test("three exchanges a minute, and the next as soon as there may be one", async () => {
  let number = 0;
  for (; number < EXCHANGES.burst; number++) {
    a.pair = { own: A, other: number.toString().repeat(64) };
    a.channel.open();
    await settle();
  }
  assert.equal(a.channel.said.length, EXCHANGES.burst);
  a.pair = { own: A, other: C };
  a.channel.open();
  await settle();
  assert.equal(a.channel.said.length, EXCHANGES.burst);
  now += 1000 / EXCHANGES.rate;
  advance(1000 / EXCHANGES.rate);
  await settle();
  assert.equal(a.channel.said.length, EXCHANGES.burst + 1);
});

test("nobody has exchanges made without end", async () => {
  const codes = new Set();
  for (let n = 0; n < 10; n++) {
    b = new Page({ own: B, other: A });
    await connect();
    codes.add(a.comparing.code);
  }
  assert.equal(codes.has(""), true);
  assert.equal(codes.size, EXCHANGES.burst + 1);
});

test("what a person says stays until the certificates change", async () => {
  await connect();
  a.comparing.decide(false);
  assert.equal(a.comparing.verdict, "different");
  a.load();
  await connect();
  assert.equal(a.comparing.verdict, "different");
});

test("with the call it is forgotten", async () => {
  await compared();
  a.call.screen = "ended";
  a.call.emit("change", null);
  assert.deepEqual(a.memory, NOTHING);
  a.comparing.decide(true);
  assert.equal(a.comparing.verdict, null);
});
