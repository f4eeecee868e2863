import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Media, RECOVERY, isMirrored, problemOf } from "../../static/calls/js/call/media.js";
import { FakeStream, given, posing, record, settle } from "./fakes.js";

globalThis.MediaStream = posing(FakeStream);

class FakeTrack {
  enabled = true;
  stopped = false;
  muted = false;
  label = "";
  /** @type {MediaTrackSettings} */ settings = {};
  /** @type {((event: Event) => void) | null} */ onended = null;
  /** @type {(() => void) | null} */ onmute = null;

  /** @param {string} kind */
  constructor(kind) {
    this.kind = kind;
  }

  get readyState() {
    return this.stopped ? "ended" : "live";
  }

  getSettings() {
    return this.settings;
  }

  stop() {
    this.stopped = true;
  }
}

/** @param {string} name */
const failure = (name) => new DOMException("no", name);

/** Cameras and microphones; `faults` by kind, `answer` to hold a request back. */
class FakeDevices {
  /** @type {string[]} */ asked = [];
  /** @type {MediaStreamConstraints[]} */ wishes = [];
  /** @type {Record<string, string>} */ faults = {};
  /** Of phones' cameras. @type {string | undefined} */ facingMode;
  /** Whether a device cannot be opened beside another of its kind. */ oneAtATime = false;
  /** @type {FakeTrack[]} */ tracks = [];
  /** @type {Promise<void> | null} */ waiting = null;

  /** @param {MediaStreamConstraints} constraints */
  async getUserMedia(constraints) {
    const kinds = Object.keys(constraints).sort();
    this.asked.push(kinds.join("+"));
    this.wishes.push(constraints);
    if (this.waiting) await this.waiting;
    for (const kind of kinds) {
      if (this.faults[kind]) throw failure(this.faults[kind]);
      const open = this.tracks.some((track) => track.kind === kind && !track.stopped);
      if (this.oneAtATime && open) throw failure("NotReadableError");
    }
    const tracks = kinds.map((kind) => this.#track(kind, posing(constraints)));
    this.tracks.push(...tracks);
    return new FakeStream(posing(tracks));
  }

  /** @param {string} kind @param {Record<string, MediaTrackConstraints>} constraints */
  #track(kind, { [kind]: { deviceId } }) {
    const track = new FakeTrack(kind);
    const { exact, ideal } = /** @type {ConstrainDOMStringParameters} */ (deviceId ?? {});
    track.settings = { deviceId: /** @type {string} */ (exact ?? ideal ?? "any") };
    if (this.facingMode && kind === "video") track.settings.facingMode = this.facingMode;
    return track;
  }

  /** From now on requests wait until the function that is returned is called. */
  hold() {
    /** @type {PromiseWithResolvers<void>} */
    const { promise, resolve } = Promise.withResolvers();
    this.waiting = promise;
    return () => {
      this.waiting = null;
      resolve();
      return settle();
    };
  }

  /** Kinds of what is switched on. */
  get live() {
    return this.tracks
      .filter(({ stopped }) => !stopped)
      .map(({ kind }) => kind)
      .sort();
  }
}

/** @type {FakeDevices} */ let devices;
/** @type {Media} */ let media;

beforeEach(() => {
  devices = new FakeDevices();
  media = new Media(posing(devices));
});

const sent = () =>
  media.stream
    .getTracks()
    .map(({ kind }) => kind)
    .sort();

test("who has not been asked yet is about to be", async () => {
  assert.equal(media.asking, true);
  await media.open();
  assert.deepEqual([media.asking, devices.asked], [false, ["audio+video"]]);
});

test("camera and microphone are asked for together", async () => {
  const opening = media.open();
  assert.equal(media.asking, true);
  await opening;
  assert.deepEqual(devices.asked, ["audio+video"]);
  assert.deepEqual(sent(), ["audio", "video"]);
  assert.deepEqual(
    [media.asking, media.problem, media.hasAudio, media.hasVideo],
    [false, null, true, true],
  );
});

test("asking twice asks once", async () => {
  await Promise.all([media.open(), media.open()]);
  assert.deepEqual(devices.asked, ["audio+video"]);
});

