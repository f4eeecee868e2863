/** Two notes when the other comes or goes, and the title, for whoever looks elsewhere. */

import { arrivalOf, arrivalTitle } from "../view/arrivals.js";
import { later } from "../view/later.js";

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function chime({ speaker, view }) {
  const loaded = later(() => import("../view/tone.js"));

  view.draw((model, before) => {
    const arrival = arrivalOf(before, model);
    if (arrival === null) return;
    view.flag(arrivalTitle(arrival, view.otherName));
    loaded()
      .then(({ CAME, WENT, playTone }) => playTone(speaker.id, arrival === "came" ? CAME : WENT))
      // The browser may not let a page that nobody has touched make a sound.
      .catch(() => {});
  });
}
