/** Less data for whoever pays for it: a switch before the call and in it, remembered. */

import { remembered } from "../base/memory.js";
import { setShown, setText } from "../view/dom.js";
import { savesData } from "../view/sentences.js";

/** @import { Duet } from "../main.js" */

/**
 * Whether the system saves data: a wish until the person has said otherwise (Save Data API).
 * @param {{ connection?: { saveData?: boolean } }} browser
 */
export const isAskedFor = ({ connection }) => connection?.saveData === true;

/** @param {Duet} duet */
export function lowData({ media, view }) {
  const memory = remembered(
    "duet:low-data",
    { on: isAskedFor(/** @type {object} */ (navigator)) },
    "device",
  );
  const boxes = ["preview-low-data", "low-data"].map((id) => view.part(id, HTMLInputElement));
  const theirs = view.part("low-data-theirs", HTMLElement);

  for (const box of boxes) {
    box.addEventListener("change", () => {
      memory.on = box.checked;
      media.useLessData(box.checked);
    });
  }
  media.useLessData(memory.on);

  view.draw(({ local, remote }) => {
    for (const box of boxes) box.checked = local.lowData;
    setText(theirs, savesData(view.otherName));
    setShown(theirs, remote?.lowData === true);
  });
}
