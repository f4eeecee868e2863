import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import {
  Devices,
  SETTLING,
  isKnown,
  labelOf,
  listed,
  newsOf,
  placeOf,
} from "../../static/calls/js/call/devices.js";
import { Emitter } from "../../static/calls/js/base/events.js";
import { PROCESSING } from "../../static/calls/js/call/media.js";
import { newsSentence } from "../../static/calls/js/view/picker.js";
import { posing, record, settle } from "./fakes.js";

/** @import { Choices } from "../../static/calls/js/call/media.js" */
/** @import { Device, Kind, News, Place } from "../../static/calls/js/call/devices.js" */

/**
 * @param {MediaDeviceKind} kind
 * @param {string} deviceId
 * @param {string} [label]
 * @param {string} [groupId]
 * @returns {Device}
 */
const device = (kind, deviceId, label = "", groupId = "") => ({ kind, deviceId, label, groupId });

const DESK = device("audioinput", "m1", "Desk microphone", "desk");
const HEADSET = device("audioinput", "m2", "Headset", "headset");
const CAMERA = device("videoinput", "c1", "Camera", "desk");
const SPEAKER = device("audiooutput", "s1", "Headset", "headset");
const SYSTEMS = device("audioinput", "default", "Default - Headset", "headset");
const CALLS = device("audioinput", "communications", "Communications - Desk microphone", "desk");
const ALL = [SYSTEMS, CALLS, DESK, HEADSET, CAMERA, SPEAKER];

test("what stands for the system's is not listed, nor is another kind", () => {
  assert.deepEqual(listed(ALL, "microphone"), [DESK, HEADSET]);
  assert.deepEqual(listed(ALL, "camera"), [CAMERA]);
  assert.deepEqual(listed(ALL, "speaker"), [SPEAKER]);
  assert.deepEqual(listed([device("videoinput", "")], "camera"), []);
});

for (const [what, devices, expected] of /** @type {[string, Device[], boolean][]} */ ([
  ["with labels", ALL, true],
  ["without a label", [device("audioinput", "")], false],
  ["with labels of another kind alone", [device("audioinput", "m1"), CAMERA], false],
  ["that has no such device", [CAMERA], true],
  ["that has none at all", [], false],
])) {
  test(`a list ${what} ${expected ? "tells" : "does not tell"} which microphones there are`, () => {
    assert.equal(isKnown(devices, "microphone"), expected);
  });
}

const headset = { id: "m2", label: "Headset" };
/** @type {[string, Device[], typeof headset | null, Place][]} */
const PLACES = [
  ["none is chosen", ALL, null, { state: "default", id: null }],
  ["the chosen one is there", ALL, headset, { state: "here", id: "m2" }],
  ["it has another id", ALL, { ...headset, id: "x" }, { state: "here", id: "m2" }],
  ["it has another label", ALL, { ...headset, label: "x" }, { state: "here", id: "m2" }],
  [
    "it has the label of a device before it",
    [device("audioinput", "m0", "Headset"), ...ALL],
    headset,
    { state: "here", id: "m2" },
  ],
  ["a speaker has its label", [DESK, SPEAKER], headset, { state: "gone", id: null }],
  ["it is gone", [DESK], headset, { state: "gone", id: null }],
  ["there are no labels yet", [device("audioinput", "")], headset, { state: "unknown", id: "m2" }],
  ["there is no list yet", [], headset, { state: "unknown", id: "m2" }],
];
for (const [what, devices, choice, place] of PLACES) {
  test(`where ${what}, the microphone is ${place.state}`, () => {
    assert.deepEqual(placeOf(devices, "microphone", choice), place);
  });
}

for (const [
  before,
  after,
  news,
] of /** @type {[Place["state"], Place["state"], string | null][]} */ ([
  ["here", "gone", "gone"],
  ["unknown", "gone", "gone"],
  ["gone", "gone", null],
  ["gone", "here", "back"],
  ["unknown", "here", null],
  ["here", "here", null],
  ["gone", "default", null],
  ["default", "here", null],
])) {
  test(`${before}, then ${after}, is ${news ?? "no news"}`, () => {
    assert.equal(newsOf({ state: before, id: "1" }, { state: after, id: "2" }), news);
  });
}

