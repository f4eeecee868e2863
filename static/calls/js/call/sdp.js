/** What is read in and changed of session descriptions (SDP, RFC 8866). Pure. */

/** @typedef {Pick<RTCSessionDescription, "type" | "sdp">} Described */

/**
 * An offer that leaves the other side no choice but to keep its DTLS role.
 *
 * Offers say "actpass" (RFC 8842, section 5.2). To one in a connection that is up already,
 * Firefox answers "active" even where it has been passive (bug 1240897), and Chromium refuses
 * an answer that changes the roles. Naming our role in the offer is allowed and settles it.
 *
 * @param {{ currentLocalDescription: Described | null,
 *   currentRemoteDescription: Described | null }} pc
 * @param {string} sdp
 */
export function keepRole(
  { currentLocalDescription: local, currentRemoteDescription: remote },
  sdp,
) {
  const answer = local?.type === "answer" ? local : remote;
  const role = answer?.sdp.match(/^a=setup:(active|passive)/m)?.[1];
  if (role === undefined) return sdp;
  const own = (answer === local) === (role === "active") ? "active" : "passive";
  return sdp.replace(/^a=setup:actpass/gm, `a=setup:${own}`);
}

/**
 * A description of the other side's to which Chromium sends pictures at this rate from the first
 * on. `x-google-start-bitrate`, in kbit/s, is a format parameter of its own (RFC 8866, section
 * 6.15); browsers ignore those that they do not know.
 *
 * @param {string} sdp
 * @param {number} bitrate bit/s
 */
export function startingAt(sdp, bitrate) {
  const start = `x-google-start-bitrate=${Math.round(bitrate / 1000)}`;
  return sdp.replace(/^m=video .*(?:\r?\n(?!m=).*)*/gm, (media) =>
    media
      .replace(/^a=fmtp:\d+ (?!apt=).*$/gm, (line) => `${line};${start}`)
      .replace(/^a=rtpmap:(\d+) (?!rtx\/).*$/gm, (line, format) =>
        media.includes(`\na=fmtp:${format} `) ? line : `${line}\r\na=fmtp:${format} ${start}`,
      ),
  );
}

/**
 * The ICE credentials' user name fragment (RFC 8839, section 5.4): new ones mean new paths.
 * @param {Pick<Described, "sdp"> | null} description
 */
export const ufragOf = (description) => description?.sdp.match(/^a=ice-ufrag:(.*)$/m)?.[1];

/**
 * Whom a connection may be to (RFC 8122, section 5): each once, as "sha-256 ab:cd:…".
 * @param {string} sdp
 * @returns {string[]} sorted
 */
export function fingerprintsIn(sdp) {
  const lines = sdp.matchAll(/^a=fingerprint:(\S+) (\S+)/gm);
  return [
    ...new Set(Array.from(lines, ([, hash, value]) => `${hash} ${value}`.toLowerCase())),
  ].sort();
}

/** How many lines of media there are, that of the data channel included. @param {string} sdp */
export const linesOf = (sdp) => sdp.match(/^m=/gm)?.length ?? 0;

/**
 * Without what tells where its sender is: as if nothing had been gathered yet (RFC 8839, section
 * 4.2.1.3, and RFC 8840, section 4.1.1).
 * @param {string} sdp
 */
export const withoutAddresses = (sdp) =>
  sdp
    .replace(/^a=(?:candidate:.*|end-of-candidates)\r?\n/gm, "")
    .replace(/^c=.*$/gm, "c=IN IP4 0.0.0.0")
    .replace(/^a=rtcp:.*$/gm, "a=rtcp:9 IN IP4 0.0.0.0")
    .replace(/^(m=\w+) (?!0 )\d+/gm, "$1 9");

/**
 * What tells one description from another: a copy sent later may have more candidates, and with
 * them other default addresses (RFC 8839, sections 4.2.1.2 and 5.1).
 * @param {string} sdp
 */
export const withoutCandidates = (sdp) =>
  sdp
    .replace(/^(a=(candidate|rtcp):|a=end-of-candidates|c=).*\r?\n/gm, "")
    .replace(/^(m=\w+) \d+/gm, "$1");
