/**
 * The call as a state machine: what the signaling, the peer connection and the devices report
 * goes in, one plain object for the view comes out. Knows no DOM.
 */

import { Peer } from "./peer.js";
import { CloseCode, randomId } from "./protocol.js";

/** @import { Candidate, Description, IceConfig, PeerInfo, ServerMessage, Welcome } from "./protocol.js" */
/** @import { Seat, Signaling } from "./signaling.js" */
/** @import { Media } from "./media.js" */

/** TURN credentials older than this are renewed before new paths are sought (milliseconds). */
const ICE_MAX_AGE = 300_000;

/**
 * @typedef {"preview" | "joining" | "call" | "full" | "ended" | "elsewhere" | "unsupported"} Screen
 * @typedef {"waiting" | "connecting" | "connected" | "reconnecting"} Phase
 * @typedef {{ name: string, joined: boolean } & Seat} Memory
 */

/**
 * Events: `change` when `model` is different, `remote` (detail: MediaStream or null).
 */
export class Call extends EventTarget {
  /**
   * @param {{ signaling: Signaling, media: Media, memory: Memory, link: string,
   *   grace: number, makePeer?: (options: ConstructorParameters<typeof Peer>[0]) => Peer }} options
   *   `memory` survives a reload of the page; `grace` in milliseconds.
   */
  constructor({ signaling, media, memory, link, grace, makePeer }) {
    super();
    this.signaling = signaling;
    this.media = media;
    this.memory = memory;
    this.link = link;
    this.grace = grace;
    this.makePeer = makePeer ?? ((options) => new Peer(options));

    /** @type {Screen} */
    this.screen = "preview";
    /** @type {string | null} */
    this.reason = null;
    /** Of the server's error, if it refused. @type {string | null} */
    this.code = null;
    this.session = "";
    this.polite = false;
    /** @type {IceConfig} */
    this.ice = { iceServers: [], iceTransportPolicy: "all" };
    this.iceAt = 0;
    this.startedAt = 0;
    this.reported = false;

    /** The other person, as far as known. @type {PeerInfo | null} */
    this.other = null;
    /** The connection to the other. @type {Peer | null} */
    this.peer = null;
    /** The other's session that `peer` was made for. */
    this.peerSession = "";
    /** The other's socket is gone for now. */
    this.away = false;
    /** The other said that its page is going (closed or reloaded: nobody can tell). */
    this.going = false;
    /** The other was away for longer than its seat was held. */
    this.gone = false;
    /** Our connection to the server is gone for now. */
    this.lost = false;
    this.unavailable = false;
    this.theirs = { audio: true, video: true };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.absenceTimer = undefined;

    media.addEventListener("change", () => this.mediaChanged());
    this.on("welcome", (welcome) => this.welcomed(welcome));
    this.on("message", (message) => this.received(message));
    this.on("lost", (error) => {
      this.lost = true;
      this.unavailable = error?.code === "unavailable";
      this.changed();
    });
    this.on("full", () => {
      this.lost = false;
      this.unavailable = false;
      this.endPeer();
      this.show("full");
    });
    this.on("stopped", (detail) => this.stopped(detail));
  }

  /**
   * @param {string} type
   * @param {(detail: any) => void} handler
   */
  on(type, handler) {
    this.signaling.addEventListener(type, (event) =>
      handler(/** @type {CustomEvent} */ (event).detail),
    );
  }

  // -- What the person does ---------------------------------------------------------------

  /** @param {string} name */
  join(name) {
    this.memory.name = name;
    this.memory.joined = true;
    this.session = randomId();
    this.startedAt = performance.now();
    this.reported = false;
    this.other = null;
    this.lost = this.unavailable = this.gone = false;
    this.show("joining");
    this.signaling.start({ session: this.session, name });
  }

  hangUp() {
    this.peer?.tell({ type: "bye" });
    this.end("hung-up");
  }

  /** After the end, or from the other place where this call was opened. */
  async again() {
    this.join(this.memory.name);
    if (this.media.stream.getTracks().length === 0) await this.media.open();
  }

  toggleAudio() {
    this.media.toggleAudio();
  }

  toggleVideo() {
    this.media.toggleVideo();
  }

