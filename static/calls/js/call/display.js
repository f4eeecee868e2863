/** The own screen, or a window of it, that the other is shown beside the camera. */

import { Emitter } from "../base/events.js";

/** @import { Tracks } from "./lines.js" */

/**
 * Event `change`: something else is shared, or nothing.
 * @extends {Emitter<{ change: null }>}
 */
export class Display extends Emitter {
  #stream = new MediaStream();
  #awaited = 0;

  get isShared() {
    return this.tracks.screen !== null;
  }

  /** What the slots for the screen send. @returns {Tracks} */
  get tracks() {
    const [screen = null] = this.#stream.getVideoTracks();
    const [sound = null] = this.#stream.getAudioTracks();
    return { screen, "screen-sound": sound };
  }

  /**
   * The person is asked what is to be shared.
   * @returns {(stream: MediaStream) => void} takes what was chosen; what comes too late is ended
   */
  awaits() {
    const awaited = ++this.#awaited;
    return (stream) => {
      if (awaited === this.#awaited) this.#use(stream);
      else stopAll(stream);
    };
  }

  stop() {
    this.#awaited++;
    if (this.isShared) this.#use(new MediaStream());
  }

  /** @param {MediaStream} stream */
  #use(stream) {
    stopAll(this.#stream);
    this.#stream = stream;
    const { screen } = this.tracks;
    if (screen) {
      // Letters rather than movement.
      screen.contentHint = "detail";
      // The browser has a button of its own.
      screen.onended = () => {
        if (this.tracks.screen === screen) this.stop();
      };
    }
    this.emit("change", null);
  }
}

/** @param {MediaStream} stream */
function stopAll(stream) {
  for (const track of stream.getTracks()) track.stop();
}
