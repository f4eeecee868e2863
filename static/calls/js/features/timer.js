/** How long the call has gone on. */

import { clockOf } from "../view/clock.js";
import { setShown, setText } from "../view/dom.js";

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function timer({ call, view }) {
  const clock = view.part("timer", HTMLElement);
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let ticking;

  function draw() {
    const { screen, since } = call.model;
    const shown = screen === "call" && since !== null;
    setShown(clock, shown);
    if (shown) setText(clock, clockOf(Date.now() - since));
    if (shown) ticking ??= setInterval(draw, 1000);
    else ticking = void clearInterval(ticking);
  }
  view.draw(draw);
}
