/** Whoever speaks while muted is told so, once until the microphone is on again. */

import { later } from "../view/later.js";
import { SpeechDetector, mutedSpeech } from "../view/voice.js";

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function mutedVoice({ media, view }) {
  const loaded = later(() => import("../view/level.js"));
  /** @type {MediaStreamTrack | null} */
  let watched = null;
  let end = () => {};

  /** @param {MediaStreamTrack | null} track of a microphone that is off */
  async function watch(track) {
    if (track === watched) return;
    end();
    watched = track;
    const level = track && (await loaded().catch(() => null));
    if (!level || track !== watched) return;
    // A track that is off is silent; a copy is not, and is heard only here.
    const copy = track.clone();
    copy.enabled = true;
    const detector = new SpeechDetector();
    const deaf = level.listen(copy, (loudness) => {
      if (!detector.hears(loudness)) return;
      view.explain(({ local }) => (local.audio ? "" : mutedSpeech()));
      end();
    });
    end = () => {
      end = () => {};
      deaf();
      copy.stop();
    };
  }

  view.draw(({ screen, local }) => {
    const muted = screen === "call" && local.hasAudio && !local.audio;
    watch((muted && media.tracks.microphone) || null);
  });
}
