/** An element that takes another place by itself. */

/** Milliseconds. */
const DURATION = 450;

/** @param {DOMRect} rect */
export const middleOf = ({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 });

/**
 * Have an element that the page has just given another place be seen on its way there. Its old
 * place is forgotten: for the rest of the page nothing has jumped (Layout Instability, 2).
 * @param {HTMLElement} element
 * @param {DOMRect | null} before where it was; null: it is just there
 */
export function arrive(element, before) {
  element.style.display = "none";
  element.getBoundingClientRect();
  element.style.display = "";
  if (before === null || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const to = element.getBoundingClientRect();
  if (to.width === 0) return;
  const scale = Math.max(before.width / to.width, before.height / to.height);
  const [start, end] = [middleOf(before), middleOf(to)];
  const way = `translate(${start.x - end.x}px, ${start.y - end.y}px) scale(${scale})`;
  element.animate([{ transform: way }, { transform: "none" }], {
    duration: DURATION,
    easing: "ease",
  });
}
