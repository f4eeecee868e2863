/** Two notes when the other comes or goes, and the title, for whoever looks elsewhere. */

import { arrivalOf, arrivalTitle } from "../view/arrivals.js";
import { later } from "../view/later.js";

/** @import { Duet } from "../main.js" */

/** Milliseconds: their picture comes first, and a computer that is busy with it is not disturbed. */
const PAUSE = 800;

/** @param {Duet} duet */
export function chime({ speaker, view }) {
  const loaded = later(() => import("../view/tone.js"));

  view.draw((model, before) => {
    const arrival = arrivalOf(before, model);
    if (arrival === null) return;
    view.flag(arrivalTitle(arrival, view.otherName));
    const play = async () => {
      const { CAME, WENT, playTone } = await loaded();
      await playTone(speaker.id, arrival === "came" ? CAME : WENT);
    };
    // The browser may not let a page that nobody has touched make a sound.
    setTimeout(() => play().catch(() => {}), PAUSE);
  });
}
