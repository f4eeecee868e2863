import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { useCatalog } from "../../static/calls/js/base/text.js";
import { endingOf } from "../../static/calls/js/view/endings.js";
import {
  copyLabel,
  copySpoken,
  interruptionOf,
  invitationOf,
  mendLabel,
  noticeOf,
  otherOf,
  phaseSpoken,
  problemOf,
  savesData,
  shareTextOf,
  titleOf,
  toggleLabel,
} from "../../static/calls/js/view/sentences.js";

/** @import { Model, Reason, Screen } from "../../static/calls/js/call/model.js" */
/** @import { Problem } from "../../static/calls/js/call/media.js" */
/** @import { Notice, Phase } from "../../static/calls/js/call/presence.js" */

beforeEach(() => useCatalog("en", {}));

/** @type {Screen[]} */
const SCREENS = ["preview", "joining", "call", "full", "ended", "elsewhere", "unsupported"];
/** @type {Phase[]} */
const PHASES = ["waiting", "connecting", "connected", "reconnecting"];

// -- Where the page is ------------------------------------------------------------------------

test("every screen and phase has a title of its own", () => {
  const titles = [
    ...SCREENS.filter((screen) => screen !== "call").map((screen) =>
      titleOf({ screen, phase: "waiting" }),
    ),
    ...PHASES.map((phase) => titleOf({ screen: "call", phase })),
  ];
  assert.equal(new Set(titles).size, titles.length);
  for (const title of titles) assert.match(title, /^\S.* · Duet$/);
});

test("the phase counts in the call only", () => {
  assert.equal(titleOf({ screen: "call", phase: "connected" }), "Call · Duet");
  assert.equal(titleOf({ screen: "ended", phase: "connected" }), "Call ended · Duet");
});

test("phases are spoken, but for the one that the notice tells", () => {
  assert.deepEqual(PHASES.map(phaseSpoken), [
    "Waiting for the other person",
    "Connecting…",
    "Connected",
    "",
  ]);
});

// -- The other person -------------------------------------------------------------------------

/**
 * @param {Notice | null} notice
 * @param {Phase} phase
 * @returns {Pick<Model, "screen" | "phase" | "notice">}
 */
const inCall = (notice, phase = "waiting") => ({ screen: "call", phase, notice });

test("no notice when all is well", () => {
  for (const screen of SCREENS) {
    assert.equal(noticeOf({ screen, phase: "connected", notice: null }, "Ada"), "");
  }
  assert.equal(noticeOf({ screen: "ended", phase: "reconnecting", notice: null }, "Ada"), "");
});

for (const [model, expected] of /** @type {const} */ ([
  [inCall(null, "reconnecting"), "Reconnecting…"],
  [inCall("signaling-lost", "connected"), "No connection to the server. Your call goes on."],
  [inCall("signaling-lost"), "No connection to the server. Trying again…"],
  [
    { screen: "joining", phase: "connected", notice: "signaling-lost" },
    "No connection to the server. Trying again…",
  ],
  [inCall("unavailable"), "The server has a problem. Trying again…"],
  [inCall("limited"), "Too many attempts in a short time. Trying again in a moment…"],
  [
    inCall("no-path"),
    "Your networks don’t let the call through. Try mobile data or another Wi-Fi.",
  ],
  [inCall("video-paused", "connected"), "Video is paused to keep the sound clear."],
])) {
  test(`a notice that is not about the other: ${expected}`, () => {
    assert.equal(noticeOf(model, ""), expected);
    assert.equal(noticeOf(model, "Ada"), expected);
  });
}

for (const [notice, expected] of /** @type {const} */ ([
  ["peer-away", "Ada lost the connection. Waiting for them…"],
  ["peer-reloading", "Ada is reconnecting…"],
  ["peer-closed", "Ada closed the page."],
  ["peer-gone", "Ada lost the connection and did not come back."],
])) {
  test(`the other is called by name, or not: ${notice}`, () => {
    assert.equal(noticeOf(inCall(notice), "Ada"), expected);
    assert.equal(noticeOf(inCall(notice), ""), expected.replace("Ada", "The other person"));
  });
}

test("a name is no pattern", () => {
  assert.equal(noticeOf(inCall("peer-reloading"), "$& {name}"), "$& {name} is reconnecting…");
  assert.equal(otherOf("Ada"), "Ada");
  assert.equal(otherOf(""), "The other person");
});

// -- The end ----------------------------------------------------------------------------------

test("endings", () => {
  /** @param {Reason | null} reason */
  const ending = (reason, name = "") => endingOf({ reason, code: null }, name);
  assert.deepEqual(ending("hung-up"), {
    title: "You left the call",
    text: "The link still works if you want to go back.",
  });
  assert.deepEqual(ending("peer-left", "Ada"), { title: "Call ended", text: "Ada hung up." });
  assert.equal(ending("peer-left").text, "The other person hung up.");
  assert.equal(ending("ended").text, "The operator of this site ended it.");
  assert.deepEqual(ending(null), { title: "Call ended", text: "The call is over." });
});

for (const [code, title] of [
  ["room-full", "This call is full"],
  ["bad-token", "Your place in this call is gone"],
  ["seat-lost", "Your place in this call is gone"],
  ["bad-room", "There is no such call"],
  ["unsupported-version", "This page is out of date"],
  ["join-timeout", "Joining took too long"],
  ["taken-over", "You opened this call somewhere else"],
  ["call-ended", "Call ended"],
  ["dismissed", "You were not let in"],
  ["rate-limited", "The server closed the connection"],
  ["unavailable", "The server has a problem"],
  ["internal-error", "The server has a problem"],
  ["peer-unreachable", "The server has a problem"],
  ["bad-json", "Something went wrong"],
  ["too-many-errors", "Something went wrong"],
  ["code-of-a-newer-server", "You can’t join right now"],
  [null, "You can’t join right now"],
]) {
  test(`refused with ${code}`, () => {
    const card = endingOf({ reason: "refused", code }, "");
    assert.equal(card.title, title);
    assert.match(card.text, /^[A-Z].*\.$/);
  });
}

