import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import {
  Admission,
  CANDIDATES,
  DESCRIPTIONS,
  LINES,
} from "../../static/calls/js/call/admission.js";
import { FIRST_PATH, NEXT_PATH, REPAIR, delay } from "../../static/calls/js/call/backoff.js";
import { posing } from "./fakes.js";

/** @import { Signal } from "../../static/calls/js/call/protocol.js" */

let now = 0;
/** @type {Admission} */ let admission;
beforeEach(() => {
  mock.restoreAll();
  mock.method(performance, "now", () => now);
  admission = new Admission();
});

/** @param {string} sdp @returns {Signal} */
const offer = (sdp) => ({ type: "offer", sdp });
/** @param {unknown} candidate @returns {Signal} */
const ice = (candidate) => ({ type: "ice", candidate: posing(candidate) });
/** @param {number} lines */
const described = (lines, ufrag = "abcd") =>
  `v=0\r\n${"m=video 9 UDP/TLS/RTP/SAVPF 96\r\n".repeat(lines)}a=ice-ufrag:${ufrag}\r\n`;

/** @param {Signal} signal how many of it are admitted at once */
function count(signal) {
  let admitted = 0;
  for (let n = 0; n < 1000; n++) if (admission.admits(signal)) admitted++;
  return admitted;
}

for (const [what, signal] of /** @type {[string, Signal][]} */ ([
  ["offers", offer(described(5))],
  ["answers", { type: "answer", sdp: described(5) }],
  ["requests", { type: "renegotiate", restart: true }],
])) {
  test(`a flood of ${what}: some, and then as many as time allows`, () => {
    assert.equal(count(signal), DESCRIPTIONS.burst);
    now += 1000;
    assert.equal(count(signal), DESCRIPTIONS.rate);
    now += 3_600_000;
    assert.equal(count(signal), DESCRIPTIONS.burst);
  });
}

test("whoever repairs without end is heard every time, also where everything comes twice", () => {
  const random = mock.method(Math, "random", () => 0);
  for (const policy of [REPAIR, FIRST_PATH, NEXT_PATH]) {
    for (let attempt = 1; attempt < 200; attempt++) {
      for (let n = 0; n < 2; n++) {
        for (const signal of [
          /** @type {const} */ ({ type: "renegotiate", restart: true }),
          offer(described(5)),
          /** @type {const} */ ({ type: "answer", sdp: described(5) }),
        ]) {
          assert.ok(admission.admits(signal), `attempt ${attempt}`);
        }
      }
      now += delay(policy, attempt);
    }
  }
  assert.ok(random.mock.callCount() > 0);
});

test("descriptions with more lines than a call could have, too long ones, and none", () => {
  assert.equal(admission.admits(offer(described(LINES))), true);
  assert.equal(admission.admits(offer(described(LINES + 1))), false);
  assert.equal(admission.admits(offer("x".repeat(65_536))), true);
  assert.equal(admission.admits(offer("x".repeat(65_537))), false);
  for (const sdp of [undefined, null, 7, {}, ["m="]]) {
    assert.equal(admission.admits(offer(posing(sdp))), false);
  }
  assert.equal(count(offer(described(5))), DESCRIPTIONS.burst - 2, "what is refused costs nothing");
});

test("so many candidates for the same credentials, and as many for the next", () => {
  const candidate = ice({ candidate: "candidate:1", sdpMid: "0" });
  assert.equal(count(candidate), CANDIDATES, "before there is a description");
  admission.accepted(described(5, "one"));
  assert.equal(count(candidate), CANDIDATES);
  admission.accepted(described(5, "one"));
  assert.equal(count(candidate), 0);
  admission.accepted(described(5, "two"));
  assert.equal(count(candidate), CANDIDATES);
});

for (const [what, candidate, expected] of /** @type {[string, unknown, boolean][]} */ ([
  ["an ordinary one", { candidate: "c", sdpMid: "0", sdpMLineIndex: 0 }, true],
  ["the end", null, true],
  ["the end, said otherwise", undefined, true],
  ["no mid", { candidate: "c", sdpMid: null, usernameFragment: null }, true],
  ["as long as may be", { candidate: "c".repeat(4096) }, true],
  ["too long", { candidate: "c".repeat(4097) }, false],
  ["a mid that is too long", { candidate: "c", sdpMid: "0".repeat(257) }, false],
  ["a fragment that is too long", { candidate: "c", usernameFragment: "0".repeat(257) }, false],
  ["no text", { candidate: 7 }, false],
])) {
  test(`a candidate: ${what}`, () => assert.equal(admission.admits(ice(candidate)), expected));
}
