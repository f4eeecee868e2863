/**
 * What a check finds, part by part, and what that means for a call. Pure.
 *
 * @typedef {"running" | "ok" | "failed" | "missing" | "unknown"} State
 *   `missing`: not set up by whoever runs the site; `unknown`: it could not be told
 * @typedef {{ state: State, ms?: number, took?: number, why?: string }} Result
 *   `ms`: there and back; `took`: all of it; `why`: codes, for a report
 * @typedef {Problem | "off" | "silent" | "asking"} Trouble with a camera or microphone
 * @typedef {{ state: State, took?: number, why?: Trouble }} DeviceResult
 * @typedef {{ id: "server" | "stun" } & Result} ServerPart
 * @typedef {{ id: "relay", way?: string, port?: string } & Result} RelayPart
 * @typedef {{ id: "camera" | "microphone" } & DeviceResult} DevicePart
 * @typedef {ServerPart | RelayPart | DevicePart} Part
 * @typedef {"running" | "no-server" | "no-way-out" | "relay-needed" | "no-devices"
 *   | "no-microphone" | "no-relay-reached" | "no-relay-set-up" | "no-camera" | "works"
 *   | "works-strictly"} Verdict
 */

/** @import { Problem } from "../media.js" */

/** Ways to a relay that networks let through which let only web traffic out. */
const STRICT = ["TCP", "TLS"];

/**
 * The one thing to say; what stands in the way of more goes first.
 * @param {Part[]} parts
 * @param {RTCIceTransportPolicy} policy
 * @returns {Verdict}
 */
export function verdictOf(parts, policy) {
  if (parts.some(({ state }) => state === "running")) return "running";
  if (!isOk(parts, "server")) return "no-server";
  const ways = waysOf(parts, policy);
  if (ways === "no-way-out" || ways === "relay-needed") return ways;
  const [seen, heard] = [hasFailed(parts, "camera"), hasFailed(parts, "microphone")];
  if (heard) return seen ? "no-devices" : "no-microphone";
  if (ways === "no-relay-reached" || ways === "no-relay-set-up") return ways;
  return seen ? "no-camera" : ways;
}

/**
 * What the servers are worth from here.
 * @param {Part[]} parts
 * @param {RTCIceTransportPolicy} policy
 * @returns {Verdict}
 */
function waysOf(parts, policy) {
  const relays = parts.filter((part) => part.id === "relay");
  const reached = relays.filter(({ state }) => state === "ok");
  if (reached.some(({ way }) => STRICT.includes(way ?? ""))) return "works-strictly";
  if (reached.length > 0) return "works";
  if (policy === "relay") return "relay-needed";
  const stun = parts.find(({ id }) => id === "stun")?.state;
  if (stun === "failed" || stun === "missing") return "no-way-out";
  return relays.some(({ state }) => state === "failed") ? "no-relay-reached" : "no-relay-set-up";
}

/** @param {Part[]} parts @param {Part["id"]} id */
const isOk = (parts, id) => parts.some((part) => part.id === id && part.state === "ok");

/** @param {Part[]} parts @param {Part["id"]} id */
const hasFailed = (parts, id) => parts.some((part) => part.id === id && part.state === "failed");
