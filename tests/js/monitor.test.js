import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { WHOLE_LINK } from "../../static/calls/js/call/adaptation.js";
import { Monitor, capacityOf, toldOf } from "../../static/calls/js/call/monitor.js";
import { SEND_ALL, sendingOf } from "../../static/calls/js/call/sending.js";
import { advance, posing, record, settle } from "./fakes.js";

/** @import { Sending } from "../../static/calls/js/call/sending.js" */
/** @import { Data } from "../../static/calls/js/call/channel.js" */
/** @import { MediaState } from "../../static/calls/js/call/presence.js" */
/** @import { Reading } from "../../static/calls/js/call/stats.js" */

const WINDOW = 250;
const LESS = sendingOf(WHOLE_LINK, { lowData: true });
/** Samples and packets of a window. */
const SAMPLES = 12_000;

class FakeChannel {
  /** @type {Record<string, any>[]} */ sent = [];
  /** @type {Map<string, (data: Data) => void>} */ handlers = new Map();

  /** @param {string} type @param {(data: Data) => void} handler */
  on(type, handler) {
    this.handlers.set(type, handler);
  }

  /** @param {string} type @param {object} fields */
  send(type, fields) {
    this.sent.push(JSON.parse(JSON.stringify({ ...fields, type })));
    return true;
  }

  /** @param {string} type @param {Data} data */
  says(type, data) {
    this.handlers.get(type)?.(data);
  }

  /** @param {string} type */
  take(type) {
    const taken = this.sent.filter((message) => message.type === type);
    this.sent = [];
    return taken;
  }
}

class FakePeer {
  /** @type {number | null} */ start = 1_000_000;
  /** @type {number | undefined} */ estimate;
  /** @type {MediaState} */ media = "connected";
  /** @type {Sending[]} */ limits = [];
  /** @type {(number | null)[]} */ buffers = [];
  heard = { packets: 0, samples: 0, concealed: 0 };
  /** @type {number | undefined} packets */ lost;
  /** Of the next window. */
  conceals = 0;
  arrives = 1000;
  arrived = 0;
  readings = 0;
  fails = false;
  /** @type {boolean | undefined} */ relayed;

  /** @returns {Promise<Reading>} */
  async reading() {
    if (this.fails) throw new DOMException("closed", "InvalidStateError");
    this.readings++;
    this.heard.packets += 12;
    this.heard.samples += SAMPLES;
    this.heard.concealed += SAMPLES * this.conceals;
    this.arrived += this.arrives;
    const heard = { ...this.heard, lost: this.lost };
    const { arrived, estimate, relayed } = this;
    return { heard, seen: 0, arrived, estimate, relayed };
  }

  /** @param {Sending} sending */
  async limit(sending) {
    this.limits.push(sending);
  }

  /** @param {number | null} target */
  buffer(target) {
    this.buffers.push(target);
  }
}

/** @type {FakeChannel} */ let channel;
/** @type {FakePeer} */ let peer;
/** @type {Monitor} */ let monitor;
/** @type {ReturnType<typeof record>} */ let events;
let clock = 0;

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  clock = 0;
  channel = new FakeChannel();
  peer = new FakePeer();
  monitor = new Monitor(posing(channel), () => clock);
  events = record(monitor, "paused");
  monitor.start(posing(peer));
  // What is told of the first moments is not trusted.
  await windows(10);
});

/** @param {number} count @param {() => void} [each] */
async function windows(count, each) {
  for (let n = 0; n < count; n++) {
    each?.();
    clock += WINDOW;
    advance(WINDOW);
    await settle();
  }
}

const bad = () => channel.says("health", { audio: 2, video: 1, concealed: 0.8 });
const good = () => channel.says("health", { audio: 12, video: 9, concealed: 0 });

/** The picture is held back. */
const narrow = () => windows(2, bad);

test("there is room for what comes again on a link that loses, on the next one not yet", async () => {
  peer.lost = 0;
  await windows(4);
  assert.deepEqual(peer.buffers, []);
  await windows(8, () => (peer.lost = Number(peer.lost) + 2));
  assert.deepEqual(peer.buffers, [100]);
  const next = new FakePeer();
  monitor.start(posing(next));
  await windows(8);
  assert.deepEqual(next.buffers, []);
});

// -- What the other is told ------------------------------------------------------------------

test("faults are told at once, what goes well once a second", async () => {
  await windows(8);
  channel.take("health");
  await windows(8);
  const well = { type: "health", audio: 12, video: 0, concealed: 0 };
  assert.deepEqual(channel.take("health"), [well, well]);
  await windows(3, () => (peer.conceals = 0.5));
  assert.deepEqual(channel.take("health"), Array(3).fill({ ...well, concealed: 0.5 }));
  await windows(8, () => (peer.conceals = 0));
  // Until it is known that the fault is over.
  assert.equal(channel.take("health").length, 5);
});

