import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { useCatalog } from "../../static/calls/js/base/text.js";
import {
  copyReportLabel,
  partLabel,
  partState,
  verdictSentence,
} from "../../static/calls/js/view/findings.js";
import { reportOf } from "../../static/calls/js/view/report.js";
import { reportCopied } from "../../static/calls/js/view/sentences.js";

/** @import { Part, Trouble, Verdict } from "../../static/calls/js/call/check/verdict.js" */

beforeEach(() => useCatalog("en", {}));

/** @type {Verdict[]} */
const VERDICTS = [
  "running",
  "no-server",
  "no-way-out",
  "relay-needed",
  "no-devices",
  "no-microphone",
  "no-relay-reached",
  "no-relay-set-up",
  "no-camera",
  "works",
  "works-strictly",
];
/** @type {Trouble[]} */
const TROUBLES = [
  "off",
  "silent",
  "asking",
  "denied",
  "insecure",
  "no-access",
  "in-use",
  "unknown",
  "no-device",
];

test("every verdict is a sentence of its own", () => {
  const sentences = VERDICTS.map(verdictSentence);
  assert.equal(new Set(sentences).size, VERDICTS.length);
  for (const sentence of sentences) assert.match(sentence, /^[A-Z].*[.…]$/);
  assert.equal(verdictSentence("works-strictly"), "Calls will work, even through strict networks.");
  assert.equal(
    verdictSentence("no-relay-reached"),
    "No relay can be reached from this network; direct calls may work.",
  );
});

for (const [part, label, state] of /** @type {[Part, string, string][]} */ ([
  [{ id: "server", state: "ok", ms: 23.6 }, "Server", "Works, 24 ms"],
  [{ id: "server", state: "ok", ms: 0.2 }, "Server", "Works, 1 ms"],
  [{ id: "server", state: "failed", why: "close code 1006" }, "Server", "Does not work"],
  [{ id: "stun", state: "running" }, "Way out of your network (STUN)", "Checking…"],
  [{ id: "relay", state: "missing" }, "Relay (TURN)", "Not set up"],
  [
    { id: "relay", way: "TLS", port: "5349", state: "unknown" },
    "Relay over TLS, port 5349",
    "Could not be checked",
  ],
  [{ id: "camera", state: "ok" }, "Camera", "Works"],
  [{ id: "microphone", state: "failed", why: "denied" }, "Microphone", "Blocked by the browser"],
])) {
  test(`${label}: ${state}`, () => {
    assert.equal(partLabel(part), label);
    assert.equal(partState(part), state);
  });
}

test("every trouble with a device has words of its own", () => {
  const told = TROUBLES.map((why) => partState({ id: "microphone", state: "failed", why }));
  assert.equal(new Set(told).size, TROUBLES.length);
  const silent = /** @type {const} */ ({ state: "unknown", why: "silent" });
  assert.equal(partState({ id: "camera", ...silent }), "No picture so far");
  assert.equal(partState({ id: "microphone", ...silent }), "No sound so far");
});

test("copying is told", () => {
  assert.deepEqual([false, true].map(copyReportLabel), ["Copy report", "Copied"]);
  assert.equal(reportCopied(), "Report copied");
});

test("a report has everything that whoever hosts the site needs", () => {
  /** @type {Part[]} */
  const parts = [
    { id: "server", state: "ok", ms: 3.7, took: 40.2 },
    { id: "stun", state: "unknown", took: 120 },
    { id: "relay", way: "UDP", port: "3478", state: "ok", ms: 12, took: 310 },
    { id: "relay", way: "TLS", port: "443", state: "failed", why: "ICE 701", took: 10_000 },
    { id: "camera", state: "failed", why: "in-use" },
    { id: "microphone", state: "ok", took: 51 },
  ];
  const where = { browser: "Mozilla/5.0 (X11)", at: new Date("2026-11-23T06:42:43Z") };
  assert.equal(
    reportOf({ parts, verdict: "works", policy: "all" }, where),
    `Duet: connection check, 2026-11-23T06:42:43.000Z
browser: Mozilla/5.0 (X11)
verdict: works
ICE transport policy: all
server: ok, round trip 4 ms, took 40 ms
STUN: unknown, took 120 ms
TURN over UDP, port 3478: ok, round trip 12 ms, took 310 ms
TURN over TLS, port 443: failed, ICE 701, took 10000 ms
camera: failed, in-use
microphone: ok, took 51 ms
`,
  );
  assert.match(
    reportOf(
      { parts: [{ id: "relay", state: "missing" }], verdict: "running", policy: "all" },
      where,
    ),
    /^TURN: missing$/m,
  );
});
