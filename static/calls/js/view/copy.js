/** Copying a link, with a word that it was done. */

import { setAttribute, setLabel } from "./dom.js";
import { copyLabel, copySpoken } from "./sentences.js";

/** @import { View } from "./view.js" */

/** Milliseconds the button says "Copied". */
const COPIED_FOR = 2500;

/**
 * @param {View} view
 * @param {HTMLElement} button
 * @param {HTMLInputElement} field
 */
export function copies(view, button, field) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const show = (/** @type {boolean} */ done) => {
    setLabel(button, copyLabel(done));
    setAttribute(button, "data-done", done);
    view.say(done ? copySpoken() : "");
  };
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    if (!(await copied(field))) {
      field.focus(); // selected, ready for the person's own copy command
      return;
    }
    show(true);
    clearTimeout(timer);
    timer = setTimeout(() => show(false), COPIED_FOR);
  });
}

/** @param {HTMLInputElement} field */
async function copied(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    // The older way works on pages without https, too.
    const { ownerDocument: page } = field;
    const before = page.activeElement;
    field.focus();
    field.select();
    const done = page.execCommand("copy");
    if (before instanceof HTMLElement) before.focus();
    return done;
  }
}
