/** The four corners that the small picture may be in. Pure. */

/** @typedef {"top-left" | "top-right" | "bottom-right" | "bottom-left"} Corner clockwise */

/** @type {Corner[]} */
export const CORNERS = ["top-left", "top-right", "bottom-right", "bottom-left"];

/** @param {unknown} corner @returns {corner is Corner} */
export const isCorner = (corner) => CORNERS.some((one) => one === corner);

/** The next one, clockwise. @param {Corner} corner @returns {Corner} */
export const nextOf = (corner) => CORNERS[(CORNERS.indexOf(corner) + 1) % CORNERS.length];

/**
 * The one that a point is nearest to.
 * @param {{ x: number, y: number }} point
 * @param {{ x: number, y: number, width: number, height: number }} frame
 * @returns {Corner}
 */
export function nearestTo({ x, y }, frame) {
  const vertical = y < frame.y + frame.height / 2 ? "top" : "bottom";
  const horizontal = x < frame.x + frame.width / 2 ? "left" : "right";
  return `${vertical}-${horizontal}`;
}
