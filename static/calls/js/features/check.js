/** The connection check: a dialog over the preview or the call, which tries everything once. */

import { reportOf } from "../view/report.js";
import { copies } from "../view/copy.js";
import { setText, setValue } from "../view/dom.js";
import { copyReportLabel, partLabel, partState, verdictSentence } from "../view/findings.js";
import { reportCopied } from "../view/sentences.js";

/** @import { Part } from "../call/check/verdict.js" */
/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function check({ checker, view }) {
  const dialog = view.part("check", HTMLDialogElement);
  const verdict = view.part("check-verdict", HTMLElement);
  const list = view.part("check-parts", HTMLElement);
  const line = view.part("check-part", HTMLTemplateElement);
  const report = view.part("check-report", HTMLTextAreaElement);
  const said = view.part("check-said", HTMLElement);
  const button = (/** @type {string} */ id) => view.part(id, HTMLButtonElement);

  /** @param {Part} part */
  function lineOf(part) {
    const item = /** @type {DocumentFragment} */ (line.content.cloneNode(true));
    const [label, state] = item.querySelectorAll("span");
    item.firstElementChild?.setAttribute("data-state", part.state);
    setText(label, partLabel(part));
    setText(state, partState(part));
    return item;
  }

  for (const opener of [button("check-before"), button("check-during")]) {
    opener.addEventListener("click", () => {
      dialog.showModal();
      checker.run();
    });
  }
  button("check-again").addEventListener("click", () => checker.run());
  button("check-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => checker.cancel());
  // Escape closes this, not what lies below it.
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.stopPropagation();
  });
  // What is said elsewhere on the page is not heard in a dialog.
  const here = { say: (/** @type {string} */ text) => setText(said, text) };
  const words = { label: copyReportLabel, spoken: reportCopied };
  copies(here, button("check-copy"), report, words);

  checker.on("change", () => {
    setText(verdict, verdictSentence(checker.verdict));
    list.replaceChildren(...checker.parts.map(lineOf));
    setValue(report, reportOf(checker, { browser: navigator.userAgent, at: new Date() }));
  });
  view.draw((model, before) => {
    if (before && model.screen !== before.screen) dialog.close();
  });
}
