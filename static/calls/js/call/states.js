/**
 * What the two pages tell each other of what they send (docs/protocol.md, `state`), and what
 * follows from it: where one saves data, both send less.
 */

import { Emitter } from "../base/events.js";

/** @import { Channel, Data } from "./channel.js" */
/** @import { Display } from "./display.js" */
/** @import { Media } from "./media.js" */
/** @import { Monitor } from "./monitor.js" */

/**
 * @typedef {{ audio: boolean, video: boolean, screen: boolean, paused: boolean, lowData: boolean }}
 *   State
 */

/** Of a page that tells nothing. @type {Readonly<State>} */
const UNTOLD = Object.freeze({
  audio: true,
  video: true,
  screen: false,
  paused: false,
  lowData: false,
});

/** @param {State} one @param {State} two */
const isSame = (one, two) => Object.entries(one).every(([key, is]) => is === Reflect.get(two, key));

/**
 * Events: `told`, something of the other's is different; `heard`, the same again; `paused`, whether a
 * picture of one of the two is held back.
 * @extends {Emitter<{ told: null, heard: null, paused: boolean }>}
 */
export class States extends Emitter {
  /** @param {{ channel: Channel, media: Media, display: Display, monitor: Monitor }} options */
  constructor({ channel, media, display, monitor }) {
    super();
    this.channel = channel;
    this.media = media;
    this.display = display;
    this.monitor = monitor;
    /** What the other says that it sends. */
    this.theirs = UNTOLD;

    channel.onOpen(() => this.tell());
    channel.on("state", (data) => this.told(data));
    monitor.on("paused", () => this.tell());
    for (const source of [media, display]) source.on("change", () => this.tell());
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
    const screen = this.display.isShared;
    this.useLessData();
    this.monitor.share(screen);
    this.channel.send("state", { ...sending, screen, paused: this.isPaused(), lowData });
    this.tellPaused();
  }

  /** @param {Data} data */
  told({ audio, video, screen, paused, lowData }) {
    const theirs = {
      audio: audio === true,
      video: video === true,
      screen: screen === true,
      paused: paused === true,
      lowData: lowData === true,
    };
    if (isSame(theirs, this.theirs)) {
      this.emit("heard", null);
      return;
    }
    this.theirs = theirs;
    this.useLessData();
    this.tellPaused();
    this.emit("told", null);
  }

  useLessData() {
    this.monitor.useLessData(this.media.lowData || this.theirs.lowData);
  }

  /** Whether there is a picture of ours that is held back. */
  isPaused() {
    const camera = this.media.hasVideo && this.media.video;
    return this.monitor.paused && (camera || this.display.isShared);
  }

  tellPaused() {
    const { video, screen, paused } = this.theirs;
    this.emit("paused", this.isPaused() || ((video || screen) && paused));
  }
}
