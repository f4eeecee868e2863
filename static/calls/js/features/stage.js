/** The call itself: the other person's picture with its labels, and the own one in a corner. */

import { resume, setAttribute, setShown, setText, showSilently } from "../view/dom.js";
import { arrive } from "../view/moving.js";
import { otherOf } from "../view/sentences.js";
import { switchOf } from "../view/switches.js";

/** @import { Model } from "../call/model.js" */
/** @import { Duet } from "../main.js" */

/**
 * What is shown of the other person.
 * @param {Pick<Model, "phase" | "remote">} model
 */
export function otherShown({ phase, remote }) {
  const here = remote !== null && phase !== "waiting";
  const connecting = phase === "connecting";
  // Of a picture that is held back the last one would stand still.
  const picture = here && !connecting && remote.video && !remote.paused;
  return {
    picture,
    connecting,
    avatar: connecting || (here && !picture),
    name: here,
    muted: here && !connecting && !remote.audio,
    cameraOff: here && !connecting && !remote.video,
  };
}

/** Milliseconds that the own picture waits for the other's to take its place. */
const GIVES_WAY = 1500;

/** First letter of a name, whole even beyond the basic plane. @param {string} name */
export function initialOf(name) {
  return ([...name.trim()][0] ?? "").toLocaleUpperCase();
}

/**
 * The shape of a picture; null while there is none. An upright one may fill an upright phone.
 * Two digits: the sender's resolution wavers by a pixel, the page should not.
 * @param {{ videoWidth: number, videoHeight: number }} picture
 */
export function shapeOf({ videoWidth, videoHeight }) {
  if (!videoWidth || !videoHeight) return null;
  const ratio = (videoWidth / videoHeight).toFixed(2);
  return { ratio, shape: Number(ratio) < 1 ? "upright" : "wide" };
}

/**
 * Have the style of an element know the shape of what a video shows.
 * @param {HTMLVideoElement} video
 * @param {HTMLElement} element
 * @param {string} property
 */
function shapes(video, element, property) {
  function shape() {
    const found = shapeOf(video);
    if (found === null) return;
    const { style } = element;
    if (style.getPropertyValue(property) !== found.ratio) style.setProperty(property, found.ratio);
    setAttribute(element, "data-shape", found.shape);
  }
  for (const type of ["playing", "resize"]) video.addEventListener(type, shape);
}

/** @param {Duet} duet */
export function stage({ call, media, speaker, view }) {
  const part = (/** @type {string} */ id) => view.part(id, Element);
  const stage = view.part("stage", HTMLElement);
  const video = view.part("remote-video", HTMLVideoElement);
  const [person, connecting] = [part("person"), part("connecting")];
  const [initial, noInitial] = [part("initial"), part("no-initial")];
  const [name, muted] = [part("remote-name"), part("remote-muted")];
  const cameraOff = part("remote-camera-off");
  const hear = view.part("hear", HTMLButtonElement);
  const self = view.part("self", HTMLElement);
  const selfMuted = part("self-muted");
  const selfVideo = view.part("local-video", HTMLVideoElement);

  call.on("remote", (stream) => speaker.show(stream));
  speaker.on("blocked", (blocked) => setShown(hear, blocked));
  hear.addEventListener("click", () => speaker.unblock());
  resume(selfVideo, () => selfVideo.play().catch(() => {}));

  shapes(video, stage, "--ratio");
  shapes(selfVideo, self, "--own");

  // Whoever waits sees how they will be seen, until the other's picture is there.
  let large = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let giving;
  /** @param {boolean} next */
  function place(next) {
    if (giving !== undefined) selfVideo.play().catch(() => {});
    clearTimeout(giving);
    giving = undefined;
    if (next === large) return;
    const before = large ? stage.getBoundingClientRect() : null;
    large = next;
    setAttribute(stage, "data-large", large);
    arrive(self, before);
  }
  video.addEventListener("resize", () => {
    if (video.videoWidth > 0 && giving !== undefined) place(false);
  });

  view.draw((model) => {
    const shown = otherShown(model);
    const letter = initialOf(view.otherName);
    setAttribute(stage, "data-video", shown.picture ? "on" : "off");
    // An empty video is read as one that does not play.
    setAttribute(video, "aria-hidden", !shown.picture);
    setAttribute(stage, "data-busy", shown.connecting);
    setShown(person, shown.avatar);
    setShown(connecting, shown.connecting);
    setText(initial, letter);
    setShown(noInitial, letter === "");
    setText(name, view.otherName);
    setShown(name, shown.name && view.otherName !== "");
    setShown(muted, shown.muted);
    setShown(cameraOff, shown.cameraOff);

    const inCall = model.screen === "call";
    if (!inCall) place(false);
    else if (model.phase === "waiting") place(true);
    else if (large) {
      if (giving === undefined) {
        giving = setTimeout(() => place(false), GIVES_WAY);
        // A large picture that moves takes from a computer what the first one of the other needs.
        selfVideo.pause();
      }
      if (model.phase === "connected" && !model.remote?.video) place(false);
    }
    if (inCall) setAttribute(video, "aria-label", otherOf(view.otherName));
    showSilently(selfVideo, inCall ? media.stream : null);
    selfVideo.classList.toggle("mirror", model.local.mirrored);
    setAttribute(self, "data-video", switchOf(model.local, "video").on ? "on" : "off");
    setShown(selfMuted, !switchOf(model.local, "audio").on);
  });
}
