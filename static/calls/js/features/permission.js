/** Camera and microphone are blocked: how they are allowed here, and seeing that they were. */

import { setShown, setText } from "../view/dom.js";
import { browserOf, chromeLink, explained, helpOf, stillBlocked } from "../view/permission.js";

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function permission({ call, media, view }) {
  const help = view.part("media-help", HTMLElement);
  const still = view.part("still-blocked", HTMLElement);
  const elsewhere = view.part("open-elsewhere", HTMLAnchorElement);
  const browser = browserOf(navigator);
  elsewhere.href = chromeLink(call.link);
  let tries = 0;

  // Whoever lifts the block need not press anything here. Not every browser tells.
  for (const name of ["camera", "microphone"]) {
    navigator.permissions?.query(/** @type {PermissionDescriptor} */ ({ name })).then(
      (status) =>
        status.addEventListener("change", () => {
          if (status.state !== "denied" && media.problem === "denied") media.open();
        }),
      () => {},
    );
  }

  view.draw(({ local, screen }, before) => {
    const { problem } = local;
    const answered = before !== null && before.local.asking && !local.asking;
    // What was answered before this was here counts, too.
    if (answered || before === null) tries = problem === "denied" ? tries + 1 : 0;
    if (local.asking) return;
    const text = helpOf(problem, browser);
    setText(still, problem === "denied" && tries > 1 ? stillBlocked() : "");
    setText(help, text);
    const inApp = problem === "no-access" || (problem === "denied" && browser === "in-app");
    setShown(elsewhere, inApp && /Android/.test(navigator.userAgent));
    if (!answered || !text) return;
    if (screen === "preview") view.say(`${still.textContent} ${text}`.trim());
    if (screen === "call") view.explain((model) => explained(model.local));
  });
}
