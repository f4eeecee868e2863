/**
 * What proves to the other page that messages come from somebody with the whole link, and what
 * theirs prove. A description is bound to both sessions, an answer to the offer that it answers:
 * what is repeated elsewhere, sent back or changed proves nothing.
 */

import { withoutCandidates } from "./sdp.js";

/** @import { LinkKey } from "./link-key.js" */
/** @import { Description, Offered, PeerInfo, PeerJoined, ServerMessage, Signal } from "./protocol.js" */

/** Copies of an offer, which differ in their candidates, that an answer may be to. */
const COPIES = 8;

/** @typedef {{ session: string, mac?: string, offer?: Offered }} Join */

export class Proof {
  /** Of the offer that was heard last: ours answers that. */
  #heard = "";
  /** Of the copies of the offer that was sent last: theirs answers one of those. */
  #sent = { offer: "", macs: /** @type {string[]} */ ([]) };

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
    this.session = join.session;
    this.sessions.add(join.session);
    const mac = await this.key.mac(this.#join(join.session));
    if (!join.offer) return { ...join, mac };
    const { sdp } = join.offer;
    return { ...join, mac, offer: { sdp, mac: await this.#offer(join.session, "", sdp) } };
  }

  /** @param {Signal} signal @returns {Promise<Signal>} */
  async sign(signal) {
    const { type, session = "", peerSession = "" } = signal;
    if (type === "offer") {
      return { ...signal, mac: await this.#offer(session, peerSession, signal.sdp) };
    }
    if (type !== "answer") return signal;
    const fields = this.#description(type, session, peerSession, this.#heard, signal.sdp);
    return { ...signal, mac: await this.key.mac(fields) };
  }

  /**
   * The message, and in it by `proven` what is proven.
   * @param {ServerMessage} message
   * @returns {Promise<ServerMessage>}
   */
  async check(message) {
    switch (message.type) {
      case "welcome":
        return { ...message, peer: message.peer && (await this.#checkPeer(message.peer)) };
      case "peer-joined":
        return this.#checkJoined(message);
      case "offer":
      case "answer":
        return { ...message, proven: await this.#isProven(message) };
      default:
        return message;
    }
  }

  /** @param {PeerJoined} message @returns {Promise<PeerJoined>} */
  async #checkJoined(message) {
    const peer = await this.#checkPeer(message.peer);
    if (!message.offer) return { ...message, peer };
    const { sdp, mac } = message.offer;
    const proven = await this.#isProven({ type: "offer", session: peer.session, sdp, mac });
    return { ...message, peer, offer: { sdp, mac, proven } };
  }

  /** @param {PeerInfo} peer @returns {Promise<PeerInfo>} */
  async #checkPeer(peer) {
    const others = !this.sessions.has(peer.session);
    return {
      ...peer,
      proven: others && (await this.key.proves(this.#join(peer.session), peer.mac)),
    };
  }

  /** @param {Description} description */
  async #isProven({ type, session = "", peerSession = "", sdp, mac }) {
    // Whose it is, and for whom: for a session before this one it proves nothing any more.
    if (this.sessions.has(session) || !["", this.session].includes(peerSession)) return false;
    const answered = type === "offer" ? [""] : this.#sent.macs;
    for (const offer of answered) {
      const fields = this.#description(type, session, peerSession, offer, sdp);
      if (!(await this.key.proves(fields, mac))) continue;
      if (type === "offer") this.#heard = mac ?? "";
      return true;
    }
    return false;
  }

  /** @param {string} session @param {string} peerSession @param {string} sdp */
  async #offer(session, peerSession, sdp) {
    const mac = await this.key.mac(this.#description("offer", session, peerSession, "", sdp));
    const offer = withoutCandidates(sdp);
    const copies = offer === this.#sent.offer ? this.#sent.macs : [];
    this.#sent = { offer, macs: [...copies.filter((copy) => copy !== mac), mac].slice(-COPIES) };
    return mac;
  }

  /** @param {string} session */
  #join(session) {
    return ["join", this.room, session];
  }

  /** @param {"offer" | "answer"} type @param {string[]} rest sessions, the offer's MAC, the SDP */
  #description(type, ...rest) {
    return [type, this.room, ...rest];
  }
}
