/** Microphones and cameras that are switched, for whoever does not see it. */

import { changesOf } from "../view/announcements.js";

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function announcements({ view }) {
  view.draw((model, before) => {
    const changes = changesOf(before, model, view.otherName);
    if (changes.length > 0) view.say(changes.join(" "));
  });
}
