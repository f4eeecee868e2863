import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { useCatalog } from "../../static/calls/js/base/text.js";
import { View } from "../../static/calls/js/view/view.js";
import { devices, posing } from "./fakes.js";

/** @import { Model, Screen } from "../../static/calls/js/call/model.js" */

/** As much of an element as the view touches. */
class FakeElement {
  textContent = "";
  content = "";
  readOnly = false;
  type = "text";
  /** @type {Record<string, string>} */ dataset = {};
  /** @type {Map<string, string>} */ attributes = new Map();
  heading = { focus: mock.fn() };
  focused = 0;

  /** @param {Partial<FakeElement>} fields */
  constructor(fields = {}) {
    Object.assign(this, fields);
  }

  /** @param {string} name */
  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }

  /** @param {string} name */
  hasAttribute(name) {
    return this.attributes.has(name);
  }

  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    this.attributes.set(name, value);
  }

  /** @param {string} name @param {boolean} on */
  toggleAttribute(name, on) {
    if (on) this.attributes.set(name, "");
    else this.attributes.delete(name);
  }

  querySelector() {
    return this.heading;
  }

  get hidden() {
    return this.hasAttribute("hidden");
  }
}

class FakeInput extends FakeElement {}

/** @param {string} screens */
const section = (screens) => new FakeElement({ dataset: { for: screens } });

class FakeDocument extends EventTarget {
  title = "";
  body = new FakeElement();
  sections = [section("preview joining"), section("call"), section("ended")];
  bar = new FakeElement({ content: "#f3f6f4" });
  /** @type {Record<string, FakeElement>} */
  parts = {
    notice: new FakeElement(),
    phase: new FakeElement(),
    said: new FakeElement(),
    name: new FakeInput(),
  };

  /** @param {string} selector */
  querySelectorAll(selector) {
    return selector === "[data-for]" ? this.sections : [this.bar];
  }

  /** @param {string} id */
  getElementById(id) {
    return this.parts[id] ?? null;
  }
}

/** @type {FakeDocument} */ let page;
/** @type {View} */ let view;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  useCatalog("en", {});
  globalThis.HTMLElement = posing(FakeElement);
  globalThis.HTMLInputElement = posing(FakeInput);
  page = new FakeDocument();
  view = new View(posing(page));
});

const BO = {
  ...{ name: "Bo", proven: false, heard: true, came: true },
  ...{ audio: true, video: true, screen: false, paused: false, lowData: false },
};
/** @param {Screen} screen @param {Partial<Model>} fields @returns {Model} */
const model = (screen, fields = {}) => ({
  screen,
  somebody: null,
  full: null,
  since: null,
  lasted: null,
  phase: "waiting",
  notice: null,
  reason: null,
  code: null,
  local: devices(),
  remote: null,
  knocking: null,
  ask: false,
  whole: false,
  link: "",
  name: "",
  ...fields,
});
const shown = () => page.sections.filter(({ hidden }) => !hidden).map(({ dataset }) => dataset.for);
const focused = () => page.sections.map(({ heading }) => heading.focus.mock.callCount());
/** @param {string} key @param {EventTarget | FakeElement} target */
const press = (key, target = page) => {
  const event = Object.assign(new Event("keydown"), { key, code: "" });
  Object.defineProperty(event, "target", { value: target });
  page.dispatchEvent(event);
};

test("one part of the page is shown, and it says which", () => {
  for (const [screen, part, title] of /** @type {const} */ ([
    ["preview", "preview joining", "Join the call · Duet"],
    ["joining", "preview joining", "Joining… · Duet"],
    ["call", "call", "Waiting… · Duet"],
    ["ended", "ended", "Call ended · Duet"],
  ])) {
    view.render(model(screen));
    assert.deepEqual(shown(), [part]);
    assert.equal(page.title, title);
    assert.equal(page.body.getAttribute("data-screen"), screen);
  }
});

test("the focus goes to the heading of another part, and stays within one", () => {
  view.render(model("preview"));
  view.render(model("joining"));
  assert.deepEqual(focused(), [0, 0, 0]);
  view.render(model("call"));
  view.render(model("call", { phase: "connected" }));
  assert.deepEqual(focused(), [0, 1, 0]);
});

