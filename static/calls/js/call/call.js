/**
 * The call as a state machine: what the signaling, the other person and the devices report goes
 * in, one plain object for the view comes out. Knows no DOM.
 */

import { Emitter } from "../base/events.js";
import { pause } from "../base/pause.js";
import { modelOf } from "./model.js";
import { Other } from "./other.js";
import { makeConnection } from "./peer.js";
import { NOBODY, happened } from "./presence.js";
import { CloseCode, randomId } from "./protocol.js";
import { Reports } from "./reports.js";

/** @import { Certificate } from "./certificate.js" */
/** @import { Channel } from "./channel.js" */
/** @import { Display } from "./display.js" */
/** @import { Estimate } from "./estimate.js" */
/** @import { Media } from "./media.js" */
/** @import { Model, Reason, Screen } from "./model.js" */
/** @import { Rules } from "./knock.js" */
/** @import { MakePeer } from "./connection.js" */
/** @import { Proof } from "./proof.js" */
/** @import { Happening } from "./presence.js" */
/** @import { PeerLeft, Welcome } from "./protocol.js" */
/** @import { Seat, Signaling } from "./signaling.js" */
/** @import { Spare } from "./spare.js" */

/**
 * @typedef {{ name: string, joined: boolean, since: number | null } & Seat} Memory
 *   `since`: when this call began, Unix time in milliseconds; null before
 */

/**
 * Events: `change` when `model` is different, `remote` what the other is seen and heard by.
 * @extends {Emitter<{ change: null, remote: MediaStream | null }>}
 */
export class Call extends Emitter {
  /**
   * @param {{ signaling: Signaling, media: Media, display: Display, channel: Channel,
   *   memory: Memory, estimate: Estimate, link: string, grace: number, proof?: Proof | null,
   *   rules?: Rules, certificate?: Certificate, spare?: Spare, makePeer?: MakePeer }} options
   *   `memory` and `rules` survive a reload of the page; `grace` in milliseconds.
   */
  constructor({ memory, link, certificate, ...parts }) {
    super();
    const { signaling, media, display, channel } = parts;
    this.signaling = signaling;
    this.media = media;
    this.display = display;
    this.channel = channel;
    this.memory = memory;
    this.link = link;
    this.certificate = certificate;

    /** @type {Screen} */
    this.screen = "preview";
    /** @type {Reason | null} */
    this.reason = null;
    /** @type {string | null} */
    this.code = null;
    /** Whether anybody is in the call before we are; null when unknown. @type {boolean | null} */
    this.somebody = null;
    /** Whether both seats are taken. @type {boolean | null} */
    this.isFull = null;
    /** Milliseconds that the call that ended took; null if there was none. @type {number | null} */
    this.lasted = null;
    this.presence = NOBODY;
    /** Whether somebody may have come to us since. */
    this.wasInside = memory.joined;
    this.other = new Other({
      ...parts,
      makeConnection: (config) => makeConnection({ ...config, ...certificate?.forConnections }),
    });

    this.connection = this.other.connection;
    this.reports = new Reports(signaling, this.connection);

    media.on("change", () => {
      this.prepareOffer();
      this.changed();
    });
    display.on("change", () => this.changed());
    signaling.on("ice-servers", () => this.prepareOffer());
    signaling.on("waiting", ({ somebody, full }) => {
      [this.somebody, this.isFull] = [somebody, full];
      this.changed();
    });
    signaling.on("welcome", (welcome) => this.welcomed(welcome));
    signaling.on("peer-left", (message) => this.otherLeft(message));
    signaling.on("error", ({ code }) => this.happened({ type: "error", code }));
    signaling.on("lost", (error) => this.happened({ type: "lost", code: error?.code ?? null }));
    signaling.on("full", () => this.full());
    signaling.on("stopped", ({ close, error }) => this.stopped(close, error?.code ?? null));
    channel.on("bye", () => this.end("peer-left"));
    this.other.on("happened", (event) => this.happened(event));
    this.other.on("answered", () => this.changed());
    this.other.on("remote", (stream) => this.emit("remote", stream));
    this.other.on("state", (state) => this.stateChanged(state));
    this.other.on("no-path", () => this.reports.failed());
    this.other.on("lost", () => this.enter());
    this.other.on("stuck", () => this.renew());
  }

  /** The page is there. */
  start() {
    if (typeof RTCPeerConnection === "undefined" || typeof WebSocket === "undefined") {
      this.show("unsupported");
      return;
    }
    // The camera and, after a reload, the socket start at the same time.
    if (this.memory.joined) this.join(this.memory.name);
    this.media.open();
  }

  // -- Before the join --------------------------------------------------------------------

  /** Whether one press leads into the call. */
  get isAtDoor() {
    if (this.screen === "ended") return this.reason !== "refused";
    return this.screen === "preview" || this.screen === "full";
  }

  /** Somebody may come in: do now what would take time after the press. */
  prepare() {
    if (this.isAtDoor) this.signaling.prepare();
  }

