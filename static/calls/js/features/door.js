/** At the door: who presses reads whether somebody is inside, and can turn back. */

import { setAttribute, setShown, setText } from "../view/dom.js";
import { doorLine, joinLabel } from "../view/door.js";

/** @import { Duet } from "../main.js" */

/** Milliseconds of joining after which it is said what is wrong. */
const PATIENCE = 10_000;

/** @param {Duet} duet */
export function door({ call, view }) {
  const line = view.part("door", HTMLElement);
  const join = view.part("join", HTMLButtonElement);
  const label = view.part("join-label", HTMLElement);
  const cancel = view.part("cancel-join", HTMLButtonElement);
  const check = view.part("check-before", HTMLButtonElement);
  let late = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const drawLine = () => {
    const text = doorLine(call.model, { late, online: navigator.onLine });
    setText(line, text);
    return text;
  };
  cancel.addEventListener("click", () => {
    call.cancel();
    join.focus();
  });
  for (const type of ["online", "offline"]) addEventListener(type, drawLine);

  view.draw((model, before) => {
    const { screen, somebody } = model;
    const busy = screen === "joining";
    if (screen !== before?.screen) {
      clearTimeout(timer);
      late = false;
      if (busy) {
        timer = setTimeout(() => {
          late = true;
          view.say(drawLine());
        }, PATIENCE);
      }
    }
    setText(label, joinLabel(model));
    const text = drawLine();
    setAttribute(line, "data-somebody", screen === "preview" && somebody === true);
    // One who waits for the other to come hears of it without looking.
    if (screen === "preview" && somebody && before?.somebody === false) view.say(text);
    setShown(cancel, busy);
    setShown(check, !busy);
  });
}