test("the browser's bars are dark with the stage, and as they were after it", () => {
  view.render(model("preview"));
  assert.equal(page.bar.content, "#f3f6f4");
  view.render(model("call"));
  assert.equal(page.bar.content, "#0b110e");
  view.render(model("ended"));
  assert.equal(page.bar.content, "#f3f6f4");
});

test("the phase of a call is said to screen readers, that of no call is not", () => {
  view.render(model("call", { phase: "connected" }));
  assert.equal(page.parts.phase.textContent, "Connected");
  view.render(model("ended", { phase: "waiting" }));
  assert.equal(page.parts.phase.textContent, "");
});

test("the other's name outlives them, until somebody else is called", () => {
  view.render(model("call", { phase: "connected", remote: BO }));
  view.render(model("call", { notice: "peer-gone" }));
  assert.equal(view.otherName, "Bo");
  assert.match(page.parts.notice.textContent, /^Bo lost the connection/);
  view.render(model("joining"));
  assert.equal(view.otherName, "");
});

test("an explanation is shown for a while, before and in a call, unless there is a notice", () => {
  const { notice } = page.parts;
  view.explain(() => "No microphone.");
  for (const screen of /** @type {const} */ (["preview", "joining", "call"])) {
    view.render(model(screen));
    assert.deepEqual([notice.textContent, notice.hidden], ["No microphone.", false]);
  }
  view.render(model("ended", { reason: "hung-up" }));
  assert.deepEqual([notice.textContent, notice.hidden], ["", true]);
  view.render(model("call"));
  assert.deepEqual([notice.textContent, notice.hidden], ["No microphone.", false]);
  view.render(model("call", { notice: "signaling-lost" }));
  assert.match(notice.textContent, /server/);
  view.render(model("call"));
  assert.equal(notice.textContent, "No microphone.");
  mock.timers.tick(9000);
  assert.deepEqual([notice.textContent, notice.hidden], ["", true]);
});

test("what the device interrupts is told in the call, unless there is more to say", () => {
  const { notice } = page.parts;
  const local = devices({ interrupted: { audio: "muted", video: null, stuck: false } });
  view.render(model("preview", { local }));
  assert.equal(notice.textContent, "");
  view.render(model("call", { local }));
  assert.match(notice.textContent, /interrupted the microphone/);
  view.explain(() => "No camera.");
  assert.equal(notice.textContent, "No camera.");
  view.render(model("call", { local, notice: "unavailable" }));
  assert.match(notice.textContent, /server/);
});

test("a later explanation has its own time", () => {
  view.render(model("call"));
  view.explain(() => "One.");
  mock.timers.tick(8000);
  view.explain(() => "Two.");
  mock.timers.tick(8000);
  assert.equal(page.parts.notice.textContent, "Two.");
});

test("whoever draws is given the model and the one before, which nobody can change", () => {
  /** @type {(Screen | null)[][]} */
  const drawn = [];
  view.draw((now, before) => drawn.push([now.screen, before?.screen ?? null]));
  const first = model("preview");
  view.render(first);
  first.screen = "call";
  view.render(first);
  assert.deepEqual(drawn, [
    ["preview", null],
    ["call", "preview"],
  ]);
});

test("a part that the page lacks, or has as something else, is a sentence", () => {
  assert.equal(view.part("name", posing(FakeInput)), page.parts.name);
  assert.throws(
    () => view.part("volume", posing(FakeInput)),
    /The page has no FakeInput #volume\./,
  );
  assert.throws(
    () => view.part("notice", posing(FakeInput)),
    /The page has no FakeInput #notice\./,
  );
});

test("a shortcut is told screen and event, and does nothing while somebody types", () => {
  /** @type {Screen[]} */
  const pressed = [];
  view.shortcut("m", (screen, { key }) => {
    assert.equal(key, "m");
    pressed.push(screen);
  });
  press("m");
  view.render(model("call"));
  press("m");
  press("v");
  press("m", new FakeInput({ readOnly: false }));
  press("m", new FakeInput({ readOnly: true }));
  press("m", new FakeInput({ readOnly: false, type: "checkbox" }));
  assert.deepEqual(pressed, ["call", "call", "call"]);
});
