/** The screens around a call: full, ended, elsewhere, not supported. */

import { copies } from "../view/copy.js";
import { setText, setValue } from "../view/dom.js";
import { endingOf } from "../view/endings.js";

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function cards({ call, view }) {
  const title = view.part("ended-title", HTMLElement);
  const text = view.part("ended-reason", HTMLElement);
  const link = view.part("link-here", HTMLInputElement);

  view.part("again", HTMLButtonElement).addEventListener("click", () => call.again());
  view.part("use-here", HTMLButtonElement).addEventListener("click", () => call.again());
  view.part("leave", HTMLElement).addEventListener("click", () => call.hangUp());
  copies(view, view.part("copy-here", HTMLButtonElement), link);

  view.draw((model) => {
    setValue(link, model.link);
    if (model.screen !== "ended") return;
    const ending = endingOf(model, view.otherName);
    setText(title, ending.title);
    setText(text, ending.text);
  });
}
