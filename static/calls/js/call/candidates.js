/**
 * In what order the other is told of the candidates of one connection, which may have been gathered
 * before there was a description (webrtc-pc, iceCandidatePoolSize).
 */

/** @import { Candidate } from "./protocol.js" */

/**
 * Whether there are any yet. A browser that does not know of that does not tell of it either.
 * @param {RTCPeerConnection} pc
 */
export const hasPool = (pc) =>
  (pc.getConfiguration().iceCandidatePoolSize ?? 0) > 0 && pc.currentLocalDescription === null;

export class Candidates {
  /** What waits for a candidate that others can reach. @type {RTCIceCandidate[] | null} */
  #held = null;

  /** @param {(candidate: Candidate["candidate"]) => void} tell */
  constructor(tell) {
    this.tell = tell;
  }

  /**
   * The other's browser tries the first one at once, and each further one 50 ms later. So those
   * that are ready are told in another order: most people are in another network, and their router
   * lets nothing in from where nothing has been sent to.
   * @param {RTCIceCandidate | null} candidate
   */
  found(candidate) {
    if (this.#held && candidate?.type === "host") {
      this.#held.push(candidate);
      return;
    }
    if (candidate === null) this.#release();
    this.tell(candidate && candidate.toJSON());
    this.#release();
  }

  #release() {
    const held = this.#held ?? [];
    this.#held = null;
    for (const candidate of held) this.tell(candidate.toJSON());
  }

  /**
   * Chromium throws a pool away when the first answer is final, and gathers anew; not so when it
   * was a provisional one before. To the other it is final, and costs no time.
   * @param {RTCPeerConnection} pc that has an offer
   * @param {() => void} send what the local description is now
   */
  async answer(pc, send) {
    if (hasPool(pc)) {
      this.#held = [];
      const { sdp } = await pc.createAnswer();
      await pc.setLocalDescription({ type: "pranswer", sdp });
      send();
      await pc.setLocalDescription();
      this.#release();
    } else {
      await pc.setLocalDescription();
      send();
    }
  }
}
