/** The button for a microphone or a camera that the device took away and did not give back. */

import { setShown, setText } from "../view/dom.js";
import { mendLabel } from "../view/sentences.js";

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function interruptions({ media, view }) {
  const button = view.part("mend", HTMLButtonElement);
  const mute = view.part("mute", HTMLButtonElement);

  button.addEventListener("click", () => media.interruptions.mend());

  view.draw(({ local }) => {
    const { stuck } = local.interrupted;
    if (stuck) setText(button, mendLabel(local.interrupted));
    const hadFocus = view.hasFocus(button);
    setShown(button, stuck);
    if (hadFocus && !stuck) mute.focus();
  });
}