for (const [fault, both, one] of [
  ["NotAllowedError", "denied", "denied"],
  ["NotFoundError", "no-device", "no-camera"],
  ["NotReadableError", "in-use", "in-use"],
]) {
  test(`a camera with ${fault} leaves the microphone`, async () => {
    devices.faults = { video: fault };
    await media.open();
    assert.deepEqual(sent(), ["audio"]);
    assert.deepEqual([media.problem, media.hasAudio, media.hasVideo], [one, true, false]);
  });

  test(`a microphone with ${fault} leaves the camera`, async () => {
    devices.faults = { audio: fault };
    await media.open();
    assert.deepEqual(sent(), ["video"]);
    assert.equal(media.problem, one.replace("camera", "microphone"));
  });

  test(`both with ${fault}`, async () => {
    devices.faults = { audio: fault, video: fault };
    await media.open();
    assert.deepEqual(sent(), []);
    assert.deepEqual([media.problem, media.hasAudio, media.hasVideo], [both, false, false]);
  });
}

for (const [what, isSecureContext, problem] of /** @type {const} */ ([
  ["a page without https", false, "insecure"],
  ["a window of another app", true, "no-access"],
])) {
  test(`${what} has no devices`, async () => {
    globalThis.isSecureContext = isSecureContext;
    media = new Media(posing({}));
    await media.open();
    assert.equal(media.problem, problem);
  });
}

test("a problem that is solved is forgotten", async () => {
  devices.faults = { audio: "NotAllowedError", video: "NotAllowedError" };
  await media.open();
  devices.faults = {};
  await media.open();
  assert.deepEqual([media.problem, sent()], [null, ["audio", "video"]]);
});

test("opening again switches off what was on before", async () => {
  await media.open();
  await media.open();
  assert.deepEqual(devices.live, ["audio", "video"]);
});

test("muting keeps the microphone and its track", async () => {
  await media.open();
  const { stream } = media;
  media.toggleAudio();
  assert.deepEqual(
    stream.getTracks().map(({ kind, enabled }) => [kind, enabled]),
    [
      ["audio", false],
      ["video", true],
    ],
  );
  media.toggleAudio();
  assert.ok(stream.getTracks().every(({ enabled }) => enabled));
  assert.equal(media.stream, stream);
});

test("muted before the microphone is there is muted after", async () => {
  media.toggleAudio();
  await media.open();
  assert.equal(trackOf("audio").enabled, false);
});

test("switching the camera off switches it off", async () => {
  await media.open();
  await media.toggleVideo();
  assert.deepEqual([devices.live, sent(), media.hasVideo], [["audio"], ["audio"], true]);
  await media.toggleVideo();
  assert.deepEqual(
    [devices.live, sent()],
    [
      ["audio", "video"],
      ["audio", "video"],
    ],
  );
});

test("a camera that is switched off while it is asked for stays off", async () => {
  await media.open();
  await media.toggleVideo();
  const answer = devices.hold();
  media.toggleVideo();
  media.toggleVideo();
  await answer();
  assert.deepEqual([devices.live, media.video], [["audio"], false]);
});

test("a camera that is switched off while both are asked for leaves the microphone", async () => {
  const answer = devices.hold();
  media.open();
  media.toggleVideo();
  await answer();
  assert.deepEqual([devices.live, sent(), media.asking], [["audio"], ["audio"], false]);
});

test("a camera that does not come back is off, and says why", async () => {
  await media.open();
  await media.toggleVideo();
  devices.faults = { video: "NotReadableError" };
  await media.toggleVideo();
  assert.deepEqual([media.video, media.problem, sent()], [false, "in-use", ["audio"]]);
});

/** @param {string} kind */
const trackOf = (kind) => given(media.stream.getTracks().find((track) => track.kind === kind));

/** The system takes a device away. @param {MediaStreamTrack} track */
const lose = (track) => given(track.onended).call(track, new Event("ended"));

/**
 * Let every attempt to get a device back have its turn.
 * @param {import("node:test").TestContext} t
 */
async function recover(t) {
  for (const wait of RECOVERY) {
    t.mock.timers.tick(wait);
    await settle();
  }
}

