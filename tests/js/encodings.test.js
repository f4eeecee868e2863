import assert from "node:assert/strict";
import { test } from "node:test";

import { SEND_ALL } from "../../static/calls/js/call/sending.js";
import { asked, redundantFirst } from "../../static/calls/js/call/encodings.js";
import { given, posing } from "./fakes.js";

/** @import { Sending } from "../../static/calls/js/call/sending.js" */
/** @import { Slot } from "../../static/calls/js/call/lines.js" */

const OPUS = { mimeType: "audio/opus", clockRate: 48_000, channels: 2, sdpFmtpLine: "minptime=10" };
const RED = { mimeType: "audio/red", clockRate: 48_000, channels: 2, sdpFmtpLine: "111/111" };
const DTMF = { mimeType: "audio/telephone-event", clockRate: 8000 };

const SMALLER = { maxBitrate: 100_000, scaleResolutionDownBy: 2, maxFramerate: 15 };
/** @param {Partial<Sending>} fields @returns {Sending} */
const sending = (fields) => ({ ...SEND_ALL, ...fields });

/** @type {Record<string, { degradationPreference: string }>} */
const PREFERENCES = {
  camera: { degradationPreference: "maintain-framerate" },
  screen: { degradationPreference: "maintain-resolution" },
};

/**
 * What the one encoding of a slot becomes; null when it stays.
 * @param {Slot} slot
 * @param {Sending} sending
 * @param {{ path?: boolean, lost?: boolean, before?: object, codecs?: object[] }} [how]
 */
function encoding(slot, sending, { before = { active: true }, codecs = [], ...how } = {}) {
  const { path = true, lost = false } = how;
  const { degradationPreference } = PREFERENCES[slot] ?? {};
  const known = { transactionId: "1", encodings: [before], codecs };
  const parameters = posing({ ...known, ...(degradationPreference && { degradationPreference }) });
  const next = asked(slot, { path, lost, sending }, parameters);
  assert.equal(next?.transactionId ?? "1", "1");
  return next && JSON.parse(JSON.stringify(next.encodings[0]));
}

const FULL = { ...SEND_ALL.camera, maxFramerate: undefined };

test("the camera has a limit, also on a whole link", () => {
  const { maxBitrate, scaleResolutionDownBy } = FULL;
  assert.deepEqual(encoding("camera", SEND_ALL), {
    active: true,
    maxBitrate,
    scaleResolutionDownBy,
  });
});

test("the camera is sent as asked, where there is a path and room", () => {
  for (const path of [true, false]) {
    for (const camera of [SMALLER, null]) {
      const before = { active: !(path && camera !== null), maxBitrate: 7 };
      assert.deepEqual(encoding("camera", sending({ camera }), { path, before }), {
        ...before,
        ...camera,
        active: path && camera !== null,
      });
    }
  }
});

const codecs = ["VP8", "rtx", "VP8", "VP9", "red"].map((name) => ({
  mimeType: `video/${name}`,
  clockRate: 90_000,
}));

test("where a path is lost pictures have another codec, and the first when it is back", () => {
  const lost = encoding("camera", SEND_ALL, { path: false, lost: true, codecs });
  assert.deepEqual(lost, { active: false, codec: codecs[3] });
  const still = { path: false, lost: true, before: lost, codecs };
  assert.equal(encoding("camera", SEND_ALL, still), null);
  const back = encoding("camera", SEND_ALL, { path: true, lost: false, before: lost, codecs });
  assert.equal(back.codec, undefined);
  assert.equal(back.active, true);
  // Also when it was held back before, by then with another order.
  const held = encoding("camera", sending({ camera: null }), { codecs });
  const reversed = { path: false, lost: true, before: held, codecs: codecs.toReversed() };
  assert.equal(encoding("camera", sending({ camera: null }), reversed), null);
});

test("before the first path nothing has been sent that could be sent again", () => {
  const first = encoding("camera", SEND_ALL, { path: false, codecs });
  assert.equal(first.active, false);
  assert.equal(first.codec, undefined);
});

test("a picture that is held back has another codec, so that nothing of it is sent again", () => {
  const held = encoding("camera", sending({ camera: null }), { codecs });
  assert.deepEqual(held, { active: false, codec: codecs[3] });
  // Whatever the order is then, it stays; and the picture comes back as it was.
  const before = held;
  const order = codecs.toReversed();
  assert.equal(encoding("camera", sending({ camera: null }), { before, codecs: order }), null);
  assert.deepEqual(encoding("camera", sending({ camera: SMALLER }), { before, codecs: order }), {
    active: true,
    ...SMALLER,
  });
  assert.deepEqual(encoding("camera", sending({ camera: null }), { codecs: [] }), {
    active: false,
  });
});

