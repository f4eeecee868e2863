/**
 * What the statistics of a connection tell (webrtc-stats). Pure. Every field may be missing: what
 * a browser does not tell is undefined, never 0.
 */

/** @import { Sample } from "./adaptation.js" */

/** @param {RTCStatsReport} stats @returns {any[]} */
export function reportsOf(stats) {
  /** @type {any[]} */
  const reports = [];
  stats.forEach((report) => reports.push(report));
  return reports;
}

/**
 * The pair of candidates in use. Firefox before 153 has no "transport", but marks the pair.
 * @param {RTCStatsReport} stats
 * @param {any[]} reports
 */
export function pairOf(stats, reports) {
  const transport = reports.find((report) => report.type === "transport");
  if (transport) return stats.get(transport.selectedCandidatePairId);
  return reports.find((report) => report.type === "candidate-pair" && report.selected);
}

/**
 * Its two candidates, ours first; undefined where they are not known.
 * @param {RTCStatsReport} stats
 * @param {any} pair
 * @returns {any[]}
 */
export function endsOf(stats, pair) {
  return pair ? [stats.get(pair.localCandidateId), stats.get(pair.remoteCandidateId)] : [];
}

/** Those of the pair in use. @param {RTCStatsReport} stats */
const endsInUse = (stats) => endsOf(stats, pairOf(stats, reportsOf(stats)));

/**
 * Whether the media goes through a TURN server; null when unknown.
 * @param {RTCStatsReport} stats
 */
export function isRelayed(stats) {
  const [local, remote] = endsInUse(stats);
  if (!local || !remote) return null;
  return local.candidateType === "relay" || remote.candidateType === "relay";
}

/**
 * Whether the media goes through a TURN server, and by which protocol ours is reached.
 * @param {RTCStatsReport} stats
 */
export function wayOf(stats) {
  const [local] = endsInUse(stats);
  const over = local?.candidateType === "relay" ? local.relayProtocol : undefined;
  return { relayed: isRelayed(stats) ?? undefined, over };
}

/**
 * Whether it goes through a TURN server of ours, whose credentials may end.
 * @param {RTCStatsReport} stats
 */
export function isOurRelay(stats) {
  const [local] = endsInUse(stats);
  return local?.candidateType === "relay";
}

/**
 * What counts only upwards, and what is told of a moment.
 *
 * @typedef {object} Reading
 * @property {number} [estimate]  bit/s
 * @property {boolean} [limited]  the estimate limits the picture
 * @property {{ ms: number, at: number }} [rtt] and when it was measured
 * @property {{ part: number, at: number }} [lost] of the sound that we send
 * @property {number} [arrived]   bytes of all kinds, by every path that is still known
 * @property {Heard} heard        the other's sound
 * @property {number} [seen]      packets of the other's pictures
 * @property {number} [energy]    of the sound that our microphone has given
 * @property {boolean} [relayed]  the media goes through a TURN server
 *
 * @typedef {object} Heard
 * @property {number} [packets]
 * @property {number} [lost]
 * @property {number} [samples]
 * @property {number} [concealed]
 * @property {number} [silent]    concealed by silence
 * @property {number} [delay]     seconds in the jitter buffer, of all that came out of it
 * @property {number} [emitted]
 */

/**
 * @param {RTCStatsReport} stats
 * @param {string | null} [mid] of the line of the microphone, which is not the only sound
 * @returns {Reading}
 */
export function readingOf(stats, mid) {
  const reports = reportsOf(stats);
  const picture = reports.find(isOf("outbound-rtp", "video", (one) => one.framesSent > 0));
  const told = reports.filter((report) => report.type === "remote-inbound-rtp");
  const seen = reports.filter(isOf("inbound-rtp", "video")).map((one) => one.packetsReceived ?? 0);
  const pair = pairOf(stats, reports);
  return {
    estimate: pair?.availableOutgoingBitrate,
    limited: picture && picture.qualityLimitationReason === "bandwidth",
    rtt: rttOf(told),
    lost: lostOf(told),
    arrived: pair && arrivedBy(reports),
    heard: heardOf(reports, mid),
    energy: energyOf(stats, reports, mid),
    relayed: isRelayed(stats) ?? undefined,
    seen: seen.length > 0 ? seen.reduce((sum, packets) => sum + packets) : undefined,
  };
}

/**
 * The pair in use is the one that we send by: the other may have chosen a different one.
 * @param {any[]} reports
 */
function arrivedBy(reports) {
  const pairs = reports.filter((report) => report.type === "candidate-pair");
  return pairs.reduce((sum, { bytesReceived = 0 }) => sum + bytesReceived, 0);
}