for (const [kind, problem] of [
  ["video", "no-camera"],
  ["audio", "no-microphone"],
]) {
  test(`a lost ${kind} device is looked for, and missed in the end`, async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    await media.open();
    devices.faults = { [kind]: "NotFoundError" };
    const asked = devices.asked.length;
    lose(trackOf(kind));
    const other = kind === "video" ? "audio" : "video";
    assert.deepEqual([sent(), media.problem], [[other], null]);
    await recover(t);
    assert.deepEqual([sent(), media.problem], [[other], problem]);
    assert.equal(devices.asked.length - asked, RECOVERY.length);
  });

  test(`a lost ${kind} device that is there again is used`, async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    await media.open();
    const lost = trackOf(kind);
    devices.faults = { [kind]: "NotReadableError" };
    lose(lost);
    t.mock.timers.tick(0);
    await settle();
    devices.faults = {};
    await recover(t);
    assert.deepEqual([sent(), media.problem], [["audio", "video"], null]);
    assert.notEqual(trackOf(kind), lost);
  });
}

test("a lost camera that is switched off, or a call that is over, is left alone", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  await media.open();
  const video = trackOf("video");
  await media.toggleVideo();
  const asked = devices.asked.length;
  media.ended(video);
  await recover(t);
  const audio = trackOf("audio");
  media.close();
  media.ended(audio);
  media.close();
  await recover(t);
  assert.equal(devices.asked.length, asked);
  assert.deepEqual(devices.live, []);
});

// -- Chosen devices ---------------------------------------------------------------------------

const SOURCES = /** @type {const} */ ([
  ["microphone", "audio"],
  ["camera", "video"],
]);
/** The last wish for a device. @param {"audio" | "video"} kind */
const wishFor = (kind) => {
  const wish = given(devices.wishes.findLast((one) => one[kind]))[kind];
  return /** @type {MediaTrackConstraints} */ (wish);
};
/** @param {string} kind */
const deviceOf = (kind) => trackOf(kind).getSettings().deviceId;

for (const [source, kind] of SOURCES) {
  test(`a chosen ${source} is asked for from the first, and by every repair`, async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    media.chosen[source] = "b";
    await media.open();
    const seen = [wishFor(kind).deviceId];
    await media.renew(trackOf(kind), { letGo: false });
    seen.push(wishFor(kind).deviceId);
    lose(trackOf(kind));
    await recover(t);
    seen.push(wishFor(kind).deviceId);
    assert.deepEqual(seen, [{ ideal: "b" }, { ideal: "b" }, { ideal: "b" }]);
  });

  test(`another ${source} is got before the one in use is let go of`, async () => {
    await media.open();
    const old = trackOf(kind);
    const answer = devices.hold();
    const using = media.use(source, "b");
    assert.equal(old.readyState, "live");
    await answer();
    assert.equal(await using, true);
    assert.deepEqual([wishFor(kind).deviceId, deviceOf(kind)], [{ exact: "b" }, "b"]);
    assert.deepEqual([devices.live, sent()], [sent(), ["audio", "video"]]);
  });

  test(`a ${source} that cannot be had beside another is got after it`, async () => {
    await media.open();
    devices.oneAtATime = true;
    assert.equal(await media.use(source, "b"), true);
    assert.deepEqual([deviceOf(kind), devices.live], ["b", ["audio", "video"]]);
  });

  for (const fault of ["OverconstrainedError", "NotAllowedError"]) {
    test(`a ${source} with ${fault} leaves the one in use, which was never let go of`, async () => {
      await media.open();
      const old = trackOf(kind);
      devices.faults = { [kind]: fault };
      assert.equal(await media.use(source, "b"), false);
      assert.deepEqual([trackOf(kind), old.readyState], [old, "live"]);
      assert.equal(media.chosen[source], null);
    });
  }

  test(`a ${source} that another program uses leaves the one before`, async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    media.chosen[source] = "a";
    await media.open();
    devices.faults = { [kind]: "NotReadableError" };
    assert.equal(await media.use(source, "b"), false);
    assert.equal(media.chosen[source], "a");
    devices.faults = {};
    await recover(t);
    assert.deepEqual([deviceOf(kind), sent(), media.problem], ["a", ["audio", "video"], null]);
  });

  test(`the ${source} that is used already is left alone`, async () => {
    await media.open();
    await media.use(source, "b");
    const { stream } = media;
    await media.use(source, "b");
    assert.equal(media.stream, stream);
    await media.use(source, null);
    assert.deepEqual([wishFor(kind).deviceId, deviceOf(kind)], [undefined, "any"]);
    const asked = devices.asked.length;
    await media.use(source, null);
    assert.equal(devices.asked.length, asked);
  });

  test(`a ${source} that is chosen where there was none is asked for`, async () => {
    devices.faults = { [kind]: "NotReadableError" };
    await media.open();
    devices.faults = {};
    await media.use(source, "b");
    assert.deepEqual([deviceOf(kind), media.problem], ["b", null]);
  });

  test(`a ${source} that is chosen before there is one is only remembered`, async () => {
    assert.equal(await media.use(source, "b"), true);
    assert.deepEqual(devices.asked, []);
    await media.open();
    assert.equal(deviceOf(kind), "b");
  });
}

