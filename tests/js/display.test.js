import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { canShare, refusalOf, share } from "../../static/calls/js/call/capture.js";
import { Display } from "../../static/calls/js/call/display.js";
import { FakeStream, given, posing, record, track } from "./fakes.js";

globalThis.MediaStream = posing(FakeStream);

/** @param {...string} kinds */
const stream = (...kinds) =>
  new FakeStream(
    kinds.map((kind) => {
      const made = { ...track(kind), readyState: "live", stop: () => (made.readyState = "ended") };
      return posing(made);
    }),
  );

/** @type {((stream: FakeStream) => void)[]} */ let answers;
/** @type {((error: Error) => void)[]} */ let refusals;
/** @type {any[]} */ let wishes;
/** @type {MediaDevices} */ let devices;
/** @type {Display} */ let display;
/** @type {ReturnType<typeof record>} */ let changes;

beforeEach(() => {
  [answers, refusals, wishes] = [[], [], []];
  const getDisplayMedia = (/** @type {unknown} */ wish) => {
    wishes.push(wish);
    return new Promise((resolve, reject) => {
      answers.push(resolve);
      refusals.push(reject);
    });
  };
  devices = posing({ getDisplayMedia });
  display = new Display();
  changes = record(display, "change");
});

/** @param {...string} kinds */
async function shared(...kinds) {
  const sharing = share(display, devices);
  const given = stream(...kinds);
  answers.at(-1)?.(given);
  assert.equal(await sharing, null);
  return given;
}

test("a screen with its sound, until it is stopped", async () => {
  const { tracks } = await shared("video", "audio");
  assert.deepEqual(display.tracks, { screen: tracks[0], "screen-sound": tracks[1] });
  assert.equal(tracks[0].contentHint, "detail");
  assert.deepEqual([display.isShared, changes.length], [true, 1]);
  display.stop();
  assert.deepEqual(display.tracks, { screen: null, "screen-sound": null });
  assert.deepEqual(
    tracks.map(({ readyState }) => readyState),
    ["ended", "ended"],
  );
  assert.deepEqual([display.isShared, changes.length], [false, 2]);
  display.stop();
  assert.equal(changes.length, 2);
});

test("a screen without sound", async () => {
  await shared("video");
  assert.deepEqual([display.isShared, display.tracks["screen-sound"]], [true, null]);
});

test("never this tab, which shows the other", async () => {
  await shared("video");
  assert.equal(wishes[0].selfBrowserSurface, "exclude");
});

test("the browser's own button stops it", async () => {
  const { tracks } = await shared("video", "audio");
  given(tracks[0].onended).call(tracks[0], posing({}));
  assert.equal(display.isShared, false);
  assert.equal(tracks[1].readyState, "ended");
});

test("another screen takes the place of the one before, whose end says nothing", async () => {
  const before = await shared("video");
  const now = await shared("video");
  assert.equal(before.tracks[0].readyState, "ended");
  given(before.tracks[0].onended).call(before.tracks[0], posing({}));
  assert.equal(display.tracks.screen, now.tracks[0]);
});

test("what is chosen after it was stopped is not shared", async () => {
  const sharing = share(display, devices);
  display.stop();
  const late = stream("video");
  answers[0](late);
  assert.equal(await sharing, null);
  assert.deepEqual([display.isShared, late.tracks[0].readyState], [false, "ended"]);
});

for (const [what, name, message, expected] of /** @type {const} */ ([
  ["nothing is chosen", "NotAllowedError", "Permission denied by user", null],
  ["the system forbids it", "NotAllowedError", "Permission denied by system", "denied"],
  ["it cannot be read", "NotReadableError", "Could not start", "failed"],
])) {
  test(`when ${what} nothing is shared, and what was before still is`, async () => {
    const { tracks } = await shared("video");
    const sharing = share(display, devices);
    refusals[1](new DOMException(message, name));
    assert.equal(await sharing, expected);
    assert.equal(display.tracks.screen, tracks[0]);
  });
}

test("what is no error of the browser's is a failure", () => {
  assert.equal(refusalOf("no"), "failed");
});

test("where a browser shows no screens there is nothing to be pressed", () => {
  assert.equal(canShare(devices), true);
  assert.equal(canShare(posing({})), false);
  assert.equal(canShare(posing(null)), false);
});
