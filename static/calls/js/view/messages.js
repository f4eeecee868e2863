/** What is in the panel of the chat: the messages, with links, and the field for the next. */

import { gettext, ngettext, timeOfDay } from "../base/text.js";
import { setAttribute, setShown, setText } from "./dom.js";
import { otherOf } from "./sentences.js";

/** @import { Chat, Conversation, Line, Obstacle, Own } from "../call/chat.js" */
/** @import { View } from "./view.js" */

/** Milliseconds that a message may be on its way before that is worth a word. */
const USUAL = 1000;
/** Pixels from the end of the list at which somebody still reads the end. */
const NEAR = 48;
/** Characters of a message that anybody wants to hear in the middle of a call. */
const HEARD = 200;
/** Milliseconds of a frame that new lines may take. */
const WORK = 4;
/** Milliseconds that a new message is shown beside a closed panel. */
const SHOWN_FOR = 6000;

// -- Links --------------------------------------------------------------------------------

/** Links in one message: who sends more wants to keep this page busy. */
const MOST = 50;

/** Without quotes, and without signs that turn the direction of what is read. */
const ADDRESS = /\bhttps?:\/\/[^\s<>"«»“”„\u200e\u200f\u202a-\u202e\u2066-\u2069]+/giu;

/** What ends a sentence, and no address. */
const STOP = /[.,;:!?…'’*_~]/u;

/** @typedef {{ text: string, href: string | null }} Part */

/**
 * A text in pieces, of which some are links: to http and https, and as the browser reads them.
 * @param {string} text
 * @returns {Part[]}
 */
export function partsOf(text) {
  /** @type {Part[]} */
  const parts = [];
  let end = 0;
  for (const { 0: found, index } of [...text.matchAll(ADDRESS)].slice(0, MOST)) {
    const address = withoutEnd(found);
    const href = hrefOf(address);
    if (href === null) continue;
    parts.push({ text: text.slice(end, index), href: null }, { text: address, href });
    end = index + address.length;
  }
  parts.push({ text: text.slice(end), href: null });
  return parts.filter((part) => part.text !== "");
}

/** Without a stop, and without a bracket that was opened before. @param {string} found */
function withoutEnd(found) {
  const count = (/** @type {string} */ sign) => found.split(sign).length;
  /** @type {Record<string, number>} */
  const unopened = { ")": count(")") - count("("), "]": count("]") - count("[") };
  let end = found.length;
  for (let last = found[end - 1]; unopened[last]-- > 0 || STOP.test(last); last = found[end - 1]) {
    end--;
  }
  return found.slice(0, end);
}

/** @param {string} address */
function hrefOf(address) {
  try {
    const { protocol, username, password, href } = new URL(address);
    const isWeb = protocol === "http:" || protocol === "https:";
    // https://bank.example@evil.example/ leads elsewhere than it seems.
    return isWeb && username === "" && password === "" ? href : null;
  } catch {
    return null;
  }
}

// -- Words --------------------------------------------------------------------------------

/** What became of a message; "" when all is well. @param {Own} line @param {number} now */
export function stateOf({ state, at }, now) {
  if (state === "lost") return gettext("Not delivered");
  return state === "waiting" && now - at >= USUAL ? gettext("Not delivered yet") : "";
}

/** @param {Line} line */
const isUnderWay = (line) =>
  line.from === "own" && line.state === "waiting" && Date.now() - line.at < USUAL;

/** @param {boolean} newcomer */
const breakOf = (newcomer) =>
  newcomer
    ? gettext("Somebody else is here. They do not see what is above.")
    : gettext("A new conversation begins here.");

/** @param {Obstacle | null} obstacle @param {boolean} isEmpty nothing has been said yet */
export function hintOf(obstacle, isEmpty) {
  if (obstacle === "nobody") return gettext("You can write as soon as somebody else is here.");
  if (obstacle === "too-many") return gettext("Too many messages are waiting to be delivered.");
  return isEmpty ? gettext("Only the two of you see this. It is gone when the call ends.") : "";
}

/**
 * What is told while the panel is closed: by a screen reader, and in a line above the controls.
 * @param {Conversation} conversation
 */
export function newsOf({ lines, unread }) {
  const last = lines.filter((line) => line.from === "other").at(-1);
  if (last === undefined) return { said: "", shown: "" };
  const text = last.text.length > HEARD ? `${last.text.slice(0, HEARD)}…` : last.text;
  const holes = { name: otherOf(last.name), text };
  const said = ngettext(
    "New message from {name}: {text}",
    "{count} new messages, the last from {name}: {text}",
    unread,
    holes,
  );
  return { said, shown: gettext("{name}: {text}", holes) };
}

// -- The list -----------------------------------------------------------------------------

/** @param {number} at */
function timeElement(at) {
  const time = document.createElement("time");
  time.dateTime = new Date(at).toISOString();
  time.textContent = timeOfDay(at);
  return time;
}

/** @param {Part} part */
function partNode({ text, href }) {
  if (href === null) return document.createTextNode(text);
  const link = document.createElement("a");
  link.textContent = text;
  // Where it leads, letter by letter: hosts in other alphabets may look alike.
  link.href = link.title = href;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

/** @param {Line} line */
function lineElement(line) {
  const element = document.createElement("div");
  element.dataset.from = line.from;
  if (line.from === "page") {
    element.className = "soft";
    element.textContent = breakOf(line.newcomer);
    return element;
  }
  const [head, body] = ["p", "p"].map((tag) => element.appendChild(document.createElement(tag)));
  const who = document.createElement("b");
  who.textContent = line.from === "own" ? gettext("You") : otherOf(line.name);
  head.append(who, " ", timeElement(line.at), " ", document.createElement("span"));
  head.className = "soft";
  body.dir = "auto";
  body.append(...partsOf(line.text).map(partNode));
  return element;
}

/**
 * Keep a list of elements like the lines: what is there already stays, so that a screen reader
 * says only what is new. Tells whether all is there.
 * @param {HTMLElement} list
 */
function filler(list) {
  /** How many lines there were before the first element. */
  let dropped = 0;
  return (/** @type {Conversation} */ conversation) => {
    const { lines } = conversation;
    for (; dropped < conversation.dropped && list.firstChild; dropped++) list.firstChild.remove();
    dropped = conversation.dropped;
    const end = performance.now() + WORK;
    for (const [n, line] of lines.entries()) {
      if (n >= list.children.length && performance.now() > end) return false;
      const element = list.children[n] ?? list.appendChild(lineElement(line));
      const state = element.querySelector("span");
      if (state && line.from === "own") setText(state, stateOf(line, Date.now()));
    }
    return true;
  };
}

// -- The panel ----------------------------------------------------------------------------

/**
 * @param {{ chat: Chat, view: View }} options
 * @returns what to do when the panel has been opened, and when what is in the field is ready
 */
export function messages({ chat, view }) {
  const panel = view.part("chat", HTMLElement);
  const list = view.part("chat-lines", HTMLElement);
  const hint = view.part("chat-hint", HTMLElement);
  const field = view.part("chat-text", HTMLTextAreaElement);
  const send = view.part("chat-send", HTMLElement);
  const fill = filler(list);
  const news = newsBeside(panel, view);
  let isAsked = false;
  let isAtEnd = true;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let { unread } = chat.conversation;

  function draw() {
    isAsked = false;
    if (panel.hidden) return;
    if (!fill(chat.conversation)) drawSoon();
    keepEnd();
    drawField();
    chat.read();
    // By then some may be late.
    clearTimeout(timer);
    if (chat.conversation.lines.some(isUnderWay)) timer = setTimeout(drawSoon, USUAL);
  }

  function drawField() {
    const words = hintOf(chat.obstacle, chat.conversation.lines.length === 0);
    setText(hint, words);
    setShown(hint, words !== "");
    field.readOnly = chat.obstacle !== null;
    setAttribute(send, "aria-disabled", field.readOnly);
  }

  function keepEnd() {
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }

  /** Once before the next picture, however much happens. */
  function drawSoon() {
    if (!isAsked) requestAnimationFrame(draw);
    isAsked = true;
  }

  function write() {
    if (!chat.write(field.value.trimEnd())) return;
    field.value = "";
    isAtEnd = true;
  }

  chat.on("change", () => {
    const { conversation } = chat;
    // Of another call nothing may be left.
    if (conversation.lines.length === 0) {
      list.replaceChildren();
      news.hide();
    }
    if (panel.hidden && conversation.unread > unread) news.tell(newsOf(conversation));
    unread = conversation.unread;
    drawSoon();
  });
  list.addEventListener("scroll", () => {
    isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
  });
  // The field grows, a keyboard comes.
  new ResizeObserver(keepEnd).observe(list);
  keepAboveKeyboard(panel);
  return {
    begin() {
      news.hide();
      isAtEnd = true;
      draw();
    },
    write,
  };
}

/**
 * For whoever does not see the panel.
 * @param {HTMLElement} panel
 * @param {View} view
 */
function newsBeside(panel, view) {
  const element = document.createElement("p");
  element.className = "pill chat-news";
  element.setAttribute("aria-hidden", "true"); // it is said
  element.hidden = true;
  panel.before(element);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const hide = () => setShown(element, false);
  /** @param {ReturnType<typeof newsOf>} news */
  function tell({ said, shown }) {
    view.say(said);
    setText(element, shown);
    setShown(element, true);
    clearTimeout(timer);
    timer = setTimeout(hide, SHOWN_FOR);
  }
  return { tell, hide };
}

/**
 * What a keyboard on the screen covers. Browsers lay the page out as if it was not there.
 * @param {HTMLElement} panel
 */
function keepAboveKeyboard(panel) {
  const { visualViewport: seen } = window;
  if (seen === null) return;
  const measure = () => {
    const covered = document.documentElement.clientHeight - seen.height - seen.offsetTop;
    // Of an enlarged page a part is out of sight without a keyboard.
    const height = seen.scale > 1 ? 0 : Math.max(0, Math.round(covered));
    panel.style.setProperty("--keyboard", `${height}px`);
  };
  for (const type of ["resize", "scroll"]) seen.addEventListener(type, measure);
}
