/** The own picture in the call: in which corner, small or large, or not at all. */

import { isCorner, nearestTo, nextOf } from "../view/corners.js";
import { setAttribute, setShown } from "../view/dom.js";
import { middleOf } from "../view/moving.js";

/** @import { Duet } from "../main.js" */
/** @import { Corner } from "../view/corners.js" */

/** Pixels before a press is a drag. */
const SLOP = 6;

/** @param {Duet} duet */
export function selfView({ view }) {
  const stage = view.part("stage", HTMLElement);
  const self = view.part("self", HTMLElement);
  const show = view.part("self-show", HTMLButtonElement);
  const hide = view.part("self-hide", HTMLButtonElement);
  let hidden = false;
  let swapped = false;

  const corner = () => {
    const { corner } = stage.dataset;
    if (isCorner(corner)) return corner;
    return nearestTo(middleOf(self.getBoundingClientRect()), stage.getBoundingClientRect());
  };

  /** @param {Corner} next */
  const moveTo = (next) => setAttribute(stage, "data-corner", next);

  function draw() {
    setShown(self, !hidden);
    setShown(show, hidden);
    setAttribute(stage, "data-swapped", swapped && !hidden);
  }

  view.part("self-move", HTMLButtonElement).addEventListener("click", () => {
    moveTo(nextOf(corner()));
  });
  view.part("self-swap", HTMLButtonElement).addEventListener("click", () => {
    swapped = !swapped;
    draw();
  });
  hide.addEventListener("click", () => {
    hidden = true;
    draw();
    show.focus();
  });
  show.addEventListener("click", () => {
    hidden = false;
    draw();
    hide.focus();
  });

  dragged(
    self,
    () => !swapped && stage.dataset.large !== "true",
    (middle) => {
      moveTo(nearestTo(middle, stage.getBoundingClientRect()));
    },
  );

  view.draw(({ screen, phase, remote }) => {
    // Somebody else would not expect it.
    if (screen !== "call" || phase === "waiting") hidden = swapped = false;
    if (remote?.screen) swapped = false;
    draw();
  });
}

/**
 * The element follows a finger or the mouse, and goes back.
 * @param {HTMLElement} element
 * @param {() => boolean} may
 * @param {(middle: { x: number, y: number }) => void} dropped with where its middle was
 */
function dragged(element, may, dropped) {
  /** @type {{ x: number, y: number } | null} */
  let start = null;
  let moving = false;

  element.addEventListener("pointerdown", (event) => {
    const onButton = event.target instanceof Element && event.target.closest("button");
    if (!may() || onButton || !event.isPrimary || event.button !== 0) return;
    start = { x: event.clientX, y: event.clientY };
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    if (start === null) return;
    const [x, y] = [event.clientX - start.x, event.clientY - start.y];
    moving ||= Math.hypot(x, y) > SLOP;
    if (moving) element.style.translate = `${x}px ${y}px`;
  });
  const end = () => {
    if (moving) dropped(middleOf(element.getBoundingClientRect()));
    element.style.translate = "";
    start = null;
    moving = false;
  };
  element.addEventListener("pointerup", end);
  element.addEventListener("pointercancel", () => {
    moving = false;
    end();
  });
}
