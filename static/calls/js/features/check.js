/** The connection check: a dialog over the preview or the call, which tries everything once. */

import { copies } from "../view/copy.js";
import { dialogOf } from "../view/dialogs.js";
import { setShown, setText, setValue } from "../view/dom.js";
import { later, loading, notLoaded } from "../view/later.js";
import { reportCopied } from "../view/sentences.js";

/** @import { Part } from "../call/check/verdict.js" */
/** @import * as Findings from "../view/findings.js" */
/** @import { Duet } from "../main.js" */

/** @param {HTMLTemplateElement} template @param {Part} part @param {typeof Findings} words */
function lineOf(template, part, { partLabel, partState }) {
  const item = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const [label, state] = item.querySelectorAll("span");
  item.firstElementChild?.setAttribute("data-state", part.state);
  setText(label, partLabel(part));
  setText(state, partState(part));
  return item;
}

/** @param {Duet} duet */
export function check({ makeChecker, view }) {
  const dialog = dialogOf(view, "check", run);
  const verdict = view.part("check-verdict", HTMLElement);
  const list = view.part("check-parts", HTMLElement);
  const line = view.part("check-part", HTMLTemplateElement);
  const report = view.part("check-report", HTMLTextAreaElement);
  const said = view.part("check-said", HTMLElement);
  const button = (/** @type {string} */ id) => view.part(id, HTMLButtonElement);
  const copy = button("check-copy");
  // What is said elsewhere on the page is not heard in a dialog.
  const here = { say: (/** @type {string} */ text) => setText(said, text) };

  const loaded = later(async () => {
    const words = await import("../view/findings.js");
    const { reportOf } = await import("../view/report.js");
    const checker = await makeChecker();
    checker.on("change", () => {
      setText(verdict, words.verdictSentence(checker.verdict));
      list.replaceChildren(...checker.parts.map((part) => lineOf(line, part, words)));
      setValue(report, reportOf(checker, { browser: navigator.userAgent, at: new Date() }));
    });
    dialog.addEventListener("close", () => checker.cancel());
    copies(here, copy, report, { label: words.copyReportLabel, spoken: reportCopied });
    setShown(copy, true);
    return checker;
  });

  async function run() {
    setText(verdict, loading());
    const checker = await loaded().catch(() => null);
    if (checker === null) setText(verdict, notLoaded());
    else if (dialog.open) checker.run();
  }

  button("check-again").addEventListener("click", run);
}
