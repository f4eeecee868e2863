import assert from "node:assert/strict";
import { test } from "node:test";

import { Emitter } from "../../static/calls/js/base/events.js";

test("everybody who listens is told, in order, and nobody else", () => {
  const emitter = /** @type {Emitter<Record<string, unknown>>} */ (new Emitter());
  /** @type {unknown[]} */
  const heard = [];
  emitter.on("here", (detail) => heard.push(["one", detail]));
  emitter.on("here", (detail) => heard.push(["two", detail]));
  emitter.on("gone", () => heard.push("gone"));
  emitter.emit("here", 7);
  emitter.emit("nobody listens", null);
  assert.deepEqual(heard, [
    ["one", 7],
    ["two", 7],
  ]);
});

test("what one listener throws is reported, and the others are told", async () => {
  const emitter = /** @type {Emitter<Record<string, unknown>>} */ (new Emitter());
  /** @type {unknown[]} */
  const heard = [];
  const reported = new Promise((resolve) => {
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.once("uncaughtException", (error) => {
      for (const listener of others) process.on("uncaughtException", listener);
      resolve(error);
    });
  });
  const fault = new Error("mine");
  emitter.on("here", () => {
    throw fault;
  });
  emitter.on("here", () => heard.push("told"));
  emitter.emit("here", null);
  assert.deepEqual(heard, ["told"]);
  assert.equal(await reported, fault);
});
