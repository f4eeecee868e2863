import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Emitter } from "../../static/calls/js/base/events.js";
import {
  Chat,
  NOTHING,
  heard,
  met,
  numbered,
  obstacleTo,
  received,
  written,
} from "../../static/calls/js/call/chat.js";
import { Channel } from "../../static/calls/js/call/channel.js";
import { FakeConnection, FakeDataChannel, posing } from "./fakes.js";

/** @import { Conversation, Line } from "../../static/calls/js/call/chat.js" */

/** A line in short: who, what, and what became of it. @param {Line} line */
function short(line) {
  if (line.from === "page") return line.newcomer ? "-- newcomer" : "-- anew";
  if (line.from === "other") return `${line.name}: ${line.text}`;
  return `${line.text} ${line.state}${line.number ? ` ${line.number}` : ""}`;
}

// -- The rules --------------------------------------------------------------------------------

const begun = met(NOTHING, "ada", "bo");
/** @param {Conversation} now @param {...string} texts */
const saying = (now, ...texts) => numbered(texts.reduce((all, text) => written(all, text, 0), now));
/** @param {string} text */
const fromBo = (text) => ({ name: "Bo", text, at: 0 });
const three = saying(begun, "a", "b", "c");
const halfHeard = heard(three, 2, false);
const talk = received(halfHeard, 1, fromBo("x"));

/** @type {[what: string, now: Conversation, lines: string[], numbers: Partial<Conversation>][]} */
const TABLE = [
  ["the first to come ends nothing", begun, [], { own: "ada", other: "bo" }],
  ["messages wait with numbers", three, ["a waiting 1", "b waiting 2", "c waiting 3"], { sent: 3 }],
  ["numbers stay", numbered(three), ["a waiting 1", "b waiting 2", "c waiting 3"], { sent: 3 }],
  ["heard up to one", halfHeard, ["a delivered 1", "b delivered 2", "c waiting 3"], { sent: 3 }],
  [
    "what was heard stays so",
    heard(halfHeard, 1, false),
    ["a delivered 1", "b delivered 2", "c waiting 3"],
    { sent: 3 },
  ],
  [
    "unless it is the first word",
    heard(halfHeard, 1, true),
    ["a delivered 1", "b waiting 2", "c waiting 3"],
    { sent: 3 },
  ],
  ["more than was sent", heard(saying(begun, "a"), 9, false), ["a delivered 1"], { sent: 1 }],
  [
    "more than is known, as the first word",
    numbered(written(heard(saying(begun, "a"), 9, true), "b", 0)),
    ["a delivered 1", "b waiting 10"],
    { sent: 10 },
  ],
  ["a message comes", received(begun, 1, fromBo("x")), ["Bo: x"], { received: 1, unread: 1 }],
  [
    "and again",
    received(received(begun, 1, fromBo("x")), 1, fromBo("x")),
    ["Bo: x"],
    { received: 1, unread: 1 },
  ],
  [
    "one that follows what is not there any more",
    received(received(begun, 1, fromBo("x")), 4, fromBo("y")),
    ["Bo: x", "Bo: y"],
    { received: 4, unread: 2 },
  ],
  ["the same two again", met(talk, "ada", "bo"), talk.lines.map(short), { sent: 3, received: 1 }],
  [
    "somebody else",
    met(talk, "ada", "cy"),
    ["a delivered", "b delivered", "c lost", "Bo: x", "-- newcomer"],
    { own: "ada", other: "cy", sent: 0, received: 0, unread: 1 },
  ],
  [
    "somebody else whom nothing is said to, and another",
    met(met(talk, "ada", "cy"), "ada", "di"),
    ["a delivered", "b delivered", "c lost", "Bo: x", "-- newcomer"],
    { other: "di" },
  ],
  [
    "ourselves as somebody else",
    met(talk, "ann", "bo"),
    ["a delivered", "b delivered", "c lost", "Bo: x", "-- anew"],
    { own: "ann", other: "bo", sent: 0, received: 0 },
  ],
  [
    "what is heard then is not what was said before",
    heard(saying(met(talk, "ada", "cy"), "d"), 1, true),
    ["a delivered", "b delivered", "c lost", "Bo: x", "-- newcomer", "d delivered 1"],
    { sent: 1 },
  ],
];

for (const [what, now, lines, numbers] of TABLE) {
  test(`rules: ${what}`, () => {
    assert.deepEqual(now.lines.map(short), lines);
    assert.deepEqual({ ...now, ...numbers }, now);
  });
}

test("who may write, and when", () => {
  const many = Array.from({ length: 250 }, String);
  assert.equal(obstacleTo(NOTHING, "ada"), "nobody");
  assert.equal(obstacleTo(begun, ""), "nobody");
  assert.equal(obstacleTo(begun, "ann"), "nobody");
  assert.equal(obstacleTo(begun, "ada"), null);
  assert.equal(obstacleTo(saying(begun, ...many), "ada"), "too-many");
  assert.equal(obstacleTo(heard(saying(begun, ...many), 1, false), "ada"), null);
});