/**
 * @param {string} type
 * @param {string} kind
 * @param {(report: any) => boolean} [fits]
 */
function isOf(type, kind, fits = () => true) {
  return (/** @type {any} */ report) =>
    report.type === type && report.kind === kind && fits(report);
}

/**
 * The latest that the other's receivers have made known: that of the sound may be old.
 * @param {any[]} told
 */
function rttOf(told) {
  const measured = told.filter((report) => report.roundTripTime !== undefined);
  const latest = measured.sort((one, two) => two.timestamp - one.timestamp)[0];
  return latest && { ms: latest.roundTripTime * 1000, at: latest.timestamp };
}

/** @param {any[]} told */
function lostOf(told) {
  const sound = told.find((report) => report.kind === "audio" && report.fractionLost !== undefined);
  return sound && { part: sound.fractionLost, at: sound.timestamp };
}

/**
 * What is not sent is not measured.
 * @param {RTCStatsReport} stats
 * @param {any[]} reports
 * @param {string | null} [mid]
 * @returns {number | undefined}
 */
function energyOf(stats, reports, mid) {
  const sounds = reports.filter(isOf("outbound-rtp", "audio", (one) => one.packetsSent > 0));
  return stats.get(ofLine(sounds, mid).mediaSourceId)?.totalAudioEnergy;
}

/** @param {any[]} sounds @param {string | null} [mid] */
const ofLine = (sounds, mid) =>
  sounds.find((report) => mid && report.mid === mid) ?? sounds[0] ?? {};

/** @param {any[]} reports @param {string | null} [mid] @returns {Heard} */
function heardOf(reports, mid) {
  const sound = ofLine(reports.filter(isOf("inbound-rtp", "audio")), mid);
  return {
    packets: sound.packetsReceived,
    lost: sound.packetsLost,
    samples: sound.totalSamplesReceived,
    concealed: sound.concealedSamples,
    silent: sound.silentConcealedSamples,
    delay: sound.jitterBufferDelay,
    emitted: sound.jitterBufferEmittedCount,
  };
}

// -- Between two readings ------------------------------------------------------------------------

/**
 * How what we send fares, as far as this side can tell. What was not measured anew is left out.
 * @param {Reading} before
 * @param {Reading} now
 * @returns {Omit<Sample, "at">}
 */
export function sentBetween(before, now) {
  return {
    estimate: now.estimate,
    limited: now.limited,
    rtt: now.rtt?.at === before.rtt?.at ? undefined : now.rtt?.ms,
    lost: now.lost?.at === before.lost?.at ? undefined : now.lost?.part,
  };
}

/**
 * How what the other sends arrives, which they are told (docs/protocol.md, `health`).
 *
 * @typedef {object} Health
 * @property {number} [audio]      packets of sound
 * @property {number} [lost]       packets of sound that did not arrive
 * @property {number} [video]      packets of pictures
 * @property {number} [concealed]  part of the sound that was made up, 0 to 1
 * @property {number} [buffer]     milliseconds that sound waits in the jitter buffer
 */

/**
 * @param {Reading} before
 * @param {Reading} now
 * @returns {Health}
 */
export function receivedBetween(before, now) {
  return {
    audio: rise(before.heard.packets, now.heard.packets),
    lost: rise(before.heard.lost, now.heard.lost),
    video: rise(before.seen, now.seen),
    concealed: concealedBetween(before.heard, now.heard),
    buffer: bufferBetween(before.heard, now.heard),
  };
}

/**
 * Counters begin again at 0 with another stream.
 * @param {number | undefined} before
 * @param {number | undefined} now
 */
export function rise(before, now) {
  if (before === undefined || now === undefined || now < before) return undefined;
  return now - before;
}

/**
 * Silence that stands for sound counts only where packets were lost: whoever sends no sound is
 * heard as silence, too.
 * @param {Heard} before
 * @param {Heard} now
 */
function concealedBetween(before, now) {
  const samples = rise(before.samples, now.samples);
  const concealed = rise(before.concealed, now.concealed);
  if (!samples || concealed === undefined) return undefined;
  const silent = rise(before.lost, now.lost) ? 0 : (rise(before.silent, now.silent) ?? 0);
  return Math.min(Math.max((concealed - silent) / samples, 0), 1);
}

/** @param {Heard} before @param {Heard} now */
function bufferBetween(before, now) {
  const delay = rise(before.delay, now.delay);
  const emitted = rise(before.emitted, now.emitted);
  return delay === undefined || !emitted ? undefined : Math.round((1000 * delay) / emitted);
}