test("nothing is measured while the media is lost, and nothing across the gap", async () => {
  peer.media = "interrupted";
  channel.take("health");
  const { readings } = peer;
  await windows(8);
  assert.equal(peer.readings, readings);
  peer.media = "connected";
  await windows(1);
  assert.deepEqual(channel.take("health"), []);
  await windows(1);
  assert.equal(peer.readings, readings + 2);
});

test("silence is told once, and its end with what arrives, or with another path", async () => {
  const heard = record(monitor, "silent");
  peer.arrives = 0;
  await windows(3);
  assert.deepEqual(heard, []);
  await windows(5);
  assert.deepEqual(heard.splice(0), [["silent", true]]);
  peer.arrives = 1;
  await windows(6);
  assert.deepEqual(heard.splice(0), [["silent", false]]);
  peer.arrives = 0;
  await windows(4);
  peer.media = "interrupted";
  await windows(4);
  assert.deepEqual(heard.splice(0), [["silent", true]]);
  peer.media = "connected";
  await windows(8);
  assert.deepEqual(heard, [["silent", false]]);
});

test("a path that is given up takes its bytes with it: nothing arrived by that", async () => {
  const heard = record(monitor, "silent");
  await windows(6);
  peer.arrives = 0;
  await windows(3);
  peer.arrived = 100;
  await windows(3);
  assert.deepEqual(heard, [["silent", true]]);
});

test("a reading that fails is left out", async () => {
  peer.fails = true;
  channel.take("health");
  await windows(4);
  assert.deepEqual(channel.take("health"), []);
  peer.fails = false;
  await windows(4);
  assert.equal(channel.take("health").length, 1);
});

test("after the end nothing is measured or told", async () => {
  monitor.stop();
  channel.take("health");
  const { readings } = peer;
  await windows(8, bad);
  assert.deepEqual([peer.readings, channel.sent, peer.limits], [readings, [], []]);
});

// -- What the other tells --------------------------------------------------------------------

for (const [name, data, told] of /** @type {[string, object, object][]} */ ([
  ["all", { audio: 3, video: 1, concealed: 0.4 }, { concealed: 0.4 }],
  ["lost packets", { audio: 3, lost: 9, concealed: 0.4 }, { concealed: 0.4, missing: 0.75 }],
  ["a capacity", { capacity: 90_000 }, { capacity: 90_000 }],
  ["a path that is cut", { audio: 0, video: 0, concealed: 1 }, {}],
  ["a path that is cut, without pictures", { audio: 0, concealed: 1 }, {}],
  ["pictures that leave no room for sound", { audio: 0, video: 2, concealed: 1 }, { concealed: 1 }],
  ["nothing", {}, {}],
  ["nonsense", { audio: "x", concealed: "1", capacity: null }, {}],
  ["parts that are none", { audio: 1, concealed: 1.5, capacity: -1 }, {}],
])) {
  test(`the other tells of ${name}`, () => {
    assert.deepEqual(JSON.parse(JSON.stringify(toldOf(posing(data)))), told);
  });
}

test("sound that is drowned holds the picture back, once two windows tell so", async () => {
  await windows(1, bad);
  assert.deepEqual([events, peer.limits, monitor.paused], [[], [], false]);
  await windows(1, bad);
  assert.deepEqual(events, [["paused", true]]);
  assert.equal(peer.limits.at(-1)?.camera, null);
  await windows(60, good);
  assert.deepEqual(events, [
    ["paused", true],
    ["paused", false],
  ]);
  assert.notEqual(peer.limits.at(-1)?.camera, null);
});

test("another connection begins with all", async () => {
  await narrow();
  const another = new FakePeer();
  monitor.start(posing(another));
  assert.equal(monitor.paused, false);
  assert.deepEqual(another.limits, []);
});

// -- The beginning ---------------------------------------------------------------------------

/** @param {number | null} start bit/s */
function beginsWith(start) {
  peer = new FakePeer();
  peer.start = start;
  monitor.start(posing(peer));
}

for (const start of [null, 599_000]) {
  test(`a picture that begins with ${start} becomes large when there is room`, async () => {
    beginsWith(start);
    peer.estimate = 599_000;
    await windows(20, good);
    // It was told so when the connection was made.
    assert.deepEqual(peer.limits, []);
    peer.estimate = 600_000;
    await windows(1, good);
    assert.deepEqual(peer.limits, [SEND_ALL]);
    peer.estimate = 300_000;
    await windows(20, good);
    assert.deepEqual(peer.limits, [SEND_ALL], "that is the browser's, and for the worse of links");
  });
}