test("five hundred lines are kept, and it is known how many there were", () => {
  let now = begun;
  for (let n = 1; n <= 502; n++) now = received(now, n, fromBo(String(n)));
  assert.deepEqual([now.lines.length, now.dropped], [500, 2]);
  assert.deepEqual([short(now.lines[0]), now.received], ["Bo: 3", 502]);
});

// -- Two pages --------------------------------------------------------------------------------

/** @extends {Emitter<{ change: null }>} */
class FakeCall extends Emitter {
  screen = "call";
  other = {
    id: "",
    info: /** @type {{ id: string, name: string | null } | null} */ (null),
    whom: /** @type {string | null} */ (null),
  };
}

/** A page with its tab's memory, which can be reloaded and copied. */
class FakePage {
  /** @type {FakeCall} */ call;
  /** @type {Channel} */ channel;
  /** @type {Chat} */ chat;

  /** @param {string} id @param {string} name */
  constructor(id, name) {
    this.id = id;
    this.name = name;
    this.memory = { conversation: NOTHING };
    this.load();
  }

  /** @param {boolean} [ready] whether the chat is there from the beginning */
  load(ready = true) {
    this.memory = JSON.parse(JSON.stringify(this.memory));
    this.call = new FakeCall();
    this.channel = new Channel();
    if (ready) this.makeChat();
  }

  makeChat() {
    const { call, channel, memory } = this;
    this.chat = new Chat({ call: posing(call), channel, memory });
  }

  /** @param {FakePage} other */
  meets(other) {
    const { id, name } = other;
    this.call.other = { id: this.id, info: { id, name }, whom: id };
    this.call.emit("change", null);
  }

  get said() {
    return this.chat.conversation.lines.map(short);
  }
}

/** @type {FakePage} */ let ada;
/** @type {FakePage} */ let bo;
/** What is under way: [from whom, what]. @type {[string, any][]} */ let sent;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  ada = new FakePage("ada", "Ada");
  bo = new FakePage("bo", "Bo");
  sent = [];
});

/** The half of a connection that belongs to this page. @param {FakePage} page */
function halfOf(page) {
  const pc = new FakeConnection({});
  page.channel.open(posing(pc));
  const [half] = pc.channels;
  return half;
}

/** @param {FakePage} one @param {FakePage} two @param {{ meet: boolean }} how */
function connect(one, two, { meet } = { meet: true }) {
  if (meet) {
    one.meets(two);
    two.meets(one);
  }
  const [first, second] = [halfOf(one), halfOf(two)];
  /** @param {FakeDataChannel} from @param {FakeDataChannel} to @param {FakePage} page */
  const wire = (from, to, page) => {
    from.send = (text) => {
      sent.push([page.id, JSON.parse(text)]);
      setTimeout(() => to.readyState === "open" && to.onmessage({ data: text }), 5);
    };
    from.readyState = "open";
  };
  wire(first, second, one);
  wire(second, first, two);
  for (const half of [first, second]) half.onopen();
  return () => {
    for (const half of [first, second]) half.readyState = "closed";
  };
}

/** Nothing is under way any more. */
function settled() {
  for (let n = 0; n < 600; n++) mock.timers.tick(1);
}

/** @param {string} type */
const sentOf = (type) => sent.filter(([, message]) => message.type === type);

test("both ways, in order, and each once", () => {
  connect(ada, bo);
  settled();
  for (let n = 1; n <= 200; n++) {
    ada.chat.write(`a${n}`);
    bo.chat.write(`b${n}`);
  }
  settled();
  const numbers = Array.from({ length: 200 }, (_, n) => n + 1);
  for (const [page, own, other, name] of /** @type {const} */ ([
    [ada, "a", "b", "Bo"],
    [bo, "b", "a", "Ada"],
  ])) {
    const { lines } = page.chat.conversation;
    assert.deepEqual(
      lines.filter(({ from }) => from === "own").map(short),
      numbers.map((n) => `${own}${n} delivered ${n}`),
    );
    assert.deepEqual(
      lines.filter(({ from }) => from === "other").map(short),
      numbers.map((n) => `${name}: ${other}${n}`),
    );
  }
  assert.equal(sentOf("chat").length, 400);
  assert.ok(sentOf("chat-heard").length < 30, "one answer for many");
});

test("what goes over the channel", () => {
  connect(ada, bo);
  settled();
  sent = [];
  ada.chat.write("Hello");
  settled();
  assert.deepEqual(sent, [
    ["ada", { type: "chat", number: 1, text: "Hello" }],
    ["bo", { type: "chat-heard", number: 1 }],
  ]);
});

