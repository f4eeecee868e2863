/** After a call: what the person thinks of it, in one press. */

import { setShown } from "../view/dom.js";

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function rating({ call, view }) {
  const question = view.part("rating", HTMLElement);
  const thanks = view.part("rating-thanks", HTMLElement);
  let rated = false;

  for (const star of question.querySelectorAll("button")) {
    star.addEventListener("click", () => {
      rated = true;
      call.rate(Number(star.value));
      setShown(question, false);
      setShown(thanks, true);
      thanks.focus();
    });
  }

  view.draw(({ screen, lasted, reason }) => {
    if (screen !== "ended") rated = false;
    const asked = screen === "ended" && lasted !== null && reason !== "refused";
    setShown(question, asked && !rated);
    setShown(thanks, asked && rated);
  });
}
