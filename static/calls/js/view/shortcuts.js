/** Keys that do something on the whole page, but never while somebody types. */

/** @typedef {{ key: string, code: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean,
 *   repeat: boolean }} Stroke the part of a KeyboardEvent that counts */

/**
 * @param {Stroke} stroke
 * @param {string} key a Latin letter or the name of a key
 */
export function isFor(stroke, key) {
  if (stroke.repeat || stroke.ctrlKey || stroke.metaKey || stroke.altKey) return false;
  if (stroke.key.toLowerCase() === key.toLowerCase()) return true;
  // On the keyboard of another alphabet: the key in that place.
  const foreign = /^\p{L}$/u.test(stroke.key) && !/\p{Script=Latin}/u.test(stroke.key);
  return foreign && stroke.code === `Key${key.toUpperCase()}`;
}

/** Is the person typing there? @param {EventTarget | null} target */
export function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== "checkbox" && !target.readOnly;
  return target.isContentEditable || target.matches("textarea:not([readonly]), select");
}

/** Does the space bar press what has the focus? @param {EventTarget | null} target */
export const isPressable = (target) =>
  target instanceof Element &&
  target.closest("button, a, input, select, summary, video[controls]") !== null;
