/** Text chat: the button with what is unread, and the panel that it opens. */

import { setAttribute, setShown } from "../view/dom.js";
import { later, notLoaded } from "../view/later.js";
import { chatName } from "../view/sentences.js";

/** @import { Duet } from "../main.js" */

/** @param {Duet} duet */
export function chat({ call, makeChat, view }) {
  const panel = view.part("chat", HTMLElement);
  const button = view.part("chat-open", HTMLButtonElement);
  const field = view.part("chat-text", HTMLTextAreaElement);
  const sender = view.part("chat-send", HTMLElement);
  let isOpen = false;

  const loaded = later(async () => {
    const { messages } = await import("../view/messages.js");
    const chat = await makeChat();
    const { begin, write } = messages({ chat, view });
    send = write;
    chat.on("change", () => showUnread(chat.conversation.unread));
    showUnread(chat.conversation.unread);
    return begin;
  });
  const explain = () => view.explain(notLoaded);
  /** What is in the field: now, or as soon as there is something to send it with. */
  let send = () => {
    loaded().then(() => send(), explain);
  };

  /** @param {number} unread */
  function showUnread(unread) {
    const [round] = button.children;
    if (unread > 0) setAttribute(round, "data-unread", unread > 99 ? "99+" : String(unread));
    else round.removeAttribute("data-unread");
    setAttribute(button, "aria-label", chatName(unread));
  }

  /** @param {boolean} open */
  function show(open) {
    const hadFocus = view.hasFocus(panel);
    isOpen = open;
    setShown(panel, open);
    setAttribute(button, "aria-expanded", open);
    if (open) {
      field.focus();
      loaded().then((begin) => begin(), explain);
    } else if (hadFocus && call.screen === "call") button.focus();
  }

  button.addEventListener("click", () => show(!isOpen));
  view.part("chat-close", HTMLButtonElement).addEventListener("click", () => show(false));
  view.shortcut("c", (screen, event) => {
    if (screen !== "call") return;
    event.preventDefault(); // or the letter would be written
    show(true);
  });
  view.shortcut("Escape", () => {
    if (isOpen) show(false);
  });
  // A keyboard on the screen would go and come.
  sender.addEventListener("mousedown", (event) => event.preventDefault());
  sender.addEventListener("click", () => {
    send();
    field.focus();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
  // While somebody types, no key is a shortcut.
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    show(false);
  });
  view.draw(({ screen }) => {
    if (screen !== "call" && isOpen) show(false);
  });
}
