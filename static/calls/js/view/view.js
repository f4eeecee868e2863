/**
 * The page as a whole: which screen is shown, title, notice, focus. What is on a screen is the
 * features' own; this module knows none of them.
 */

import { setAttribute, setShown, setText } from "./dom.js";
import { interruptionOf, noticeOf, phaseSpoken, titleOf } from "./sentences.js";
import { isFor, isTyping } from "./shortcuts.js";

/** @import { Model, Screen } from "../call/model.js" */

/** Milliseconds a sentence stays that the person asked for. */
const EXPLAINED_FOR = 9000;

/** @type {Screen[]} */
const EXPLAINED_ON = ["preview", "joining", "call"];

/** The browser's own bars take this colour while the dark stage is on. */
const STAGE_COLOR = "#0b110e";

/** @typedef {(model: Model, before: Model | null) => void} Drawing */

export class View {
  /** @type {Document} */ #root;
  /** @type {Drawing[]} */ #drawings = [];
  /** @type {Model | null} */ #model = null;
  /** @type {HTMLElement[]} */ #sections;
  /** @type {Map<HTMLMetaElement, string>} */ #barColors;
  /** @type {((model: Model) => string) | null} */ #explanation = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #explanationTimer;
  /** @type {string | null} */ #flag = null;

  /** The other person's name, kept for the sentences after they have gone; "" when unknown. */
  otherName = "";

  /** @param {Document} root */
  constructor(root = document) {
    this.#root = root;
    this.#sections = [...root.querySelectorAll("[data-for]")].filter(
      (section) => section instanceof HTMLElement,
    );
    const metas = /** @type {NodeListOf<HTMLMetaElement>} */ (
      root.querySelectorAll("meta[name=theme-color]")
    );
    this.#barColors = new Map([...metas].map((meta) => [meta, meta.content]));
    this.notice = this.part("notice", HTMLElement);
    this.phase = this.part("phase", HTMLElement);
    this.said = this.part("said", HTMLElement);
    root.addEventListener("visibilitychange", () => {
      if (root.hidden) return;
      this.#flag = null;
      this.#drawTitle();
    });
  }

  // -- What features are given --------------------------------------------------------------

  /**
   * An element of the page. Throws when the page lacks it.
   * @template {Element} Type
   * @param {string} id
   * @param {new () => Type} type
   * @returns {Type}
   */
  part(id, type) {
    const element = this.#root.getElementById(id);
    if (element instanceof type) return element;
    throw new Error(`The page has no ${type.name} #${id}.`);
  }

  /** @param {Drawing} drawing called with the model there is and with every later one; must be cheap when nothing is different */
  draw(drawing) {
    this.#drawings.push(drawing);
    if (this.#model) drawing(this.#model, null);
  }

  /** While nobody looks at the page, its title says this. @param {string} title */
  flag(title) {
    if (this.#root.hidden) this.#flag = title;
    this.#drawTitle();
  }

  /** Have a screen reader say something. @param {string} text */
  say(text) {
    setText(this.said, text);
  }

  /**
   * Show a sentence for a while where notices are, unless there is one.
   * @param {(model: Model) => string} sentence made anew whenever something changes
   */
  explain(sentence) {
    clearTimeout(this.#explanationTimer);
    this.#explanation = sentence;
    this.#explanationTimer = setTimeout(() => {
      this.#explanation = null;
      this.#drawNotice();
    }, EXPLAINED_FOR);
    this.#drawNotice();
  }

  /**
   * @param {string} key
   * @param {(screen: Screen, event: KeyboardEvent) => void} action
   */
  shortcut(key, action) {
    this.#root.addEventListener("keydown", (event) => {
      if (!isFor(event, key) || isTyping(event.target) || !this.#model) return;
      action(this.#model.screen, event);
    });
  }

  /** Whether the keyboard is somewhere in there. @param {Element} element */
  hasFocus(element) {
    return element.contains(this.#root.activeElement);
  }

  // -- Drawing ----------------------------------------------------------------------------

  /** @param {Model} model */
  render(model) {
    const before = this.#model;
    this.#model = structuredClone(model);
    const { screen, phase, remote } = model;
    if (screen === "preview" || screen === "joining") this.otherName = "";
    if (remote) this.otherName = remote.name ?? "";

    setAttribute(this.#root.body, "data-screen", screen);
    setAttribute(this.#root.body, "data-phase", phase);
    const section = this.#sectionOf(screen);
    for (const element of this.#sections) setShown(element, element === section);
    this.#drawTitle();
    if (screen !== before?.screen) this.#colorBars(screen === "call");
    setText(this.phase, screen === "call" ? phaseSpoken(phase) : "");
    this.#drawNotice();

    for (const drawing of this.#drawings) drawing(model, before);
    if (before && section !== this.#sectionOf(before.screen)) section?.querySelector("h1")?.focus();
  }

  #drawTitle() {
    if (this.#model === null) return;
    const title = this.#flag ?? titleOf(this.#model);
    if (this.#root.title !== title) this.#root.title = title;
  }

  #drawNotice() {
    const model = this.#model;
    if (model === null) return;
    const { screen, local } = model;
    const explained = EXPLAINED_ON.includes(screen) && this.#explanation?.(model);
    const own = explained || (screen === "call" && interruptionOf(local.interrupted));
    const text = noticeOf(model, this.otherName) || own || "";
    setText(this.notice, text);
    setShown(this.notice, text !== "");
  }

  /** The part of the page for a screen; "preview" and "joining" share one. @param {Screen} screen */
  #sectionOf(screen) {
    return this.#sections.find((one) => (one.dataset.for ?? "").split(" ").includes(screen));
  }

  /** @param {boolean} dark */
  #colorBars(dark) {
    for (const [meta, color] of this.#barColors) meta.content = dark ? STAGE_COLOR : color;
  }
}