test("a muted microphone stays muted when it is changed", async () => {
  await media.open();
  media.toggleAudio();
  /** @type {boolean[]} */
  const enabled = [];
  media.on("change", () => enabled.push(trackOf("audio").enabled));
  await media.use("microphone", "b");
  assert.deepEqual([deviceOf("audio"), new Set(enabled)], ["b", new Set([false])]);
});

test("a phone's camera is let go of before the next is asked for", async () => {
  devices.facingMode = "user";
  await media.open();
  devices.oneAtATime = true;
  const asked = devices.asked.length;
  await media.use("camera", "b");
  assert.equal(devices.asked.length - asked, 1);
  assert.deepEqual([deviceOf("video"), devices.live], ["b", ["audio", "video"]]);
});

test("who has chosen a camera is not asked for the side it faces", async () => {
  await media.open();
  assert.equal(wishFor("video").facingMode, "user");
  await media.use("camera", "b");
  assert.equal(wishFor("video").facingMode, undefined);
});

for (const [what, meanwhile, live] of /** @type {[string, () => void, string[]][]} */ ([
  ["switched off", () => media.toggleVideo(), ["audio"]],
  ["closed", () => media.close(), []],
])) {
  test(`a camera chosen while it is ${what} is given back`, async () => {
    await media.open();
    const answer = devices.hold();
    const using = media.use("camera", "b");
    meanwhile();
    await answer();
    await using;
    assert.deepEqual([devices.live, sent()], [live, live]);
  });
}

for (const [wanted, facing, label, expected] of /** @type {const} */ ([
  [true, undefined, "FaceTime HD", true],
  [true, "user", "camera2 1, facing front", true],
  [true, "environment", "Camera", false],
  [true, undefined, "camera2 0, facing back", false],
  [true, undefined, "Задняя камера", false],
  [true, "user", "Feedback back", true],
  [true, undefined, "Playback Capture", true],
  [false, undefined, "FaceTime HD", false],
  [false, "environment", "Camera", false],
])) {
  test(`${label} that faces ${facing}: ${expected ? "a mirror" : "no mirror"}`, () => {
    assert.equal(isMirrored(wanted, facing, label), expected);
  });
}

test("a camera that looks away is no mirror", async () => {
  await media.open();
  assert.equal(media.mirrored, true);
  devices.facingMode = "environment";
  await media.use("camera", "b");
  assert.equal(media.mirrored, false);
});

// -- Interruptions ----------------------------------------------------------------------------

for (const kind of ["audio", "video"]) {
  test(`a fresh ${kind} track takes the place of one that gives nothing`, async () => {
    await media.open();
    const old = trackOf(kind);
    const other = trackOf(kind === "audio" ? "video" : "audio");
    assert.equal(await media.renew(old, { letGo: false }), true);
    assert.equal(devices.asked.at(-1), kind);
    assert.deepEqual(
      [devices.live, sent()],
      [
        ["audio", "video"],
        ["audio", "video"],
      ],
    );
    assert.notEqual(trackOf(kind), old);
    assert.equal(trackOf(other.kind), other);
  });
}

