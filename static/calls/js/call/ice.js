/**
 * The ICE servers, as the server last gave them: how old they are, and when to ask for others.
 */

/** @import { IceConfig } from "./protocol.js" */

/** @param {RTCIceServer} server */
const isTurn = ({ urls }) => [urls].flat().some((url) => url.startsWith("turn"));

/** @param {RTCConfiguration} config */
export const hasTurn = ({ iceServers = [] }) => iceServers.some(isTurn);

/** @param {IceConfig} config @returns {IceConfig} */
const withoutTurn = ({ iceServers, iceTransportPolicy }) => ({
  iceServers: iceServers.filter((server) => !isTurn(server)),
  iceTransportPolicy,
});

/** Credentials older than this are renewed before new paths are sought (milliseconds). */
const MAX_AGE = 300_000;
/** The part of their life after which they are renewed in any case (docs/protocol.md). */
const RENEWED_AT = 0.8;
/** Milliseconds: less would be to ask on and on where a provider's credentials are old already. */
const SOONEST = 5000;
/** Until they are asked for again. */
const AGAIN = 30_000;
/** What a timer can wait for. */
const LATEST = 2 ** 31 - 1;

export class Ice {
  /** @type {IceConfig} */
  config = { iceServers: [], iceTransportPolicy: "all" };
  /** When they came; 0: there are none. */
  at = 0;
  /** Whether a STUN server has answered, so that UDP is not blocked. */
  mapped = false;
  /** Whether the credentials in use are about to end, and others are asked for. */
  #due = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => void} ask for others */
  constructor(ask) {
    this.ask = ask;
  }

  /**
   * @param {IceConfig} config
   * @returns whether they replace some that were about to end: what was made with those ends too
   */
  set({ iceServers, iceTransportPolicy, ttl }) {
    this.config = { iceServers, iceTransportPolicy };
    this.at = Date.now();
    if (ttl === undefined) return false;
    const renewed = this.#due;
    // What is in use may have been made with the first of several.
    if (renewed || this.#timer === undefined) this.#wait(1000 * ttl * RENEWED_AT);
    this.#due = false;
    return renewed;
  }

  /**
   * What a connection begins with. Where UDP is not blocked, the first one of the side that
   * answers has no relay: mostly the other's is enough, and every further pair of candidates
   * makes ICE slower. `later` is for where it was not.
   * @param {boolean} answers
   * @returns {{ ice: IceConfig, later?: IceConfig }}
   */
  begin(answers) {
    const { config } = this;
    const direct = answers && this.mapped && config.iceTransportPolicy === "all";
    this.mapped = false;
    return direct && hasTurn(config)
      ? { ice: withoutTurn(config), later: config }
      : { ice: config };
  }

  /** New paths are about to be sought. */
  freshen() {
    if (Date.now() - this.at > MAX_AGE) this.ask();
  }

  /** They are not kept up to date from now on. */
  forget() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.at = 0;
    this.mapped = false;
    this.#due = false;
  }

  /** @param {number} milliseconds */
  #wait(milliseconds) {
    clearTimeout(this.#timer);
    const wait = Math.min(Math.max(milliseconds, SOONEST), LATEST);
    this.#timer = setTimeout(() => {
      this.#due = true;
      this.ask();
      // There may be none for a while.
      this.#wait(AGAIN);
    }, wait);
  }
}
