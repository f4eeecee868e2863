import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { oncePerFrame } from "../../static/calls/js/base/frame.js";
import { advance } from "./fakes.js";

/** @type {Map<number, () => void>} */
let frames = new Map();
let done = 0;
/** @type {() => void} */
let ask;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  frames = new Map();
  let last = 0;
  globalThis.requestAnimationFrame = (callback) => {
    frames.set(++last, () => callback(0));
    return last;
  };
  globalThis.cancelAnimationFrame = (frame) => void frames.delete(frame);
  done = 0;
  ask = oncePerFrame(() => done++);
});

function drawFrame() {
  for (const [frame, callback] of [...frames]) {
    frames.delete(frame);
    callback();
  }
}

test("what is asked for many times is done once, before the next frame", () => {
  for (let n = 0; n < 1000; n++) ask();
  assert.equal(done, 0);
  drawFrame();
  drawFrame();
  advance(1000);
  assert.equal(done, 1);
  ask();
  drawFrame();
  assert.equal(done, 2);
});

test("where no frame is drawn it is done all the same", () => {
  ask();
  advance(99);
  assert.equal(done, 0);
  advance(1);
  assert.equal(done, 1);
  drawFrame();
  assert.equal(done, 1);
});

test("what fails is done at the next asking", () => {
  let fails = true;
  const ask = oncePerFrame(() => {
    done++;
    if (fails) throw new Error("no");
  });
  ask();
  assert.throws(drawFrame);
  fails = false;
  ask();
  drawFrame();
  assert.equal(done, 2);
});
