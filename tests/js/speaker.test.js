import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Speaker } from "../../static/calls/js/view/speaker.js";
import { posing, record, settle } from "./fakes.js";

/** A video element under an autoplay rule: sound needs a press first. */
class FakeVideo {
  /** @type {string | null} */ srcObject = null;
  muted = true;
  paused = true;
  plays = 0;
  /** @type {Error | null} */ error = new DOMException("press first", "NotAllowedError");
  /** @type {string[]} */ sinks = [];
  /** @type {string | null} */ refused = null;
  volume = 1;
  ownerDocument = Object.assign(new EventTarget(), { visibilityState: "visible" });

  async play() {
    this.plays++;
    if (!this.muted && this.error) throw this.error;
    this.paused = false;
  }

  /** @param {string} id */
  async setSinkId(id) {
    this.sinks.push(id);
    if (id === this.refused) throw new DOMException("gone", "NotFoundError");
  }

  comesBack() {
    this.ownerDocument.dispatchEvent(new Event("visibilitychange"));
  }
}

/** @type {FakeVideo} */ let video;
/** @type {Speaker} */ let speaker;
/** @type {ReturnType<typeof record>} */ let events;

beforeEach(() => {
  video = new FakeVideo();
  speaker = new Speaker(posing(video));
  events = record(speaker, "blocked");
});

/** To the speaker it is all the same what a stream is. @param {string | null} stream */
const show = (stream) => speaker.show(posing(stream));
const blocked = () => events.map(([, detail]) => detail);

test("where sound is allowed, it plays", async () => {
  video.error = null;
  show("stream");
  await settle();
  assert.deepEqual([video.srcObject, video.muted, video.paused], ["stream", false, false]);
  assert.deepEqual(blocked(), [false, false]);
});

test("where it needs a press, the picture runs without, and sound follows the press", async () => {
  show("stream");
  await settle();
  assert.deepEqual([video.muted, video.paused], [true, false]);
  assert.equal(blocked().at(-1), true);
  video.error = null;
  speaker.unblock();
  await settle();
  assert.equal(video.muted, false);
  assert.equal(blocked().at(-1), false);
});

test("another reason not to play is not mended by a press", async () => {
  video.error = new DOMException("replaced", "AbortError");
  show("stream");
  await settle();
  assert.deepEqual(blocked(), [false]);
});

test("the same stream again changes nothing", async () => {
  video.error = null;
  show("stream");
  await settle();
  video.muted = true; // as by a person, in the browser's own menu
  show("stream");
  await settle();
  assert.deepEqual([video.muted, video.plays], [true, 1]);
});

test("an answer about a stream that is gone says nothing", async () => {
  show("one");
  show(null);
  await settle();
  assert.deepEqual([blocked().includes(true), video.srcObject], [false, null]);
});

test("a video that the system paused in the background goes on", async () => {
  video.error = null;
  show("stream");
  await settle();
  video.comesBack();
  assert.equal(video.plays, 1);
  video.paused = true;
  video.comesBack();
  assert.equal(video.plays, 2);
  video.ownerDocument.visibilityState = "hidden";
  video.paused = true;
  video.comesBack();
  assert.equal(video.plays, 2);
});

test("sound comes from the speaker that is asked for, or from the system's", async () => {
  assert.equal(speaker.canMove, true);
  assert.deepEqual([await speaker.use("s1"), await speaker.use(null)], [true, true]);
  video.refused = "s2";
  assert.equal(await speaker.use("s2"), false);
  assert.deepEqual(video.sinks, ["s1", "", "s2", ""]);
});

test("a browser that does not move sound has none but the system's speaker", async () => {
  Object.assign(video, { setSinkId: undefined });
  assert.equal(speaker.canMove, false);
  assert.deepEqual([await speaker.use("s1"), await speaker.use(null)], [false, true]);
});

test("one that follows another is heard where that is, as loud, and unblocked with it", async () => {
  video.volume = 0.5;
  const second = new FakeVideo();
  const follower = new Speaker(posing(second));
  follower.follow(speaker);
  assert.deepEqual([second.volume, second.sinks], [0.5, []]);
  await speaker.use("s2");
  speaker.volume = 0.25;
  assert.deepEqual([second.volume, second.sinks, video.volume], [0.25, ["s2"], 0.25]);
  follower.show(posing("screen"));
  await settle();
  assert.equal(second.muted, true);
  second.error = null;
  speaker.unblock();
  await settle();
  assert.deepEqual([second.muted, second.paused], [false, false]);
});
