/** Microphone, camera and hanging up: the buttons before the call and in it, and their keys. */

import { setAttribute, setLabel } from "../view/dom.js";
import { problemOf, toggleLabel } from "../view/sentences.js";
import { switchOf } from "../view/switches.js";

/** @import { Screen } from "../call/model.js" */
/** @import { Duet } from "../main.js" */
/** @import { Kind } from "../view/switches.js" */

/** @type {Screen[]} */
const WITH_SWITCHES = ["preview", "joining", "call"];

/** @param {Duet} duet */
export function controls({ call, media, view }) {
  const button = (/** @type {string} */ id) => view.part(id, HTMLButtonElement);
  /** @type {Record<Kind, HTMLButtonElement[]>} */
  const buttons = {
    audio: [button("preview-mute"), button("mute")],
    video: [button("preview-camera"), button("camera")],
  };

  /** @param {Kind} kind */
  function toggle(kind) {
    if (kind === "audio" ? media.hasAudio : media.hasVideo) {
      if (kind === "audio") media.toggleAudio();
      else media.toggleVideo();
    } else if (!media.asking) {
      // Without a device there is nothing to switch: look for one instead, and say why, which
      // the preview does by itself.
      view.explain(({ screen, local }) => (screen === "call" ? problemOf(local) : ""));
      media.open();
    }
  }

  for (const kind of /** @type {Kind[]} */ (["audio", "video"])) {
    for (const one of buttons[kind]) one.addEventListener("click", () => toggle(kind));
    view.shortcut(kind === "audio" ? "m" : "v", (screen) => {
      if (WITH_SWITCHES.includes(screen)) toggle(kind);
    });
  }
  button("hangup").addEventListener("click", () => call.hangUp());

  view.draw(({ local }) => {
    for (const kind of /** @type {Kind[]} */ (["audio", "video"])) {
      const state = switchOf(local, kind);
      const { label, name, hint } = toggleLabel(kind, state);
      for (const one of buttons[kind]) {
        setLabel(one, label);
        setAttribute(one, "aria-label", name);
        setAttribute(one, "title", hint);
        setAttribute(one, "data-off", !state.on);
        setAttribute(one, "data-missing", !state.present);
      }
    }
  });
}
