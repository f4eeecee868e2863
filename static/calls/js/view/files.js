/** The list of files in the panel of the chat: what each is, how far it is, what can be done. */

import { SPOKEN, gettext, ngettext } from "../base/text.js";
import { setAttribute, setShown, setText } from "./dom.js";
import { otherOf } from "./sentences.js";

/** @import { Files, Item } from "../call/files/files.js" */
/** @import { Incoming } from "../call/files/incoming.js" */
/** @import { View } from "./view.js" */

/** Milliseconds between two drawings. */
const EVERY = 100;
/** Milliseconds that something has to be seen before it can be accepted: lists move. */
const SEEN_FOR = 500;

// -- Words --------------------------------------------------------------------------------------

const UNITS = /** @type {const} */ (["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"]);

/** @param {number} bytes */
export function sizeOf(bytes) {
  let [unit, value] = [0, bytes];
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
  return SPOKEN.number(value, {
    style: "unit",
    unit: UNITS[unit],
    unitDisplay: unit === 0 ? "long" : "short",
    maximumFractionDigits: unit > 1 && value < 100 ? 1 : 0,
  });
}

/** @typedef {{ name: string, isOpen: boolean, isHeld: boolean }} Place
 *   `name` of the other person, "" when unknown; `isOpen`: there is a connection to them;
 *   `isHeld`: nothing is sent, to keep the sound clear */

/**
 * How it stands with a file.
 * @param {Pick<Item, "whose" | "state" | "size" | "moved" | "paused" | "waits">} item
 * @param {Place} place
 * @returns {string}
 */
export function stateOf(item, place) {
  const size = sizeOf(item.size);
  if (item.state === "moving") return movingOf(item, place);
  if (item.state !== "offered") return endOf(item, place.name);
  return item.whose === "own" ? gettext("{size}, not accepted yet", { size }) : size;
}

/** @param {Pick<Item, "whose" | "size" | "moved" | "paused" | "waits">} item @param {Place} place */
function movingOf(item, { name, isOpen, isHeld }) {
  const holes = { done: sizeOf(item.moved), size: sizeOf(item.size), name: otherOf(name) };
  const held = item.whose === "own" ? isHeld : item.waits === "sound";
  if (item.paused) return gettext("{done} of {size}. Paused.", holes);
  if (!isOpen) return gettext("{done} of {size}. Waiting for the connection…", holes);
  if (held) return gettext("{done} of {size}. Paused to keep the sound clear.", holes);
  if (item.waits) return gettext("{done} of {size}. Paused by {name}.", holes);
  return gettext("{done} of {size}", holes);
}

/** @param {Pick<Item, "whose" | "state" | "size">} item @param {string} name */
function endOf({ whose, state, size }, name) {
  const holes = { name: otherOf(name), size: sizeOf(size) };
  switch (state) {
    case "done":
      return whose === "own"
        ? gettext("{size}, delivered", holes)
        : gettext("{size}, received", holes);
    case "damaged":
      return gettext("It did not arrive whole.");
    case "unreadable":
      return gettext("It can’t be read any more. Choose it again.");
    case "no-room":
      return gettext("This device has no room for it.");
    case "withdrawn":
      return gettext("It is not offered any more.");
    case "refused":
      return gettext("Not accepted by {name}.", holes);
    default:
      return gettext("The other person has gone.");
  }
}

/**
 * What is said of files that have come while nobody saw the chat.
 * @param {string} file the last one's name
 * @param {string} name of the other person, "" when unknown
 * @param {number} count
 */
export const offeredBeside = (file, name, count) =>
  ngettext(
    "{name} offers you a file: {file}. It is in the chat.",
    "{name} offers you {count} files, the last is {file}. They are in the chat.",
    count,
    { name: otherOf(name), file },
  );

/** The same to whoever has the chat open. @param {string} file @param {string} name */
export const offeredOf = (file, name) =>
  gettext("{name} offers you a file: {file}", { name: otherOf(name), file });

/** @param {Item} item */
export const nameOf = (item) => item.name || gettext("File");

export const tooMany = () => gettext("Some files were left out: too many wait already.");
export const nobodyThere = () => gettext("You can send files as soon as somebody else is here.");

// -- What can be done ---------------------------------------------------------------------------

/** @typedef {"accept" | "refuse" | "pause" | "resume" | "cancel" | "save" | "hide"} Action */

/** @param {Pick<Item, "whose" | "state" | "paused">} item @returns {Action[]} */
export function actionsOf({ whose, state, paused }) {
  if (state === "offered") return whose === "own" ? ["cancel"] : ["accept", "refuse"];
  if (state === "moving") return [paused ? "resume" : "pause", "cancel"];
  return whose === "other" && state === "done" ? ["save", "hide"] : ["hide"];
}

/** @param {Files} files @param {Item} item @param {Action} action */
function act(files, item, action) {
  if (action === "accept") files.accept(/** @type {Incoming} */ (item));
  else if (action === "pause" || action === "resume") files.pause(item, action === "pause");
  else if (action !== "save") files.remove(item);
}

