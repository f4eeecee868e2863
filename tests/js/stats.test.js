import assert from "node:assert/strict";
import { test } from "node:test";

import { readingOf, receivedBetween, sentBetween } from "../../static/calls/js/call/stats.js";
import { posing } from "./fakes.js";

/** @import { Reading } from "../../static/calls/js/call/stats.js" */

/** @param {object[]} reports @returns {RTCStatsReport} */
const statsOf = (...reports) =>
  posing(
    new Map(reports.map((report, n) => [/** @type {any} */ (report).id ?? String(n), report])),
  );

/** What Chromium 156 tells, shortened. */
const CHROMIUM = [
  { id: "T", type: "transport", selectedCandidatePairId: "P" },
  {
    id: "P",
    type: "candidate-pair",
    availableOutgoingBitrate: 812_000,
    bytesReceived: 1_400_000,
    currentRoundTripTime: 0.03,
  },
  { type: "inbound-rtp", kind: "audio", mid: "3", packetsReceived: 5, totalSamplesReceived: 9 },
  {
    type: "inbound-rtp",
    kind: "audio",
    mid: "0",
    packetsReceived: 500,
    packetsLost: 20,
    totalSamplesReceived: 480_000,
    concealedSamples: 9600,
    silentConcealedSamples: 960,
    jitterBufferDelay: 48_000,
    jitterBufferEmittedCount: 470_000,
  },
  { type: "inbound-rtp", kind: "video", mid: "1", packetsReceived: 900 },
  { type: "inbound-rtp", kind: "video", mid: "2" },
  { type: "outbound-rtp", kind: "audio", mid: "3", packetsSent: 9, mediaSourceId: "S3" },
  { type: "outbound-rtp", kind: "audio", mid: "0", packetsSent: 510, mediaSourceId: "S0" },
  { id: "S0", type: "media-source", kind: "audio", totalAudioEnergy: 0.25 },
  { id: "S3", type: "media-source", kind: "audio", totalAudioEnergy: 7 },
  { type: "outbound-rtp", kind: "video", framesSent: 0, qualityLimitationReason: "none" },
  { type: "outbound-rtp", kind: "video", framesSent: 70, qualityLimitationReason: "bandwidth" },
  {
    type: "remote-inbound-rtp",
    kind: "audio",
    roundTripTime: 0.041,
    fractionLost: 0.25,
    timestamp: 1000,
  },
  { type: "remote-inbound-rtp", kind: "video", roundTripTime: 0.052, timestamp: 4000 },
];

/** What Firefox ESR 153 tells, shortened: no estimate, no reason. */
const FIREFOX = [
  { id: "T", type: "transport", selectedCandidatePairId: "P" },
  { id: "P", type: "candidate-pair", selected: true, bytesReceived: 90_000 },
  {
    type: "inbound-rtp",
    kind: "audio",
    mid: "0",
    packetsReceived: 300,
    packetsLost: 0,
    totalSamplesReceived: 288_000,
    concealedSamples: 0,
    silentConcealedSamples: 0,
  },
  { type: "outbound-rtp", kind: "video", framesSent: 70 },
  {
    type: "remote-inbound-rtp",
    kind: "audio",
    roundTripTime: 0.02,
    fractionLost: 0,
    timestamp: 7,
  },
];

const NOTHING = {
  packets: undefined,
  lost: undefined,
  samples: undefined,
  concealed: undefined,
  silent: undefined,
  delay: undefined,
  emitted: undefined,
};

test("what Chromium tells", () => {
  assert.deepEqual(readingOf(statsOf(...CHROMIUM), "0"), {
    estimate: 812_000,
    limited: true,
    rtt: { ms: 52, at: 4000 },
    lost: { part: 0.25, at: 1000 },
    arrived: 1_400_000,
    heard: {
      packets: 500,
      lost: 20,
      samples: 480_000,
      concealed: 9600,
      silent: 960,
      delay: 48_000,
      emitted: 470_000,
    },
    energy: 0.25,
    seen: 900,
    relayed: undefined,
  });
});

test("whether it goes through a relay", () => {
  const ends = { localCandidateId: "L", remoteCandidateId: "R" };
  const transport = { id: "T", type: "transport", selectedCandidatePairId: "P" };
  const pair = { id: "P", type: "candidate-pair", ...ends };
  for (const [local, remote, relayed] of /** @type {const} */ ([
    ["host", "srflx", false],
    ["relay", "host", true],
    ["host", "relay", true],
  ])) {
    const candidates = [
      { id: "L", candidateType: local },
      { id: "R", candidateType: remote },
    ];
    assert.equal(readingOf(statsOf(transport, pair, ...candidates)).relayed, relayed);
  }
});