test("without a fresh track the old one stays", async () => {
  await media.open();
  const old = trackOf("audio");
  devices.faults = { audio: "NotReadableError" };
  assert.equal(await media.renew(old, { letGo: false }), false);
  assert.deepEqual([trackOf("audio"), media.problem], [old, null]);
  assert.deepEqual(devices.live, ["audio", "video"]);
});

test("a device is let go of before it is asked for, where that is wanted", async () => {
  await media.open();
  const answer = devices.hold();
  const renewing = media.renew(trackOf("audio"), { letGo: true });
  assert.deepEqual(devices.live, ["video"]);
  await answer();
  await renewing;
  assert.deepEqual(
    [devices.live, sent()],
    [
      ["audio", "video"],
      ["audio", "video"],
    ],
  );
});

test("who mutes while a fresh track is asked for is muted", async () => {
  await media.open();
  const answer = devices.hold();
  const renewing = media.renew(trackOf("audio"), { letGo: false });
  media.toggleAudio();
  await answer();
  await renewing;
  assert.equal(trackOf("audio").enabled, false);
});

for (const [what, meanwhile, live] of /** @type {[string, () => void, string[]][]} */ ([
  ["switched off", () => media.toggleVideo(), ["audio"]],
  ["closed", () => media.close(), []],
])) {
  test(`a fresh camera for what is ${what} meanwhile is given back`, async () => {
    await media.open();
    const answer = devices.hold();
    const renewing = media.renew(trackOf("video"), { letGo: false });
    meanwhile();
    await answer();
    await renewing;
    assert.deepEqual([devices.live, sent()], [live, live]);
  });
}

test("what the device has interrupted the other neither hears nor sees", async () => {
  assert.deepEqual(media.sending, { audio: false, video: false });
  await media.open();
  assert.deepEqual(media.sending, { audio: true, video: true });
  let changes = 0;
  media.on("change", () => changes++);
  given(devices.tracks.find(({ kind }) => kind === "audio")?.onmute)();
  assert.deepEqual([media.sending, changes], [{ audio: false, video: true }, 1]);
  // The switches stay as they are.
  assert.deepEqual([media.audio, media.hasAudio], [true, true]);
  media.close();
});

test("whether less data is to be used is told, and nothing else changes", async () => {
  await media.open();
  const { stream } = media;
  const changes = record(media, "change");
  media.useLessData(true);
  media.useLessData(false);
  assert.deepEqual([media.lowData, media.stream, changes.length], [false, stream, 2]);
  media.close();
});

test("closing lets go of everything", async () => {
  await media.open();
  media.close();
  assert.deepEqual([devices.live, sent(), media.hasAudio, media.hasVideo], [[], [], false, false]);
});

test("what is granted after the end is given back at once", async () => {
  const answer = devices.hold();
  media.open();
  media.close();
  await answer();
  assert.deepEqual([devices.live, sent(), media.asking], [[], [], false]);
});

test("a camera that comes on after the end is switched off at once", async () => {
  await media.open();
  await media.toggleVideo();
  const answer = devices.hold();
  media.toggleVideo();
  media.close();
  await answer();
  assert.deepEqual(devices.live, []);
});

test("every other stream is another object", async () => {
  const streams = new Set([media.stream]);
  await media.open();
  streams.add(media.stream);
  await media.toggleVideo();
  streams.add(media.stream);
  media.close();
  streams.add(media.stream);
  assert.equal(streams.size, 4);
});

for (const [name, expected] of [
  ["NotAllowedError", "denied"],
  ["NotFoundError", "no-device"],
  ["OverconstrainedError", "no-device"],
  ["NotReadableError", "in-use"],
  ["AbortError", "in-use"],
  ["SecurityError", "insecure"],
  ["TypeError", "unknown"],
]) {
  test(`${name} means ${expected}`, () => assert.equal(problemOf(failure(name)), expected));
}

test("what is no error is unknown", () => assert.equal(problemOf("no"), "unknown"));