// -- The list -----------------------------------------------------------------------------------

class Row {
  /** Of what has arrived. */
  #address = "";

  /** @param {Files} files @param {Item} item @param {HTMLTemplateElement} template */
  constructor(files, item, template) {
    const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const part = (/** @type {string} */ selector) =>
      /** @type {HTMLElement} */ (copy.querySelector(selector));
    this.item = item;
    this.element = part("li");
    this.state = part(".soft");
    this.progress = /** @type {HTMLProgressElement} */ (part("progress"));
    this.save = /** @type {HTMLAnchorElement} */ (part("[data-action=save]"));
    /** @type {HTMLElement[]} */
    this.controls = [...part(".file-actions").querySelectorAll("*")].filter(
      (one) => one instanceof HTMLElement,
    );
    part("bdi").textContent = this.element.title = this.save.download = nameOf(item);
    this.progress.max = Math.max(1, item.size);
    this.progress.setAttribute("aria-label", nameOf(item));
    for (const control of this.controls) this.#prepare(control, files);
  }

  /** @param {HTMLElement} control @param {Files} files */
  #prepare(control, files) {
    const label = control.title || control.textContent;
    control.setAttribute("aria-label", `${label}: ${nameOf(this.item)}`);
    const action = /** @type {Action} */ (control.dataset.action);
    control.addEventListener("click", () => {
      if (control.getAttribute("aria-disabled") !== "true") act(files, this.item, action);
    });
  }

  /** @param {Place} place */
  draw(place) {
    const { item, element } = this;
    setAttribute(element, "data-state", item.state);
    setAttribute(element, "data-whose", item.whose);
    setText(this.state, stateOf(item, place));
    setShown(this.progress, item.state === "moving");
    this.progress.value = item.moved;
    this.#link();
    const actions = actionsOf(item);
    const hadFocus = this.controls.find((control) => control === document.activeElement);
    for (const control of this.controls) {
      setShown(control, actions.includes(/** @type {Action} */ (control.dataset.action)));
    }
    if (hadFocus?.hidden) this.controls.find((control) => !control.hidden)?.focus();
  }

  /** The browser asks or not, as it does with everything else that is downloaded. */
  #link() {
    if (this.item.whose === "own" || this.item.blob === null || this.#address !== "") return;
    this.save.href = this.#address = URL.createObjectURL(this.item.blob);
  }

  /** Nobody presses what has only just come under the finger. */
  guard() {
    const accept = this.controls.find(({ dataset }) => dataset.action === "accept");
    if (!accept || accept.hidden) return;
    accept.setAttribute("aria-disabled", "true");
    setTimeout(() => accept.removeAttribute("aria-disabled"), SEEN_FOR);
  }

  remove() {
    this.element.remove();
    if (this.#address !== "") URL.revokeObjectURL(this.#address);
  }
}

/**
 * @param {{ files: Files, view: View, isOpen: () => boolean }} options
 *   `isOpen`: there is a connection to the other
 */
export function fileRows({ files, view, isOpen }) {
  const list = view.part("files", HTMLElement);
  const template = view.part("file-row", HTMLTemplateElement);
  const field = view.part("chat-text", HTMLTextAreaElement);
  /** @type {Map<Item, Row>} */
  const rows = new Map();
  let isAsked = false;

  const place = () => ({ name: view.otherName, isOpen: isOpen(), isHeld: files.isHeld });

  function draw() {
    isAsked = false;
    const moved = [removeOld(), addNew()].includes(true);
    for (const row of rows.values()) row.draw(place());
    setShown(list, rows.size > 0);
    if (moved) for (const row of rows.values()) row.guard();
  }

  function removeOld() {
    const hadFocus = list.contains(document.activeElement);
    const { size } = rows;
    for (const [item, row] of rows) {
      if (files.items.includes(item)) continue;
      row.remove();
      rows.delete(item);
    }
    if (hadFocus && !list.contains(document.activeElement)) field.focus();
    return rows.size < size;
  }

  function addNew() {
    const { size } = rows;
    for (const item of files.items) {
      if (rows.has(item)) continue;
      const row = new Row(files, item, template);
      rows.set(item, row);
      list.append(row.element);
    }
    if (rows.size > size) requestAnimationFrame(() => (list.scrollTop = list.scrollHeight));
    return rows.size > size;
  }

  /** However much happens. A timer: nothing is painted in a hidden tab. */
  function drawSoon() {
    if (!isAsked) setTimeout(draw, EVERY);
    isAsked = true;
  }

  files.on("change", drawSoon);
  files.on("over", (item) => {
    draw();
    if (item.whose === "other" && item.state === "done") rows.get(item)?.save.click();
    view.say(gettext("{file}: {state}", { file: nameOf(item), state: stateOf(item, place()) }));
  });
  view.draw(drawSoon);
}
