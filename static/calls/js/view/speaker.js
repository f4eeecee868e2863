/** Where the other person is heard, and seen: getting their sound past the autoplay rule. */

import { Emitter } from "../base/events.js";
import { resume } from "./dom.js";

/**
 * Events: `blocked`, whether a press is needed before there can be sound; `unblocked` by one;
 * `moved`, to the speaker of this id, null for the system's; `turned`, to this volume.
 * @extends {Emitter<{ blocked: boolean, unblocked: null, moved: string | null, turned: number }>}
 */
export class Speaker extends Emitter {
  /** @param {HTMLVideoElement} video */
  constructor(video) {
    super();
    this.video = video;
    resume(video, () => this.play());
  }

  /** @param {MediaStream | null} stream */
  show(stream) {
    if (this.video.srcObject === stream) return;
    this.video.srcObject = stream;
    this.video.muted = false;
    this.emit("blocked", false);
    if (stream) this.play();
  }

  /** Be where another is heard, as loud, and unblocked with it. @param {Speaker} other */
  follow(other) {
    other.on("moved", (id) => this.use(id));
    other.on("turned", (volume) => (this.volume = volume));
    other.on("unblocked", () => this.unblock());
    this.volume = other.volume;
    if (other.id) this.use(other.id);
  }

  /** 0 to 1. */
  get volume() {
    return this.video.volume;
  }

  set volume(volume) {
    this.video.volume = volume;
    this.emit("turned", volume);
  }

  /** Where the sound comes from; "" for the system's speaker. */
  get id() {
    return this.video.sinkId ?? "";
  }

  /** Whether the browser lets a page choose where its sound comes from. */
  get canMove() {
    return typeof this.video.setSinkId === "function";
  }

  /**
   * @param {string | null} id of the speaker that the sound is to come from; null: the system's
   * @returns {Promise<boolean>} whether it does; if not, it comes from the system's
   */
  async use(id) {
    this.emit("moved", id);
    try {
      await this.video.setSinkId(id ?? "");
      return true;
    } catch {
      // There may be no other, nor the method.
      await this.video.setSinkId?.("").catch(() => {});
      return id === null;
    }
  }

  /** The person pressed: now there may be sound. */
  unblock() {
    this.video.muted = false;
    this.play();
    this.emit("unblocked", null);
  }

  async play() {
    const { video } = this;
    const stream = video.srcObject;
    try {
      await video.play();
      if (video.srcObject === stream && !video.muted) this.emit("blocked", false);
    } catch (error) {
      if (video.srcObject !== stream || !stream) return;
      if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return;
      // The picture may run without its sound.
      this.emit("blocked", true);
      video.muted = true;
      video.play().catch(() => {});
    }
  }
}
