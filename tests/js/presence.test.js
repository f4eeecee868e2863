import assert from "node:assert/strict";
import { test } from "node:test";

import { NOBODY, happened, shown } from "../../static/calls/js/call/presence.js";
import { given } from "./fakes.js";

/** @import { Notice, Phase, Presence } from "../../static/calls/js/call/presence.js" */

/** @type {Presence["server"][]} */
const SERVER = ["reached", "lost", "unavailable", "limited"];
/** @type {Presence["other"][]} */
const OTHER = ["here", "away", "gone"];
/** @type {Presence["page"][]} */
const PAGE = ["open", "going", "closed"];
/** @type {Presence["media"][]} */
const MEDIA = ["none", "connecting", "no-path", "connected", "interrupted"];

/** Everything that can be known. */
const STATES = SERVER.flatMap((server) =>
  OTHER.flatMap((other) =>
    PAGE.flatMap((page) =>
      MEDIA.flatMap((media) =>
        [false, true].flatMap((paused) =>
          [false, true].map((tampered) => ({ server, other, page, media, paused, tampered })),
        ),
      ),
    ),
  ),
);

const EVENTS = /** @type {const} */ ({
  reset: { type: "reset" },
  welcomed: { type: "welcomed" },
  lost: { type: "lost", code: null },
  "lost, unavailable": { type: "lost", code: "unavailable" },
  "lost, limited": { type: "lost", code: "rate-limited" },
  unavailable: { type: "error", code: "unavailable" },
  "another error": { type: "error", code: "peer-unreachable" },
  met: { type: "met", away: false },
  "met, away": { type: "met", away: true },
  away: { type: "away" },
  missing: { type: "missing" },
  timeout: { type: "timeout" },
  going: { type: "going" },
  staying: { type: "staying" },
  closed: { type: "closed" },
  knock: { type: "knock" },
  tampered: { type: "tampered" },
  none: { type: "media", state: "none" },
  connecting: { type: "media", state: "connecting" },
  "no path": { type: "media", state: "no-path" },
  connected: { type: "media", state: "connected" },
  interrupted: { type: "media", state: "interrupted" },
  paused: { type: "paused", paused: true },
  "sent again": { type: "paused", paused: false },
});

// -- What is shown of what is known -------------------------------------------------------------

// Read from above: the first row that fits, of every state. An asterisk fits anything.
const PHASES = [
  // page    media          phase
  ["*", "none", "waiting"],
  ["going", "*", "reconnecting"],
  ["*", "connecting", "connecting"],
  ["*", "no-path", "connecting"],
  ["*", "connected", "connected"],
  ["*", "interrupted", "reconnecting"],
];
const NOTICES = [
  // server        other   page     media     video     words      notice
  ["unavailable", "*", "*", "*", "*", "*", "unavailable"],
  ["limited", "*", "*", "*", "*", "*", "limited"],
  ["*", "*", "*", "none", "*", "changed", "tampered"],
  ["*", "*", "*", "connecting", "*", "changed", "tampered"],
  ["*", "*", "*", "no-path", "*", "changed", "tampered"],
  ["*", "*", "*", "interrupted", "*", "changed", "tampered"],
  ["lost", "*", "*", "*", "*", "*", "signaling-lost"],
  ["reached", "*", "going", "*", "*", "*", "peer-reloading"],
  ["reached", "*", "closed", "none", "*", "*", "peer-closed"],
  ["reached", "gone", "*", "none", "*", "*", "peer-gone"],
  ["reached", "*", "*", "connected", "paused", "*", "video-paused"],
  ["reached", "*", "*", "connected", "sent", "*", null],
  ["reached", "away", "*", "*", "*", "*", "peer-away"],
  ["reached", "gone", "*", "*", "*", "*", "peer-away"],
  ["reached", "here", "*", "no-path", "*", "*", "no-path"],
  ["reached", "here", "*", "*", "*", "*", null],
];

/** @param {(string | null)[][]} rows @param {string[]} values */
const lookUp = (rows, ...values) =>
  given(rows.find((row) => values.every((value, n) => row[n] === "*" || row[n] === value))).at(-1);

