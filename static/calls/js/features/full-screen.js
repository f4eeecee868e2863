/** The call on the whole screen, where the browser lets a page have it. */

import { setAttribute, setLabel, setShown } from "../view/dom.js";
import { fullScreenLabel } from "../view/full-screen.js";

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function fullScreen({ view }) {
  const button = view.part("full-screen", HTMLButtonElement);
  const stage = view.part("stage", HTMLElement);
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
  // Two taps of a finger have the picture fill the screen (fill.js).
  stage.addEventListener("dblclick", () => {
    if (matchMedia("(hover: hover)").matches) toggle();
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
