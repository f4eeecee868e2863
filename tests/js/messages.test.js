import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { useCatalog } from "../../static/calls/js/base/text.js";
import { NOTHING } from "../../static/calls/js/call/chat.js";
import { hintOf, newsOf, partsOf, stateOf } from "../../static/calls/js/view/messages.js";

/** @import { Own, Theirs } from "../../static/calls/js/call/chat.js" */

beforeEach(() => useCatalog("en", {}));

/** A link in such a text is put into brackets, with what it leads to if that is written otherwise. */
const LINKED = /** @type {const} */ ([
  ["no link at all", "no link at all"],
  ["https://duet.example", "[https://duet.example → https://duet.example/]"],
  ["see http://a.example/b?c=d#e now", "see [http://a.example/b?c=d#e] now"],
  ["HTTPS://A.example/B", "[HTTPS://A.example/B → https://a.example/B]"],
  ["one\nhttps://a.example/\ntwo", "one\n[https://a.example/]\ntwo"],
  ["https://a.example/ https://b.example/", "[https://a.example/] [https://b.example/]"],
  ["Look: https://a.example/x.", "Look: [https://a.example/x]."],
  ["(https://a.example/x)", "([https://a.example/x])"],
  ["(see https://a.example/x).", "(see [https://a.example/x])."],
  ["https://a.example/a_(b)", "[https://a.example/a_(b)]"],
  ["(https://a.example/a_(b))", "([https://a.example/a_(b)])"],
  ["https://a.example/x?!…", "[https://a.example/x]?!…"],
  ["«https://a.example/x»", "«[https://a.example/x]»"],
  ["<https://a.example/x>", "<[https://a.example/x]>"],
  ["https://а.example/", "[https://а.example/ → https://xn--80a.example/]"],
  ["https://a.example/привет", "[https://a.example/привет → encoded]"],
  ["javascript:alert(1)", "javascript:alert(1)"],
  ["javascript:https://a.example/", "javascript:[https://a.example/]"],
  ["data:text/html,<script>alert(1)</script>", "data:text/html,<script>alert(1)</script>"],
  ["ftp://a.example/ file:///etc/passwd", "ftp://a.example/ file:///etc/passwd"],
  ["xhttps://a.example/", "xhttps://a.example/"],
  ["https://", "https://"],
  ["https://)", "https://)"],
  ["https://a b", "[https://a → https://a/] b"],
  ["https://a.example:99999/", "https://a.example:99999/"],
  ["https://bank.example@evil.example/", "https://bank.example@evil.example/"],
  ["https://a:b@evil.example/", "https://a:b@evil.example/"],
  ["https://a.example/\u202egpj.exe", "[https://a.example/]\u202egpj.exe"],
  ['<img src=x onerror="alert(1)">', '<img src=x onerror="alert(1)">'],
  ['https://a.example/"onclick="alert(1)', '[https://a.example/]"onclick="alert(1)'],
]);

for (const [text, expected] of LINKED) {
  test(`the links in ${JSON.stringify(text)}`, () => {
    const parts = partsOf(text);
    const shown = parts.map(({ text, href }) => {
      if (href === null) return text;
      const encoded = decodeURI(href) === text ? "encoded" : href;
      return href === text ? `[${text}]` : `[${text} → ${encoded}]`;
    });
    assert.equal(shown.join(""), expected);
    assert.equal(parts.map(({ text }) => text).join(""), text, "nothing is left out");
  });
}

test("of very many links the first fifty are ones", () => {
  const parts = partsOf("https://a.example/ ".repeat(200));
  assert.equal(parts.filter(({ href }) => href).length, 50);
  assert.equal(parts.at(-1)?.text, " " + "https://a.example/ ".repeat(150));
});

/** @type {(state: Own["state"]) => Own} */
const own = (state) => ({ from: "own", text: "x", at: 5000, number: 1, state });

for (const [state, now, expected] of /** @type {const} */ ([
  ["waiting", 5000, ""],
  ["waiting", 5999, ""],
  ["waiting", 6000, "Not delivered yet"],
  ["delivered", 9000, ""],
  ["lost", 5000, "Not delivered"],
])) {
  test(`a message that is ${state} says "${expected}" after ${now - 5000} ms`, () => {
    assert.equal(stateOf(own(state), now), expected);
  });
}

for (const [obstacle, isEmpty, expected] of /** @type {const} */ ([
  ["nobody", true, "You can write as soon as somebody else is here."],
  ["nobody", false, "You can write as soon as somebody else is here."],
  ["too-many", false, "Too many messages are waiting to be delivered."],
  [null, true, "Only the two of you see this. It is gone when the call ends."],
  [null, false, ""],
])) {
  test(`the hint with ${obstacle ?? "nothing"} in the way, ${isEmpty ? "before" : "after"} a word`, () => {
    assert.equal(hintOf(obstacle, isEmpty), expected);
  });
}

/** @type {(text: string, name?: string) => Theirs} */
const theirs = (text, name = "Bo") => ({ from: "other", name, text, at: 0 });

const long = "x".repeat(200);

for (const [lines, unread, said, shown] of /** @type {const} */ ([
  [[theirs("Hi")], 1, "New message from Bo: Hi", "Bo: Hi"],
  [[theirs("Hi", "")], 1, "New message from The other person: Hi", "The other person: Hi"],
  [[theirs("Hi"), theirs("Hi")], 2, "2 new messages, the last from Bo: Hi", "Bo: Hi"],
  [[theirs("Hi {name}"), own("waiting")], 1, "New message from Bo: Hi {name}", "Bo: Hi {name}"],
  [[theirs(long)], 1, `New message from Bo: ${long}`, `Bo: ${long}`],
  [[theirs(`${long}x`)], 1, `New message from Bo: ${long}…`, `Bo: ${long}…`],
  [[own("lost")], 1, "", ""],
])) {
  test(`news: ${shown.slice(0, 60) || "none"}, ${said.length} characters`, () => {
    assert.deepEqual(newsOf({ ...NOTHING, unread, lines: [...lines] }), { said, shown });
  });
}
