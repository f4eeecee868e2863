/** Choosing camera, microphone and speaker: a dialog over the preview or the call, remembered. */

import { remembered } from "../base/memory.js";
import { dialogOf } from "../view/dialogs.js";
import { setShown, setText } from "../view/dom.js";
import { later, loading, notLoaded } from "../view/later.js";

/** @import { Choices } from "../call/media.js" */
/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function devices({ makeDevices, media, speaker, view }) {
  const said = view.part("devices-said", HTMLElement);

  /** @type {Choices} */
  const initial = {
    ...{ camera: null, microphone: null, speaker: null, mirror: true },
    ...{ processing: media.processing, volume: 1 },
  };
  const choices = remembered("duet:devices", initial, "device");
  const { camera, microphone, mirror, processing, volume } = choices;
  Object.assign(media.chosen, { camera: camera?.id ?? null, microphone: microphone?.id ?? null });
  Object.assign(media, { mirror, processing });
  speaker.volume = volume;

  const chosen = later(() => makeDevices(choices));
  const loaded = later(async () => {
    const { picker } = await import("../view/picker.js");
    return picker({ devices: await chosen(), media, speaker, view });
  });

  async function fill() {
    setText(said, loading());
    const draw = await loaded().catch(() => null);
    setText(said, draw ? "" : notLoaded());
    await draw?.();
  }

  dialogOf(view, "devices", fill);

  // A hand-held camera is turned around more often than it is chosen.
  const flip = view.part("self-flip", HTMLButtonElement);
  flip.addEventListener("click", async () => {
    const devices = await chosen().catch(() => null);
    await devices?.refresh();
    await devices?.flip();
  });
  view.draw(({ local }) => {
    const side = media.tracks.camera?.getSettings().facingMode;
    setShown(flip, local.hasVideo && local.video && side !== undefined);
  });
}
