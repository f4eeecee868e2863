/**
 * What proves to the other page that messages come from somebody with the whole link, and what
 * theirs prove. All of it is bound to both sessions, an answer also to the offer that it answers:
 * what is repeated elsewhere, sent back or changed proves nothing.
 */

import { isMac } from "./link-key.js";
import { withoutCandidates } from "./sdp.js";

/** @import { LinkKey } from "./link-key.js" */
/** @import { Description, Offered, PeerInfo, PeerJoined, Renegotiate, ServerMessage, Signal } from "./protocol.js" */

/** Copies of an offer, which differ in their candidates, that an answer may be to. */
const COPIES = 8;

/** @typedef {{ session: string, mac?: string, offer?: Offered }} Join */

export class Proof {
  /** Of the offer that was heard last: ours answers that. */
  #heard = "";
  /** Of the copies of the offer that was sent last: theirs answers one of those. */
  #sent = { offer: "", macs: /** @type {string[]} */ ([]) };
  /** The session of whoever is inside, as far as known. */
  #inside = "";
  /** For which our join was meant. */
  #meant = "";

  /** @param {LinkKey} key @param {string} room */
  constructor(key, room) {
    this.key = key;
    this.room = room;
    /** Our own, and those of before: nobody else has one of them. @type {Set<string>} */
    this.sessions = new Set();
    /** The one of now. */
    this.session = "";
  }

  /**
   * @template {Join} Message
   * @param {Message} join
   * @returns {Promise<Message>}
   */
  async signJoin(join) {
    const { session } = join;
    this.session = session;
    this.sessions.add(session);
    this.#meant = this.#inside;
    const mac = await this.key.mac(this.#fields("join", session, this.#meant));
    if (!join.offer) return { ...join, mac };
    const { sdp } = join.offer;
    return { ...join, mac, offer: { sdp, mac: await this.#offer(session, this.#meant, sdp) } };
  }

  /** @param {Signal} signal @returns {Promise<Signal>} */
  async sign(signal) {
    const { type, session = "", peerSession = "" } = signal;
    switch (type) {
      case "offer":
        return { ...signal, mac: await this.#offer(session, peerSession, signal.sdp) };
      case "answer":
        return {
          ...signal,
          mac: await this.key.mac(
            this.#fields(type, session, peerSession, this.#heard, signal.sdp),
          ),
        };
      case "renegotiate":
        return { ...signal, mac: await this.key.mac(this.#fields(type, session, peerSession)) };
      default:
        return signal;
    }
  }

  /**
   * The message, and in it by `proven` what is proven: that it is from somebody with the whole link,
   * and for us.
   * @param {ServerMessage} message
   * @returns {Promise<ServerMessage>}
   */
  async check(message) {
    switch (message.type) {
      case "waiting":
        this.#inside = message.session ?? "";
        return message;
      case "welcome":
        return { ...message, peer: message.peer && this.#found(message.peer) };
      case "peer-joined":
        return this.#checkJoined(message);
      case "peer-left":
        this.#inside = "";
        return message;
      case "offer":
      case "answer":
      case "renegotiate":
        return { ...message, proven: await this.#isProven(message) };
      default:
        return message;
    }
  }

  /**
   * Whoever was there before us could not mean their join for us.
   * @param {PeerInfo} peer
   * @returns {PeerInfo}
   */
  #found(peer) {
    this.#inside = peer.session;
    return { ...peer, proven: false, claims: isMac(peer.mac), meant: peer.session === this.#meant };
  }

  /** @param {PeerJoined} message @returns {Promise<PeerJoined>} */
  async #checkJoined({ peer: joined, offer, ...message }) {
    const { session, mac } = joined;
    this.#inside = session;
    const proven =
      !this.sessions.has(session) &&
      (await this.key.proves(this.#fields("join", session, this.session), mac));
    const peer = { ...joined, proven, claims: isMac(mac), meant: true };
    if (!offer) return { ...message, peer };
    const { sdp } = offer;
    const described = { type: /** @type {const} */ ("offer"), session, sdp, mac: offer.mac };
    const isProven = await this.#isProven({ ...described, peerSession: this.session });
    return { ...message, peer, offer: { sdp, mac: offer.mac, proven: isProven } };
  }

  /** @param {Description | Renegotiate} signal */
  async #isProven(signal) {
    const { type, session = "", peerSession, mac } = signal;
    // Whose it is, and for whom: for a session before this one it proves nothing any more.
    if (this.sessions.has(session) || peerSession !== this.session) return false;
    if (type === "renegotiate") {
      return this.key.proves(this.#fields(type, session, peerSession), mac);
    }
    const answered = type === "offer" ? [""] : this.#sent.macs;
    for (const offer of answered) {
      const fields = this.#fields(type, session, peerSession, offer, signal.sdp);
      if (!(await this.key.proves(fields, mac))) continue;
      if (type === "offer") this.#heard = mac ?? "";
      return true;
    }
    return false;
  }

  /** @param {string} session @param {string} peerSession @param {string} sdp */
  async #offer(session, peerSession, sdp) {
    const mac = await this.key.mac(this.#fields("offer", session, peerSession, "", sdp));
    const offer = withoutCandidates(sdp);
    const copies = offer === this.#sent.offer ? this.#sent.macs : [];
    this.#sent = { offer, macs: [...copies.filter((copy) => copy !== mac), mac].slice(-COPIES) };
    return mac;
  }

  /** @param {string} type @param {string[]} rest sessions, the offer's MAC, the SDP */
  #fields(type, ...rest) {
    return [type, this.room, ...rest];
  }
}