for (const [what, settings, label] of /** @type {[string, MediaTrackSettings, string][]} */ ([
  ["a device", { deviceId: "m1", groupId: "headset" }, "Desk microphone"],
  ["what stands for one", { deviceId: "default", groupId: "headset" }, "Headset"],
  ["what stands for one, without its group", { deviceId: "communications" }, "Desk microphone"],
  ["nothing that is told of", {}, "Headset"],
  ["a device that is gone", { deviceId: "m9", groupId: "x" }, ""],
])) {
  test(`the microphone is ${label || "unknown"} by the settings of ${what}`, () => {
    assert.equal(labelOf(ALL, "microphone", settings), label);
  });
}

test("where there are no groups, nothing is taken for another", () => {
  assert.equal(labelOf([device("audioinput", "m1", "Desk")], "microphone", { groupId: "" }), "");
});

// -- What is done -----------------------------------------------------------------------------

/**
 * Devices that are plugged in and out, and what is sent of them.
 * @extends {Emitter<{ change: null }>}
 */
class FakeMedia extends Emitter {
  devices = Object.assign(new EventTarget(), { enumerateDevices: async () => this.there });
  /** @type {Device[]} */ there = ALL;
  stream = {};
  video = true;
  mirror = true;
  processing = PROCESSING;
  /** @type {object[]} */ exchanged = [];
  /** @type {Record<string, string | null>} */ chosen = {};
  /** @type {Record<string, MediaStreamTrack | null>} */ tracks = {
    camera: null,
    microphone: null,
  };
  /** @type {(string | null)[][]} */ used = [];
  refused = false;

  /** @param {string} slot @param {string | null} id */
  async use(slot, id) {
    this.used.push([slot, id]);
    if (this.refused) return false;
    this.gives(slot, id ?? { camera: "c1", microphone: "m1" }[slot] ?? null);
    return true;
  }

  /** @param {MediaStreamTrack} old */
  async exchange(old) {
    this.exchanged.push({ ...this.processing });
    return !this.refused && old === this.tracks.microphone;
  }

  /** @param {string} slot @param {string | null} deviceId */
  gives(slot, deviceId) {
    const track = deviceId === null ? null : posing({ getSettings: () => ({ deviceId }) });
    this.tracks = { ...this.tracks, [slot]: track };
    this.stream = {};
    this.changed();
  }

  changed() {
    this.emit("change", null);
  }
}

/** @type {FakeMedia} */ let media;
/** @type {(string | null)[]} */ let played;
/** @type {boolean} */ let plays;
/** @type {Choices} */ let choices;
/** @type {Devices} */ let devices;
/** @type {ReturnType<typeof record>} */ let news;

/** @param {Partial<Choices>} [chosen] */
function begin(chosen = {}) {
  choices = {
    ...{ camera: null, microphone: null, speaker: null, mirror: true },
    ...{ processing: PROCESSING, volume: 1 },
    ...chosen,
  };
  const play = async (/** @type {string | null} */ id) => {
    played.push(id);
    return plays;
  };
  devices = new Devices({ media: posing(media), choices, play });
  news = record(devices, "news");
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  media = new FakeMedia();
  played = [];
  plays = true;
});

/** Permission is given: there are tracks, and labels. @param {string} microphone its id */
async function granted(microphone = "m1") {
  media.gives("camera", "c1");
  media.gives("microphone", microphone);
  await devices.refresh();
}

/** @param {...Device} there */
async function plugged(...there) {
  media.there = there;
  media.devices.dispatchEvent(new Event("devicechange"));
  mock.timers.tick(SETTLING);
  await settle();
}

const told = () => news.map(([, { what, label, now }]) => [what, label, now]);

test("where nothing is known yet, nothing is done", async () => {
  media.there = [device("audioinput", "")];
  begin({ microphone: headset, speaker: { id: "s1", label: "Headset" } });
  await devices.refresh();
  assert.deepEqual([media.used, played, told()], [[], [], []]);
});

