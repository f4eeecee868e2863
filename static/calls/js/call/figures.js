/**
 * The figures of a connection, for its sign and its panel: what two looks at its statistics tell.
 * Pure. What a browser does not tell is undefined. No addresses: figures are made to be shown.
 */

import { endsOf, pairOf, receivedBetween, readingOf, reportsOf, rise } from "./stats.js";

/** @import { Reading } from "./stats.js" */

/**
 * @typedef {object} Counted what counts upwards in a line of media, and what is told of a moment
 * @property {string} [codec]
 * @property {number} [bytes]
 * @property {number} [packets]
 * @property {number} [missing]   packets lost
 * @property {number} [jitter]    seconds
 * @property {number} [part]      of the packets lost, as the other's reports say
 * @property {number} [width]
 * @property {number} [height]
 * @property {number} [fps]
 * @property {number} [frames]
 * @property {number} [freezes]
 * @property {number} [frozen]    seconds
 *
 * @typedef {object} Snapshot
 * @property {number} at          milliseconds
 * @property {Reading} reading
 * @property {Path} path
 * @property {Record<"heard" | "seen" | "voice" | "camera", Counted>} lines of the other, and ours
 *
 * @typedef {object} Path
 * @property {boolean} [relayed]
 * @property {string} [local]     type of the candidate here
 * @property {string} [remote]    and there
 * @property {string} [protocol]  of the media; to our relay, if there is one
 * @property {"IPv4" | "IPv6"} [family]
 * @property {number} [rtt]       milliseconds
 *
 * @typedef {object} Sound
 * @property {string} [codec]
 * @property {number} [bitrate]   bit/s
 * @property {number} [lost]      part of the packets
 * @property {number} [concealed] part of the sound
 * @property {number} [jitter]    milliseconds
 * @property {number} [buffer]    milliseconds
 *
 * @typedef {object} Picture
 * @property {string} [codec]
 * @property {number} [width]
 * @property {number} [height]
 * @property {number} [fps]
 * @property {number} [bitrate]   bit/s
 * @property {number} [lost]      part of the packets
 * @property {number} [packets]
 * @property {number} [freezes]
 * @property {number} [frozen]    part of the time
 *
 * @typedef {{ sound: Sound, picture: Picture }} Received
 * @typedef {{ path: Path, received: Received, sent: Received }} Figures
 */

/** @typedef {{ microphone?: string | null, camera?: string | null }} Mids of the two lines */

/**
 * @param {RTCStatsReport} stats
 * @param {Mids} mids
 * @param {number} at milliseconds
 * @returns {Snapshot}
 */
export function snapshotOf(stats, { microphone, camera }, at) {
  const reports = reportsOf(stats);
  const reading = readingOf(stats, microphone);
  /** @param {string} type @param {string} kind @param {string | null} [mid] */
  const line = (type, kind, mid) => countedOf(stats, find(reports, type, kind, mid), reports);
  return {
    at,
    reading,
    path: pathOf(stats, reports, reading),
    lines: {
      heard: line("inbound-rtp", "audio", microphone),
      seen: line("inbound-rtp", "video", camera),
      voice: line("outbound-rtp", "audio", microphone),
      camera: line("outbound-rtp", "video", camera),
    },
  };
}

/**
 * @param {any[]} reports
 * @param {string} type
 * @param {string} kind
 * @param {string | null} [mid]
 */
function find(reports, type, kind, mid) {
  const found = reports.filter((report) => report.type === type && report.kind === kind);
  return found.find((report) => mid && report.mid === mid) ?? found[0] ?? {};
}

/**
 * @param {RTCStatsReport} stats
 * @param {any} line
 * @param {any[]} reports
 * @returns {Counted}
 */
