import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { gettext, ngettext, timeOfDay, useCatalog } from "../../static/calls/js/base/text.js";

beforeEach(() => useCatalog("en", {}));

/** @type {[one: string, many: string]} */
const MINUTES = ["{count} minute left", "{count} minutes left"];
const RUSSIAN = {
  Call: "Звонок",
  "{name} hung up.": "{name} больше не в звонке.",
  "{count} minute left": [
    "осталась {count} минута",
    "осталось {count} минуты",
    "осталось {count} минут",
    "осталось {count} минуты (дробь)",
  ],
};

test("without a catalog the text is English", () => {
  assert.equal(gettext("Call"), "Call");
  assert.equal(gettext("{name} hung up.", { name: "Ada" }), "Ada hung up.");
});

test("with one it is the translation", () => {
  useCatalog("ru", RUSSIAN);
  assert.equal(gettext("Call"), "Звонок");
  assert.equal(gettext("{name} hung up.", { name: "Ada" }), "Ada больше не в звонке.");
});

test("what the catalog lacks stays English", () => {
  useCatalog("ru", RUSSIAN);
  for (const text of ["Not there", "constructor", "toString", "__proto__"]) {
    assert.equal(gettext(text), text);
  }
});

test("the last catalog counts", () => {
  useCatalog("ru", RUSSIAN);
  useCatalog("en", {});
  assert.equal(gettext("Call"), "Call");
  assert.equal(ngettext(...MINUTES, 1), "1 minute left");
});

test("what fills a hole is not looked at again", () => {
  for (const name of ["$&", "$1", "{name}", "{count}", "<b>", "Ада"]) {
    assert.equal(gettext("{name} hung up.", { name }), `${name} hung up.`);
  }
});

test("a hole that nothing fills stays to be seen", () => {
  assert.equal(gettext("{name} and {toString}", {}), "{name} and {toString}");
});

for (const [count, expected] of /** @type {const} */ ([
  [1, "1 minute left"],
  [0, "0 minutes left"],
  [2, "2 minutes left"],
  [1.5, "1.5 minutes left"],
  [21, "21 minutes left"],
  [1200, "1,200 minutes left"],
])) {
  test(`English plural of ${count}`, () => assert.equal(ngettext(...MINUTES, count), expected));
}

for (const [count, expected] of /** @type {const} */ ([
  [1, "осталась 1 минута"],
  [21, "осталась 21 минута"],
  [2, "осталось 2 минуты"],
  [104, "осталось 104 минуты"],
  [0, "осталось 0 минут"],
  [5, "осталось 5 минут"],
  [11, "осталось 11 минут"],
  [112, "осталось 112 минут"],
  [1.5, "осталось 1,5 минуты (дробь)"],
  [1200, "осталось 1\u00a0200 минут"],
])) {
  test(`Russian plural of ${count}`, () => {
    useCatalog("ru", RUSSIAN);
    assert.equal(ngettext(...MINUTES, count), expected);
  });
}

test("a plural that the catalog lacks follows the English rule", () => {
  useCatalog("ru", {});
  assert.equal(ngettext(...MINUTES, 21), "21 minutes left");
  useCatalog("ru", { "{count} minute left": ["одна", "", "", ""] });
  assert.equal(ngettext(...MINUTES, 21), "одна");
  assert.equal(ngettext(...MINUTES, 5), "5 minutes left");
});

test("what takes a browser long to make is not made before it is needed", async () => {
  const { Intl } = globalThis;
  // @ts-ignore None of it is there.
  globalThis.Intl = {};
  try {
    const fresh = await import(`../../static/calls/js/base/text.js?${"without-intl"}`);
    fresh.useCatalog("ru", RUSSIAN);
    assert.equal(fresh.gettext("{name} hung up.", { name: "Ada" }), "Ada больше не в звонке.");
    assert.throws(() => fresh.ngettext(...MINUTES, 1));
  } finally {
    globalThis.Intl = Intl;
  }
});

test("the time of day is the language's", () => {
  const at = new Date(2026, 4, 1, 15, 7).getTime();
  assert.match(timeOfDay(at), /^03:07\sPM$/);
  useCatalog("ru", RUSSIAN);
  assert.equal(timeOfDay(at), "15:07");
});

test("a plural has other holes, too", () => {
  assert.equal(ngettext("{count} for {name}", "{count} for {name}", 3, { name: "Bo" }), "3 for Bo");
});