test("what is given as it was chosen is left alone, and is no news", async () => {
  begin({ microphone: headset });
  await granted("m2");
  assert.deepEqual(media.tracks.microphone?.getSettings().deviceId, "m2");
  assert.deepEqual(told(), []);
});

test("a chosen device with another id is found by its label, used and remembered", async () => {
  begin({ microphone: { id: "old", label: "Headset" } });
  await granted();
  assert.deepEqual(media.used, [["microphone", "m2"]]);
  assert.deepEqual([choices.microphone, told()], [headset, []]);
});

test("another device than the chosen one is not put up with", async () => {
  begin({ microphone: headset });
  await granted("m2");
  media.gives("microphone", "m1");
  await settle();
  assert.deepEqual(media.used.at(-1), ["microphone", "m2"]);
});

test("a chosen device that is gone makes way for the system's, and comes back", async () => {
  begin({ microphone: headset });
  await granted("m2");
  await plugged(DESK, CAMERA);
  assert.deepEqual(media.used.at(-1), ["microphone", null]);
  assert.deepEqual(told(), [["gone", "Headset", "Desk microphone"]]);
  assert.deepEqual(
    [choices.microphone, devices.picker("microphone").missing],
    [headset, "Headset"],
  );
  await plugged(...ALL);
  assert.deepEqual(media.used.at(-1), ["microphone", "m2"]);
  assert.deepEqual(told().slice(1), [["back", "Headset", "Headset"]]);
});

test("what comes and goes without being chosen changes the list alone", async () => {
  begin();
  await granted();
  await plugged(DESK, CAMERA);
  assert.deepEqual(devices.picker("microphone").devices, [{ id: "m1", label: "Desk microphone" }]);
  await plugged(...ALL);
  assert.equal(devices.picker("microphone").devices.length, 2);
  assert.deepEqual([media.used, told()], [[], []]);
});

test("what is used instead is told once it is known", async () => {
  begin({ microphone: headset });
  await granted("m2");
  media.use = async () => true;
  media.gives("microphone", null);
  await plugged(DESK, CAMERA);
  assert.deepEqual(told(), []);
  media.gives("microphone", "m1");
  await settle();
  assert.deepEqual(told(), [["gone", "Headset", "Desk microphone"]]);
});

test("of a camera that is switched off nothing else is awaited", async () => {
  begin({ camera: { id: "c1", label: "Camera" } });
  await granted();
  Object.assign(media, { video: false, use: async () => true });
  media.gives("camera", null);
  await plugged(DESK);
  assert.deepEqual(told(), [["gone", "Camera", ""]]);
});

test("events that come together are one look", async () => {
  begin();
  await granted();
  let looks = 0;
  media.devices.enumerateDevices = async () => (looks++, ALL);
  for (let n = 0; n < 3; n++) media.devices.dispatchEvent(new Event("devicechange"));
  mock.timers.tick(SETTLING);
  await settle();
  assert.equal(looks, 1);
});

test("a list that cannot be had leaves the one before", async () => {
  begin();
  await granted();
  media.devices.enumerateDevices = () => Promise.reject(new Error("no"));
  await devices.refresh();
  assert.deepEqual(devices.list, ALL);
});

test("a page without https has no devices to choose from", async () => {
  Object.assign(media, { devices: undefined });
  begin();
  await devices.refresh();
  assert.deepEqual(devices.picker("camera"), {
    known: false,
    devices: [],
    value: "",
    missing: "",
    taken: "",
  });
});

test("a choice is used and remembered, and so is the system's", async () => {
  begin();
  await granted();
  assert.equal(devices.picker("microphone").taken, "Desk microphone");
  await devices.choose("microphone", "m2");
  assert.deepEqual([media.used, choices.microphone], [[["microphone", "m2"]], headset]);
  assert.equal(devices.picker("microphone").value, "m2");
  await devices.choose("microphone", "");
  assert.deepEqual([media.used.at(-1), choices.microphone], [["microphone", null], null]);
  assert.equal(devices.picker("microphone").value, "");
});

