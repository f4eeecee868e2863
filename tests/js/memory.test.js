import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { remembered } from "../../static/calls/js/base/memory.js";

/** @type {{ tab: Record<string, string>, device: Record<string, string> }} */
let stored;

/** @param {"sessionStorage" | "localStorage"} name @param {() => object} get */
const define = (name, get) =>
  Object.defineProperty(globalThis, name, { get, configurable: true, enumerable: true });

/** @param {keyof typeof stored} owner */
const storage = (owner) => ({
  getItem: (/** @type {string} */ key) => stored[owner][key] ?? null,
  setItem: (/** @type {string} */ key, /** @type {string} */ value) =>
    void (stored[owner][key] = value),
});

beforeEach(() => {
  stored = { tab: {}, device: {} };
  define("sessionStorage", () => storage("tab"));
  define("localStorage", () => storage("device"));
});

for (const owner of /** @type {const} */ (["tab", "device"])) {
  const other = owner === "tab" ? "device" : "tab";

  test(`the ${owner} remembers what was set, and the ${other} does not`, () => {
    remembered("key", { name: "", on: true }, owner).name = "Ada";
    assert.deepEqual(remembered("key", { name: "", on: false }, owner), { name: "Ada", on: true });
    assert.deepEqual(remembered("key", { name: "" }, other), { name: "" });
    assert.deepEqual(remembered("another", { name: "" }, owner), { name: "" });
  });

  test(`what was not set is not stored for the ${owner}`, () => {
    remembered("key", { on: true }, owner);
    assert.deepEqual(stored, { tab: {}, device: {} });
  });
}

test("it is the tab that remembers, if nothing else is said", () => {
  remembered("key", { name: "" }).name = "Ada";
  assert.deepEqual(stored, { tab: { key: '{"name":"Ada"}' }, device: {} });
});

test("without storage, or with nonsense in it, the page remembers by itself", () => {
  const switchedOff = () => {
    throw new DOMException("switched off", "SecurityError");
  };
  define("localStorage", switchedOff);
  const memory = remembered("key", { on: false }, "device");
  memory.on = true;
  assert.equal(memory.on, true);
  stored.tab.key = "{";
  assert.deepEqual(remembered("key", { name: "" }), { name: "" });
});
