/** Choosing camera, microphone and speaker: a dialog over the preview or the call, remembered. */

import { remembered } from "../base/memory.js";
import { setText } from "../view/dom.js";
import { later, loading, notLoaded } from "../view/later.js";

/** @import { Choices } from "../call/media.js" */
/** @import { Duet } from "../main.js" */

/** @type {Choices} */
const NOTHING = { camera: null, microphone: null, speaker: null, mirror: true };

/** @param {Duet} duet */
export function devices({ makeDevices, media, speaker, view }) {
  const dialog = view.part("devices", HTMLDialogElement);
  const said = view.part("devices-said", HTMLElement);
  const button = (/** @type {string} */ id) => view.part(id, HTMLButtonElement);

  const choices = remembered("duet:devices", NOTHING, "device");
  const { camera, microphone, mirror } = choices;
  Object.assign(media.chosen, { camera: camera?.id ?? null, microphone: microphone?.id ?? null });
  media.mirror = mirror;

  const loaded = later(async () => {
    const { picker } = await import("../view/picker.js");
    return picker({ devices: await makeDevices(choices), media, speaker, view });
  });

  async function open() {
    setText(said, loading());
    dialog.showModal();
    const draw = await loaded().catch(() => null);
    setText(said, draw ? "" : notLoaded());
    await draw?.();
  }

  for (const opener of [button("devices-before"), button("devices-during")]) {
    opener.addEventListener("click", open);
  }
  button("devices-close").addEventListener("click", () => dialog.close());
  // Escape closes this, not what lies below it.
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.stopPropagation();
  });
  view.draw((model, before) => {
    if (before && model.screen !== before.screen) dialog.close();
  });
}