  /** Nobody is looking. */
  unprepare() {
    if (!this.isAtDoor) return;
    this.signaling.unprepare();
    this.connection.ready.withdraw();
    // What is known of them will be old when somebody looks again.
    this.connection.ice.forget();
  }

  async prepareOffer() {
    // A connection is work enough for a task of its own.
    await pause();
    // Before the camera is allowed, the browser would hide its addresses from candidates.
    const ready = this.screen === "preview" && this.connection.ice.at > 0 && !this.media.asking;
    if (ready) this.connection.prepare();
  }

  // -- What the person does ---------------------------------------------------------------

  /** @param {string} name */
  join(name) {
    this.memory.name = name;
    this.memory.joined = true;
    this.reports.begin();
    this.presence = NOBODY;
    this.show("joining");
    this.enter();
  }

  /** Not to join after all. */
  cancel() {
    if (this.screen !== "joining") return;
    this.signaling.leave();
    this.clear();
    this.memory.joined = false;
    this.show("preview");
  }

  hangUp() {
    this.channel.send("bye");
    this.end("hung-up");
  }

  /** After the end, or from the other place where this call was opened. */
  async again() {
    this.join(this.memory.name);
    if (this.media.stream.getTracks().length === 0) await this.media.open();
  }

  /** @param {number} stars 1 to 5 */
  rate(stars) {
    this.signaling.rate(stars);
  }

  /** The page is being closed or reloaded. */
  goingAway() {
    this.channel.send("going");
  }

  // -- What the server says ---------------------------------------------------------------

  /** Join under a new session: there is no connection, or it is given up. */
  enter() {
    this.connection.exchange.ours = randomId();
    this.signaling.start({
      session: this.connection.exchange.ours,
      name: this.memory.name,
      offer: () => this.firstOffer,
    });
  }

  /** What goes with a join. */
  get firstOffer() {
    const { knock, connection } = this.other;
    // Whoever is inside may be somebody to be asked for; and nobody needs nothing.
    if (knock.proves && this.somebody === false) return null;
    return connection.ready.ahead?.offer(knock.proves) ?? null;
  }

  /** Nobody else is known, and nothing of them is missed: before another screen is shown. */
  clear() {
    this.wasInside = false;
    this.other.forget();
    this.presence = happened(this.presence, { type: "reset" });
  }

  renew() {
    // While the other or the server is away, nothing could be asked for.
    if (this.presence.server !== "reached" || this.presence.other !== "here") return;
    this.connection.abandon();
    this.enter();
  }

  /** @param {Welcome} welcome */
  welcomed(welcome) {
    this.happened({ type: "welcomed" });
    // By our own knowledge as well: whom we are to be asked about is not for the server to say.
    this.other.welcomed(welcome, welcome.resumed || this.wasInside);
    this.wasInside = true;
    this.show("call");
  }

  /** @param {PeerLeft} message */
  otherLeft({ peer, reason }) {
    if (this.other.knock.left(peer.id) || peer.id !== this.other.info?.id) return;
    if (reason === "timeout") {
      this.memory.since = null;
      this.other.timedOut();
    } else this.end(reason === "left" ? "peer-left" : "ended");
  }

  full() {
    this.clear();
    this.media.close();
    this.memory.joined = false;
    this.somebody = this.isFull = true;
    this.show("full");
  }

  /** @param {number} close @param {string | null} code */
  stopped(close, code) {
    if (close === CloseCode.TAKEN_OVER) {
      this.clear();
      this.media.close();
      this.memory.joined = false;
      this.certificate?.renew({ goesOn: true });
      this.show("elsewhere");
    } else {
      this.end(close === CloseCode.ENDED ? "ended" : "refused", code);
    }
  }

  /** @param {RTCPeerConnectionState} state */
  stateChanged(state) {
    if (state === "failed") this.reports.failed();
    if (state !== "connected") return;
    this.memory.since ??= Date.now();
    this.reports.connected();
  }

  /**
   * @param {Reason} reason
   * @param {string | null} [code]
   */
  end(reason, code = null) {
    if (this.screen === "ended") return;
    this.reports.closed();
    this.signaling.leave();
    this.clear();
    this.media.close();
    this.memory.joined = false;
    this.reason = reason;
    this.code = code;
    this.somebody = this.isFull = null;
    const { since } = this.memory;
    this.lasted = since && Math.max(Date.now() - since, 0);
    this.memory.since = null;
    this.certificate?.renew();
    this.show("ended");
  }

  // -- What the view shows ----------------------------------------------------------------

  /** @returns {Model} */
  get model() {
    return modelOf(this);
  }

  /** @param {Happening} event */
  happened(event) {
    this.presence = happened(this.presence, event);
    // With whoever comes next it begins anew.
    if (event.type === "closed") this.memory.since = null;
    this.changed();
  }

  /** @param {Screen} screen */
  show(screen) {
    this.screen = screen;
    this.changed();
  }

  /** While somebody waits for an answer nothing is drawn, which would keep it back. */
  changed() {
    if (!this.other.isAnswering) this.emit("change", null);
  }
}
