/** Choosing camera, microphone and speaker: a dialog over the preview or the call, remembered. */

import { remembered } from "../base/memory.js";
import { dialogOf } from "../view/dialogs.js";
import { setText } from "../view/dom.js";
import { later, loading, notLoaded } from "../view/later.js";

/** @import { Choices } from "../call/media.js" */
/** @import { Duet } from "../main.js" */

/** @type {Choices} */
const NOTHING = { camera: null, microphone: null, speaker: null, mirror: true };

/** @param {Duet} duet */
export function devices({ makeDevices, media, speaker, view }) {
  const said = view.part("devices-said", HTMLElement);

  const choices = remembered("duet:devices", NOTHING, "device");
  const { camera, microphone, mirror } = choices;
  Object.assign(media.chosen, { camera: camera?.id ?? null, microphone: microphone?.id ?? null });
  media.mirror = mirror;

  const loaded = later(async () => {
    const { picker } = await import("../view/picker.js");
    return picker({ devices: await makeDevices(choices), media, speaker, view });
  });

  async function fill() {
    setText(said, loading());
    const draw = await loaded().catch(() => null);
    setText(said, draw ? "" : notLoaded());
    await draw?.();
  }

  dialogOf(view, "devices", fill);
}
