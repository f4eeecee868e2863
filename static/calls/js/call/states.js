/**
 * What the two pages tell each other of what they send (docs/protocol.md, `state`), and what
 * follows from it: where one saves data, both send less.
 */

import { Emitter } from "../base/events.js";

/** @import { Channel, Data } from "./channel.js" */
/** @import { Media } from "./media.js" */
/** @import { Monitor } from "./monitor.js" */

/** @typedef {{ audio: boolean, video: boolean, paused: boolean, lowData: boolean }} State */

/** Of a page that tells nothing. @type {Readonly<State>} */
const UNTOLD = Object.freeze({ audio: true, video: true, paused: false, lowData: false });

/**
 * Events: `told`, the other's word; `paused`, whether a picture of one of the two is held back.
 * @extends {Emitter<{ told: null, paused: boolean }>}
 */
export class States extends Emitter {
  /** @param {{ channel: Channel, media: Media, monitor: Monitor }} options */
  constructor({ channel, media, monitor }) {
    super();
    this.channel = channel;
    this.media = media;
    this.monitor = monitor;
    /** What the other says that it sends. */
    this.theirs = UNTOLD;

    channel.onOpen(() => this.tell());
    channel.on("state", (data) => this.told(data));
    monitor.on("paused", () => this.tell());
    media.on("change", () => this.tell());
  }

  /** Somebody else is there. */
  forget() {
    this.theirs = UNTOLD;
    this.useLessData();
  }

  /** Another connection to the same person, who still saves data. */
  renew() {
    this.theirs = { ...UNTOLD, lowData: this.theirs.lowData };
  }

  tell() {
    const { sending, lowData } = this.media;
    this.useLessData();
    this.channel.send("state", { ...sending, paused: this.isPaused(), lowData });
    this.tellPaused();
  }

  /** @param {Data} data */
  told({ audio, video, paused, lowData }) {
    this.theirs = {
      audio: audio === true,
      video: video === true,
      paused: paused === true,
      lowData: lowData === true,
    };
    this.useLessData();
    this.tellPaused();
    this.emit("told", null);
  }

  useLessData() {
    this.monitor.useLessData(this.media.lowData || this.theirs.lowData);
  }

  /** Whether there is a picture of ours that is held back. */
  isPaused() {
    return this.monitor.paused && this.media.hasVideo && this.media.video;
  }

  tellPaused() {
    const { video, paused } = this.theirs;
    this.emit("paused", this.isPaused() || (video && paused));
  }
}
