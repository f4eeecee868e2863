import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, mock, test } from "node:test";

import { Emitter } from "../../static/calls/js/base/events.js";
import { Channel, MESSAGES } from "../../static/calls/js/call/channel.js";
import { BLOCK, digestOf, digestOfAll } from "../../static/calls/js/call/files/digest.js";
import { Files, MOST, UNASKED } from "../../static/calls/js/call/files/files.js";
import { framed, unframed } from "../../static/calls/js/call/files/frame.js";
import { safeName } from "../../static/calls/js/call/files/name.js";
import { CHUNK, FIRST, acknowledged, partOf } from "../../static/calls/js/call/files/cwnd.js";
import { given, posing } from "./fakes.js";

/** @import { Incoming } from "../../static/calls/js/call/files/incoming.js" */
/** @import { Outgoing } from "../../static/calls/js/call/files/outgoing.js" */
/** @import { Store } from "../../static/calls/js/call/files/storage.js" */
/** @import { Cwnd } from "../../static/calls/js/call/files/cwnd.js" */

// -- Names --------------------------------------------------------------------------------------

/** @type {[given: string, safe: string][]} */
const NAMES = [
  ["photo.jpg", "photo.jpg"],
  ["Отчёт за май.pdf", "Отчёт за май.pdf"],
  ["../../.bashrc", "_.._.bashrc"],
  ["C:\\Windows\\x.dll", "C__Windows_x.dll"],
  ["a\u0000b\u001f\n.txt", "ab.txt"],
  ["photo\u202egpj.exe", "photogpj.exe"],
  ["zero\u200bwidth.txt", "zerowidth.txt"],
  ["👩‍💻.png", "👩‍💻.png"],
  ["photo.png            .exe", "photo.png.exe"],
  [".. . ", ""],
  ["", ""],
  ["trailing. ", "trailing"],
  [`${"x".repeat(250)}.jpg`, `${"x".repeat(99)}…${"x".repeat(16)}.jpg`],
  ["🎬".repeat(120), "🎬".repeat(120)],
];
for (const [name, safe] of NAMES) {
  test(`name: ${JSON.stringify(name.slice(0, 30))}`, () => assert.equal(safeName(name), safe));
}

// -- Parts --------------------------------------------------------------------------------------

test("a part says of which file it is, and from where", () => {
  const bytes = Uint8Array.of(7, 8, 9);
  for (const [id, offset] of [
    [0, 0],
    [2 ** 32 - 1, 2 ** 40 + 3],
  ]) {
    const frame = framed(id, offset, bytes);
    assert.equal(frame.length, 15);
    assert.deepEqual(unframed(frame.buffer), { id, offset, bytes });
  }
  assert.deepEqual([...framed(1, 258, bytes)], [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2, 7, 8, 9]);
});

test("what is no part", () => {
  for (const data of ["text", null, new ArrayBuffer(0), new ArrayBuffer(12)]) {
    assert.equal(unframed(data), null);
  }
});

test("the digest is that of the digests of all blocks", async () => {
  const sha = (/** @type {Uint8Array} */ data) => createHash("sha256").update(data).digest();
  const parts = [new Uint8Array(5).fill(1), new Uint8Array(7).fill(2)];
  const digests = await Promise.all(parts.map(digestOf));
  const expected = createHash("sha256")
    .update(Buffer.concat(parts.map(sha)))
    .digest("hex");
  assert.equal(await digestOfAll(digests), expected);
  assert.equal(await digestOfAll([]), createHash("sha256").digest("hex"));
});

// -- The congestion window ------------------------------------------------------------------------

/**
 * A path with a queue: what is sent waits for what was sent before.
 * @param {{ rate: (at: number) => number, trip: number, until: number }} path bytes a millisecond;
 *   milliseconds there and back through empty queues
 */