test("what arrives by another pair than the one that we send by has arrived", () => {
  const other = { id: "Q", type: "candidate-pair", bytesReceived: 600_000 };
  const fresh = { id: "R", type: "candidate-pair" };
  assert.equal(readingOf(statsOf(...CHROMIUM, other, fresh), "0").arrived, 2_000_000);
});

test("a microphone that is not sent is not measured", () => {
  const source = { id: "S", type: "media-source", kind: "audio", totalAudioEnergy: 0 };
  const sent = { type: "outbound-rtp", kind: "audio", mid: "0", mediaSourceId: "S" };
  for (const [packetsSent, energy] of [
    [0, undefined],
    [1, 0],
  ]) {
    assert.equal(readingOf(statsOf(source, { ...sent, packetsSent }), "0").energy, energy);
  }
});

test("what Firefox tells", () => {
  assert.deepEqual(readingOf(statsOf(...FIREFOX), "0"), {
    estimate: undefined,
    limited: false,
    rtt: { ms: 20, at: 7 },
    lost: { part: 0, at: 7 },
    arrived: 90_000,
    heard: { ...NOTHING, packets: 300, lost: 0, samples: 288_000, concealed: 0, silent: 0 },
    energy: undefined,
    seen: undefined,
    relayed: undefined,
  });
});

test("what a browser tells that tells nothing", () => {
  assert.deepEqual(readingOf(statsOf(), null), {
    estimate: undefined,
    limited: undefined,
    rtt: undefined,
    lost: undefined,
    arrived: undefined,
    heard: NOTHING,
    energy: undefined,
    seen: undefined,
    relayed: undefined,
  });
});

test("without a line's name the first sound is the voice", () => {
  const [, , other, voice] = CHROMIUM;
  assert.equal(readingOf(statsOf(voice, other)).heard.packets, 500);
  assert.equal(readingOf(statsOf(voice, other), "7").heard.packets, 500);
});

for (const before of [CHROMIUM, FIREFOX, []]) {
  for (const dropped of before.flatMap((report) => Object.keys(report))) {
    test(`without any ${dropped} of ${before.length} reports there is still a reading`, () => {
      const reports = before.map((report) => ({ ...report, [dropped]: undefined }));
      const reading = readingOf(statsOf(...reports), "0");
      for (const value of Object.values(receivedBetween(reading, reading))) {
        assert.ok(value === undefined || value === 0, String(value));
      }
    });
  }
}

// -- Between two readings --------------------------------------------------------------------

/** @param {Reading["heard"]} heard @param {Partial<Reading>} [fields] @returns {Reading} */
const reading = (heard, fields = {}) => ({ heard, ...fields });

const BEFORE = { packets: 100, lost: 0, samples: 48_000, concealed: 0, silent: 0 };

for (const [name, now, concealed] of /** @type {const} */ ([
  ["all arrives", { ...BEFORE, packets: 112, samples: 60_000 }, 0],
  ["a part is made up", { ...BEFORE, lost: 3, samples: 60_000, concealed: 3000 }, 0.25],
  [
    "silence of somebody who sends none",
    { ...BEFORE, samples: 60_000, concealed: 12_000, silent: 12_000 },
    0,
  ],
  [
    "silence for want of packets",
    { ...BEFORE, lost: 9, samples: 60_000, concealed: 12_000, silent: 6000 },
    1,
  ],
  ["no sound came out", { ...BEFORE, concealed: 10 }, undefined],
  ["another stream", { packets: 3, lost: 0, samples: 960, concealed: 0, silent: 0 }, undefined],
  ["nothing is told", {}, undefined],
  ["it is not told what is silence", { samples: 60_000, concealed: 6000 }, 0.5],
])) {
  test(`concealed: ${name}`, () => {
    assert.equal(receivedBetween(reading(BEFORE), reading(now)).concealed, concealed);
  });
}

test("packets and the jitter buffer", () => {
  const before = reading({ packets: 100, delay: 10, emitted: 1000 }, { seen: 7 });
  const now = reading({ packets: 112, delay: 1210, emitted: 13_000 }, { seen: 7 });
  assert.deepEqual(receivedBetween(before, now), {
    audio: 12,
    lost: undefined,
    video: 0,
    concealed: undefined,
    buffer: 100,
  });
});

test("what was measured once is told once", () => {
  const before = reading({}, { rtt: { ms: 20, at: 1 }, lost: { part: 0.1, at: 1 } });
  const again = { ...before, estimate: 5, limited: true };
  const news = reading({}, { rtt: { ms: 20, at: 2 }, lost: { part: 0.1, at: 2 } });
  const [rtt, lost] = [undefined, undefined];
  assert.deepEqual(sentBetween(before, again), { estimate: 5, limited: true, rtt, lost });
  const unknown = { estimate: undefined, limited: undefined };
  assert.deepEqual(sentBetween(before, news), { ...unknown, rtt: 20, lost: 0.1 });
});
