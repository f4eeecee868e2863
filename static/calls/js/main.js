/** The call page: makes the parts, connects them, and starts. */

import { useCatalog } from "./base/text.js";
import { Call } from "./call.js";
import { Media } from "./media.js";
import { Signaling } from "./signaling.js";
import { View } from "./view.js";

/** @import { Memory } from "./call.js" */

/** @type {{ room: string, socketPath: string, healthPath: string, grace: number }} */
const config = JSON.parse(document.getElementById("call-config")?.textContent ?? "{}");

useCatalog(
  document.documentElement.lang,
  JSON.parse(document.getElementById("words")?.textContent ?? "{}"),
);

/** What a reload of this tab must not forget. A duplicate of the tab gets a copy. */
const memory = remembered(`duet:${config.room}`);

const media = new Media();
const signaling = new Signaling({
  url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${config.socketPath}`,
  seat: memory,
  reachable: () =>
    fetch(config.healthPath, { cache: "no-store", signal: AbortSignal.timeout(1500) }).then(
      (response) => response.ok,
      () => false,
    ),
});
const call = new Call({
  signaling,
  media,
  memory,
  link: location.origin + location.pathname,
  grace: config.grace * 1000,
});
const view = new View();

/** @type {MediaStream | null} */
let shown = null;
call.addEventListener("change", () => {
  if (shown !== media.stream) {
    shown = media.stream;
    view.showLocal(shown.getTracks().length ? shown : null);
  }
  view.render(call.model);
});
call.addEventListener("remote", (event) => {
  view.showRemote(/** @type {CustomEvent} */ (event).detail);
});

/** @type {Record<string, (detail: any) => void>} */
const actions = {
  "about-to-join": () => signaling.prepare(),
  join: ({ name }) => call.join(name),
  "toggle-audio": () => call.toggleAudio(),
  "toggle-video": () => call.toggleVideo(),
  hangup: () => call.hangUp(),
  again: () => call.again(),
  "use-here": () => call.again(),
  "retry-media": () => media.open(),
  "leave-queue": () => call.hangUp(),
};
for (const [type, action] of Object.entries(actions)) {
  view.addEventListener(type, (event) => action(/** @type {CustomEvent} */ (event).detail));
}

addEventListener("online", () => signaling.wake());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") signaling.wake();
});
addEventListener("pagehide", () => call.goingAway());
addEventListener("pageshow", (event) => {
  // Out of the back/forward cache, with everything closed meanwhile.
  if (event.persisted) location.reload();
});

if (typeof RTCPeerConnection === "undefined" || typeof WebSocket === "undefined") {
  call.show("unsupported");
} else {
  // The camera and, after a reload, the socket start at the same time.
  if (memory.joined) call.join(memory.name);
  media.open();
}

/**
 * An object whose properties live in this tab's session storage.
 * @param {string} key
 * @returns {Memory}
 */
function remembered(key) {
  /** @type {Memory} */
  const memory = { name: "", joined: false, token: null, key: null, order: 0 };
  try {
    Object.assign(memory, JSON.parse(sessionStorage.getItem(key) ?? "{}"));
  } catch {
    // Storage switched off or full: a reload then starts from the beginning.
  }
  return new Proxy(memory, {
    set(target, property, value) {
      Reflect.set(target, property, value);
      try {
        sessionStorage.setItem(key, JSON.stringify(target));
      } catch {
        // As above.
      }
      return true;
    },
  });
}
