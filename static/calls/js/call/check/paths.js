/** Whether STUN answers, and whether bytes come through a relay. */

import { limited } from "./limit.js";

/** @import { Limit } from "./limit.js" */
/** @import { Result } from "./verdict.js" */

/** Bytes that go through a relay and back: more than one packet. */
const SIZE = 8192;

/** The codes that servers, or the browser, gave for what failed (webrtc-pc, section 4.8.3). */
class Codes {
  /** @type {Set<number>} */
  #found = new Set();

  /** @param {RTCPeerConnection} pc */
  of(pc) {
    pc.onicecandidateerror = ({ errorCode }) => this.#found.add(errorCode);
  }

  get any() {
    return this.#found.size > 0;
  }

  /** @returns {Result} */
  failed() {
    return { state: "failed", why: ["ICE", ...[...this.#found].sort()].join(" ") };
  }
}

/**
 * Ask for the own address as others see it. A host without NAT has none that differs: where
 * nothing failed either, it is unknown.
 * @param {RTCIceServer[]} servers
 * @param {Limit} limit
 * @returns {Promise<Result>}
 */
export function tryStun(servers, limit) {
  const codes = new Codes();
  /** @returns {Result} */
  const otherwise = () => (codes.any ? codes.failed() : { state: "unknown" });
  return limited(
    limit,
    (done) => {
      const pc = new RTCPeerConnection({ iceServers: servers });
      const began = performance.now();
      codes.of(pc);
      pc.onicecandidate = ({ candidate }) => {
        if (candidate === null) done(otherwise());
        else if (candidate.type === "srflx") done({ state: "ok", ms: performance.now() - began });
      };
      pc.createDataChannel("check");
      pc.setLocalDescription().catch(() => done(otherwise()));
      return () => pc.close();
    },
    otherwise,
  );
}

/**
 * Send something through a relay and back, between two connections of this page that have no
 * other way.
 * @param {RTCIceServer} server with one address
 * @param {Limit} limit
 * @returns {Promise<Result>}
 */
export function tryRelay(server, limit) {
  const codes = new Codes();
  return limited(
    limit,
    (done) => {
      const [near, far] = [1, 2].map(
        () => new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: "relay" }),
      );
      const failed = () => done(codes.failed());
      for (const pc of [near, far]) {
        codes.of(pc);
        pc.onconnectionstatechange = () => {
          if (pc.connectionState === "failed") failed();
        };
      }
      sendsBack(far);
      exchange(near.createDataChannel("check")).then((ms) => done({ state: "ok", ms }), failed);
      connect(near, far, failed).catch(failed);
      return () => [near, far].forEach((pc) => pc.close());
    },
    () => codes.failed(),
  );
}

/** @param {RTCPeerConnection} pc */
function sendsBack(pc) {
  pc.ondatachannel = ({ channel }) => {
    channel.binaryType = "arraybuffer";
    channel.onmessage = ({ data }) => channel.send(data);
  };
}

/**
 * Milliseconds until the same bytes are back; rejects when others are.
 * @param {RTCDataChannel} channel
 * @returns {Promise<number>}
 */
function exchange(channel) {
  channel.binaryType = "arraybuffer";
  return new Promise((resolve, reject) => {
    channel.onopen = () => {
      const sent = crypto.getRandomValues(new Uint8Array(SIZE));
      const began = performance.now();
      channel.onmessage = ({ data }) => {
        const back = new Uint8Array(data);
        const same = back.length === SIZE && back.every((byte, n) => byte === sent[n]);
        if (same) resolve(performance.now() - began);
        else reject();
      };
      channel.send(sent);
    };
  });
}

/**
 * @param {RTCPeerConnection} near
 * @param {RTCPeerConnection} far
 * @param {() => void} failed one of them has nothing to offer
 */
async function connect(near, far, failed) {
  trickle(near, far, failed);
  trickle(far, near, failed);
  await near.setLocalDescription();
  await far.setRemoteDescription(described(near));
  await far.setLocalDescription();
  await near.setRemoteDescription(described(far));
}

/**
 * @param {RTCPeerConnection} from
 * @param {RTCPeerConnection} to
 * @param {() => void} failed
 */
function trickle(from, to, failed) {
  let found = false;
  from.onicecandidate = ({ candidate }) => {
    if (candidate?.candidate) {
      found = true;
      to.addIceCandidate(candidate).catch(failed);
    } else if (candidate === null && !found) {
      failed();
    }
  };
}

/** @param {RTCPeerConnection} pc */
const described = (pc) => /** @type {RTCSessionDescription} */ (pc.localDescription);
