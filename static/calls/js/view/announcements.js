/** What a screen reader says of microphones and cameras that are switched. Knows no DOM. */

import { gettext } from "../base/text.js";
import { otherOf } from "./sentences.js";
import { switchOf } from "./switches.js";

/** @import { Model } from "../call/model.js" */

/** @typedef {Pick<Model, "screen" | "phase" | "local" | "remote">} Shown */

/**
 * What is different, one sentence each.
 * @param {Shown | null} before
 * @param {Shown} now
 * @param {string} name of the other person, "" when unknown
 * @returns {string[]}
 */
export function changesOf(before, now, name) {
  if (before === null || now.screen !== "call") return [];
  return [...ownChanges(before, now), ...theirChanges(before, now, otherOf(name))];
}

/** @param {Shown} before @param {Shown} now */
function* ownChanges({ local: before }, { local }) {
  const [audio, video] = [switchOf(local, "audio"), switchOf(local, "video")];
  if (audio.on !== switchOf(before, "audio").on) {
    yield audio.on ? gettext("Your microphone is on.") : gettext("Your microphone is off.");
  }
  if (video.on !== switchOf(before, "video").on) {
    yield video.on ? gettext("Your camera is on.") : gettext("Your camera is off.");
  }
}

/** @param {Shown} before @param {Shown} now @param {string} name */
function* theirChanges({ phase, remote: before }, { phase: after, remote }, name) {
  if (!before || !remote || phase !== "connected" || after !== "connected") return;
  if (before.audio !== remote.audio) {
    yield remote.audio
      ? gettext("{name}: microphone is on.", { name })
      : gettext("{name}: microphone is off.", { name });
  }
  if (before.video !== remote.video) {
    yield remote.video
      ? gettext("{name}: camera is on.", { name })
      : gettext("{name}: camera is off.", { name });
  }
}