function through({ rate, trip, until }) {
  let cwnd = /** @type {Cwnd} */ (FIRST);
  /** @type {{ at: number, back: number, bytes: number }[]} */
  let underWay = [];
  const total = () => underWay.reduce((sum, { bytes }) => sum + bytes, 0);
  let free = 0;
  /** @type {{ at: number, queue: number, arrived: number }[]} */
  const log = [];
  for (let at = 0; at < until; at++) {
    const used = total() + 2 * partOf(cwnd) > cwnd.size;
    const back = underWay.filter((one) => one.back <= at);
    underWay = underWay.slice(back.length);
    const last = back.at(-1);
    if (last) {
      const bytes = back.reduce((sum, one) => sum + one.bytes, 0);
      cwnd = acknowledged(cwnd, { at, delay: at - last.at, bytes, used });
      log.push({ at, queue: at - last.at - trip, arrived: bytes });
    }
    for (let bytes = partOf(cwnd); total() + bytes <= cwnd.size;) {
      free = Math.max(free, at) + bytes / rate(at);
      underWay.push({ at, back: Math.ceil(free + trip), bytes });
    }
  }
  return log;
}

/** @param {ReturnType<typeof through>} log @param {number} from @param {number} to */
function between(log, from, to) {
  const part = log.filter(({ at }) => at >= from && at < to);
  const bytes = part.reduce((sum, { arrived }) => sum + arrived, 0);
  return { rate: bytes / (to - from), queue: Math.max(...part.map(({ queue }) => queue)) };
}

/** @type {[what: string, bits: number, trip: number][]} */
const PATHS = [
  ["half a megabit", 5e5, 40],
  ["two megabits", 2e6, 40],
  ["ten megabits", 10e6, 40],
  ["ten megabits, far away", 10e6, 300],
  ["a hundred megabits", 100e6, 20],
];
for (const [what, bits, trip] of PATHS) {
  test(`cwnd: ${what} are used, and hardly anything waits`, () => {
    const wide = bits / 8000;
    const log = through({ rate: () => wide, trip, until: 20_000 });
    const late = between(log, 10_000, 20_000);
    assert.ok(late.rate > 0.8 * wide, `${late.rate} of ${wide}`);
    assert.ok(late.queue < 2 * 60, `${late.queue} ms`);
  });
}

test("cwnd: where the path becomes narrower the queue is gone soon", () => {
  const [before, after] = [10e6 / 8000, 1e6 / 8000];
  const log = through({ rate: (at) => (at < 8000 ? before : after), trip: 40, until: 20_000 });
  const late = between(log, 11_000, 20_000);
  assert.ok(late.queue < 150, `${late.queue} ms`);
  assert.ok(late.rate > 0.7 * after, `${late.rate} of ${after}`);
});

test("cwnd: it does not grow by what was not used", () => {
  const news = { at: 0, delay: 10, bytes: 1024 };
  assert.equal(acknowledged(FIRST, { ...news, used: false }).size, FIRST.size);
  assert.equal(acknowledged(FIRST, { ...news, used: true }).size, FIRST.size + 1024);
});

// -- Two pages ----------------------------------------------------------------------------------

/** @typedef {{ onmessage?: ((event: { data: unknown }) => void) | null, onopen?: () => void,
 *   close(): void, readyState: string, bufferedAmount: number, send(data: any): void }} End */

/** A connection: two ends with channels by number. */
class Line {
  isOpen = true;
  /** Parts of files that it carries before it fails. */
  parts = Infinity;
  /** @type {Map<number, End>[]} */
  ends = [new Map(), new Map()];
  /** @type {unknown[][]} */
  sent = [[], []];

  /** @param {0 | 1} side */
  half(side) {
    const line = this;
    const [own, other] = [this.ends[side], this.ends[1 - side]];
    return posing({
      createDataChannel(/** @type {string} */ label, /** @type {{ id: number }} */ { id }) {
        assert.ok(!own.has(id), "made once");
        assert.equal(label, ["call", "files"][id]);
        let isClosed = false;
        /** @type {End} */
        const end = {
          get readyState() {
            return line.isOpen && !isClosed ? "open" : "closed";
          },
          bufferedAmount: 0,
          close() {
            isClosed = true;
          },
          send(data) {
            if (!line.isOpen) throw new DOMException("closed", "InvalidStateError");
            line.sent[side].push(typeof data === "string" ? JSON.parse(data) : data);
            if (typeof data !== "string" && --line.parts < 0) return void (line.isOpen = false);
            const carried = typeof data === "string" ? data : data.slice().buffer;
            setTimeout(() => line.isOpen && other.get(id)?.onmessage?.({ data: carried }));
          },
        };
        own.set(id, end);
        setTimeout(() => end.onopen?.());
        return end;
      },
    });
  }
}