test("a limit that is lifted is gone", () => {
  const before = { active: true, ...SMALLER };
  assert.ok(!("maxFramerate" in encoding("camera", SEND_ALL, { before })));
});

test("the screen makes way, too, and its sound does not", () => {
  assert.deepEqual(encoding("screen", SEND_ALL), { active: true, ...SEND_ALL.screen });
  assert.deepEqual(encoding("screen", SEND_ALL, { path: false }), {
    active: false,
    ...SEND_ALL.screen,
  });
  assert.deepEqual(encoding("screen", sending({ screen: null })), { active: false });
  assert.equal(encoding("screen-sound", sending({ screen: null }), { path: false }), null);
});

test("where there is little room a screen stays sharp, and a camera moves", () => {
  for (const slot of /** @type {const} */ (["screen", "camera"])) {
    const { maxFramerate, ...picture } = given(SEND_ALL[slot]);
    const whole = { active: true, ...picture, ...(maxFramerate && { maxFramerate }) };
    const parameters = posing({ encodings: [whole], codecs: [] });
    const wish = { path: true, lost: false, sending: SEND_ALL };
    const next = asked(slot, wish, parameters);
    assert.equal(next?.degradationPreference, PREFERENCES[slot].degradationPreference);
    assert.equal(asked(slot, wish, given(next)), null);
  }
});

for (const [codec, whole, relayed] of /** @type {const} */ ([
  ["video/VP8", 1_500_000, 750_000],
  ["video/VP9", 1_200_000, 600_000],
  ["video/AV1", 1_000_000, 500_000],
  ["video/H264", 2_000_000, 1_000_000],
  ["video/later", 1_500_000, 750_000],
])) {
  test(`a camera by ${codec}`, () => {
    const codecs = [{ mimeType: "video/rtx" }, { mimeType: codec }, { mimeType: "video/VP8" }];
    assert.equal(encoding("camera", SEND_ALL, { codecs }).maxBitrate, whole);
    assert.equal(encoding("camera", sending({ relayed: true }), { codecs }).maxBitrate, relayed);
    for (const wanted of [90_000, 800_000]) {
      const camera = { ...SMALLER, maxBitrate: wanted };
      const { maxBitrate } = encoding("camera", sending({ camera, relayed: true }), { codecs });
      assert.equal(maxBitrate, Math.min(wanted, relayed));
    }
  });
}

test("what is as it should be is not written", () => {
  for (const slot of /** @type {const} */ (["microphone", "screen-sound"])) {
    assert.equal(encoding(slot, SEND_ALL), null);
  }
  const before = { active: true, ...SMALLER };
  assert.equal(encoding("camera", sending({ camera: SMALLER }), { before }), null);
});

const small = sending({ sound: { maxBitrate: 20_000, redundant: false } });

test("a smaller sound, and back", () => {
  const before = { active: true, priority: "low", adaptivePtime: false };
  const after = encoding("microphone", small, { before });
  assert.deepEqual(after, { ...before, maxBitrate: 20_000, adaptivePtime: true });
  assert.deepEqual(encoding("microphone", SEND_ALL, { before: after }), before);
});

test("sound goes on where there is no path", () => {
  assert.equal(encoding("microphone", SEND_ALL, { path: false }), null);
});

for (const [name, codecs, codec] of /** @type {const} */ ([
  ["is left out", [RED, OPUS, DTMF], OPUS],
  ["is not there", [OPUS, DTMF], undefined],
  ["is not in use", [OPUS, RED], undefined],
  ["is not known", [], undefined],
])) {
  test(`on a narrow link redundant sound ${name}`, () => {
    const numbered = codecs.map((one, n) => ({ ...one, payloadType: n }));
    const after = encoding("microphone", small, { codecs: numbered });
    assert.deepEqual(after.codec, codec);
    const whole = encoding("microphone", SEND_ALL, { before: after, codecs: numbered });
    assert.equal(whole.codec, undefined);
  });
}

test("redundant sound is preferred where the browser has it", () => {
  assert.deepEqual(redundantFirst([OPUS, RED, DTMF]), [RED, OPUS, DTMF]);
  assert.equal(redundantFirst([OPUS, DTMF]), null);
});
