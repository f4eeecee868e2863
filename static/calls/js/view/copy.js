/** Copying a link or another text, with a word that it was done. */

import { setAttribute, setLabel } from "./dom.js";
import { copyLabel, copySpoken } from "./sentences.js";

/** @import { View } from "./view.js" */

/** Milliseconds the button says "Copied". */
const COPIED_FOR = 2500;

/** @typedef {HTMLInputElement | HTMLTextAreaElement} Field */

const LINK = { label: copyLabel, spoken: copySpoken };

/**
 * @param {Pick<View, "say">} view
 * @param {HTMLElement} button
 * @param {Field} field
 * @param {{ label: (done: boolean) => string, spoken: () => string }} words
 */
export function copies(view, button, field, { label, spoken } = LINK) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const show = (/** @type {boolean} */ done) => {
    setLabel(button, label(done));
    setAttribute(button, "data-done", done);
    view.say(done ? spoken() : "");
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

/** @param {Field} field */
async function copied(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    // The older way works on pages without https, too.
    const { ownerDocument: page } = field;
    const before = page.activeElement;
    // What is folded away cannot be selected.
    const folded = field.closest("details");
    if (folded) folded.open = true;
    field.focus();
    field.select();
    const done = page.execCommand("copy");
    if (before instanceof HTMLElement) before.focus();
    return done;
  }
}
