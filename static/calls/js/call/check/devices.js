/** Camera and microphone: what the page has of them, and whether there is a sound. */

import { limited } from "./limit.js";

/** @import { Media } from "../media.js" */
/** @import { Limit } from "./limit.js" */
/** @import { DeviceResult } from "./verdict.js" */

/** Milliseconds in which a microphone has to be anything but silent, and between two looks. */
const LISTEN_FOR = 2000;
const LISTEN_EVERY = 50;

/** What of the media counts. @typedef {Pick<Media, "audio" | "video" | "hasAudio" | "hasVideo"
 *   | "asking" | "problem" | "tracks">} Devices */

/**
 * @param {"camera" | "microphone"} kind
 * @param {Devices} media
 * @returns {DeviceResult}
 */
export function deviceOf(kind, { audio, video, hasAudio, hasVideo, asking, problem, tracks }) {
  const [has, on] = kind === "camera" ? [hasVideo, video] : [hasAudio, audio];
  if (asking) return { state: "unknown", why: "asking" };
  if (!has) return { state: "failed", why: problem ?? "unknown" };
  if (!on) return { state: "unknown", why: "off" };
  // The system, or a switch on the device itself, holds it back.
  return tracks[kind]?.muted ? { state: "unknown", why: "silent" } : { state: "ok" };
}

/**
 * @param {Devices} media
 * @param {AbortSignal} signal
 * @returns {Promise<DeviceResult>}
 */
export async function tryMicrophone(media, signal) {
  const found = deviceOf("microphone", media);
  const { microphone } = media.tracks;
  if (found.state !== "ok" || !microphone) return found;
  // A browser that cannot listen, for a rate of samples perhaps, tells nothing of the microphone.
  const heard = await hears(microphone, { patience: LISTEN_FOR, signal }).catch(() => true);
  return heard ? found : { state: "unknown", why: "silent" };
}

/**
 * Whether anything at all comes from there: even a quiet room makes some noise.
 * @param {MediaStreamTrack} track
 * @param {Limit} limit
 * @returns {Promise<boolean>}
 */
async function hears(track, limit) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return limited(
    limit,
    (done) => {
      const timer = setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        if (samples.some((sample) => sample !== 0)) done(true);
      }, LISTEN_EVERY);
      return () => {
        clearInterval(timer);
        if (context.state !== "closed") context.close();
      };
    },
    // A browser that lets no sound be listened to does not tell.
    () => context.state !== "running",
  );
}
