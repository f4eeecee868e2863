/** Before the call: the own picture, the name, and the button that joins. */

import { resume, setAttribute, setShown, setText, showSilently } from "../view/dom.js";
import { interruptionOf, problemOf } from "../view/sentences.js";

/** @import { Model } from "../call/model.js" */
/** @import { Duet } from "../main.js" */

/**
 * What the tile with the own picture shows.
 * @param {Pick<Model, "local">} model
 */
export function tileOf({ local }) {
  const { asking, hasVideo, interrupted, video } = local;
  const picture = hasVideo && video;
  const problem = asking ? "" : problemOf(local) || interruptionOf(interrupted);
  const off = !asking && !picture && problem === "";
  return { picture, asking: asking && !picture, problem, off };
}

/** @param {Duet} duet */
export function preview({ call, person, media, view }) {
  const tile = view.part("preview-tile", HTMLElement);
  const video = view.part("preview-video", HTMLVideoElement);
  const asking = view.part("asking", HTMLElement);
  const cameraIsOff = view.part("camera-is-off", HTMLElement);
  const problem = view.part("problem", HTMLElement);
  const mediaProblem = view.part("media-problem", HTMLElement);
  const form = view.part("join-form", HTMLFormElement);
  const name = view.part("name", HTMLInputElement);
  const join = view.part("join", HTMLButtonElement);

  const prepare = () => {
    if (document.visibilityState === "visible") call.prepare();
    else call.unprepare();
  };
  document.addEventListener("visibilitychange", prepare);
  // A connection that was lost meanwhile is made anew when somebody is about to press.
  for (const type of ["pointerover", "pointerdown", "focusin"]) {
    form.addEventListener(type, prepare);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (call.screen === "preview") call.join(name.value.trim());
  });
  // Emptied, it is forgotten.
  name.addEventListener("change", () => {
    person.name = name.value.trim();
  });
  view.part("retry-media", HTMLButtonElement).addEventListener("click", () => media.open());
  resume(video, () => video.play().catch(() => {}));

  view.draw((model, before) => {
    const { screen } = model;
    // Who presses before the call has started would join twice.
    join.disabled = false;
    const shown = tileOf(model);
    const inUse = screen === "preview" || screen === "joining";
    showSilently(video, inUse ? media.stream : null);
    setAttribute(tile, "data-video", shown.picture ? "on" : "off");
    video.classList.toggle("mirror", model.local.mirrored);
    setShown(asking, shown.asking);
    setShown(cameraIsOff, shown.off);
    if (!model.local.asking) setText(mediaProblem, shown.problem);
    const hadFocus = view.hasFocus(problem);
    // Whoever tries again stays where they are, until there is an answer.
    const waits = hadFocus && model.local.asking;
    setShown(problem, shown.problem !== "" || waits);
    if (hadFocus && !waits && shown.problem === "") join.focus();

    if (screen !== before?.screen) prepare();
    // What was typed before the scripts came stays.
    if (before ? model.name !== before.name : name.value === "") name.value = model.name;
    const busy = screen === "joining";
    name.readOnly = busy;
    // Not `disabled`: that would throw the keyboard focus away.
    setAttribute(join, "aria-disabled", busy);
  });
}
