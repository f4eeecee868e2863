/**
 * Whoever wants to come in and may not without being asked for: they did not come with the whole
 * link, or nobody is to come in unasked. Until they are let in there is no connection to them.
 */

import { Emitter } from "../base/events.js";
import { plainName } from "../base/plain.js";

/** @import { PeerInfo, Signal } from "./protocol.js" */
/** @import { Signaling } from "./signaling.js" */

/**
 * Milliseconds in which whoever says that they have the whole link may prove it, before anybody is
 * asked: who has just come may not have known yet for whom to.
 */
export const PATIENCE = 2000;
/** What they have said while they wait, kept for when they are let in. */
const KEPT = 64;
/** Peer ids of those who were let in: the last of them. */
const LET_IN = 16;

/**
 * What survives a reload of the page.
 * @typedef {{ ask: boolean, letIn: string[], known: string | null }} Rules
 *   `ask`: be asked for those, too, who come with the whole link; `letIn`: peer ids of whoever
 *   need not be asked for again; `known`: of whoever was inside with us last
 */

/**
 * Events: `change`; `let-in` with whoever may come in now; `gone` when nobody waits any more who did.
 * @extends {Emitter<{ change: null, "let-in": PeerInfo, gone: null }>}
 */
export class Knock extends Emitter {
  /** Who is waiting. @type {PeerInfo | null} */
  who = null;
  /** Whether the person here is asked about them. */
  #isAsked = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;
  /** @type {Signal[]} */
  #said = [];

  /**
   * @param {{ signaling: Pick<Signaling, "send">, proves: boolean, rules: Rules }} options
   *   `proves`: this page can tell who has the whole link
   */
  constructor({ signaling, proves, rules }) {
    super();
    this.signaling = signaling;
    this.proves = proves;
    this.rules = rules;
  }

  /**
   * Whether there may be a connection to them.
   * @param {PeerInfo} info
   * @param {boolean} mayProve they could not prove it yet, as they were there before us
   * @param {boolean} mayHaveCome to us, not we to them
   */
  admits({ id, proven = false, claims = false }, mayProve, mayHaveCome) {
    const { ask, letIn, known } = this.rules;
    if (letIn.includes(id)) return true;
    const isGood = !this.proves || proven || (claims && mayProve);
    return isGood && !(ask && mayHaveCome && id !== known);
  }

  /** They are inside. @param {string} id @param {boolean} proven they have the whole link */
  admitted(id, proven) {
    this.rules.known = id;
    // Once it was certain who is there, nobody takes their place by an id that was good before.
    if (proven) this.rules.letIn = [];
  }

  /** Somebody wants to come in. @param {PeerInfo} info */
  begin(info) {
    const isSame = info.session === this.who?.session;
    this.who = { ...info, name: info.name && plainName(info.name) };
    const mayProve = this.proves && info.claims === true && info.proven !== true;
    if (!isSame) this.#said = [];
    if (!isSame || !mayProve) {
      clearTimeout(this.#patience);
      this.#isAsked = !mayProve;
      if (mayProve) this.#patience = setTimeout(() => this.#ask(), PATIENCE);
    }
    this.emit("change", null);
  }

  #ask() {
    this.#isAsked = true;
    this.emit("change", null);
  }

  /** Of whom the person here is asked whether they may come in. */
  get asked() {
    return this.#isAsked ? this.who : null;
  }

  /** @param {Signal} signal of theirs */
  keep(signal) {
    if (this.#said.length < KEPT) this.#said.push(signal);
  }

  /** They are gone, or in. @returns {Signal[]} what they have said */
  end() {
    const said = this.#said;
    clearTimeout(this.#patience);
    this.who = null;
    this.#said = [];
    return said;
  }

  /** Whoever waits may come in. */
  letIn() {
    const { who } = this;
    if (who === null) return;
    this.rules.letIn = [...this.rules.letIn, who.id].slice(-LET_IN);
    this.emit("let-in", who);
  }

  /** Whoever waits may not. */
  dismiss() {
    const { who } = this;
    if (who === null) return;
    this.signaling.send({ type: "dismiss", id: who.id });
    this.left(who.id);
  }

  /** @param {string} id of somebody who is not there any more @returns whether it was they who waited */
  left(id) {
    if (this.who?.id !== id) return false;
    this.end();
    this.emit("gone", null);
    return true;
  }

  /** @param {boolean} ask for everybody who comes from now on */
  askForAll(ask) {
    this.rules.ask = ask;
    this.emit("change", null);
  }
}
