/** Controls that step aside while nobody touches anything, and come back at the first movement. */

import { setAttribute } from "../view/dom.js";

/** @import { Duet } from "../main.js" */

/** Milliseconds without a movement. */
const PATIENCE = 4000;
const MOVEMENTS = ["pointermove", "pointerdown", "keydown", "focusin", "wheel"];
/** What somebody is about to use, or has open. */
const IN_USE =
  "dialog[open], .call :focus-visible, .bar:hover, .cornered:hover, .call [aria-expanded=true], .notice:not([hidden])";

/** @param {Duet} duet */
export function idleControls({ view }) {
  const { body } = document;
  let talking = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function wake() {
    clearTimeout(timer);
    setAttribute(body, "data-idle", false);
    if (talking) timer = setTimeout(rest, PATIENCE);
  }

  function rest() {
    if (document.querySelector(IN_USE)) wake();
    else setAttribute(body, "data-idle", talking);
  }

  for (const type of MOVEMENTS) addEventListener(type, wake, { passive: true });
  view.draw(({ screen, phase }) => {
    const before = talking;
    talking = screen === "call" && phase === "connected";
    if (talking !== before) wake();
  });
}