  /** The page is being closed or reloaded. */
  goingAway() {
    this.peer?.tell({ type: "going" });
  }

  // -- What the server says ---------------------------------------------------------------

  /** @param {Welcome} welcome */
  welcomed(welcome) {
    this.lost = false;
    this.unavailable = false;
    this.polite = welcome.polite;
    this.setIce(welcome);
    if (welcome.peer) {
      this.meet(welcome.peer, welcome.peer.away ?? false);
    } else {
      // After a restart of the server the other may be back a moment later than we are;
      // its media may not have stopped at all.
      this.missing();
    }
    this.show("call");
  }

  /** @param {ServerMessage} message */
  received(message) {
    switch (message.type) {
      case "peer-joined":
        this.meet(message.peer, false);
        break;
      case "peer-away":
        this.away = true;
        break;
      case "peer-left":
        if (message.peer.id !== this.other?.id) return;
        if (message.reason === "timeout") {
          this.gone = true;
          this.missing(0);
        } else {
          this.end(message.reason === "left" ? "peer-left" : "ended");
        }
        break;
      case "offer":
      case "answer":
      case "ice":
        this.relayed(message);
        return;
      case "ice-servers":
        this.setIce(message);
        break;
      case "error":
        this.unavailable = message.code === "unavailable";
        break;
      default:
        return;
    }
    this.changed();
  }

  /**
   * Messages between two RTCPeerConnections that are not the present ones are late: drop them.
   * @param {Description | Candidate} message
   */
  relayed(message) {
    const { session, peerSession } = message;
    if (session !== undefined && session !== this.peerSession) return;
    if (peerSession !== undefined && peerSession !== this.session) return;
    this.peer?.receive(message);
  }

  /** @param {{ code: number, error: string | null }} detail */
  stopped({ code, error }) {
    this.lost = this.unavailable = this.gone = false;
    this.endPeer();
    if (code === CloseCode.TAKEN_OVER) {
      this.media.close();
      this.memory.joined = false;
      this.show("elsewhere");
    } else {
      this.memory.token = null;
      this.end(code === CloseCode.ENDED ? "ended" : "refused", error);
    }
  }

  /** @param {IceConfig} config */
  setIce({ iceServers, iceTransportPolicy }) {
    this.ice = { iceServers, iceTransportPolicy };
    this.iceAt = Date.now();
    this.peer?.setIce(this.ice);
  }

  // -- The other person -------------------------------------------------------------------

  /**
   * The other is here, or here again. The same session: keep the connection, and mend what
   * may have been lost meanwhile. A new one: that page has nothing of the old connection.
   *
   * @param {PeerInfo} info
   * @param {boolean} away
   */
  meet(info, away) {
    clearTimeout(this.absenceTimer);
    this.away = away;
    this.going = false;
    this.gone = false;
    const same = this.peer && info.id === this.other?.id && info.session === this.peerSession;
    this.other = info;
    if (same && this.peer) {
      this.peer.polite = this.polite;
      this.peer.repair();
    } else if (away) {
      // Nothing would reach it now: begin when it is back.
      this.endPeer();
      this.away = true;
    } else {
      this.replacePeer(info.session);
    }
    this.changed();
  }

  /**
   * The server knows of nobody else. As long as media flows, that is no reason to stop it.
   * @param {number} [patience] milliseconds until a connection without media is given up
   */
  missing(patience = this.grace) {
    clearTimeout(this.absenceTimer);
    this.away = this.peer !== null;
    if (this.peer === null) {
      this.other = null;
      return;
    }
    if (patience === 0 && !this.isConnected()) {
      this.endPeer();
      this.other = null;
      // If the other comes back after all, it must not take our next connection for this one.
      this.session = randomId();
      this.signaling.start({ session: this.session, name: this.memory.name });
      return;
    }
    this.absenceTimer = setTimeout(() => {
      if (this.isConnected()) {
        this.missing();
      } else {
        this.gone = true;
        this.missing(0);
      }
      this.changed();
    }, this.grace);
  }

  isConnected() {
    return this.peer?.pc.connectionState === "connected";
  }

