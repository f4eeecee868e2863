/**
 * What of the other's signals is taken. Their page may send whatever it likes, and a browser is
 * long busy with some of it. Honest pages never come near: they repeat themselves after a second
 * or two, and then ever more slowly.
 */

import { Bucket } from "../base/bucket.js";
import { linesOf, ufragOf } from "./sdp.js";

/** @import { Candidate, Signal } from "./protocol.js" */

/** Descriptions, and requests for one. */
export const DESCRIPTIONS = Object.freeze({ burst: 20, rate: 2 });
/** Lines of media in one: Duet has five, with that of the data channel. */
export const LINES = 16;
/** Candidates for one pair of ICE credentials, copies as well. */
export const CANDIDATES = 256;

/** Characters, as the server has it for what it relays (docs/protocol.md, `offer` and `ice`). */
const LONGEST = { sdp: 65_536, candidate: 4096, name: 256 };

export class Admission {
  #descriptions = new Bucket(DESCRIPTIONS);
  #candidates = 0;
  /** Of the other's credentials. @type {string | undefined} */
  #ufrag;

  /** @param {Signal} signal @returns whether it is worth the work */
  admits(signal) {
    if (signal.type === "ice") {
      return isModest(signal.candidate) && ++this.#candidates <= CANDIDATES;
    }
    const fits = signal.type === "renegotiate" || isDescription(signal.sdp);
    return fits && this.#descriptions.take();
  }

  /** A description of theirs is in use: other credentials have candidates of their own. @param {string} sdp */
  accepted(sdp) {
    const ufrag = ufragOf({ sdp });
    if (ufrag !== this.#ufrag) this.#candidates = 0;
    this.#ufrag = ufrag;
  }
}

/** @param {unknown} sdp */
const isDescription = (sdp) =>
  typeof sdp === "string" && sdp.length <= LONGEST.sdp && linesOf(sdp) <= LINES;

/** @param {Candidate["candidate"]} init */
function isModest(init) {
  const { candidate, sdpMid, usernameFragment } = init ?? {};
  return (
    isShort(candidate, LONGEST.candidate) &&
    isShort(sdpMid, LONGEST.name) &&
    isShort(usernameFragment, LONGEST.name)
  );
}

/** @param {unknown} text @param {number} longest */
const isShort = (text, longest) =>
  text === undefined || text === null || (typeof text === "string" && text.length <= longest);
