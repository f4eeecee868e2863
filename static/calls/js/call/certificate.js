/**
 * The certificate that this tab's connections in a room are made with (RFC 8827, section 6.5). It is
 * one and the same while the call lasts, over reloads of the page as well: so a code that was
 * compared need not be compared again. With the call it ends, as it would tell one call's page from
 * another's.
 */

import { stored } from "../base/database.js";
import { randomId } from "./protocol.js";

/** @import { Store as Stored } from "../base/database.js" */

/** How browsers make their own. */
const KIND = { name: "ECDSA", namedCurve: "P-256" };
/** Milliseconds that one is kept for a tab that may be reloaded; nobody comes back to one later. */
const KEPT = 7 * 24 * 3600 * 1000;
/** Milliseconds that what is kept is waited for: databases can be slow, and some never answer. */
export const PATIENCE = 1500;

/** @typedef {{ certificate: RTCCertificate, made: number }} Record `made`: Unix time in milliseconds */
/** @typedef {Stored<Record>} Store */

export class Certificate {
  /** @type {RTCCertificate | null} */
  #current = null;

  /**
   * @param {{ name: string }} tab its name in this room, which survives a reload
   * @param {Store} [store]
   */
  constructor(tab, store = stored("certificates")) {
    this.tab = tab;
    this.store = store;
  }

  /** Have one ready, that of before if there is one. Takes a bounded time, and never fails. */
  async open() {
    const found = this.tab.name === "" ? undefined : await this.#kept();
    this.tab.name ||= randomId();
    if (found && !isOld(found)) this.#current = found.certificate;
    else await this.#make();
    this.store.sweep(isOld).catch(() => {});
  }

  /** @returns {Promise<Record | undefined>} */
  #kept() {
    const record = this.store.get(this.tab.name).catch(() => undefined);
    const patience = new Promise((resolve) => setTimeout(() => resolve(undefined), PATIENCE));
    return Promise.race([record, patience]);
  }

  /**
   * The call is over here: the next one is another's.
   * @param {{ goesOn?: boolean }} [how] `goesOn`: in another tab, perhaps with the same certificate
   */
  async renew({ goesOn = false } = {}) {
    if (!goesOn) this.store.delete(this.tab.name).catch(() => {});
    this.#current = null;
    this.tab.name = randomId();
    await this.#make();
  }

  /** For `RTCConfiguration`. */
  get forConnections() {
    return this.#current === null ? {} : { certificates: [this.#current] };
  }

  async #make() {
    try {
      const certificate = await RTCPeerConnection.generateCertificate(KIND);
      this.#current = certificate;
      // Where nothing is kept it holds as long as the page.
      this.store.put(this.tab.name, { certificate, made: Date.now() }).catch(() => {});
    } catch (error) {
      console.warn("there is no certificate of our own", error);
    }
  }
}

/** @param {Record} record */
const isOld = ({ certificate, made }) =>
  Date.now() - made > KEPT || certificate.expires < Date.now() + KEPT;
