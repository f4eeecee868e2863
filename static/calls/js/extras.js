/** The features that the page does not wait for: nobody misses them in the first seconds. */

import { remembered } from "./base/memory.js";
import { pause } from "./base/pause.js";
import * as screens from "./call/capture.js";
import { Comparing, NOTHING } from "./call/comparing.js";
import { Files } from "./call/files/files.js";
import { sweep } from "./call/files/storage.js";
import { isPossible } from "./call/link-key.js";
import { QualityMeter } from "./call/quality-meter.js";
import { announcements } from "./features/announcements.js";
import { chime } from "./features/chime.js";
import { comparing } from "./features/comparing.js";
import { files } from "./features/files.js";
import { fullScreen } from "./features/full-screen.js";
import { help } from "./features/help.js";
import { idleControls } from "./features/idle-controls.js";
import { knock } from "./features/knock.js";
import { mutedVoice } from "./features/muted-voice.js";
import { permission } from "./features/permission.js";
import { pictureInPicture } from "./features/picture-in-picture.js";
import { privacy } from "./features/privacy.js";
import { pushToTalk } from "./features/push-to-talk.js";
import { quality } from "./features/quality.js";
import { rating } from "./features/rating.js";
import { screenShare } from "./features/screen-share.js";
import { selfView } from "./features/self-view.js";
import { timer } from "./features/timer.js";
import { wakeLock } from "./features/wake-lock.js";

/** @import { Duet } from "./main.js" */

/** @param {Duet} duet */
function makeFiles({ call, channel }) {
  if (!isPossible()) return null;
  sweep().catch(() => {}); // it is only for the sake of room
  return new Files({ call, channel, monitor: call.connection.monitor });
}

/** @param {Duet} duet */
function makeComparing({ call, channel, room }) {
  if (!isPossible()) return null;
  const memory = remembered(`duet:${room}:code`, NOTHING);
  return new Comparing({ call, channel, memory });
}

/** @param {Duet} duet */
const more = (duet) => ({
  ...duet,
  meter: new QualityMeter(duet.call.connection, () => !document.hidden),
  screens,
  files: makeFiles(duet),
  comparing: makeComparing(duet),
});
/** What they are given besides. @typedef {ReturnType<typeof more>} More */

/**
 * Feature by feature, as those of main.js.
 * @param {Duet} duet
 */
export async function addTo(duet) {
  const parts = more(duet);
  for (const feature of [
    knock,
    permission,
    privacy,
    comparing,
    timer,
    quality,
    selfView,
    screenShare,
    fullScreen,
    pictureInPicture,
    idleControls,
    help,
    pushToTalk,
    mutedVoice,
    wakeLock,
    chime,
    rating,
    files,
    announcements,
  ]) {
    await pause();
    feature(parts);
  }
}
