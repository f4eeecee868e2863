/** The sheet of the keys that do something on this page. */

import { dialogOf } from "../view/dialogs.js";

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function help({ view }) {
  const dialog = dialogOf(view, "help", () => {}, ["help-open"]);
  view.shortcut("?", () => {
    if (!dialog.open) dialog.showModal();
  });
}
