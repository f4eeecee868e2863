/**
 * The wire: close codes, and frames in and out. See docs/protocol.md.
 *
 * @typedef {{ mac?: string, proven?: boolean }} Proven `proven` is our own word (proof.js)
 * @typedef {Proven & { id: string, session: string, name: string | null, away?: boolean,
 *   claims?: boolean, meant?: boolean }} PeerInfo
 *   our own word, too: `claims`: they say that they have the whole link; `meant`: our join was for
 *   this session of theirs
 * @typedef {Proven & { sdp: string }} Offered
 * @typedef {{ iceServers: RTCIceServer[], iceTransportPolicy: RTCIceTransportPolicy,
 *   ttl?: number }} IceConfig
 * @typedef {IceConfig & { type: "welcome", id: string, polite: boolean, token: string,
 *   resumed: boolean, heartbeat: number, peer: PeerInfo | null }} Welcome
 * @typedef {Partial<IceConfig> & { type: "peer-joined", peer: PeerInfo, resumed: boolean,
 *   offer?: Offered }} PeerJoined
 * @typedef {{ type: "peer-away", peer: { id: string }, grace: number, going?: boolean }} PeerAway
 * @typedef {{ type: "peer-left", peer: { id: string },
 *   reason: "left" | "timeout" | "ended" | "dismissed" }} PeerLeft
 * @typedef {{ session?: string, peerSession?: string, from?: string }} Between
 * @typedef {Between & Offered & { type: "offer" | "answer" }} Description
 * @typedef {Between & { type: "ice", candidate: RTCIceCandidateInit | null }} Candidate
 * @typedef {Between & Proven & { type: "renegotiate", restart: boolean,
 *   unproven?: boolean }} Renegotiate
 * @typedef {Description | Candidate | Renegotiate} Signal from Peer to Peer
 * @typedef {IceConfig & { type: "ice-servers" }} IceServers
 * @typedef {{ type: "waiting", somebody: boolean, full: boolean, session?: string }} Waiting
 * @typedef {{ type: "error", code: string, message: string, retryAfter?: number }} ErrorMessage
 * @typedef {{ type: "pong" }} Pong
 * @typedef {Welcome | PeerJoined | PeerAway | PeerLeft | Signal | IceServers
 *   | Waiting | ErrorMessage | Pong} ServerMessage
 */

import { hex } from "../base/hex.js";

export const SUBPROTOCOL = "call.v1";

/** What a closed socket means for the client; any other code means "come back". */
export const CloseCode = Object.freeze({
  TAKEN_OVER: 4001,
  PROTOCOL_ERROR: 4400,
  BAD_TOKEN: 4403,
  ROOM_FULL: 4409,
  ENDED: 4410,
  DISMISSED: 4411,
  TOO_MANY_MESSAGES: 4429,
});

/**
 * A text as a message, or null when it is none. Types not known here are let through: a newer
 * program may send them, and whoever handles messages ignores them.
 *
 * @param {unknown} data
 * @returns {(Record<string, unknown> & { type: string }) | null}
 */
export function parse(data) {
  if (typeof data !== "string") return null;
  try {
    const message = JSON.parse(data);
    return typeof message?.type === "string" ? message : null;
  } catch {
    return null;
  }
}

/** A new identifier, for a session or a key: 96 random bits. */
export function randomId() {
  // Not crypto.randomUUID: that exists only on https pages.
  return hex(crypto.getRandomValues(new Uint8Array(12)));
}
