/** The features that the page does not wait for: nobody misses them in the first seconds. */

import { chime } from "./features/chime.js";
import { fullScreen } from "./features/full-screen.js";
import { help } from "./features/help.js";
import { mutedVoice } from "./features/muted-voice.js";
import { pushToTalk } from "./features/push-to-talk.js";
import { rating } from "./features/rating.js";
import { selfView } from "./features/self-view.js";
import { timer } from "./features/timer.js";
import { wakeLock } from "./features/wake-lock.js";

export const features = [
  timer,
  selfView,
  fullScreen,
  help,
  pushToTalk,
  mutedVoice,
  wakeLock,
  chime,
  rating,
];
