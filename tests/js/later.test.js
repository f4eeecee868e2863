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
  globalThis.document = posing({ getElementById: () => ({ textContent: '["/a.js", "/b.js"]' }) });
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
  const { later } = await import(`../../static/calls/js/view/later.js?${copies++}`);
  let loads = 0;
  return later(async () => `load ${++loads}`);
}

test("it comes when the page is ready, and is there when it is wanted", async () => {
  const load = await onNewPage();
  assert.deepEqual(fetched, []);
  ready();
  assert.deepEqual(fetched, ["/a.js", "/b.js"]);
  status = 0;
  assert.equal(await load(), "load 1");
  assert.equal(await load(), "load 1");
  assert.equal(fetched.length, 2);
});

for (const failure of [0, 404, 500]) {
  test(`after a failure (${failure}) it is tried anew, and imported only then`, async () => {
    status = failure;
    const load = await onNewPage();
    ready();
    await assert.rejects(load());
    await assert.rejects(load());
    status = 200;
    assert.equal(await load(), "load 1");
  });
}

test("what did not come is asked for again, unasked", async () => {
  status = 0;
  const load = await onNewPage();
  ready();
  await settle();
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
