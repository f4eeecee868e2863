/** Whoever is muted talks as long as the space bar is held down. */

import { isPressable } from "../view/shortcuts.js";

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function pushToTalk({ media, view }) {
  let talking = false;

  function release() {
    if (talking && media.audio) media.toggleAudio();
    talking = false;
  }

  view.shortcut(" ", (screen, event) => {
    if (screen !== "call" || isPressable(event.target)) return;
    event.preventDefault(); // or the page would scroll
    if (!media.hasAudio || media.audio) return;
    talking = true;
    media.toggleAudio();
  });
  addEventListener("keyup", ({ code }) => {
    if (code === "Space") release();
  });
  // Another window gets the key's end.
  addEventListener("blur", release);
}
