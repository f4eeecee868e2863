/**
 * The connection check: tries every part that a call needs, as many as can be at the same time,
 * and tells what it knows as it comes. Knows no DOM.
 */

import { Emitter } from "../../base/events.js";
import { deviceOf, tryMicrophone } from "./devices.js";
import { tryRelay, tryStun } from "./paths.js";
import { tryServer } from "./server.js";
import { relaysOf, stunOf } from "./urls.js";
import { verdictOf } from "./verdict.js";

/** @import { Media } from "../media.js" */
/** @import { IceConfig } from "../protocol.js" */
/** @import { DeviceResult, Part, RelayPart, Result } from "./verdict.js" */

/** Milliseconds for a conversation by the server, and for a path. */
const SERVER_PATIENCE = 8000;
const PATH_PATIENCE = 10_000;

const TRIES = { tryServer, tryStun, tryRelay, tryMicrophone };

/**
 * Event `change`: `parts` and `verdict` may be different.
 * @extends {Emitter<{ change: null }>}
 */
export class Checker extends Emitter {
  /** @type {Part[]} */
  parts = [];
  /** @type {RTCIceTransportPolicy} */
  policy = "all";
  #run = new AbortController();

  /** @param {{ url: string, media: Media, tries?: typeof TRIES }} options `url`: of any room */
  constructor({ url, media, tries = TRIES }) {
    super();
    this.url = url;
    this.media = media;
    this.tries = tries;
    this.cancel();
    media.on("change", () => {
      if (!this.#run.signal.aborted) this.#devices();
    });
  }

  get verdict() {
    return verdictOf(this.parts, this.policy);
  }

  /** Begin anew. Resolves when all is known or it was cancelled; never rejects. */
  async run() {
    this.cancel();
    this.#run = new AbortController();
    this.policy = "all";
    this.parts = ["server", "stun", "relay", "camera", "microphone"].map(
      (id) => /** @type {Part} */ ({ id, state: "running" }),
    );
    await Promise.all([this.#connection(), this.#devices()]);
  }

  /** End what runs. */
  cancel() {
    this.#run.abort();
  }

  async #connection() {
    const { signal } = this.#run;
    const [server, stun, relay] = this.parts;
    const limit = { patience: SERVER_PATIENCE, signal };
    const ice = (await this.#follow(server, this.tries.tryServer(this.url, limit)))?.ice;
    if (ice !== undefined && !signal.aborted) {
      await this.#paths(ice, stun, relay);
    } else {
      // Which servers there are, only a welcome tells.
      for (const part of [stun, relay]) this.#replace(part, [{ ...part, state: "unknown" }]);
    }
  }

  /** @param {IceConfig} ice @param {Part} stun @param {Part} relay */
  async #paths({ iceServers, iceTransportPolicy }, stun, relay) {
    this.policy = iceTransportPolicy;
    const limit = { patience: PATH_PATIENCE, signal: this.#run.signal };
    const [servers, relays] = [stunOf(iceServers), relaysOf(iceServers)];
    const parts = relays.map(
      ({ way, port }) => /** @type {RelayPart} */ ({ id: "relay", way, port, state: "running" }),
    );
    const missing = /** @type {const} */ ({ state: "missing" });
    this.#replace(relay, parts.length > 0 ? parts : [{ id: "relay", ...missing }]);
    const { tryStun, tryRelay } = this.tries;
    const reflexive = servers.length > 0 ? tryStun(servers, limit) : Promise.resolve(missing);
    await Promise.all([
      this.#follow(stun, reflexive),
      ...relays.map(({ server }, n) => this.#follow(parts[n], tryRelay(server, limit))),
    ]);
  }

  async #devices() {
    const [camera, microphone] = this.parts.slice(-2);
    const listening = /** @type {Part} */ ({ id: "microphone", state: "running" });
    this.#replace(camera, [{ id: "camera", ...deviceOf("camera", this.media) }]);
    this.#replace(microphone, [listening]);
    await this.#follow(listening, this.tries.tryMicrophone(this.media, this.#run.signal));
  }

  /**
   * Put what a trial finds in the place of its part.
   * @template {Result | DeviceResult} Found
   * @param {Part} part
   * @param {Promise<Found>} trial
   * @returns {Promise<Found | null>} null if it broke
   */
  async #follow(part, trial) {
    const began = performance.now();
    const found = await trial.catch(() => null);
    const took = performance.now() - began;
    const { state, ms, why } = /** @type {Result} */ (found ?? { state: "failed" });
    this.#replace(part, [/** @type {Part} */ ({ ...part, state, ms, why, took })]);
    return found;
  }

  /** A part that is not there any more is of an earlier run. @param {Part} old @param {Part[]} parts */
  #replace(old, parts) {
    this.parts = this.parts.flatMap((part) => (part === old ? parts : [part]));
    this.emit("change", null);
  }
}