test("a connection that is there before the call has said so", () => {
  for (const [one, two] of [
    [ada, bo],
    [bo, ada],
  ]) {
    one.call.other = { id: one.id, info: { id: two.id, name: two.name }, whom: two.id };
  }
  connect(ada, bo, { meet: false });
  for (const page of [ada, bo]) page.call.emit("change", null);
  settled();
  ada.chat.write("Hello");
  settled();
  assert.deepEqual([ada.said, bo.said], [["Hello delivered 1"], ["Ada: Hello"]]);
});

test("a lost connection loses and doubles nothing", () => {
  const cut = connect(ada, bo);
  settled();
  ada.chat.write("one");
  mock.timers.tick(7); // it is there; nobody has said so yet
  ada.chat.write("two");
  cut();
  ada.chat.write("three");
  settled();
  assert.deepEqual(ada.said, ["one waiting 1", "two waiting 2", "three waiting 3"]);
  connect(ada, bo);
  settled();
  assert.deepEqual(ada.said, ["one delivered 1", "two delivered 2", "three delivered 3"]);
  assert.deepEqual(bo.said, ["Ada: one", "Ada: two", "Ada: three"]);
});

for (const who of ["who writes", "who reads"]) {
  test(`a reload of ${who} loses and doubles nothing, at whatever moment`, () => {
    for (let moment = 0; moment < 80; moment++) {
      const [one, two] = [new FakePage("ada", "Ada"), new FakePage("bo", "Bo")];
      const cut = connect(one, two);
      settled();
      for (const text of ["a", "b", "c"]) {
        one.chat.write(text);
        mock.timers.tick(20);
      }
      mock.timers.tick(moment);
      cut();
      (who === "who writes" ? one : two).load();
      connect(one, two);
      settled();
      assert.deepEqual(one.said, ["a delivered 1", "b delivered 2", "c delivered 3"], `${moment}`);
      assert.deepEqual(two.said, ["Ada: a", "Ada: b", "Ada: c"], `${moment}`);
    }
  });
}

test("written while the other is away, it waits", () => {
  connect(ada, bo)();
  ada.chat.write("Are you there?");
  settled();
  assert.deepEqual(ada.said, ["Are you there? waiting"]);
  ada.load();
  bo.load();
  connect(ada, bo);
  settled();
  assert.deepEqual(ada.said, ["Are you there? delivered 1"]);
  assert.deepEqual(bo.said, ["Ada: Are you there?"]);
});

test("a newcomer is told nothing of what was said to another", () => {
  const cut = connect(ada, bo);
  settled();
  ada.chat.write("heard");
  settled();
  cut();
  ada.chat.write("not heard");
  const cy = new FakePage("cy", "Cy");
  sent = [];
  connect(ada, cy);
  settled();
  assert.deepEqual(sentOf("chat"), []);
  assert.deepEqual(ada.said, ["heard delivered", "not heard lost", "-- newcomer"]);
  ada.chat.write("Hello Cy");
  cy.chat.write("Hello Ada");
  settled();
  assert.deepEqual(ada.said.slice(3), ["Hello Cy delivered 1", "Cy: Hello Ada"]);
  assert.deepEqual(cy.said, ["Hello Ada delivered 1", "Ada: Hello Cy"]);
});

test("over a connection to whoever was there before, nothing is sent and nothing is heard", () => {
  connect(ada, bo);
  settled();
  const cy = new FakePage("cy", "Cy");
  ada.meets(cy);
  ada.chat.write("Hello Cy");
  bo.chat.write("late");
  settled();
  assert.deepEqual(ada.said, ["Hello Cy waiting"]);
  assert.deepEqual(bo.said, ["late waiting 1"]);
});

test("a page that comes back after its copy went on writing agrees with the other again", () => {
  const cut = connect(ada, bo);
  settled();
  ada.chat.write("one");
  bo.chat.write("uno");
  settled();
  cut();
  const copy = new FakePage("ada", "Ada");
  copy.memory = ada.memory;
  copy.load();
  const cutAgain = connect(copy, bo);
  settled();
  copy.chat.write("two");
  bo.chat.write("due");
  settled();
  cutAgain();
  connect(ada, bo);
  ada.chat.write("three");
  settled();
  bo.chat.write("tre");
  settled();
  assert.deepEqual(bo.said, [
    ...["uno delivered 1", "Ada: one", "due delivered 2", "Ada: two"],
    ...["Ada: three", "tre delivered 3"],
  ]);
  assert.deepEqual(ada.said, [
    ...["one delivered 1", "Bo: uno", "three delivered 3", "Bo: due", "Bo: tre"],
  ]);
});

