/**
 * What a check found, for whoever hosts the site: plain English, without addresses, credentials
 * or names. Pure.
 */

/** @import { Part, Verdict } from "../call/check/verdict.js" */

const LABELS = { server: "server", stun: "STUN", camera: "camera", microphone: "microphone" };

/**
 * @param {{ parts: Part[], verdict: Verdict, policy: RTCIceTransportPolicy }} found
 * @param {{ browser: string, at: Date }} where
 * @returns {string}
 */
export function reportOf({ parts, verdict, policy }, { browser, at }) {
  const lines = [
    `Duet: connection check, ${at.toISOString()}`,
    `browser: ${browser}`,
    `verdict: ${verdict}`,
    `ICE transport policy: ${policy}`,
    ...parts.map(lineOf),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** @param {Part} part */
function lineOf(part) {
  const { state, why, took } = part;
  const told = [
    state,
    why,
    "ms" in part && part.ms !== undefined && `round trip ${Math.round(part.ms)} ms`,
    took !== undefined && `took ${Math.round(took)} ms`,
  ];
  return `${labelOf(part)}: ${told.filter(Boolean).join(", ")}`;
}

/** @param {Part} part */
function labelOf(part) {
  if (part.id !== "relay") return LABELS[part.id];
  return part.way ? `TURN over ${part.way}, port ${part.port}` : "TURN";
}
