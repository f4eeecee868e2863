/**
 * Having the person choose a screen to be shared (Screen Capture).
 *
 * @typedef {"denied" | "failed"} Refusal `denied`: by the system, not by the person
 */

/** @import { Display } from "./display.js" */

/**
 * What a browser does not know of it, it ignores. This tab, which shows the other, would be a hall
 * of mirrors; and what is heard of the screen must be heard as it is.
 */
const WISH = {
  video: { frameRate: { max: 15 } },
  audio: {
    ...{ echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    ...{ restrictOwnAudio: true, suppressLocalAudioPlayback: false },
  },
  selfBrowserSurface: "exclude",
  surfaceSwitching: "include",
  systemAudio: "include",
};

/** Whether the browser lets pages show a screen: phones do not. */
export const canShare = (devices = navigator.mediaDevices) =>
  typeof devices?.getDisplayMedia === "function";

/**
 * Share what the person chooses. Never rejects.
 * @param {Display} display
 * @param {MediaDevices} [devices]
 * @returns {Promise<Refusal | null>} null, too, where the person chose nothing
 */
export async function share(display, devices = navigator.mediaDevices) {
  const use = display.awaits();
  try {
    const options = /** @type {DisplayMediaStreamOptions} */ ({ ...WISH, ...staying() });
    use(await devices.getDisplayMedia(options));
    return null;
  } catch (error) {
    return refusalOf(error);
  }
}

/** The call keeps the focus, where it could go to the tab that is shared. */
function staying() {
  const { CaptureController } = /** @type {any} */ (globalThis);
  if (CaptureController === undefined) return {};
  const controller = new CaptureController();
  try {
    controller.setFocusBehavior?.("no-focus-change");
  } catch {
    // Then the focus goes where the browser thinks best.
  }
  return { controller };
}

/**
 * @param {unknown} error what getDisplayMedia rejected with (Screen Capture, 5.1)
 * @returns {Refusal | null}
 */
export function refusalOf(error) {
  if (!(error instanceof Error) || error.name !== "NotAllowedError") return "failed";
  // Whoever closes the browser's window has chosen not to; a system says so itself.
  return /system/i.test(error.message) ? "denied" : null;
}