test("a page that has forgotten everything gets the other's messages again", () => {
  const cut = connect(ada, bo);
  settled();
  ada.chat.write("one");
  bo.chat.write("uno");
  settled();
  cut();
  bo.memory = { conversation: NOTHING };
  bo.load();
  connect(ada, bo);
  settled();
  bo.chat.write("due");
  settled();
  assert.deepEqual(bo.said, ["Ada: one", "due delivered 2"]);
  assert.deepEqual(ada.said, ["one delivered 1", "Bo: uno", "Bo: due"]);
});

test("a chat made while the connection is there already", () => {
  ada.load(false);
  connect(ada, bo);
  settled();
  bo.chat.write("early");
  settled();
  assert.deepEqual(bo.said, ["early waiting"]);
  ada.makeChat();
  settled();
  ada.chat.write("late");
  settled();
  assert.deepEqual(ada.said, ["Bo: early", "late delivered 1"]);
  assert.deepEqual(bo.said, ["early delivered 1", "Ada: late"]);
});

test("without a word of the other on what they have, nothing is sent", () => {
  ada.meets(bo);
  const half = halfOf(ada);
  half.readyState = "open";
  half.onopen();
  ada.chat.write("Hello");
  settled();
  assert.deepEqual(half.sent, [{ type: "chat-heard", number: 0 }]);
  assert.deepEqual(ada.said, ["Hello waiting"]);
});

test("nonsense changes nothing", () => {
  ada.meets(bo);
  const half = halfOf(ada);
  half.readyState = "open";
  half.onopen();
  const before = JSON.stringify(ada.chat.conversation);
  const number = 1;
  for (const fields of [
    ...[{}, { number }, { text: "x" }, { number, text: 1 }, { number, text: "" }],
    ...[0, -1, 1.5, "1", null, 2 ** 53, [1], {}].map((number) => ({ number, text: "x" })),
    ...[" \n", "x".repeat(4001), ["x"], { length: 1 }].map((text) => ({ number, text })),
  ]) {
    half.onmessage({ data: JSON.stringify({ type: "chat", ...fields }) });
  }
  for (const number of [-1, 1.5, "1", null, 2 ** 53, [1], {}, undefined]) {
    half.onmessage({ data: JSON.stringify({ type: "chat-heard", number }) });
  }
  settled();
  assert.equal(JSON.stringify(ada.chat.conversation), before);
});

test("a flood is stored and told a few times", () => {
  connect(ada, bo);
  settled();
  let changes = 0;
  ada.chat.on("change", () => changes++);
  for (let n = 0; n < 250; n++) bo.chat.write(String(n));
  settled();
  assert.equal(ada.chat.conversation.lines.length, 250);
  assert.ok(changes <= 3, String(changes));
});

test("of a flood five hundred lines are left, however long it is", () => {
  ada.meets(bo);
  const half = halfOf(ada);
  half.readyState = "open";
  half.onopen();
  // As many as the channel takes at once.
  for (let number = 1; number <= 1000; number++) {
    half.onmessage({ data: JSON.stringify({ type: "chat", number, text: "x".repeat(4000) }) });
  }
  settled();
  const { lines, dropped, received } = ada.chat.conversation;
  assert.deepEqual([lines.length, dropped, received], [500, 500, 1000]);
});

test("what turns the direction of a text is left out of it, on either side", () => {
  connect(ada, bo);
  settled();
  bo.chat.write("\u202emoc.elpmaxe\u202c\n\u0000second");
  settled();
  assert.deepEqual(
    [bo.said, ada.said],
    [["moc.elpmaxe\nsecond delivered 1"], ["Bo: moc.elpmaxe\nsecond"]],
  );
  assert.equal(bo.chat.write("\u202e\u2066"), false);
});

test("texts that nobody can write are not taken", () => {
  connect(ada, bo);
  for (const text of ["", " \n ", "x".repeat(4001)]) assert.equal(ada.chat.write(text), false);
  assert.deepEqual(ada.said, []);
  assert.equal(ada.chat.write("x".repeat(4000)), true);
});

test("nobody can be written to before anybody came", () => {
  assert.equal(ada.chat.obstacle, "nobody");
  assert.equal(ada.chat.write("Hello"), false);
  ada.meets(bo);
  assert.equal(ada.chat.obstacle, null);
});

test("what is unread is remembered, until it is read", () => {
  connect(ada, bo);
  settled();
  bo.chat.write("one");
  settled();
  ada.load();
  assert.equal(ada.chat.conversation.unread, 1);
  ada.chat.read();
  settled();
  ada.load();
  assert.equal(ada.chat.conversation.unread, 0);
});

test("when the call is over, nothing of it is kept", () => {
  connect(ada, bo);
  settled();
  bo.chat.write("one");
  settled();
  ada.call.screen = "ended";
  ada.call.emit("change", null);
  settled();
  assert.deepEqual(ada.memory.conversation, NOTHING);
  assert.equal(ada.chat.write("still there?"), false);
});
