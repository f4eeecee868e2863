/** How good the call is: a sign that speaks up when it is not, and a panel with figures. */

import { SPOKEN } from "../base/text.js";
import { copies } from "../view/copy.js";
import { setAttribute, setShown, setText, setValue } from "../view/dom.js";
import { later, notLoaded } from "../view/later.js";
import { signOf, signSpoken } from "../view/quality.js";
import { copyLabel, reportCopied } from "../view/sentences.js";

/** @import { Model } from "../call/model.js" */
/** @import { Figures } from "../call/figures.js" */
/** @import { Verdict } from "../call/quality.js" */
/** @import { More } from "../extras.js" */
/** @import * as Words from "../view/figures.js" */

/**
 * Whether there is a connection to tell of, though it may be sought again just now.
 * @param {Pick<Model, "screen" | "phase">} model
 */
export const isConnected = ({ screen, phase }) =>
  screen === "call" && (phase === "connected" || phase === "reconnecting");

/** A line of a table, in the cells that are there already. @param {Element} body @param {string[][]} lines */
function fill(body, lines) {
  for (const [n, [label, ...values]] of lines.entries()) {
    const row = body.children[n] ?? body.appendChild(rowFor(values.length));
    for (const [m, text] of [label, ...values].entries()) setText(row.children[m], text);
  }
}

/** @param {number} values */
function rowFor(values) {
  const row = document.createElement("tr");
  const head = row.appendChild(document.createElement("th"));
  head.scope = "row";
  for (let n = 0; n < values; n++) row.appendChild(document.createElement("td"));
  return row;
}

/** @param {More} duet */
export function quality({ meter, view }) {
  const corner = view.part("quality", HTMLElement);
  const sign = view.part("quality-sign", HTMLButtonElement);
  const sentence = view.part("quality-sentence", HTMLElement);
  const panel = view.part("quality-panel", HTMLElement);
  const path = view.part("quality-path", HTMLElement);
  const figures = view.part("quality-figures", HTMLElement);
  const copy = view.part("quality-copy", HTMLButtonElement);
  const report = view.part("quality-report", HTMLTextAreaElement);
  /** @type {Figures | null} */
  let latest = null;
  let isOpen = false;
  const words = later(() => import("../view/figures.js"));

  /** @param {typeof Words} words */
  function fillPanel({ pathOf, reportOf, rowsOf }) {
    setShown(copy, latest !== null);
    if (latest === null) return;
    fill(path, pathOf(latest.path, SPOKEN));
    fill(figures, rowsOf(latest, SPOKEN));
    const context = { at: new Date(), browser: navigator.userAgent };
    setValue(report, reportOf(latest, meter.verdict, context));
  }

  function drawFigures() {
    if (isOpen) words().then(fillPanel, () => view.explain(notLoaded));
  }

  /** @param {boolean} open */
  function show(open) {
    const hadFocus = view.hasFocus(panel);
    isOpen = open;
    drawFigures();
    setShown(panel, open);
    setAttribute(sign, "aria-expanded", open);
    if (open) panel.focus();
    else if (hadFocus) sign.focus();
  }

  /** @param {Verdict | null} verdict null when nothing is known any more: no news to be told */
  function drawSign(verdict) {
    setAttribute(corner, "data-level", verdict?.level ?? "good");
    setText(sentence, verdict ? signOf(verdict) : "");
    if (verdict) view.say(signSpoken(verdict));
  }

  sign.addEventListener("click", () => show(!isOpen));
  view.part("quality-close", HTMLButtonElement).addEventListener("click", () => show(false));
  view.shortcut("Escape", () => {
    if (isOpen) show(false);
  });
  copies(view, copy, report, { label: copyLabel, spoken: reportCopied });
  meter.on("figures", (now) => {
    latest = now;
    drawFigures();
  });
  meter.on("verdict", drawSign);

  view.draw((model) => {
    const connected = isConnected(model);
    setShown(corner, connected);
    if (connected) return;
    latest = null;
    if (isOpen) show(false);
  });
}
