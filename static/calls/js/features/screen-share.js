/** Showing the own screen, and the other's over the whole stage, their picture small beside it. */

import { setAttribute, setLabel, setShown } from "../view/dom.js";
import { refusedOf, screenOf, shareLabel, sharedSpoken, shownSpoken } from "../view/sharing.js";
import { Speaker } from "../view/speaker.js";

/** @import { More } from "../extras.js" */

/** @param {More} duet */
export function screenShare({ call, display, screens, speaker, view }) {
  const stage = view.part("stage", HTMLElement);
  const video = view.part("remote-screen", HTMLVideoElement);
  const button = view.part("screen-share", HTMLButtonElement);
  const sharing = view.part("sharing", HTMLElement);
  const stop = view.part("sharing-stop", HTMLButtonElement);
  // It has sound of its own, which comes from where the other is heard.
  const sound = new Speaker(video);
  sound.follow(speaker);

  async function toggle() {
    if (display.isShared) {
      display.stop();
      return;
    }
    const refusal = await screens.share(display);
    if (refusal) view.explain(() => refusedOf(refusal));
  }

  button.addEventListener("click", toggle);
  stop.addEventListener("click", () => {
    display.stop();
    button.focus();
  });
  view.shortcut("s", () => {
    if (!button.hidden) toggle();
  });

  view.draw((model, before) => {
    const { screen, phase, local, remote } = model;
    const together = screen === "call" && phase !== "waiting";
    // Whoever comes next is shown nothing that was meant for another.
    if (!together) display.stop();
    setShown(button, screens.canShare() && together);
    setLabel(button, shareLabel(local.sharing));
    setAttribute(button, "data-on", local.sharing);
    setShown(sharing, local.sharing);
    if (before && local.sharing !== before.local.sharing) view.say(sharedSpoken(local.sharing));

    const shown = together && remote !== null && remote.screen;
    const wasShown = stage.dataset.screen === "on";
    setAttribute(stage, "data-screen", shown ? "on" : "off");
    setShown(video, shown);
    setAttribute(video, "aria-label", screenOf(view.otherName));
    sound.show(shown ? call.connection.screen : null);
    if (shown !== wasShown) view.say(shownSpoken(shown, view.otherName));
  });
}