/** @extends {Emitter<{ change: null }>} */
class FakeCall extends Emitter {
  screen = "call";
  other = { whom: /** @type {string | null} */ (null) };
}

/** @extends {Emitter<{ paused: boolean }>} */
class FakeMonitor extends Emitter {
  paused = false;

  /** @param {boolean} paused */
  hold(paused) {
    this.paused = paused;
    this.emit("paused", paused);
  }
}

class FakePage {
  call = new FakeCall();
  channel = new Channel();
  monitor = new FakeMonitor();
  /** Bytes that the disk has room for. */
  room = Infinity;
  /** What the disk waits for. @type {Promise<void> | null} */
  busy = null;
  /** @type {string[]} */ dropped = [];
  /** @type {string[]} */ told = [];
  /** @type {Files} */ files;

  /** @param {string} id */
  constructor(id) {
    this.id = id;
    this.load();
  }

  load() {
    const { call, channel, monitor } = this;
    this.files = new Files({
      call: posing(call),
      channel,
      monitor: posing(monitor),
      store: (size) => this.store(size),
    });
    this.files.on("offered", ({ name }) => this.told.push(`offered ${name}`));
    this.files.on("over", ({ name, state }) => this.told.push(`${state} ${name}`));
  }

  /** @param {number} size @returns {Promise<Store | null>} */
  async store(size) {
    /** @type {Uint8Array[]} */
    const blocks = [];
    let length = 0;
    if (size > 1e12) return null;
    return {
      write: async (block) => {
        await this.busy;
        length += block.length;
        if (length > this.room) throw new DOMException("full", "QuotaExceededError");
        blocks.push(block);
      },
      finish: async () => new Blob(/** @type {BlobPart[]} */ (blocks)),
      drop: async () => void this.dropped.push(String(length)),
    };
  }

  /** @param {FakePage} other */
  meets(other) {
    this.call.other.whom = other.id;
    this.call.emit("change", null);
  }

  /** @param {string} name */
  item(name) {
    return given(this.files.items.find((item) => item.name === name));
  }

  /** @param {string} name */
  offered(name) {
    return /** @type {Incoming} */ (this.item(name));
  }

  get listed() {
    return this.files.items.map(({ name, state }) => `${name} ${state}`);
  }
}

/** @type {FakePage} */ let ada;
/** @type {FakePage} */ let bo;
beforeEach(() => {
  ada = new FakePage("ada");
  bo = new FakePage("bo");
});

/** @param {FakePage} one @param {FakePage} two */
function connect(one, two) {
  one.meets(two);
  two.meets(one);
  const line = new Line();
  one.channel.open(line.half(0));
  two.channel.open(line.half(1));
  return line;
}

