/** The call page: makes the parts, lists the features, starts. */

import { oncePerFrame } from "./base/frame.js";
import { remembered } from "./base/memory.js";
import { pause } from "./base/pause.js";
import { useCatalog } from "./base/text.js";
import { Call } from "./call/call.js";
import { Certificate } from "./call/certificate.js";
import { Channel } from "./call/channel.js";
import { Display } from "./call/display.js";
import { LinkKey, fragmentOf, isPossible, secretIn } from "./call/link-key.js";
import { Estimate, NOTHING } from "./call/estimate.js";
import { answers } from "./call/health.js";
import { Media } from "./call/media.js";
import { Proof } from "./call/proof.js";
import { Signaling } from "./call/signaling.js";
import { cards } from "./features/cards.js";
import { chat } from "./features/chat.js";
import { check } from "./features/check.js";
import { controls } from "./features/controls.js";
import { devices } from "./features/devices.js";
import { door } from "./features/door.js";
import { interruptions } from "./features/interruptions.js";
import { invitation } from "./features/invitation.js";
import { lifecycle } from "./features/lifecycle.js";
import { lowData } from "./features/low-data.js";
import { preview } from "./features/preview.js";
import { stage } from "./features/stage.js";
import { dataOf } from "./view/dom.js";
import { QUIET, later, rest } from "./view/later.js";
import { Speaker } from "./view/speaker.js";
import { View } from "./view/view.js";

/** @import { Memory } from "./call/call.js" */
/** @import { Rules } from "./call/knock.js" */
/** @import { Choices } from "./call/media.js" */

/** @type {{ room: string, socketPath: string, healthPath: string, grace: number }} seconds */
const config = dataOf("call-config");
useCatalog(document.documentElement.lang, dataOf("words"));

/** Whoever uses this browser: the name they gave last, for the next call. */
const person = remembered("duet:person", { name: "" }, "device");
const memory = remembered(
  `duet:${config.room}`,
  /** @type {Memory} */ ({
    name: person.name,
    joined: false,
    since: null,
    token: null,
    key: null,
    order: 0,
  }),
);
const rules = remembered(
  `duet:${config.room}:door`,
  /** @type {Rules} */ ({ ask: false, letIn: [], known: null }),
);
const certificate = new Certificate(remembered(`duet:${config.room}:tab`, { name: "" }));
const isCertain = certificate.open();
const secret = secretIn(location.hash);
// The whole link, where only a part of it was before: it is no other page, but another call.
addEventListener("hashchange", () => {
  if (secretIn(location.hash) !== secret) location.reload();
});
// Another language is another page: what is secret goes along, past the server.
for (const link of document.querySelectorAll("a.language")) {
  if (link instanceof HTMLAnchorElement) link.hash = location.hash;
}
const proof = secret && isPossible() ? new Proof(new LinkKey(secret), config.room) : null;
const media = new Media();
const display = new Display();
const channel = new Channel();
const signaling = new Signaling({
  url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${config.socketPath}`,
  seat: memory,
  proof,
  reachable: () => answers(config.healthPath),
});
const call = new Call({
  signaling,
  media,
  display,
  channel,
  memory,
  estimate: new Estimate(remembered("duet-estimate", NOTHING)),
  link: location.origin + location.pathname + (secret ? fragmentOf(secret) : ""),
  proof,
  rules,
  certificate,
  grace: config.grace * 1000,
});
const view = new View();
const speaker = new Speaker(view.part("remote-video", HTMLVideoElement));

async function makeChecker() {
  const { Checker } = await import("./call/check/checker.js");
  return new Checker({ url: signaling.url, media });
}

async function makeChat() {
  const { Chat, NOTHING } = await import("./call/chat.js");
  const memory = remembered(`duet:${config.room}:chat`, { conversation: NOTHING });
  return new Chat({ call, channel, memory });
}

/** @param {Choices} choices */
async function makeDevices(choices) {
  const { Devices } = await import("./call/devices.js");
  return new Devices({ media, choices, play: (id) => speaker.use(id) });
}

const duet = {
  room: config.room,
  call,
  person,
  media,
  display,
  channel,
  signaling,
  makeChat,
  makeChecker,
  makeDevices,
  speaker,
  view,
};
/** What every feature is given, and all it is given. @typedef {typeof duet} Duet */

view.render(call.model);

// Step by step, each drawing itself: a slow phone is busy with one for long enough. The preview
// is the last: its button begins a call.
for (const feature of [
  door,
  stage,
  lowData,
  controls,
  devices,
  invitation,
  chat,
  interruptions,
  cards,
  check,
  lifecycle,
  preview,
]) {
  await pause();
  feature(duet);
}

// What nobody misses in the first seconds comes afterwards.
later(async () => {
  const { addTo } = await import("./extras.js");
  await addTo(duet);
});
view.draw(({ screen, phase }, before) => {
  if (screen === "preview" || (screen === before?.screen && phase === before.phase)) return;
  const begins = screen === "joining" || (screen === "call" && phase === "connecting");
  rest(begins ? QUIET.page : QUIET.call);
});

call.on(
  "change",
  oncePerFrame(() => view.render(call.model)),
);
await isCertain;
call.start();