for (const state of STATES) {
  const { server, other, page, media, paused, tampered } = state;
  const video = paused ? "paused" : "sent";
  const words = tampered ? "changed" : "whole";
  const others = `other ${other}, page ${page}, media ${media}, video ${video}, words ${words}`;
  test(`server ${server}, ${others}`, () => {
    assert.deepEqual(shown(state), {
      phase: lookUp(PHASES, page, media),
      notice: lookUp(NOTICES, server, other, page, media, video, words),
    });
  });
}

// -- What happens, and what is shown then --------------------------------------------------------

/** @param {Partial<Presence>} [fields] @returns {Presence} */
const known = (fields) => ({ ...NOBODY, ...fields });
/** @param {Partial<Presence>} [fields] */
const talking = (fields) => known({ media: "connected", ...fields });
/** @param {Partial<Presence>} [fields] */
const interrupted = (fields) => known({ media: "interrupted", ...fields });

/** @type {[Presence, keyof typeof EVENTS, Phase, Notice | null][]} */
const STORY = [
  // Nobody is there.
  [known(), "welcomed", "waiting", null],
  [known(), "missing", "waiting", null],
  [known(), "lost", "waiting", "signaling-lost"],
  [known(), "lost, unavailable", "waiting", "unavailable"],
  [known(), "lost, limited", "waiting", "limited"],
  [known({ server: "limited" }), "welcomed", "waiting", null],
  [known(), "met, away", "waiting", "peer-away"],
  [known(), "connecting", "connecting", null],
  [known({ other: "away" }), "met", "waiting", null],
  [known({ other: "away" }), "connecting", "connecting", "peer-away"],
  [known({ other: "gone" }), "met", "waiting", null],
  [known({ other: "gone" }), "missing", "waiting", "peer-gone"],
  [known({ other: "gone" }), "welcomed", "waiting", "peer-gone"],
  [known({ other: "gone" }), "reset", "waiting", null],
  // The server comes and goes; the media does not care.
  [talking(), "lost", "connected", "signaling-lost"],
  [talking(), "unavailable", "connected", "unavailable"],
  [talking(), "another error", "connected", null],
  [talking({ server: "lost" }), "welcomed", "connected", null],
  [talking({ server: "lost" }), "another error", "connected", "signaling-lost"],
  [talking({ server: "unavailable" }), "welcomed", "connected", null],
  [talking({ server: "unavailable" }), "another error", "connected", null],
  [talking({ server: "unavailable" }), "lost", "connected", "signaling-lost"],
  // The other's socket drops.
  [talking(), "away", "connected", null],
  [talking({ other: "away" }), "interrupted", "reconnecting", "peer-away"],
  [talking(), "missing", "connected", null],
  [interrupted(), "missing", "reconnecting", "peer-away"],
  [interrupted({ other: "away" }), "met", "reconnecting", null],
  [interrupted({ other: "away" }), "connected", "connected", null],
  [interrupted({ other: "away" }), "timeout", "reconnecting", "peer-away"],
  [talking(), "timeout", "connected", null],
  [talking({ other: "gone" }), "missing", "connected", null],
  [talking({ other: "gone" }), "none", "waiting", "peer-gone"],
  [talking({ other: "away" }), "none", "waiting", null],
  // The other's page goes.
  [talking(), "going", "reconnecting", "peer-reloading"],
  [known({ page: "going", other: "away" }), "closed", "waiting", "peer-closed"],
  [known({ page: "closed", other: "away" }), "met, away", "waiting", "peer-closed"],
  [known({ page: "closed", other: "away" }), "timeout", "waiting", "peer-closed"],
  [known({ page: "closed", other: "away" }), "met", "waiting", null],
  [talking({ other: "away" }), "going", "reconnecting", "peer-reloading"],
  [talking({ page: "going" }), "away", "reconnecting", "peer-reloading"],
  [talking({ page: "going" }), "staying", "connected", null],
  [talking({ page: "going" }), "met", "connected", null],
  [talking({ page: "going" }), "lost", "reconnecting", "signaling-lost"],
  [talking({ page: "going" }), "none", "waiting", null],
  // Media.
  [known({ media: "connecting" }), "connected", "connected", null],
  [known({ media: "connecting" }), "interrupted", "reconnecting", null],
  [known({ media: "connecting" }), "no path", "connecting", "no-path"],
  [known({ media: "no-path" }), "connected", "connected", null],
  [known({ media: "no-path" }), "away", "connecting", "peer-away"],
  [known({ media: "no-path" }), "lost", "connecting", "signaling-lost"],
  [known({ media: "no-path" }), "none", "waiting", null],
  [talking(), "interrupted", "reconnecting", null],
  [interrupted(), "connecting", "connecting", null],
  // Somebody wants to come in, or sits between the two.
  [known({ other: "gone" }), "knock", "waiting", null],
  [talking({ other: "away" }), "knock", "connected", null],
  [interrupted({ other: "away" }), "knock", "reconnecting", "peer-away"],
  [known({ media: "connecting" }), "tampered", "connecting", "tampered"],
  [known({ media: "connecting", tampered: true }), "lost", "connecting", "tampered"],
  [known({ media: "connecting", tampered: true }), "connected", "connected", null],
  [known({ media: "connecting", tampered: true }), "none", "waiting", null],
  [interrupted(), "tampered", "reconnecting", "tampered"],
  // The picture makes way for the sound.
  [talking(), "paused", "connected", "video-paused"],
  [talking({ paused: true }), "sent again", "connected", null],
  [talking({ paused: true }), "lost", "connected", "signaling-lost"],
  [talking({ paused: true }), "interrupted", "reconnecting", null],
  [interrupted({ paused: true }), "connected", "connected", "video-paused"],
];
for (const [before, event, phase, notice] of STORY) {
  const name = /** @type {(keyof Presence)[]} */ (Object.keys(before))
    .filter((field) => NOBODY[field] !== before[field])
    .map((field) => `${field} ${before[field]}`)
    .join(", ");
  test(`${name || "nobody"}, then ${event}: ${phase}, ${notice ?? "no notice"}`, () => {
    assert.deepEqual(shown(happened(before, EVENTS[event])), { phase, notice });
  });
}

