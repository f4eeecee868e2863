import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { advance, posing, settle } from "./fakes.js";

/** @type {string[]} */
let fetched = [];
let status = 200;
/** @type {() => void} */
let ready = () => {};
let copies = 0;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  fetched = [];
  status = 200;
  // A pause is over at once.
  globalThis.scheduler = posing({ yield: async () => {} });
  globalThis.document = posing({
    readyState: "interactive",
    getElementById: () => ({ textContent: '["/a.js", "/b.js"]' }),
  });
  globalThis.addEventListener = (/** @type {string} */ type, /** @type {any} */ listener) => {
    assert.equal(type, "load");
    ready = listener;
  };
  globalThis.fetch = async (address) => {
    fetched.push(String(address));
    if (status === 0) throw new TypeError("no network");
    return new Response("", { status });
  };
});

/** As on a new page: what has been fetched is remembered by the module. */
async function onNewPage() {
  const { later, rest } = await import(`../../static/calls/js/view/later.js?${copies++}`);
  let loads = 0;
  return { load: later(async () => `load ${++loads}`), rest };
}

/** The page is there, and has had its moment. */
async function quiet() {
  ready();
  advance(3000);
  await settle();
}

test("it comes when the page has been there for a moment, and is there when wanted", async () => {
  const { load } = await onNewPage();
  ready();
  advance(2999);
  await settle();
  assert.deepEqual(fetched, []);
  advance(1);
  await settle();
  assert.deepEqual(fetched, ["/a.js", "/b.js"]);
  status = 0;
  assert.equal(await load(), "load 1");
  assert.equal(fetched.length, 2);
});

test("on a page that is ready already it comes after the same moment", async () => {
  globalThis.document = posing({ ...globalThis.document, readyState: "complete" });
  ready = () => assert.fail("too late to wait for it");
  const { load } = await onNewPage();
  advance(3000);
  await settle();
  assert.deepEqual(fetched, ["/a.js", "/b.js"]);
  assert.equal(await load(), "load 1");
});

test("it comes at once when it is wanted", async () => {
  const { load } = await onNewPage();
  assert.equal(await load(), "load 1");
  assert.deepEqual(fetched, ["/a.js", "/b.js"]);
});

test("it waits while something is more urgent, and comes once", async () => {
  const { load, rest } = await onNewPage();
  ready();
  advance(2999);
  rest(3000);
  advance(2999);
  rest(500);
  advance(499);
  await settle();
  assert.deepEqual(fetched, []);
  advance(1);
  await settle();
  assert.deepEqual(fetched, ["/a.js", "/b.js"]);
  rest(500);
  advance(500);
  assert.equal(await load(), "load 1");
  assert.equal(fetched.length, 2);
});

test("a few files are asked for in one task", async () => {
  const names = [..."abcdefgh"].map((name) => `/${name}.js`);
  globalThis.document = posing({
    ...globalThis.document,
    getElementById: () => ({ textContent: JSON.stringify(names) }),
  });
  /** @type {() => void} */
  let goOn = () => {};
  globalThis.scheduler = posing({
    yield: () => new Promise((resolve) => (goOn = () => resolve(undefined))),
  });
  await onNewPage();
  await quiet();
  for (const asked of [0, 6, 8]) {
    await settle();
    assert.deepEqual(fetched, names.slice(0, asked));
    goOn();
  }
});

for (const failure of [0, 404, 500]) {
  test(`after a failure (${failure}) it is tried anew, and imported only then`, async () => {
    status = failure;
    const { load } = await onNewPage();
    await quiet();
    await assert.rejects(load());
    await assert.rejects(load());
    status = 200;
    assert.equal(await load(), "load 1");
  });
}

test("what did not come is asked for again, unasked", async () => {
  status = 0;
  const { load, rest } = await onNewPage();
  await quiet();
  rest(0); // is not another one who asks
  status = 200;
  advance(5000);
  await settle();
  assert.equal(fetched.length, 4);
  status = 0;
  assert.equal(await load(), "load 1");
});

test("an import that fails is tried anew, without the files", async () => {
  const { later } = await import(`../../static/calls/js/view/later.js?${copies++}`);
  let fails = true;
  const load = later(async () => (fails ? Promise.reject(new Error("no")) : "there"));
  await assert.rejects(load());
  fails = false;
  assert.equal(await load(), "there");
  assert.equal(fetched.length, 2);
});