function countedOf(stats, line, reports) {
  const there = reports.find(
    ({ type, id }) => type === "remote-inbound-rtp" && id === line.remoteId,
  );
  return {
    codec: stats.get(line.codecId)?.mimeType?.split("/")[1],
    bytes: line.bytesReceived ?? line.bytesSent,
    packets: line.packetsReceived ?? line.packetsSent,
    missing: line.packetsLost,
    jitter: line.jitter ?? there?.jitter,
    part: there?.fractionLost,
    width: line.frameWidth,
    height: line.frameHeight,
    fps: line.framesPerSecond,
    frames: line.framesDecoded ?? line.framesEncoded,
    freezes: line.freezeCount,
    frozen: line.totalFreezesDuration,
  };
}

/**
 * @param {RTCStatsReport} stats
 * @param {any[]} reports
 * @param {Reading} reading
 * @returns {Path}
 */
function pathOf(stats, reports, reading) {
  const pair = pairOf(stats, reports);
  const [local, remote] = endsOf(stats, pair);
  const types = [local?.candidateType, remote?.candidateType];
  return {
    relayed: types.includes(undefined) ? undefined : types.includes("relay"),
    local: types[0],
    remote: types[1],
    protocol: local?.relayProtocol ?? local?.protocol,
    family: familyOf(local?.address) ?? familyOf(remote?.address),
    rtt: reading.rtt?.ms ?? inMilliseconds(pair?.currentRoundTripTime),
  };
}

/** Unknown where the browser hides the address behind a name. @param {string} [address] */
function familyOf(address) {
  if (address?.includes(":")) return "IPv6";
  return /^[\d.]+$/.test(address ?? "") ? "IPv4" : undefined;
}

/** @param {number} [seconds] */
const inMilliseconds = (seconds) => (seconds === undefined ? undefined : 1000 * seconds);

// -- Between two looks -----------------------------------------------------------------------

/**
 * @param {Snapshot} before
 * @param {Snapshot} now
 * @returns {Figures}
 */
export function figuresBetween(before, now) {
  const seconds = (now.at - before.at) / 1000;
  const { concealed, buffer } = receivedBetween(before.reading, now.reading);
  const [heard, seen, voice, camera] = /** @type {const} */ ([
    "heard",
    "seen",
    "voice",
    "camera",
  ]).map((name) => rates(before.lines[name], now.lines[name], seconds));
  return {
    path: now.path,
    received: { sound: { ...soundOf(heard), concealed, buffer }, picture: pictureOf(seen) },
    sent: { sound: soundOf(voice), picture: pictureOf(camera) },
  };
}

/**
 * @param {Counted} before
 * @param {Counted} now
 * @param {number} seconds
 * @returns {Sound & Picture}
 */
function rates(before, now, seconds) {
  const bytes = rise(before.bytes, now.bytes);
  const packets = rise(before.packets, now.packets);
  const missing = rise(before.missing, now.missing);
  const frames = rise(before.frames, now.frames);
  const frozen = rise(before.frozen, now.frozen);
  return {
    codec: now.codec,
    bitrate: bytes === undefined ? undefined : (8 * bytes) / seconds,
    packets,
    lost: now.part ?? partOf(missing, packets),
    jitter: inMilliseconds(now.jitter),
    width: now.width,
    height: now.height,
    fps: frames === undefined ? now.fps : frames / seconds,
    freezes: rise(before.freezes, now.freezes),
    frozen: frozen === undefined ? undefined : Math.min(frozen / seconds, 1),
  };
}

/** @param {number | undefined} missing @param {number | undefined} packets */
function partOf(missing, packets) {
  if (missing === undefined || packets === undefined) return undefined;
  return missing + packets > 0 ? missing / (missing + packets) : undefined;
}

/** @param {Sound & Picture} rates @returns {Sound} */
const soundOf = ({ codec, bitrate, lost, jitter }) => ({ codec, bitrate, lost, jitter });

/** @param {Sound & Picture} rates @returns {Picture} */
const pictureOf = ({ codec, bitrate, lost, packets, width, height, fps, freezes, frozen }) => ({
  ...{ codec, bitrate, lost, packets },
  ...{ width, height, fps, freezes, frozen },
});
