import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { IN_ENGLISH, SPOKEN, useCatalog } from "../../static/calls/js/base/text.js";
import { figuresBetween, snapshotOf } from "../../static/calls/js/call/figures.js";
import { pathOf, reportOf, rowsOf } from "../../static/calls/js/view/figures.js";
import { signOf, signSpoken } from "../../static/calls/js/view/quality.js";
import { posing } from "./fakes.js";

afterEach(() => useCatalog("en", {}));

/** @param {Record<string, any>[]} reports @returns {RTCStatsReport} */
const statsOf = (reports) => posing(new Map(reports.map((one, n) => [one.id ?? String(n), one])));

/** What Chromium tells after so many windows of two seconds, shortened. @param {number} n */
const chromium = (n) => [
  { id: "T", type: "transport", selectedCandidatePairId: "P" },
  ...[
    { id: "P", type: "candidate-pair", localCandidateId: "L", remoteCandidateId: "R" },
    { id: "old", type: "candidate-pair", localCandidateId: "R", remoteCandidateId: "R" },
  ],
  {
    ...{ id: "L", type: "local-candidate", candidateType: "relay", protocol: "udp" },
    ...{ relayProtocol: "tls", address: "2001:db8::7" },
  },
  { id: "R", type: "remote-candidate", candidateType: "srflx", address: "203.0.113.9" },
  { id: "V", type: "codec", mimeType: "video/VP9" },
  { id: "O", type: "codec", mimeType: "audio/opus" },
  { id: "screen", type: "inbound-rtp", kind: "video", mid: "2", frameWidth: 1920 },
  {
    ...{ id: "seen", type: "inbound-rtp", kind: "video", mid: "1", codecId: "V" },
    ...{ frameWidth: 1280, frameHeight: 720, framesPerSecond: 17, framesDecoded: 40 * n },
    ...{ bytesReceived: 250_000 * n, packetsReceived: 190 * n, packetsLost: 10 * n },
    ...{ freezeCount: n, totalFreezesDuration: n },
  },
  {
    ...{ id: "heard", type: "inbound-rtp", kind: "audio", mid: "0", codecId: "O" },
    ...{ bytesReceived: 8000 * n, packetsReceived: 96 * n, packetsLost: 4 * n, jitter: 0.012 },
    ...{ totalSamplesReceived: 96_000 * n, concealedSamples: 960 * n },
    ...{ jitterBufferDelay: 9600 * n, jitterBufferEmittedCount: 96_000 * n },
  },
  {
    ...{ id: "camera", type: "outbound-rtp", kind: "video", mid: "1", codecId: "V" },
    ...{ framesEncoded: 60 * n, frameWidth: 640, frameHeight: 360, bytesSent: 100_000 * n },
    ...{ packetsSent: 100 * n, remoteId: "there" },
  },
  { id: "voice", type: "outbound-rtp", kind: "audio", mid: "0", bytesSent: 9000 * n },
  {
    ...{ id: "there", type: "remote-inbound-rtp", kind: "video", fractionLost: 0.125 },
    ...{ jitter: 0.02, roundTripTime: 0.081, timestamp: n },
  },
];

/** @param {(n: number) => Record<string, any>[]} tells */
const between = (tells) => {
  const mids = { microphone: "0", camera: "1" };
  const [before, now] = [1, 2].map((n) => snapshotOf(statsOf(tells(n)), mids, 2000 * n));
  return figuresBetween(before, now);
};

const FIGURES = between(chromium);
const GOOD = /** @type {const} */ ({ level: "good", fault: null });

test("the path: the pair in use, and no address", () => {
  assert.deepEqual(FIGURES.path, {
    ...{ relayed: true, local: "relay", remote: "srflx", protocol: "tls" },
    ...{ family: "IPv6", rtt: 81 },
  });
  assert.doesNotMatch(JSON.stringify(FIGURES), /2001|203\.0/);
});

test("what is received, of the camera and not of the screen", () => {
  assert.deepEqual(FIGURES.received, {
    sound: {
      ...{ codec: "opus", bitrate: 32_000, lost: 0.04, concealed: 0.01, jitter: 12, buffer: 100 },
    },
    picture: {
      ...{ codec: "VP9", bitrate: 1_000_000, lost: 0.05, packets: 190 },
      ...{ width: 1280, height: 720, fps: 20, freezes: 1, frozen: 0.5 },
    },
  });
});

