/** Which certificates a connection is made with (RFC 8122, section 5). */

import { hex } from "../base/hex.js";
import { fingerprintsIn } from "./sdp.js";

/** @typedef {{ own: string, other: string }} Pair SHA-256 of each certificate, hexadecimal */

/**
 * @param {RTCPeerConnection} pc whose data channel is open
 * @returns {Promise<Pair | null>} null: it is not certain which they are
 */
export async function fingerprintsOf(pc) {
  const own = inDescription(pc.currentLocalDescription);
  const other = inDescription(pc.currentRemoteDescription);
  if (own === null || other === null) return null;
  const shown = await shownOf(pc);
  return shown === undefined || shown === other ? { own, other } : null;
}

/**
 * What the other has shown on the data channel's transport; undefined: this browser does not tell yet.
 * @param {RTCPeerConnection} pc
 */
async function shownOf(pc) {
  const certificates = pc.sctp?.transport?.getRemoteCertificates?.();
  if (certificates === undefined) return undefined;
  if (certificates.length === 0) return null;
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", certificates[0])));
}

/**
 * One for all lines: where there are several, picture and sound may go to another than the data, and
 * browsers do not agree on which of them may be shown.
 * @param {RTCSessionDescription | null} description
 */
function inDescription(description) {
  const [found, ...others] = fingerprintsIn(description?.sdp ?? "");
  const [hash, value] = found?.split(" ") ?? [];
  if (others.length > 0 || hash !== "sha-256") return null;
  return value.replaceAll(":", "");
}
