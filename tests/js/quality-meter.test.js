import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Emitter } from "../../static/calls/js/base/events.js";
import { QualityMeter } from "../../static/calls/js/call/quality-meter.js";
import { advance, posing, record, settle } from "./fakes.js";

const WINDOW = 2000;

/** A connection whose sound is made up, and picture frozen, as far as it is told. */
class FakePeer {
  negotiation = {
    lines: { at: (/** @type {string} */ slot) => ({ mid: slot === "camera" ? "1" : "0" }) },
  };
  pc = { getStats: () => this.stats() };
  samples = 0;
  concealed = 0;
  /** Of the next window. */
  conceals = 0;
  /** Seconds of each. */
  frozen = 0;
  fails = false;
  looks = 0;

  async stats() {
    if (this.fails) throw new DOMException("closed", "InvalidStateError");
    this.looks++;
    this.samples += 96_000;
    this.concealed += 96_000 * this.conceals;
    const { samples: totalSamplesReceived, concealed: concealedSamples } = this;
    const sound = { type: "inbound-rtp", kind: "audio", mid: "0" };
    const picture = {
      type: "inbound-rtp",
      kind: "video",
      mid: "1",
      packetsReceived: this.looks,
      packetsLost: this.looks,
    };
    return new Map([
      ["sound", { ...sound, totalSamplesReceived, concealedSamples }],
      ["picture", { ...picture, totalFreezesDuration: this.frozen * this.looks }],
    ]);
  }
}

/** @extends {Emitter<any>} */
class FakeConnection extends Emitter {
  /** @type {Emitter<any>} */ monitor = new Emitter();
  states = { theirs: { audio: true, video: true, paused: false, lowData: false } };
  /** @type {FakePeer | null} */ peer = new FakePeer();
  connected = false;

  isConnected() {
    return this.connected;
  }
}

/** @type {FakeConnection} */ let connection;
/** @type {FakePeer} */ let peer;
/** @type {QualityMeter} */ let meter;
/** @type {ReturnType<typeof record>} */ let verdicts;
/** @type {ReturnType<typeof record>} */ let figures;
let clock = 0;
let seen = true;

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  clock = 0;
  connection = new FakeConnection();
  peer = /** @type {FakePeer} */ (connection.peer);
  seen = true;
  meter = new QualityMeter(
    posing(connection),
    () => seen,
    () => clock,
  );
  verdicts = record(meter, "verdict");
  figures = record(meter, "figures");
  connection.emit("state", "connected");
  await settle();
});

/** @param {number} count @param {object} [told] */
async function windows(count, told = { audio: 12, lost: 0, concealed: 0 }) {
  for (let n = 0; n < count; n++) {
    connection.monitor.emit("told", told);
    clock += WINDOW;
    advance(WINDOW);
    await settle();
  }
}

test("figures of every window, and no word while all is well", async () => {
  await windows(10);
  assert.equal(figures.length, 10);
  assert.equal(figures[0][1].received.sound.concealed, 0);
  assert.deepEqual(verdicts, []);
});

test("a meter that comes when there is a connection already begins with it", async () => {
  connection.connected = true;
  const late = new QualityMeter(
    posing(connection),
    () => seen,
    () => clock,
  );
  const own = record(late, "figures");
  await settle();
  await windows(2);
  assert.equal(own.length, 2);
});

test("a verdict after two bad windows, once", async () => {
  peer.conceals = 0.5;
  await windows(1);
  assert.deepEqual(verdicts, []);
  await windows(5);
  assert.deepEqual(verdicts, [["verdict", { level: "bad", fault: "theirs" }]]);
});

for (const [what, hold, expected] of /** @type {[string, () => void, string][]} */ ([
  ["that stands still", () => {}, "weak"],
  ["that is held back", () => (connection.states.theirs.paused = true), "good"],
  ["that is off", () => (connection.states.theirs.video = false), "good"],
  ["that nobody looks at", () => (seen = false), "good"],
])) {
  test(`a picture ${what}: ${expected}`, async () => {
    peer.frozen = 2;
    hold();
    await windows(4);
    assert.equal(meter.verdict.level, expected);
  });
}

test("what the other hears of us is our upload, and among our figures", async () => {
  await windows(3, { audio: 6, lost: 6, concealed: 0.5, buffer: 300 });
  assert.deepEqual(meter.verdict, { level: "bad", fault: "ours" });
  const { concealed, buffer } = figures[2][1].sent.sound;
  assert.deepEqual([concealed, buffer], [0.5, 300]);
});

test("a word of the other counts in its window only", async () => {
  await windows(1, { audio: 12, concealed: 0.5 });
  await windows(1);
  assert.equal(figures[1][1].sent.sound.concealed, 0);
});

for (const [what, stop] of /** @type {[string, () => void][]} */ ([
  ["is interrupted", () => connection.emit("state", "disconnected")],
  ["is given up", () => connection.emit("remote", null)],
])) {
  test(`when the connection ${what} nothing is judged, and the old verdict is gone`, async () => {
    peer.conceals = 0.5;
    await windows(3);
    stop();
    assert.deepEqual(verdicts.at(-1), ["verdict", null]);
    assert.equal(meter.verdict.level, "good");
    const { looks } = peer;
    await windows(3);
    assert.equal(peer.looks, looks);
    connection.emit("state", "connected");
    await settle();
    await windows(1);
    assert.equal(verdicts.length, 2);
    await windows(1);
    assert.equal(verdicts.length, 3);
  });
}

test("a look that is refused is left out", async () => {
  peer.fails = true;
  await windows(3);
  assert.equal(figures.length, 0);
  peer.fails = false;
  await windows(1);
  assert.equal(figures.length, 1);
});

test("a look that ends after the connection has changed is not compared", async () => {
  advance(WINDOW);
  connection.emit("state", "disconnected");
  await settle();
  assert.deepEqual(figures, []);
});

test("what the other says is bounded", async () => {
  for (let n = 0; n < 100; n++) connection.monitor.emit("told", { audio: 12, concealed: 1 });
  for (let n = 0; n < 16; n++) connection.monitor.emit("told", { audio: 12, concealed: 0 });
  await windows(1);
  assert.equal(figures[0][1].sent.sound.concealed, 0);
});
