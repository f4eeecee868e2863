/** The code that the two can read to each other, in the dialog of the sign. */

import { setShown, setText } from "../view/dom.js";
import { grouped, noCodeText, spelled, verdictText, withdrawnText } from "../view/privacy.js";

/** @import { More } from "../extras.js" */

/** @param {More} duet */
export function comparing({ comparing: found, view }) {
  // Only on https is there what it takes.
  if (found === null) return;
  const comparing = found;
  const section = view.part("comparing", HTMLElement);
  const digits = view.part("comparing-digits", HTMLElement);
  const spoken = view.part("comparing-spoken", HTMLElement);
  const question = view.part("comparing-question", HTMLElement);
  const verdict = view.part("comparing-verdict", HTMLElement);
  const title = view.part("privacy-title", HTMLElement);
  const dialog = view.part("privacy", HTMLDialogElement);

  for (const same of [true, false]) {
    const button = view.part(same ? "comparing-same" : "comparing-different", HTMLButtonElement);
    button.addEventListener("click", () => {
      comparing.decide(same);
      // The button is gone; what it has changed stands there.
      (same ? title : verdict).focus();
    });
  }

  function draw() {
    const { code, verdict: word, isWithdrawn } = comparing;
    const sentence = verdictText(word) || (code === "" ? noCodeText() : "");
    setText(digits, grouped(code));
    setText(spoken, spelled(code));
    setShown(question, code !== "" && word === null);
    setText(verdict, sentence || (isWithdrawn ? withdrawnText() : ""));
    setShown(verdict, verdict.textContent !== "");
  }

  view.draw(draw);
  comparing.on("change", draw);
  if (comparing.isWithdrawn) view.explain(withdrawnText);
  comparing.on("withdrawn", () => {
    // Nobody is to press for a code that they have not read.
    if (comparing.isWithdrawn || dialog.open) view.explain(withdrawnText);
    dialog.close();
  });
  setShown(section, true);
}
