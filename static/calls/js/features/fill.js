/** On phones: two taps on the other's picture have it fill the screen, two more show all of it. */

import { setAttribute } from "../view/dom.js";

/** @import { Duet } from "../main.js" */

/** Milliseconds between two taps, at most. */
const TWICE = 350;

/** @param {Pick<Duet, "view">} duet */
export function fill({ view }) {
  const stage = view.part("stage", HTMLElement);
  let last = -Infinity;

  // Not "dblclick": not every browser of a phone has it.
  view.part("remote-video", HTMLVideoElement).addEventListener("click", ({ timeStamp }) => {
    if (!matchMedia("(hover: none)").matches) return;
    const twice = timeStamp - last < TWICE;
    last = twice ? -Infinity : timeStamp;
    if (twice) setAttribute(stage, "data-filled", stage.dataset.filled !== "true");
  });
}
