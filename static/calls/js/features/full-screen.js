/**
 * The call on the whole screen, where the browser lets a page have it; and on phones the other's
 * picture on all of the page.
 */

import { setAttribute, setLabel, setShown } from "../view/dom.js";
import { fullScreenLabel } from "../view/full-screen.js";

/** @import { Duet } from "../main.js" */

/** Milliseconds between two taps, at most. */
const TWICE = 350;

/** @param {Duet} duet */
export function fullScreen({ view }) {
  const button = view.part("full-screen", HTMLButtonElement);
  const stage = view.part("stage", HTMLElement);
  const video = view.part("remote-video", HTMLVideoElement);
  const byFinger = () => matchMedia("(hover: none)").matches;
  setShown(button, document.fullscreenEnabled === true);

  function toggle() {
    if (!document.fullscreenEnabled) return;
    // The page, not the picture alone: what is said and the controls belong to it.
    const change = document.fullscreenElement
      ? document.exitFullscreen()
      : document.documentElement.requestFullscreen();
    change.catch(() => {});
  }
  function draw() {
    const on = document.fullscreenElement !== null;
    setLabel(button, fullScreenLabel(on));
    setAttribute(button, "title", fullScreenLabel(on));
  }
  button.addEventListener("click", toggle);
  stage.addEventListener("dblclick", () => {
    if (!byFinger()) toggle();
  });
  // Not "dblclick": not every browser of a phone has it.
  let last = -Infinity;
  video.addEventListener("click", ({ timeStamp }) => {
    if (!byFinger()) return;
    const twice = timeStamp - last < TWICE;
    last = twice ? -Infinity : timeStamp;
    if (twice) setAttribute(stage, "data-filled", stage.dataset.filled !== "true");
  });
  document.addEventListener("fullscreenchange", draw);
  view.shortcut("f", (screen) => {
    if (screen === "call") toggle();
  });
  view.draw(({ screen }) => {
    if (screen !== "call" && document.fullscreenElement) toggle();
  });
  draw();
}
