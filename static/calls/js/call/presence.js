/**
 * Who can be reached: the server, the other person, their media. Pure: what is known and what
 * happens make what is known next, and that makes what is shown.
 */

/**
 * @typedef {object} Presence
 * @property {"reached" | "lost" | "unavailable" | "limited"} server unavailable: it has lost its Redis;
 *   limited: it lets nobody in so often
 * @property {"here" | "away" | "gone"} other  the other's seat is in use, or held for them, or free
 * @property {"open" | "going" | "closed"} page  `going`: the other's page said that it is being closed
 *   or reloaded; `closed`: it was not reloaded
 * @property {MediaState} media
 * @property {boolean} paused  a picture is held back to keep the sound clear
 * @property {boolean} tampered  somebody between the two changes what they describe
 */

/**
 * @typedef {"none" | "connecting" | "no-path" | "connected" | "interrupted"} MediaState
 *   `none`: no connection, `no-path`: connecting, but none was found in good time
 */

/**
 * @typedef {{ type: "reset" } | { type: "welcomed" } | { type: "lost", code: string | null }
 *   | { type: "error", code: string } | { type: "met", away: boolean } | { type: "away" }
 *   | { type: "missing" } | { type: "timeout" } | { type: "going" } | { type: "staying" }
 *   | { type: "closed" } | { type: "knock" } | { type: "tampered" }
 *   | { type: "media", state: MediaState } | { type: "paused", paused: boolean }} Happening
 *   `missing`: the server knows of nobody else, `staying`: the other's page is open after all,
 *   `knock`: somebody waits to be let in, or does not any more
 */

/** @typedef {"waiting" | "connecting" | "connected" | "reconnecting"} Phase */
/**
 * @typedef {"unavailable" | "limited" | "tampered" | "signaling-lost" | "peer-reloading" | "peer-away"
 *   | "peer-closed" | "peer-gone" | "no-path" | "video-paused"} Notice
 */

/** What the server said before it closed the connection. @type {Record<string, Presence["server"]>} */
const WHY = { unavailable: "unavailable", "rate-limited": "limited" };

/** @type {Presence} */
export const NOBODY = Object.freeze({
  server: "reached",
  other: "here",
  page: "open",
  media: "none",
  paused: false,
  tampered: false,
});

/**
 * @param {Presence} known
 * @param {Happening} event
 * @returns {Presence}
 */
export function happened(known, event) {
  switch (event.type) {
    case "reset":
      return NOBODY;
    case "welcomed":
      return { ...known, server: "reached" };
    case "lost":
      return { ...known, server: WHY[event.code ?? ""] ?? "lost" };
    case "error":
      if (event.code === "unavailable") return { ...known, server: "unavailable" };
      return { ...known, server: known.server === "unavailable" ? "reached" : known.server };
    case "met":
      if (event.away) return { ...known, other: "away", page: settled(known.page) };
      return { ...known, other: "here", page: "open" };
    case "knock":
      // Of somebody who is inside it says nothing.
      return known.media === "none" ? { ...known, other: "here", tampered: false } : known;
    case "tampered":
      return { ...known, tampered: true };
    case "away":
      return { ...known, other: "away" };
    case "missing":
      return { ...known, other: absent(known) };
    case "timeout":
      return { ...known, other: "gone" };
    case "going":
      return { ...known, page: "going" };
    case "closed":
      return { ...known, page: "closed" };
    case "staying":
      return { ...known, page: "open" };
    case "media":
      return withMedia(known, event.state);
    case "paused":
      return { ...known, paused: event.paused };
  }
}

/**
 * Of somebody without a connection nothing is missed, but that they have gone is remembered.
 * @param {Presence} known
 */
function absent({ other, media }) {
  if (other === "gone") return other;
  return media === "none" ? "here" : "away";
}

/** @param {Presence} known @param {MediaState} media @returns {Presence} */
function withMedia(known, media) {
  const paused = known.paused && media !== "connecting";
  const tampered = known.tampered && media !== "connected";
  if (media !== "none") return { ...known, media, paused, tampered };
  const other = known.other === "gone" ? "gone" : "here";
  return { ...known, media, page: settled(known.page), other, paused: false, tampered: false };
}

/** That somebody has closed the page is true until they are back. @param {Presence["page"]} page */
const settled = (page) => (page === "closed" ? page : "open");

/** @param {Presence} known @returns {{ phase: Phase, notice: Notice | null }} */
export function shown(known) {
  return { phase: phaseOf(known), notice: noticeOf(known) };
}

/** @param {Presence} known @returns {Phase} */
function phaseOf({ media, page }) {
  if (media === "none") return "waiting";
  if (page === "going" || media === "interrupted") return "reconnecting";
  return media === "no-path" ? "connecting" : media;
}

/** @param {Presence} known @returns {Notice | null} */
function noticeOf({ server, other, page, media, paused, tampered }) {
  if (server === "unavailable" || server === "limited") return server;
  if (tampered && media !== "connected") return "tampered";
  if (server === "lost") return "signaling-lost";
  if (page === "going") return "peer-reloading";
  if (page === "closed" && media === "none") return "peer-closed";
  if (other === "gone" && media === "none") return "peer-gone";
  if (other !== "here" && media !== "connected") return "peer-away";
  if (media === "no-path") return "no-path";
  return paused && media === "connected" ? "video-paused" : null;
}