  /** @param {string} session */
  replacePeer(session) {
    this.endPeer();
    const peer = this.makePeer({ polite: this.polite, ice: this.ice, stream: this.media.stream });
    this.peer = peer;
    this.peerSession = session;
    this.theirs = { audio: true, video: true };
    /** @type {(type: string, handler: (detail: any) => void) => void} */
    const on = (type, handler) =>
      peer.addEventListener(type, (event) =>
        handler(/** @type {CustomEvent} */ (event).detail),
      );
    on("signal", (message) => {
      this.signaling.send({ ...message, session: this.session, peerSession: session });
    });
    on("state", (state) => this.peerStateChanged(state));
    on("stream", (stream) => this.emit("remote", stream));
    on("open", () => this.tellState());
    on("told", (what) => this.told(what));
  }

  /** @param {RTCPeerConnectionState} state */
  peerStateChanged(state) {
    if (state === "connected") {
      this.report("connected");
    } else if (state === "failed") {
      this.report("failed");
    }
    if (state === "disconnected" && Date.now() - this.iceAt > ICE_MAX_AGE) {
      this.signaling.send({ type: "ice-servers" });
    }
    this.changed();
  }

  /** @param {"connected" | "failed"} event */
  async report(event) {
    if (event === "connected" && this.reported) return;
    const ms = Math.round(performance.now() - this.startedAt);
    if (event === "failed") {
      this.signaling.send({ type: "report", event });
      return;
    }
    this.reported = true;
    const relayed = (await this.peer?.isRelayed()) ?? undefined;
    this.signaling.send({ type: "report", event, ms, relayed });
  }

  /** @param {{ type: string, audio?: unknown, video?: unknown }} what */
  told(what) {
    if (what.type === "state") {
      this.theirs = { audio: what.audio === true, video: what.video === true };
      this.going = false;
    } else if (what.type === "going") {
      this.going = true;
    } else if (what.type === "bye") {
      this.end("peer-left");
      return;
    }
    this.changed();
  }

  tellState() {
    this.peer?.tell({
      type: "state",
      audio: this.media.hasAudio && this.media.audio,
      video: this.media.hasVideo && this.media.video,
    });
  }

  mediaChanged() {
    if (this.peer && this.peer.stream !== this.media.stream) {
      this.peer.setStream(this.media.stream);
    }
    this.tellState();
    this.changed();
  }

  endPeer() {
    clearTimeout(this.absenceTimer);
    this.away = false;
    this.going = false;
    if (this.peer === null) return;
    this.peer.close();
    this.peer = null;
    this.peerSession = "";
    this.emit("remote", null);
  }

  /**
   * @param {string} reason
   * @param {string | null} [code]
   */
  end(reason, code = null) {
    if (this.screen === "ended") return;
    if (this.reported) this.signaling.send({ type: "report", event: "closed" });
    // A seat that the server could not be told of is still ours: keep the key to it.
    if (this.signaling.leave()) this.memory.token = this.memory.key = null;
    this.endPeer();
    this.other = null;
    this.lost = this.unavailable = this.gone = false;
    this.media.close();
    this.memory.joined = false;
    this.reason = reason;
    this.code = code;
    this.show("ended");
  }

  // -- What the view shows ----------------------------------------------------------------

  /** @returns {Phase} */
  get phase() {
    if (this.peer === null) return "waiting";
    if (this.going) return "reconnecting";
    if (this.isConnected()) return "connected";
    return this.peer.wasConnected ? "reconnecting" : "connecting";
  }

  get notice() {
    if (this.unavailable) return "unavailable";
    if (this.lost) return "signaling-lost";
    if (this.going) return "peer-reloading";
    if (this.away && !this.isConnected()) return "peer-away";
    if (this.gone && this.peer === null) return "peer-gone";
    return null;
  }

  get model() {
    const { media, screen, reason, code, link, phase, notice } = this;
    return {
      screen,
      phase,
      notice,
      reason,
      code,
      local: {
        audio: media.audio,
        video: media.video,
        hasAudio: media.hasAudio,
        hasVideo: media.hasVideo,
        asking: media.asking,
        problem: media.problem,
      },
      remote: this.peer && { name: this.other?.name ?? null, ...this.theirs },
      link,
      name: this.memory.name,
    };
  }

  /** @param {Screen} screen */
  show(screen) {
    this.screen = screen;
    this.changed();
  }

  changed() {
    this.emit("change", null);
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