for (const [what, estimate, seconds] of /** @type {const} */ ([
  ["a browser that tells no estimate", undefined, 2],
  ["one that has little to send", 450_000, 10],
])) {
  test(`a picture becomes large in time, with ${what}`, async () => {
    beginsWith(null);
    peer.estimate = estimate;
    await windows(4 * seconds - 1, good);
    assert.deepEqual(peer.limits, []);
    await windows(2, good);
    assert.deepEqual(peer.limits, [SEND_ALL]);
  });
}

test("a picture that is held back at the beginning comes back small", async () => {
  beginsWith(null);
  peer.estimate = 450_000;
  await windows(10, good);
  await narrow();
  assert.equal(peer.limits.at(-1)?.camera, null);
  await windows(60, good);
  assert.notEqual(peer.limits.at(-1)?.camera, null);
  assert.ok(peer.limits.every(({ camera }) => camera?.scaleResolutionDownBy !== 1));
});

test("who saves data at the beginning goes on to", async () => {
  monitor.useLessData(true);
  beginsWith(null);
  peer.estimate = 600_000;
  await windows(20, good);
  assert.deepEqual(peer.limits, [LESS]);
});

// -- Less data -------------------------------------------------------------------------------

test("who saves data does so at once, and until it is switched off", async () => {
  monitor.useLessData(true);
  assert.deepEqual(peer.limits, [LESS]);
  monitor.useLessData(true);
  await windows(8, good);
  assert.deepEqual(peer.limits.splice(0), [LESS]);
  monitor.useLessData(false);
  assert.deepEqual(peer.limits, [SEND_ALL]);
});

test("every connection begins with less, before anything was measured", () => {
  monitor.useLessData(true);
  for (let n = 0; n < 2; n++) {
    const another = new FakePeer();
    monitor.start(posing(another));
    assert.deepEqual(another.limits, [LESS]);
  }
});

test("without a connection less data is for the next", () => {
  monitor.stop();
  monitor.useLessData(true);
  assert.deepEqual(peer.limits, []);
  monitor.start(posing(peer));
  assert.deepEqual(peer.limits, [LESS]);
});

test("where data is saved a picture that does not fit is held back all the same", async () => {
  monitor.useLessData(true);
  await narrow();
  assert.deepEqual(peer.limits.splice(0), [
    LESS,
    sendingOf({ ...WHOLE_LINK, stage: 2, narrow: true }, { lowData: true }),
  ]);
  await windows(200, good);
  assert.deepEqual(peer.limits.at(-1), LESS);
  for (const { camera } of peer.limits) assert.ok(!camera || camera.maxBitrate <= 300_000);
});

test("through a relay less is sent, from when that is known until it is otherwise", async () => {
  await windows(3, good);
  peer.relayed = true;
  await windows(2, good);
  peer.relayed = undefined;
  await windows(2, good);
  peer.relayed = false;
  await windows(2, good);
  assert.deepEqual(
    peer.limits.map(({ relayed }) => relayed),
    [true, false],
  );
});

// -- How wide the link is --------------------------------------------------------------------

test("while the picture is held back pairs of messages are sent, each too long for one packet", async () => {
  await windows(20, good);
  assert.deepEqual(channel.take("probe"), []);
  await narrow();
  await windows(18, good);
  const probes = channel.take("probe");
  assert.equal(probes.length, 6);
  for (const [n, probe] of probes.entries()) {
    assert.equal(probe.part, 1 + (n % 2));
    assert.equal(probe.n, probes[n - (n % 2)].n);
    assert.ok(probe.pad.length > 600);
  }
});

test("the other is told how far apart a pair arrived", () => {
  const pad = "x".repeat(700);
  channel.take("health");
  channel.says("probe", { n: 5, part: 1, pad });
  clock += 80;
  channel.says("probe", { n: 5, part: 2, pad });
  assert.deepEqual(channel.take("health"), [{ type: "health", capacity: 83_000 }]);
  for (const stray of [
    { n: 6, part: 2, pad },
    { n: 5, part: 3, pad },
    { n: 5, part: 2, pad: 7 },
    {},
  ]) {
    channel.says("probe", stray);
  }
  assert.deepEqual(channel.sent, []);
});

test("the picture is back soon where pairs say that the link is wide again", async () => {
  await narrow();
  await windows(4, good);
  for (const gap of [80, 2, 1]) channel.says("health", { capacity: capacityOf(700, gap) });
  await windows(10, good);
  assert.equal(monitor.paused, false);
});

test("messages that arrive at once came through a wide link", () => {
  assert.equal(capacityOf(700, 0), capacityOf(700, 1));
  assert.ok(capacityOf(700, 0) > 1_000_000);
});
