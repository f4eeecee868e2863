/** Touching the document, and only where something is different. */

/**
 * @param {string} id of a data block
 * @returns {any}
 */
export const dataOf = (id) => JSON.parse(document.getElementById(id)?.textContent ?? "{}");

/** @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Element} element @param {string} name @param {string | boolean} value */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

/** @param {Element} element @param {boolean} shown */
export function setShown(element, shown) {
  if (element.hasAttribute("hidden") === shown) element.toggleAttribute("hidden", !shown);
}

/** @param {HTMLInputElement | HTMLTextAreaElement} field @param {string} value */
export function setValue(field, value) {
  if (field.value !== value) field.value = value;
}

/** What a button says: the last element in it. @param {Element} button @param {string} text */
export function setLabel(button, text) {
  if (button.lastElementChild) setText(button.lastElementChild, text);
}

/** Play a stream, if there is anything in it, without its sound. @param {HTMLVideoElement} video @param {MediaStream | null} stream */
export function showSilently(video, stream) {
  // The attribute alone is only a default.
  video.muted = true;
  const shown = stream?.getTracks().length ? stream : null;
  if (video.srcObject === shown) return;
  video.srcObject = shown;
  if (shown) video.play().catch(() => {});
}

/**
 * Phones pause the videos of a page in the background, and do not always resume them.
 * @param {HTMLVideoElement} video
 * @param {() => void} play
 */
export function resume(video, play) {
  const { ownerDocument: page } = video;
  page.addEventListener("visibilitychange", () => {
    if (page.visibilityState === "visible" && video.srcObject && video.paused) play();
  });
}
