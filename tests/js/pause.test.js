import assert from "node:assert/strict";
import { test } from "node:test";

import { pause } from "../../static/calls/js/base/pause.js";
import { posing } from "./fakes.js";

test("a pause ends in another task", async () => {
  /** @type {string[]} */
  const done = [];
  const paused = pause().then(() => done.push("paused"));
  for (let n = 0; n < 1000; n++) await null;
  assert.deepEqual(done, []);
  await paused;
});

test("a browser that knows what is urgent decides how long it is", async (t) => {
  t.after(() => Reflect.deleteProperty(globalThis, "scheduler"));
  globalThis.scheduler = posing({ yield: async () => "asked" });
  assert.equal(await pause(), "asked");
});
