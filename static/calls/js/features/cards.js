/** The screens around a call: full, ended, elsewhere, not supported. */

import { copies } from "../view/copy.js";
import { setShown, setText, setValue } from "../view/dom.js";
import { backOf, endingOf, lastedOf } from "../view/endings.js";

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function cards({ call, view }) {
  const title = view.part("ended-title", HTMLElement);
  const text = view.part("ended-reason", HTMLElement);
  const lasted = view.part("ended-lasted", HTMLElement);
  const back = view.part("ended-back", HTMLElement);
  // Whoever is left alone has yet to leave: only who comes afterwards has come back.
  let empty = false;
  const link = view.part("link-here", HTMLInputElement);

  view.part("again", HTMLButtonElement).addEventListener("click", () => call.again());
  view.part("use-here", HTMLButtonElement).addEventListener("click", () => call.again());
  view.part("leave", HTMLElement).addEventListener("click", () => call.hangUp());
  copies(view, view.part("copy-here", HTMLButtonElement), link);

  view.draw((model) => {
    setValue(link, model.link);
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
