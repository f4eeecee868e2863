import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Certificate, PATIENCE } from "../../static/calls/js/call/certificate.js";
import { posing, settle } from "./fakes.js";

/** @import { Record, Store } from "../../static/calls/js/call/certificate.js" */

const DAY = 24 * 3600 * 1000;

/** @type {Map<string, Record>} */ let kept;
let made = 0;

/** @type {Store} */
const store = {
  get: async (key) => kept.get(key),
  put: async (key, record) => kept.set(key, record),
  delete: async (key) => kept.delete(key),
  sweep: async (isOld) => {
    for (const [key, record] of kept) if (isOld(record)) kept.delete(key);
  },
};

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  mock.method(console, "warn", () => {});
  kept = new Map();
  globalThis.RTCPeerConnection = posing({
    generateCertificate: async () => ({ number: ++made, expires: Date.now() + 30 * DAY }),
  });
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** What the connections of a page with this name are made with. @param {string} [name] */
async function opened(name = "ada") {
  const certificate = new Certificate({ name }, store);
  await certificate.open();
  const [found] = certificate.forConnections.certificates ?? [];
  return { certificate, found };
}

test("after a reload it is the same, in another tab another", async () => {
  const { found } = await opened();
  assert.notEqual(found, undefined);
  assert.equal((await opened()).found, found);
  assert.notEqual((await opened("bo")).found, found);
});

test("after the call it is another, and that of before is not kept", async () => {
  const { certificate, found } = await opened();
  await certificate.renew();
  const [next] = certificate.forConnections.certificates ?? [];
  assert.notEqual(next, found);
  assert.deepEqual([...kept.keys()], [certificate.tab.name]);
  assert.equal((await opened(certificate.tab.name)).found, next);
});

test("a copy of the tab, with which the call goes on, keeps it", async () => {
  const { certificate, found } = await opened();
  await certificate.renew({ goesOn: true });
  assert.notEqual(certificate.tab.name, "ada");
  assert.equal((await opened()).found, found);
});

test("old ones are not used, and not kept", async () => {
  const { found } = await opened();
  await opened("bo");
  mock.timers.tick(8 * DAY);
  assert.notEqual((await opened()).found, found);
  assert.deepEqual([...kept.keys()], ["ada"]);
});

test("one that is about to expire is not used", async () => {
  const expires = Date.now() + DAY;
  kept.set("ada", { certificate: posing({ expires }), made: Date.now() });
  assert.notEqual((await opened()).found?.expires, expires);
});

test("where nothing can be kept, it holds as long as the page", async () => {
  mock.method(store, "get", () => Promise.reject(new Error("private")));
  mock.method(store, "put", () => Promise.reject(new Error("private")));
  const { certificate, found } = await opened();
  assert.notEqual(found, undefined);
  assert.deepEqual(certificate.forConnections, { certificates: [found] });
});

test("a new tab has none to wait for", async () => {
  const get = mock.method(store, "get");
  const certificate = new Certificate({ name: "" }, store);
  await certificate.open();
  assert.equal(get.mock.callCount(), 0);
  assert.equal(kept.get(certificate.tab.name)?.certificate.expires, Date.now() + 30 * DAY);
});

test("nothing waits for a store that does not answer", async () => {
  mock.method(store, "get", () => new Promise(() => {}));
  const certificate = new Certificate({ name: "ada" }, store);
  const opening = certificate.open();
  await settle();
  mock.timers.tick(PATIENCE);
  await opening;
  const [found] = certificate.forConnections.certificates ?? [];
  assert.notEqual(found, undefined);
  assert.equal(kept.get("ada")?.certificate, found);
});
