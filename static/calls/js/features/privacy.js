/** The sign that says whether it is known that nobody sits between the two, and what that means. */

import { setAttribute, setShown, setText } from "../view/dom.js";
import { dialogOf } from "../view/dialogs.js";
import { proofLabel, proofOf, proofText } from "../view/privacy.js";

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function privacy({ call, view }) {
  const sign = view.part("privacy-sign", HTMLButtonElement);
  const label = view.part("privacy-label", HTMLElement);
  const title = view.part("privacy-title", HTMLElement);
  const text = view.part("privacy-text", HTMLElement);
  const ask = view.part("privacy-ask", HTMLInputElement);
  dialogOf(view, "privacy", () => {}, ["privacy-sign"]);

  ask.addEventListener("change", () => call.other.knock.askForAll(ask.checked));

  view.draw((model) => {
    const proof = proofOf(model);
    setShown(sign, model.screen === "call" && proof !== null);
    if (proof === null) return;
    setAttribute(sign, "data-proof", proof);
    setText(label, proofLabel(proof));
    setText(title, proofLabel(proof));
    setText(text, proofText(proof, model.whole));
    ask.checked = model.ask;
  });
}
