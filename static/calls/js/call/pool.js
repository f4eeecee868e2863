/** Candidates that were gathered before there was a description (webrtc-pc, iceCandidatePoolSize). */

/**
 * Whether there are any to be used. Where a browser does not know of that, it does not tell of it
 * either.
 * @param {RTCPeerConnection} pc
 */
export const hasPool = (pc) =>
  (pc.getConfiguration().iceCandidatePoolSize ?? 0) > 0 && pc.currentLocalDescription === null;

/**
 * Have them in the first answer. Chromium throws them away when that is final, and gathers anew;
 * not so when it was a provisional one before.
 * @param {RTCPeerConnection} pc that has an offer
 */
export async function usePool(pc) {
  const { sdp } = await pc.createAnswer();
  await pc.setLocalDescription({ type: "pranswer", sdp });
}
