/** The sign that says whether it is known that nobody sits between the two, and what that means. */

import { setAttribute, setShown, setText } from "../view/dom.js";
import { dialogOf } from "../view/dialogs.js";
import { proofLabel, proofOf, proofText } from "../view/privacy.js";

/** @import { More } from "../extras.js" */
/** @import { Model } from "../call/model.js" */

/** @param {More} duet */
export function privacy({ call, comparing, view }) {
  const sign = view.part("privacy-sign", HTMLButtonElement);
  const label = view.part("privacy-label", HTMLElement);
  const title = view.part("privacy-title", HTMLElement);
  const text = view.part("privacy-text", HTMLElement);
  // Also while nobody is there whom the sign could tell about.
  const switches = ["privacy-ask", "invitation-ask"].map((id) => view.part(id, HTMLInputElement));
  dialogOf(view, "privacy", () => {}, ["privacy-sign"]);

  for (const ask of switches) {
    ask.addEventListener("change", () => call.other.knock.askForAll(ask.checked));
  }

  /** @param {Model} model */
  function draw(model) {
    for (const ask of switches) ask.checked = model.ask;
    const proof = proofOf(model, comparing?.verdict);
    setShown(sign, model.screen === "call" && proof !== null);
    if (proof === null) return;
    setAttribute(sign, "data-proof", proof);
    setText(label, proofLabel(proof));
    setText(title, proofLabel(proof));
    setText(text, proofText(proof, model.whole));
  }

  view.draw(draw);
  comparing?.on("change", () => draw(call.model));
}
