/** The page comes and goes: networks that return, tabs that are shown again, reloads. */

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function lifecycle({ call, media, signaling }) {
  addEventListener("online", () => signaling.wake());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    signaling.wake();
    media.interruptions.show();
  });
  addEventListener("pagehide", () => call.goingAway());
  addEventListener("pageshow", (event) => {
    // Out of the back/forward cache, with everything closed meanwhile.
    if (event.persisted) location.reload();
  });
}
