/**
 * The other's picture in a small window above other programs: with the buttons of the call where
 * the browser lets a page fill such a window, else as the browser has it.
 */

import { setAttribute, setLabel, setShown, showSilently } from "../view/dom.js";
import { toggleLabel } from "../view/sentences.js";
import { switchOf } from "../view/switches.js";

/** @import { Duet } from "../main.js" */

const SIZE = { width: 360, height: 240 };

/** @param {Duet} duet */
export function pictureInPicture({ call, media, view }) {
  const button = view.part("picture-in-picture", HTMLButtonElement);
  const video = view.part("remote-video", HTMLVideoElement);
  const content = view.part("small-window", HTMLTemplateElement);
  const { documentPictureInPicture } = /** @type {any} */ (window);
  const can = documentPictureInPicture !== undefined || document.pictureInPictureEnabled === true;
  /** @type {Window | null} */
  let small = null;
  let together = false;

  async function open() {
    if (documentPictureInPicture === undefined) {
      await video.requestPictureInPicture();
      return;
    }
    const opened = /** @type {Window} */ (await documentPictureInPicture.requestWindow(SIZE));
    small = opened;
    fill(opened.document);
    opened.addEventListener("pagehide", () => {
      if (small === opened) small = null;
    });
    call.changed();
  }

  /** @param {Document} page */
  function fill(page) {
    page.documentElement.lang = document.documentElement.lang;
    page.title = document.title;
    for (const sheet of document.querySelectorAll("link[rel=stylesheet]")) {
      page.head.append(page.importNode(sheet));
    }
    page.body.className = "small-window";
    page.body.append(page.importNode(content.content, true));
    const press = (/** @type {string} */ name, /** @type {() => void} */ action) =>
      page.querySelector(`[data-press=${name}]`)?.addEventListener("click", action);
    press("audio", () => media.toggleAudio());
    press("video", () => media.toggleVideo());
    press("hang-up", () => call.hangUp());
  }

  function close() {
    small?.close();
    if (document.pictureInPictureElement) document.exitPictureInPicture().catch(() => {});
  }

  function toggle() {
    if (small || document.pictureInPictureElement) close();
    else open().catch(() => {});
  }

  button.addEventListener("click", toggle);
  view.shortcut("p", () => {
    if (can && together) toggle();
  });

  view.draw(({ screen, phase, local, remote }) => {
    together = screen === "call" && phase !== "waiting";
    setShown(button, can && together);
    if (!together) close();
    if (small === null) return;
    const page = small.document;
    const picture = page.querySelector("video");
    if (picture) {
      const { screen: shared } = call.connection;
      const stream = remote?.screen ? shared : /** @type {MediaStream} */ (video.srcObject);
      showSilently(picture, stream);
    }
    for (const kind of /** @type {const} */ (["audio", "video"])) {
      const state = switchOf(local, kind);
      const { label, name } = toggleLabel(kind, state);
      for (const one of page.querySelectorAll(`[data-press=${kind}]`)) {
        setLabel(one, label);
        setAttribute(one, "aria-label", name);
        setAttribute(one, "data-off", !state.on);
      }
    }
  });
}
