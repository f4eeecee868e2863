/** The screens around a call: full, ended, elsewhere, not supported. */

import { copies } from "../view/copy.js";
import { setShown, setText, setValue } from "../view/dom.js";
import { backOf, endingOf, fullOf, lastedOf } from "../view/endings.js";

/** @import { Model } from "../call/model.js" */
/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function cards({ call, view }) {
  const title = view.part("ended-title", HTMLElement);
  const text = view.part("ended-reason", HTMLElement);
  const lasted = view.part("ended-lasted", HTMLElement);
  const back = view.part("ended-back", HTMLElement);
  // Whoever is left alone has yet to leave: only who comes afterwards has come back.
  let empty = false;
  const fullTitle = view.part("full-title", HTMLElement);
  const fullText = view.part("full-text", HTMLElement);
  const enter = view.part("enter", HTMLButtonElement);
  const link = view.part("link-here", HTMLInputElement);

  view.part("again", HTMLButtonElement).addEventListener("click", () => call.again());
  enter.addEventListener("click", () => call.again());
  view.part("use-here", HTMLButtonElement).addEventListener("click", () => call.again());
  copies(view, view.part("copy-here", HTMLButtonElement), link);

  /** @param {Model} model @param {Model | null} before */
  function drawFull({ full }, before) {
    const free = full === false;
    const card = fullOf(free);
    setText(fullTitle, card.title);
    setText(fullText, card.text);
    const hadFocus = view.hasFocus(enter);
    setShown(enter, free);
    if (hadFocus && !free) fullTitle.focus();
    if (!free || before?.screen !== "full" || before.full === false) return;
    view.say(card.title);
    view.flag(card.title);
  }

  view.draw((model, before) => {
    setValue(link, model.link);
    if (model.screen === "full") drawFull(model, before);
    if (model.screen !== "ended") {
      empty = false;
      return;
    }
    empty ||= model.somebody === false;
    const ending = endingOf(model, view.otherName);
    setText(title, ending.title);
    setText(text, ending.text);
    setShown(lasted, model.lasted !== null);
    setText(lasted, model.lasted === null ? "" : lastedOf(model.lasted));
    setText(back, empty && model.somebody ? backOf(view.otherName) : "");
  });
}