// -- Every event in every state -----------------------------------------------------------------

/** @param {Presence["page"]} page */
const settled = (page) => (page === "closed" ? page : "open");

// What an event makes of each field; a field that is not named stays as it is.
/** @type {Record<keyof typeof EVENTS, (before: Presence) => Partial<Presence>>} */
const EFFECTS = {
  reset: () => NOBODY,
  welcomed: () => ({ server: "reached" }),
  lost: () => ({ server: "lost" }),
  "lost, unavailable": () => ({ server: "unavailable" }),
  "lost, limited": () => ({ server: "limited" }),
  unavailable: () => ({ server: "unavailable" }),
  "another error": ({ server }) => (server === "unavailable" ? { server: "reached" } : {}),
  met: () => ({ other: "here", page: "open" }),
  "met, away": ({ page }) => ({ other: "away", page: settled(page) }),
  away: () => ({ other: "away" }),
  missing: ({ other, media }) =>
    other === "gone" ? {} : { other: media === "none" ? "here" : "away" },
  timeout: () => ({ other: "gone" }),
  going: () => ({ page: "going" }),
  staying: () => ({ page: "open" }),
  closed: () => ({ page: "closed" }),
  knock: ({ media }) => (media === "none" ? { other: "here", tampered: false } : {}),
  tampered: () => ({ tampered: true }),
  none: ({ other, page }) => ({
    media: "none",
    page: settled(page),
    paused: false,
    tampered: false,
    ...(other === "away" ? { other: "here" } : {}),
  }),
  connecting: () => ({ media: "connecting", paused: false }),
  "no path": () => ({ media: "no-path" }),
  connected: () => ({ media: "connected", tampered: false }),
  interrupted: () => ({ media: "interrupted" }),
  paused: () => ({ paused: true }),
  "sent again": () => ({ paused: false }),
};

for (const name of /** @type {(keyof typeof EVENTS)[]} */ (Object.keys(EVENTS))) {
  test(`${name}, in every state`, () => {
    for (const state of STATES) {
      const before = Object.freeze({ ...state });
      assert.deepEqual(happened(before, EVENTS[name]), { ...state, ...EFFECTS[name](state) });
    }
  });
}
