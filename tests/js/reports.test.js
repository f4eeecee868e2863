import assert from "node:assert/strict";
import test from "node:test";
import { Emitter } from "../../static/calls/js/base/events.js";
import { Reports, WINDOW } from "../../static/calls/js/call/reports.js";

/** @returns a page's reports, what they have sent, and the connection that they are of */
function made() {
  /** @type {any[]} */
  const sent = [];
  const monitor = /** @type {Emitter<{ reading: any }>} */ (new Emitter());
  const connection = {
    restarts: 0,
    monitor,
    peer: { way: async () => ({ relayed: true, over: "tls" }) },
  };
  const reports = new Reports(
    { send: (message) => sent.push(message) > 0 },
    /** @type {any} */ (connection),
  );
  reports.begin();
  /** @param {number} packets @param {number} lost both since the connection began */
  const heard = (packets, lost) => monitor.emit("reading", { heard: { packets, lost } });
  return { reports, sent, connection, heard };
}

test("how it connected is told once", async () => {
  const { reports, sent } = made();
  await reports.connected();
  await reports.connected();
  assert.equal(sent.length, 1);
  const [{ ms, ...rest }] = sent;
  assert.ok(Number.isInteger(ms));
  assert.deepEqual(rest, { type: "report", event: "connected", relayed: true, over: "tls" });
});

test("with the end come the ICE restarts of this call, and the worst loss", async () => {
  const { reports, sent, connection, heard } = made();
  connection.restarts = 3;
  reports.begin();
  await reports.connected();
  heard(WINDOW - 20, 10);
  heard(WINDOW - 5, 15); // more than a window: 15 of 260
  heard(2 * WINDOW, 15);
  connection.restarts = 5;
  reports.closed();
  assert.deepEqual(sent.at(-1), { type: "report", event: "closed", restarts: 2, loss: 6 });
});

test("another connection counts from its own beginning", async () => {
  const { reports, sent, heard } = made();
  await reports.connected();
  heard(10 * WINDOW, 0);
  heard(10, 0);
  heard(WINDOW, WINDOW);
  reports.closed();
  // Half of what there was since its beginning, of which a little was before.
  assert.equal(sent.at(-1).loss, Math.round((100 * WINDOW) / (2 * WINDOW - 10)));
});

test("what comes late after all is lost no more", async () => {
  const { reports, sent, heard } = made();
  await reports.connected();
  heard(WINDOW, 20);
  heard(3 * WINDOW, 0);
  reports.closed();
  assert.equal(sent.at(-1).loss, 7);
});

test("less than a window tells nothing, nor does another browser's silence", async () => {
  const { reports, sent, connection, heard } = made();
  await reports.connected();
  heard(10, 10);
  connection.monitor.emit("reading", { heard: {} });
  reports.closed();
  assert.equal(sent.at(-1).loss, undefined);
});

test("the next call begins anew", async () => {
  const { reports, sent, heard } = made();
  await reports.connected();
  heard(WINDOW, WINDOW);
  reports.closed();
  reports.begin();
  reports.closed();
  assert.equal(sent.length, 2, "what never connected has no end");
  await reports.connected();
  reports.closed();
  assert.deepEqual([sent.length, sent.at(-1).loss], [4, undefined]);
});

test("a failure is told once until there is media", async () => {
  const { reports, sent } = made();
  reports.failed();
  reports.failed();
  await reports.connected();
  reports.failed();
  assert.deepEqual(
    sent.map(({ event }) => event),
    ["failed", "connected", "failed"],
  );
});
