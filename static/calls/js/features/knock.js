/** Somebody wants to come in and may not without being asked for; and whoever waits for that. */

import { Bucket } from "../base/bucket.js";
import { setShown, setText } from "../view/dom.js";
import { later } from "../view/later.js";
import { knockOf, knockTitle, waitLine } from "../view/privacy.js";
import { phaseSpoken } from "../view/sentences.js";

/** @import { Model } from "../call/model.js" */
/** @import { Duet } from "../main.js" */

/** However often somebody rings. */
const RINGS = { burst: 3, rate: 1 / 60 };
/** Milliseconds without a word after which whoever has come is told that they wait to be let in. */
const PATIENCE = 2000;

/**
 * Whether the other may be asking whether to let this person in.
 * @param {Model} model
 */
export const isOutside = ({ screen, phase, remote }) =>
  screen === "call" && phase === "connecting" && remote !== null && !remote.heard && !remote.came;

/** @param {Duet} duet */
export function knock({ call, speaker, view }) {
  const { knock: door } = call.other;
  const panel = view.part("knock", HTMLElement);
  const text = view.part("knock-text", HTMLElement);
  const mute = view.part("mute", HTMLButtonElement);
  const rings = new Bucket(RINGS);
  const loaded = later(() => import("../view/tone.js"));

  view.part("knock-let-in", HTMLButtonElement).addEventListener("click", () => door.letIn());
  view.part("knock-dismiss", HTMLButtonElement).addEventListener("click", () => door.dismiss());

  async function ring() {
    const { KNOCK, playTone } = await loaded();
    await playTone(speaker.id, KNOCK);
  }

  const connecting = view.part("connecting", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  view.draw((model) => {
    if (!isOutside(model)) {
      clearTimeout(waiting);
      waiting = undefined;
      setText(connecting, phaseSpoken("connecting"));
      return;
    }
    waiting ??= setTimeout(() => {
      setText(connecting, waitLine());
      view.say(waitLine());
    }, PATIENCE);
  });

  view.draw(({ screen, knocking, whole }, before) => {
    const asked = screen === "call" && knocking !== null;
    const hadFocus = view.hasFocus(panel);
    setShown(panel, asked);
    if (hadFocus && !asked) mute.focus();
    if (!asked) return;
    const sentence = knockOf(knocking, whole);
    setText(text, sentence);
    if (before?.knocking) return;
    view.say(sentence);
    view.flag(knockTitle(knocking.name));
    // The browser may not let a page that nobody has touched make a sound.
    if (rings.take()) ring().catch(() => {});
  });
}
