/** The screen stays on from waiting on (Screen Wake Lock, W3C). */

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function wakeLock({ view }) {
  if (!("wakeLock" in navigator)) return;
  let wanted = false;
  let asking = false;
  /** @type {WakeLockSentinel | null} */
  let lock = null;

  async function update() {
    if (!wanted) {
      lock?.release();
      lock = null;
    }
    if (!wanted || asking || lock?.released === false) return;
    // The browser takes it back from a page that is hidden, and refuses one.
    if (document.visibilityState !== "visible") return;
    asking = true;
    lock = await navigator.wakeLock.request("screen").catch(() => null);
    asking = false;
    if (!wanted) update();
  }

  document.addEventListener("visibilitychange", update);
  view.draw((model, before) => {
    if (model.screen === before?.screen) return;
    wanted = model.screen === "call";
    update();
  });
}