/** @param {() => unknown} isSo */
async function until(isSo) {
  const end = performance.now() + 5000;
  while (!isSo()) {
    assert.ok(performance.now() < end, `never: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** All that was said has been heard. */
async function settled() {
  for (let n = 0; n < 30; n++) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** @param {string} name @param {number} size */
function fileOf(name, size) {
  const bytes = new Uint8Array(size);
  for (let n = 0; n < size; n++) bytes[n] = (n * 2654435761) >>> 24;
  return new File([bytes], name);
}

/** @param {Blob | null} blob @param {File} file */
async function assertSame(blob, file) {
  const [one, two] = [await given(blob).arrayBuffer(), await file.arrayBuffer()];
  assert.ok(Buffer.from(one).equals(Buffer.from(two)));
}

/** @param {FakePage} page @param {string} name */
const isDone = (page, name) => () => page.item(name).state === "done";

/** Offer one and have it accepted. @param {File} file */
async function moving(file) {
  ada.files.offer([file]);
  await until(() => bo.told.includes(`offered ${file.name}`));
  bo.files.accept(bo.offered(file.name));
}

for (const size of [0, 1, CHUNK, BLOCK, BLOCK + CHUNK + 1, 3 * BLOCK]) {
  test(`a file of ${size} bytes arrives as it is`, async () => {
    connect(ada, bo);
    const file = fileOf("a", size);
    await moving(file);
    await until(isDone(ada, "a"));
    assert.equal(bo.item("a").state, "done");
    await assertSame(bo.offered("a").blob, file);
    assert.deepEqual(bo.told, ["offered a", "done a"]);
    assert.deepEqual(ada.told, ["done a"]);
  });
}

test("what is said, and how parts go", async () => {
  const line = connect(ada, bo);
  await settled();
  line.sent = [[], []];
  const file = new File(["hello"], "hello.txt");
  await moving(file);
  await until(isDone(ada, "hello.txt"));
  const { id } = ada.item("hello.txt");
  const sha = (/** @type {string | Buffer} */ data) => createHash("sha256").update(data).digest();
  const offer = { id, name: "hello.txt", size: 5, waits: "" };
  const digest = sha(sha("hello")).toString("hex");
  assert.deepEqual(line.sent[0], [
    { type: "file-offers", files: [{ ...offer, digest: "" }] },
    framed(id, 0, new TextEncoder().encode("hello")),
    { type: "file-offers", files: [{ ...offer, digest }] },
    { type: "file-offers", files: [] },
  ]);
  const [needed, ...rest] = line.sent[1];
  assert.deepEqual(needed, { type: "file-need", id, offset: 0, waits: false });
  assert.deepEqual(rest.at(-1), { type: "file-end", id, result: "done" });
});

test("both ways, and several, one after the other", async () => {
  connect(ada, bo);
  ada.files.offer([fileOf("a", 100_000), fileOf("b", 200_000)]);
  bo.files.offer([fileOf("c", 300_000)]);
  await until(() => ada.listed.length + bo.listed.length === 6);
  bo.files.accept(bo.offered("b"));
  ada.files.accept(ada.offered("c"));
  bo.files.accept(bo.offered("a"));
  await until(() => [...ada.listed, ...bo.listed].every((line) => line.endsWith("done")));
  assert.equal(bo.offered("a").blob?.size, 100_000);
  assert.equal(bo.offered("b").blob?.size, 200_000);
  assert.equal(ada.offered("c").blob?.size, 300_000);
});

test("over a new connection it goes on where it was, whenever the old one was lost", async () => {
  const file = fileOf("a", BLOCK + 300_000);
  for (const parts of [0, 1, 5, 100, 257, 270]) {
    [ada, bo] = [new FakePage("ada"), new FakePage("bo")];
    const line = connect(ada, bo);
    line.parts = parts;
    await moving(file);
    await until(() => !line.isOpen);
    await settled();
    const { moved } = bo.item("a");
    assert.ok(moved <= parts * CHUNK, `${moved} bytes of ${parts} parts`);
    const next = connect(ada, bo);
    await until(isDone(ada, "a"));
    await assertSame(bo.offered("a").blob, file);
    const again = next.sent[0].filter((sent) => sent instanceof Uint8Array);
    const bytes = again.reduce((sum, { length }) => sum + length - 12, 0);
    assert.equal(bytes, file.size - moved);
  }
});

test("who does not wait for the disk cannot fill the memory", async () => {
  const line = connect(ada, bo);
  bo.busy = new Promise(() => {});
  await moving(fileOf("a", 40 * BLOCK));
  await until(() => bo.item("a").moved > 0);
  ada.files.pause(ada.item("a"), true);
  await until(() => bo.item("a").waits);
  const { id } = bo.item("a");
  const bytes = given(line.ends[1].get(1));
  const part = new Uint8Array(BLOCK);
  for (let n = 0; n < 30; n++) {
    bytes.onmessage?.({ data: framed(id, bo.item("a").moved, part).buffer });
  }
  assert.ok(bo.item("a").moved < 12 * BLOCK, `${bo.item("a").moved / BLOCK} blocks`);
  assert.equal(bo.item("a").state, "moving");
});

test("while nothing is sent nobody is told that pictures are held back", async () => {
  const line = connect(ada, bo);
  await settled();
  line.sent = [[], []];
  ada.monitor.hold(true);
  ada.monitor.hold(false);
  await settled();
  assert.deepEqual(line.sent, [[], []]);
});

test("the last word is lost with the connection, and said again", async () => {
  const line = connect(ada, bo);
  const file = fileOf("a", 10);
  await moving(file);
  bo.files.on("over", () => (line.isOpen = false));
  await until(isDone(bo, "a"));
  await settled();
  assert.equal(ada.item("a").state, "moving");
  connect(ada, bo);
  await until(isDone(ada, "a"));
  assert.deepEqual(bo.listed, ["a done"]);
});

test("accepted while the connection is lost", async () => {
  const line = connect(ada, bo);
  ada.files.offer([fileOf("a", 50_000)]);
  await until(() => bo.listed.length);
  line.isOpen = false;
  bo.files.accept(bo.offered("a"));
  await settled();
  connect(ada, bo);
  await until(isDone(ada, "a"));
});

test("offered before the other's page is ready for files", async () => {
  const late = new FakePage("late");
  late.channel = new Channel();
  ada.meets(late);
  late.call.other.whom = "ada";
  const line = new Line();
  ada.channel.open(line.half(0));
  late.channel.open(line.half(1));
  ada.files.offer([fileOf("a", 10)]);
  await settled();
  late.load();
  await until(() => late.listed.length === 1);
});

test("paused by either", async () => {
  const line = connect(ada, bo);
  const file = fileOf("a", 3 * BLOCK);
  await moving(file);
  await until(() => bo.item("a").moved > 0);
  for (const [page, other] of [
    [ada, bo],
    [bo, ada],
  ]) {
    page.files.pause(page.item("a"), true);
    await until(() => other.item("a").waits);
    await settled();
    const { moved } = bo.item("a");
    assert.ok(moved < file.size);
    await settled();
    assert.equal(bo.item("a").moved, moved);
    page.files.pause(page.item("a"), false);
    await until(() => bo.item("a").moved > moved);
    assert.ok(!other.item("a").waits);
  }
  await until(isDone(ada, "a"));
  await assertSame(bo.offered("a").blob, file);
  assert.ok(line.isOpen);
});

test("a pause is known over a new connection", async () => {
  const line = connect(ada, bo);
  await moving(fileOf("a", 3 * BLOCK));
  await until(() => bo.item("a").moved > 0);
  bo.files.pause(bo.item("a"), true);
  line.isOpen = false;
  connect(ada, bo);
  await until(() => ada.item("a").waits);
  const { moved } = bo.item("a");
  await settled();
  assert.equal(bo.item("a").moved, moved);
  bo.files.pause(bo.item("a"), false);
  await until(isDone(ada, "a"));
});

test("while one is paused the next one goes", async () => {
  connect(ada, bo);
  ada.files.offer([fileOf("a", BLOCK), fileOf("b", 1000)]);
  await until(() => bo.listed.length === 2);
  for (const name of ["a", "b"]) bo.files.accept(bo.offered(name));
  ada.files.pause(ada.item("a"), true);
  bo.files.pause(bo.item("a"), true);
  await until(isDone(ada, "b"));
  assert.notEqual(ada.item("a").state, "done");
});

test("while pictures are held back nothing is sent, and that is told", async () => {
  connect(ada, bo);
  ada.monitor.hold(true);
  await moving(fileOf("a", 1000));
  await until(() => bo.offered("a").waits === "sound");
  await settled();
  assert.equal(bo.item("a").moved, 0);
  ada.monitor.hold(false);
  await until(isDone(ada, "a"));
});

test("refused, cancelled and withdrawn", async () => {
  connect(ada, bo);
  ada.files.offer([fileOf("refused", 10), fileOf("cancelled", 9 * BLOCK), fileOf("back", 10)]);
  await until(() => bo.listed.length === 3);
  bo.files.remove(bo.item("refused"));
  bo.files.accept(bo.offered("cancelled"));
  await until(() => bo.item("cancelled").moved > 0);
  bo.files.remove(bo.item("cancelled"));
  ada.files.remove(ada.item("back"));
  await until(() => bo.told.includes("withdrawn back"));
  await until(() => ada.item("cancelled").state === "refused");
  await settled();
  assert.deepEqual(ada.listed, ["refused refused", "cancelled refused"]);
  assert.deepEqual(bo.listed, ["back withdrawn"]);
  assert.equal(bo.dropped.length, 1, "nothing of it is kept");
});

test("a cancelled file is not in the way of the next", async () => {
  connect(ada, bo);
  await moving(fileOf("a", 9 * BLOCK));
  await until(() => bo.item("a").moved > 0);
  bo.files.remove(bo.item("a"));
  await moving(fileOf("b", 1000));
  await until(isDone(ada, "b"));
});

test("withdrawn in the middle", async () => {
  connect(ada, bo);
  await moving(fileOf("a", 9 * BLOCK));
  await until(() => bo.item("a").moved > 0);
  ada.files.remove(ada.item("a"));
  await until(() => bo.item("a").state === "withdrawn");
  await settled();
  assert.equal(bo.dropped.length, 1);
});

test("no room for it: before, and in the middle", async () => {
  connect(ada, bo);
  bo.room = BLOCK;
  await moving(fileOf("a", 3 * BLOCK));
  await until(() => ada.item("a").state === "refused");
  assert.equal(bo.item("a").state, "no-room");
  const huge = posing({ name: "huge", size: 2e12, slice: () => new Blob([new Uint8Array(BLOCK)]) });
  await moving(huge);
  await until(() => ada.item("huge").state === "refused");
  assert.equal(bo.item("huge").state, "no-room");
});

test("whoever sends faster than the disk takes it waits", async () => {
  connect(ada, bo);
  let release = () => {};
  bo.busy = new Promise((resolve) => (release = resolve));
  const file = fileOf("a", 9 * BLOCK);
  await moving(file);
  await until(() => bo.item("a").moved > 3 * BLOCK);
  await settled();
  const { moved } = bo.item("a");
  await settled();
  assert.equal(bo.item("a").moved, moved);
  assert.ok(moved <= 5 * BLOCK, `${moved} bytes wait for the disk`);
  release();
  await until(isDone(ada, "a"));
  await assertSame(bo.offered("a").blob, file);
});

/** @type {[what: string, slice: () => { arrayBuffer: () => Promise<ArrayBuffer> }][]} */
const UNREADABLE = [
  ["has gone", () => ({ arrayBuffer: () => Promise.reject(new DOMException("gone")) })],
  ["has become shorter", () => new Blob([new Uint8Array(99)])],
];
for (const [what, slice] of UNREADABLE) {
  test(`a file ${what}, and the next one goes all the same`, async () => {
    connect(ada, bo);
    await moving(posing({ name: "a", size: 100, slice }));
    await until(() => ada.item("a").state === "unreadable");
    await until(() => bo.item("a").state === "withdrawn");
    await moving(fileOf("b", 100));
    await until(isDone(ada, "b"));
  });
}

test("what is not what it was said to be is not given out", async () => {
  connect(ada, bo);
  const bytes = [1, 2].map((n) => new Uint8Array(100).fill(n));
  let reads = 0;
  // Its first reading is sent; then it is another.
  const changed = posing({
    name: "changed",
    size: 100,
    slice: () => ({ arrayBuffer: async () => bytes[reads++].slice().buffer }),
  });
  ada.files.offer([changed]);
  await until(() => bo.listed.length);
  const item = /** @type {Outgoing} */ (ada.item("changed"));
  const { next } = item;
  item.next = async (at) => {
    const part = await next.call(item, at);
    if (part) part.bytes = new Uint8Array(100).fill(3);
    return part;
  };
  bo.files.accept(bo.offered("changed"));
  await until(() => ada.item("changed").state === "damaged");
  assert.equal(bo.item("changed").state, "damaged");
  assert.equal(bo.offered("changed").blob, null);
  assert.equal(bo.dropped.length, 1);
});

test("nobody new is offered what was offered to another", async () => {
  const line = connect(ada, bo);
  await moving(fileOf("a", 9 * BLOCK));
  ada.files.offer([fileOf("b", 10)]);
  await until(() => bo.item("a").moved > 0);
  line.isOpen = false;
  const cy = new FakePage("cy");
  const next = connect(ada, cy);
  await settled();
  assert.deepEqual(cy.listed, []);
  assert.ok(!JSON.stringify(next.sent[0]).includes('"name"'));
  assert.deepEqual(ada.listed, ["a lost", "b lost"]);
  ada.files.offer([fileOf("c", 10)]);
  await until(() => cy.listed.length === 1);
});

test("a connection to whoever was there before brings nothing and takes nothing", async () => {
  const line = connect(ada, bo);
  await moving(fileOf("a", 9 * BLOCK));
  await until(() => bo.item("a").moved > 0);
  ada.meets(new FakePage("cy"));
  line.sent = [[], []];
  bo.files.offer([fileOf("late", 10)]);
  await settled();
  assert.deepEqual(ada.listed, ["a lost", "late offered"]);
  assert.equal(line.sent[0].filter((sent) => sent instanceof Uint8Array).length, 0);
});

test("when the call is over nothing is left", async () => {
  connect(ada, bo);
  await moving(fileOf("a", 9 * BLOCK));
  await until(() => bo.item("a").moved > 0);
  bo.call.screen = "ended";
  bo.call.emit("change", null);
  await settled();
  assert.deepEqual(bo.listed, []);
  assert.equal(bo.dropped.length, 1);
  assert.equal(bo.files.offer([fileOf("b", 1)]), 0);
});

test("nobody can be offered anything before anybody came", () => {
  assert.equal(ada.files.offer([fileOf("a", 1)]), 0);
  assert.deepEqual(ada.listed, []);
});

test("twenty at once, and not one more", async () => {
  connect(ada, bo);
  const many = Array.from({ length: MOST + 5 }, (_, n) => fileOf(String(n), 1));
  assert.equal(ada.files.offer(many), MOST);
  await until(() => bo.listed.length === MOST);
  assert.equal(ada.files.offer(many), 0);
});

test("nonsense changes nothing", async () => {
  const line = connect(ada, bo);
  await moving(fileOf("a", 5 * BLOCK));
  await until(() => bo.item("a").moved > 0);
  bo.files.pause(bo.item("a"), true);
  await until(() => ada.item("a").waits);
  await settled();
  const { id } = ada.item("a");
  const before = [ada.listed, bo.listed];
  const end = given(line.ends[0].get(0));
  const bytes = given(line.ends[1].get(1));
  const offers = [
    ...[{ id: -1, name: "x", size: 1 }, { id: 2 ** 32, name: "x", size: 1 }, { id: "1" }, null],
    ...[
      { id: 1, name: 7, size: 1 },
      { id: 1, name: "x".repeat(256), size: 1 },
    ],
    ...[{ id: 1, name: "x", size: -1 }, { id: 1, name: "x", size: 1.5 }, 7, "x", []],
  ];
  /** @param {object} message */
  const says = (message) => end.onmessage?.({ data: JSON.stringify(message) });
  for (const offset of [-1, 1.5, "0", null, 6 * BLOCK, 2 ** 53, 5 * BLOCK]) {
    says({ type: "file-need", id, offset });
  }
  says({ type: "file-need", id: id + 1, offset: 0 });
  for (const files of [undefined, null, 7, "x", {}]) says({ type: "file-offers", files });
  says({ type: "file-offers", files: offers });
  says({ type: "file-end", id: id + 1, result: "done" });
  const { moved } = bo.item("a");
  for (const [offset, length] of [
    [0, 10],
    [moved + 1, 10],
    [moved, 5 * BLOCK - moved + 1],
    [2 ** 50, 10],
  ]) {
    bytes.onmessage?.({ data: framed(id, offset, new Uint8Array(length)).buffer });
  }
  bytes.onmessage?.({ data: framed(id + 1, 0, new Uint8Array(9)).buffer });
  bytes.onmessage?.({ data: "text" });
  await settled();
  assert.deepEqual([ada.listed, bo.listed], before);
  bo.files.pause(bo.item("a"), false);
  await until(isDone(ada, "a"));
});

test("who says to have what was not sent cannot fill the browser", async () => {
  const line = connect(ada, bo);
  await moving(fileOf("a", 9 * BLOCK));
  await until(() => bo.item("a").moved > 0);
  given(line.ends[0].get(1)).bufferedAmount = 2 * 1024 * 1024;
  await settled();
  const { length } = line.sent[0];
  const end = given(line.ends[0].get(0));
  const { id, moved } = ada.item("a");
  end.onmessage?.({ data: JSON.stringify({ type: "file-need", id, offset: moved + CHUNK }) });
  await settled();
  assert.equal(line.sent[0].length, length);
});

/**
 * A file on its way to Bo that one of them has paused: what Bo has of it, and where parts come in.
 * @param {typeof ada} one @param {typeof ada} other
 */
async function pausedBy(one, other) {
  const warnings = mock.method(console, "warn", () => {});
  const line = connect(ada, bo);
  await moving(fileOf("a", 5 * BLOCK));
  await until(() => bo.item("a").moved > 0);
  one.files.pause(one.item("a"), true);
  await until(() => other.item("a").waits);
  await settled();
  const { id, moved } = bo.item("a");
  return { warnings, bytes: given(line.ends[1].get(1)), id, moved };
}

test("what nobody has asked for is dropped, and ends the channel when it goes on", async () => {
  const { warnings, bytes, id, moved } = await pausedBy(bo, ada);
  const floods = [framed(id + 1, 0, new Uint8Array(9)), framed(id, moved + 1, new Uint8Array(9))];
  for (let n = 0; n < UNASKED.burst; n++) bytes.onmessage?.({ data: floods[n % 2].buffer });
  assert.deepEqual([bytes.readyState, bo.item("a").moved], ["open", moved]);
  for (let n = 0; n < 10; n++) bytes.onmessage?.({ data: "text" });
  assert.equal(bytes.readyState, "closed");
  bytes.onmessage?.({ data: framed(id, moved, new Uint8Array(9)).buffer });
  assert.deepEqual([bo.item("a").moved, warnings.mock.callCount()], [moved, 1]);
  warnings.mock.restore();
});

test("whoever sends byte by byte is not heard for long", async () => {
  const { warnings, bytes, id, moved } = await pausedBy(ada, bo);
  const began = performance.now();
  for (let n = 0; n < 2 * UNASKED.burst; n++) {
    bytes.onmessage?.({ data: framed(id, bo.item("a").moved, new Uint8Array(1)).buffer });
  }
  assert.deepEqual([bytes.readyState, warnings.mock.callCount()], ["closed", 1]);
  // On a busy machine that takes a while, in which more is allowed.
  const allowed = UNASKED.burst + 1 + (UNASKED.rate * (performance.now() - began)) / 1000;
  assert.ok(bo.item("a").moved <= moved + allowed, String(bo.item("a").moved - moved));
  warnings.mock.restore();
});

test("a large file is asked for more often than messages are allowed otherwise", async () => {
  const line = connect(ada, bo);
  const file = fileOf("a", 40 * BLOCK);
  await moving(file);
  await until(isDone(ada, "a"));
  const needs = line.sent[1].filter((one) => Reflect.get(Object(one), "type") === "file-need");
  assert.ok(needs.length > 2 * MESSAGES.burst, String(needs.length));
  assert.ok(ada.channel.isOpen);
});

test("a flood of offers leaves a list that can be read", async () => {
  const line = connect(ada, bo);
  const end = given(line.ends[1].get(0));
  for (let n = 0; n < 500; n++) {
    const files = Array.from({ length: 30 }, (_, m) => ({ id: n * 30 + m, name: "x", size: 1 }));
    end.onmessage?.({ data: JSON.stringify({ type: "file-offers", files }) });
  }
  assert.ok(bo.files.items.length <= 2 * MOST, String(bo.files.items.length));
  assert.ok(line.isOpen);
});

test("what is over is listed for a while, and can be taken off the list", async () => {
  connect(ada, bo);
  const names = Array.from({ length: 25 }, (_, n) => `f${n}`);
  for (const name of names) {
    await moving(fileOf(name, 1));
    await until(isDone(ada, name));
  }
  assert.ok(ada.listed.length <= 21);
  assert.equal(ada.listed.at(-1), "f24 done");
  const { length } = bo.listed;
  bo.files.remove(bo.item("f24"));
  await settled();
  assert.equal(bo.listed.length, length - 1);
  assert.equal(ada.item("f24").state, "done");
});