test("what is sent, and lost as the other reports", () => {
  const { codec, bitrate, lost, width, fps } = FIGURES.sent.picture;
  assert.deepEqual([codec, bitrate, lost, width, fps], ["VP9", 400_000, 0.125, 640, 30]);
  assert.equal(FIGURES.sent.sound.bitrate, 36_000);
});

test("a browser that tells nothing has no figures, and no false ones", () => {
  const { path, received, sent } = between(() => []);
  const known = [path, ...Object.values(received), ...Object.values(sent)]
    .flatMap((part) => Object.values(part))
    .filter((value) => value !== undefined);
  assert.deepEqual(known, []);
});

test("counters that begin again are not counted", () => {
  const { received } = between((n) => chromium(3 - n));
  assert.equal(received.picture.bitrate, undefined);
  assert.equal(received.picture.fps, 17);
  assert.equal(received.sound.lost, undefined);
});

for (const [what, address, expected] of /** @type {const} */ ([
  ["IPv4", "192.0.2.1", "IPv4"],
  ["IPv6", "2001:db8::1", "IPv6"],
  ["a hidden address", "0b2f.local", "IPv4"], // the remote candidate's
  ["no address", undefined, "IPv4"],
])) {
  test(`the family of ${what}`, () => {
    const { path } = between((n) => [
      ...chromium(n).filter(({ id }) => id !== "L"),
      { id: "L", type: "local-candidate", candidateType: "host", protocol: "udp", address },
    ]);
    assert.deepEqual([path.family, path.protocol, path.relayed], [expected, "udp", false]);
  });
}

// -- As text -------------------------------------------------------------------------------

/** @param {string} label @returns {string[] | undefined} */
const row = (label) => rowsOf(FIGURES, SPOKEN).find(([first]) => first === label);

test("a row for each figure, both ways", () => {
  assert.deepEqual(row("Video: size"), ["Video: size", "1280 × 720", "640 × 360"]);
  assert.deepEqual(row("Video: bitrate"), ["Video: bitrate", "1,000 kbit/s", "400 kbit/s"]);
  assert.deepEqual(row("Sound: lost"), ["Sound: lost", "4%", "–"]);
  assert.deepEqual(pathOf(FIGURES.path, SPOKEN), [
    ["Path", "through a relay"],
    ["Protocol", "TLS, IPv6"],
    ["Path types", "relay – srflx"],
    ["Round trip", "81 ms"],
  ]);
});

test("the same rows where nothing is known", () => {
  const empty = rowsOf(
    between(() => []),
    SPOKEN,
  );
  assert.deepEqual(
    empty,
    rowsOf(FIGURES, SPOKEN).map(([label]) => [label, "–", "–"]),
  );
});

test("numbers are those of the page's language, the report's are not", () => {
  useCatalog("ru", { "Video: bitrate": "Видео: поток", "{rate} kbit/s": "{rate} кбит/с" });
  assert.deepEqual(row("Видео: поток"), ["Видео: поток", "1\u00a0000 кбит/с", "400 кбит/с"]);
  assert.deepEqual(row("Sound: filled in"), ["Sound: filled in", "1\u00a0%", "–"]);
  const english = rowsOf(FIGURES, IN_ENGLISH).find(([label]) => label === "Video: bitrate");
  assert.deepEqual(english, ["Video: bitrate", "1,000 kbit/s", "400 kbit/s"]);
});

test("the report is plain English, whatever the page speaks", () => {
  useCatalog("ru", { Path: "Путь", "through a relay": "через ретранслятор" });
  const context = { at: new Date(Date.UTC(2026, 0, 2)), browser: "Browser/1" };
  const lines = reportOf(FIGURES, { level: "weak", fault: "ours" }, context).split("\n");
  assert.deepEqual(lines.slice(0, 5), [
    "Duet: 2026-01-02T00:00:00.000Z",
    "Browser: Browser/1",
    "Quality: weak (ours)",
    "Path: through a relay",
    "Protocol: TLS, IPv6",
  ]);
  assert.ok(lines.includes("Video: size: 1280 × 720 / 640 × 360"));
  assert.match(reportOf(FIGURES, GOOD, context), /^Quality: good$/m);
});

test("each verdict but a good one has a sentence of its own", () => {
  const sentences = /** @type {const} */ (["ours", "theirs", "both"]).flatMap((fault) =>
    /** @type {const} */ (["weak", "bad"]).map((level) => signOf({ level, fault })),
  );
  assert.equal(new Set(sentences).size, 6);
  assert.ok(!sentences.includes(""));
  assert.equal(signOf(GOOD), "");
  assert.equal(signSpoken(GOOD), "The connection is good again.");
});