// -- Camera and microphone --------------------------------------------------------------------

const BOTH = { hasAudio: false, hasVideo: false };
const CAMERA = { hasAudio: true, hasVideo: false };
const MICROPHONE = { hasAudio: false, hasVideo: true };

test("no problem, no sentence", () => assert.equal(problemOf({ problem: null, ...BOTH }), ""));

/** @type {Problem[]} */
const PROBLEMS = ["denied", "no-device", "no-camera", "no-microphone", "in-use", "unknown"];
for (const problem of PROBLEMS) {
  test(`what is missing and what the other makes of it: ${problem}`, () => {
    const both = problemOf({ problem, ...BOTH });
    const camera = problemOf({ problem, ...CAMERA });
    const microphone = problemOf({ problem, ...MICROPHONE });
    assert.match(both, /camera (?:and|or) (?:no )?microphone\b.*neither see nor hear you\./i);
    assert.match(camera, /camera\b.*will hear you but not see you\./i);
    assert.match(microphone, /microphone\b.*will see you but not hear you\./i);
    assert.ok(!/microphone/i.test(camera) && !/camera/i.test(microphone));
  });
}

test("what helps", () => {
  assert.match(problemOf({ problem: "denied", ...BOTH }), /blocked.*neither see nor hear/);
  assert.match(problemOf({ problem: "in-use", ...CAMERA }), /Another app.*Close that app/);
  assert.match(problemOf({ problem: "insecure", ...BOTH }), /neither see nor hear.*https:/);
});

for (const [audio, video, expected, label] of /** @type {const} */ ([
  ["muted", null, /^Your device .* microphone\..* not hear you\.$/, /switch the microphone on/],
  ["failed", null, /^Your device .* microphone\..* not hear you\.$/, /switch the microphone on/],
  ["silent", null, /^Your microphone gives no sound\..* not hear/, /switch the microphone on/],
  [null, "muted", /^Your device .* camera\..* not see you\.$/, /switch the camera on/],
  [null, "failed", /^Your device .* camera\..* not see you\.$/, /switch the camera on/],
  ["silent", "muted", /microphone and camera.*neither sees nor hears/, /microphone and camera on/],
])) {
  test(`an interruption of microphone (${audio}) and camera (${video})`, () => {
    assert.match(interruptionOf({ audio, video, stuck: false }), expected);
    assert.match(mendLabel({ audio, video, stuck: true }), label);
  });
}

test("no interruption, no sentence", () => {
  assert.equal(interruptionOf({ audio: null, video: null, stuck: false }), "");
});

for (const [kind, present, on, label, name, hint] of /** @type {const} */ ([
  ["audio", true, true, "Mute", "Mute the microphone", "Mute the microphone (M)"],
  ["audio", true, false, "Unmute", "Unmute the microphone", "Unmute the microphone (M)"],
  ["audio", false, false, "No mic", "No mic. Press to try again.", "No mic. Press to try again."],
  [
    "video",
    true,
    true,
    "Stop video",
    "Stop video from the camera",
    "Stop video from the camera (V)",
  ],
  [
    "video",
    true,
    false,
    "Start video",
    "Start video from the camera",
    "Start video from the camera (V)",
  ],
  [
    "video",
    false,
    false,
    "No camera",
    "No camera. Press to try again.",
    "No camera. Press to try again.",
  ],
])) {
  test(`a switch says what it does: ${name}`, () => {
    assert.deepEqual(toggleLabel(kind, { present, on }), { label, name, hint });
    assert.ok(name.includes(label));
  });
}

// -- Joining and inviting ---------------------------------------------------------------------

test("the invitation fits who is there", () => {
  /** @type {Pick<Model, "phase" | "notice">} */
  const waiting = { phase: "waiting", notice: null };
  assert.match(invitationOf(waiting, "").text, /^Send them this link\./);
  assert.equal(invitationOf({ phase: "connected", notice: null }, "Ada").title, "Invitation link");
  /** @type {Pick<Model, "phase" | "notice">} */
  const gone = { phase: "waiting", notice: "peer-gone" };
  assert.equal(invitationOf(gone, "Ada").text, "Ada can come back with the same link.");
  assert.equal(invitationOf(gone, "").text, "The other person can come back with the same link.");
});

test("labels of the buttons", () => {
  assert.deepEqual([copyLabel(false), copyLabel(true)], ["Copy", "Copied"]);
  assert.equal(copySpoken(), "Link copied");
  assert.deepEqual(shareTextOf(), { title: "Duet", text: "Join me in a video call" });
});

test("who saves data is called by name, if there is one", () => {
  assert.equal(savesData("Ada"), "Ada is saving data.");
  assert.equal(savesData(""), "The other person is saving data.");
});

test("sentences are looked up when they are said, not before", () => {
  useCatalog("ru", {
    "Call ended": "Звонок завершён",
    "{name} hung up.": "{name} больше не в звонке.",
  });
  assert.deepEqual(endingOf({ reason: "peer-left", code: null }, "Борис"), {
    title: "Звонок завершён",
    text: "Борис больше не в звонке.",
  });
});
