/** The invitation: a panel with the link, open while nobody else is there. */

import { copies } from "../view/copy.js";
import { setAttribute, setShown, setText, setValue } from "../view/dom.js";
import { later } from "../view/later.js";
import { invitationOf, shareTextOf } from "../view/sentences.js";

/** @import { Model } from "../call/model.js" */
/** @import { Duet } from "../main.js" */

/**
 * Whether this person is alone in the call.
 * @param {Pick<Model, "screen" | "phase"> | null} model
 */
export const isAlone = (model) => model?.screen === "call" && model.phase === "waiting";

/** @param {Duet} duet */
export function invitation({ call, view }) {
  const panel = view.part("invitation", HTMLElement);
  const invite = view.part("invite", HTMLButtonElement);
  const title = view.part("invitation-title", HTMLElement);
  const hint = view.part("invitation-hint", HTMLElement);
  const alone = view.part("alone", HTMLElement);
  const idle = view.part("idle", HTMLElement);
  const link = view.part("link", HTMLInputElement);
  const copy = view.part("copy", HTMLButtonElement);
  const share = view.part("share", HTMLButtonElement);
  const qr = view.part("qr", SVGSVGElement);
  const drawn = later(() => import("../view/qr.js"));
  let isOpen = false;

  /** Where there is room for it: phones show none. */
  async function drawCode() {
    if (qr.getClientRects().length === 0) return;
    const { qrOf } = await drawn();
    const { box, path } = qrOf(call.link);
    setAttribute(qr, "viewBox", box);
    qr.firstElementChild?.setAttribute("d", path);
  }

  /** @param {boolean} open */
  function show(open) {
    const hadFocus = view.hasFocus(panel);
    isOpen = open;
    setShown(panel, open);
    if (open) drawCode().catch(() => {}); // the link stands beside it
    setAttribute(invite, "aria-expanded", open);
    setShown(idle, isAlone(call.model) && !open);
    if (!open && hadFocus && call.screen === "call") invite.focus();
  }

  /** The person pressed something: the focus goes along. @param {boolean} open */
  function showByHand(open) {
    show(open);
    (open ? copy : invite).focus();
  }

  invite.addEventListener("click", () => showByHand(!isOpen));
  view.part("close", HTMLButtonElement).addEventListener("click", () => showByHand(false));
  view.shortcut("Escape", () => {
    if (isOpen) showByHand(false);
  });
  copies(view, copy, link);
  setShown(share, typeof navigator.share === "function");
  share.addEventListener("click", () => {
    const { title, text } = shareTextOf();
    // Closed without choosing: nothing to do.
    navigator.share({ title, text, url: link.value }).catch(() => {});
  });

  view.draw((model, before) => {
    const words = invitationOf(model, view.otherName);
    if (isAlone(model) !== isAlone(before)) show(isAlone(model));
    setValue(link, model.link);
    setText(title, words.title);
    setText(hint, words.text);
    setShown(alone, model.phase === "waiting");
    setShown(idle, isAlone(model) && !isOpen);
  });
}
