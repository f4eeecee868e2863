/** Dialogs over the preview and the call, each with a button in both. */

/** @import { View } from "./view.js" */

const BOTH = ["before", "during"];

/**
 * A dialog that is opened and closed by its buttons (ids `…-before`, `…-during`, `…-close`), and
 * closed when another screen comes.
 *
 * @param {View} view
 * @param {string} id of the dialog, with which those of its buttons begin
 * @param {() => void} [opened]
 * @param {string[]} [openers]
 * @returns {HTMLDialogElement}
 */
export function dialogOf(view, id, opened = () => {}, openers = BOTH.map((it) => `${id}-${it}`)) {
  const dialog = view.part(id, HTMLDialogElement);
  for (const opener of openers) {
    view.part(opener, HTMLButtonElement).addEventListener("click", () => {
      dialog.showModal();
      opened();
    });
  }
  view.part(`${id}-close`, HTMLButtonElement).addEventListener("click", () => dialog.close());
  // Escape closes this, not what lies below it.
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.stopPropagation();
  });
  view.draw((model, before) => {
    if (before && model.screen !== before.screen) dialog.close();
  });
  return dialog;
}