test("choices are made one after the other", async () => {
  begin();
  await granted();
  devices.choose("microphone", "m1");
  await devices.choose("microphone", "m2");
  assert.deepEqual(media.used, [
    ["microphone", "m1"],
    ["microphone", "m2"],
  ]);
  assert.equal(choices.microphone?.id, "m2");
});

test("a choice that does not start leaves the one before, and is told", async () => {
  begin({ microphone: { id: "m1", label: "Desk microphone" } });
  await granted();
  media.refused = true;
  await devices.choose("microphone", "m2");
  assert.deepEqual([choices.microphone?.id, devices.picker("microphone").value], ["m1", "m1"]);
  assert.deepEqual(told(), [["failed", "Headset", "Desk microphone"]]);
});

test("what does not start by itself is tried once, until it comes back", async () => {
  begin({ microphone: headset });
  media.refused = true;
  await granted();
  await devices.refresh();
  assert.deepEqual(media.used, [["microphone", "m2"]]);
  assert.deepEqual(told(), [["failed", "Headset", "Desk microphone"]]);
  assert.deepEqual([choices.microphone, devices.picker("microphone").value], [headset, ""]);
  await plugged(DESK, CAMERA);
  media.refused = false;
  await plugged(...ALL);
  assert.equal(devices.picker("microphone").value, "m2");
});

test("a chosen speaker plays once it is there, and not before", async () => {
  begin({ speaker: { id: "s1", label: "Headset" } });
  assert.deepEqual(played, []);
  await granted();
  assert.deepEqual([played, devices.picker("speaker").value], [["s1"], "s1"]);
  await plugged(DESK, CAMERA);
  assert.deepEqual([played, told()], [["s1", null], [["gone", "Headset", ""]]]);
});

test("a speaker that fails leaves the sound to the system's", async () => {
  begin();
  await granted();
  plays = false;
  await devices.choose("speaker", "s1");
  assert.deepEqual([choices.speaker, devices.picker("speaker").value], [null, ""]);
  assert.deepEqual(told(), [["failed", "Headset", ""]]);
});

test("the camera is turned around to the next one, and back to the first", async () => {
  begin();
  media.there = [...ALL, device("videoinput", "c2", "Back camera")];
  media.gives("camera", "c1");
  await devices.refresh();
  await devices.flip();
  assert.deepEqual([media.used.at(-1), choices.camera?.label], [["camera", "c2"], "Back camera"]);
  await devices.flip();
  assert.deepEqual(media.used.at(-1), ["camera", "c1"]);
});

test("whether the own picture is a mirror is remembered", () => {
  begin({ mirror: false });
  const changes = record(media, "change");
  devices.mirror(true);
  assert.deepEqual([media.mirror, choices.mirror, changes.length], [true, true, 1]);
});

for (const refused of [false, true]) {
  test(`what is done to the own sound is ${refused ? "as before where it fails" : "remembered"}`, async () => {
    begin();
    media.gives("microphone", "m1");
    media.refused = refused;
    await devices.process("noiseSuppression", false);
    const wanted = { ...PROCESSING, noiseSuppression: false };
    assert.deepEqual(media.exchanged, [wanted]);
    const now = refused ? PROCESSING : wanted;
    assert.deepEqual([media.processing, choices.processing], [now, now]);
  });
}

test("without a microphone it is for the next one", async () => {
  begin();
  await devices.process("autoGainControl", false);
  assert.deepEqual([media.exchanged, media.processing.autoGainControl], [[], false]);
});

// -- What is told -----------------------------------------------------------------------------

for (const [what, kind, now, sentence] of /** @type {[News["what"], Kind, string, string][]} */ ([
  ["gone", "camera", "Camera", "Headset is gone. Now using Camera."],
  ["gone", "speaker", "", "Headset is gone."],
  ["back", "microphone", "Headset", "Headset is back. Now using it again."],
  ["failed", "camera", "Camera", "Headset did not start."],
  ["failed", "speaker", "", "Headset gives no sound. It comes from the default speaker."],
])) {
  test(`of a ${kind} that is ${what} a person reads: ${sentence}`, () => {
    assert.equal(newsSentence({ what, kind, label: "Headset", now }), sentence);
  });
}
