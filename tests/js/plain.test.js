import assert from "node:assert/strict";
import { test } from "node:test";

import { plainName, plainText } from "../../static/calls/js/base/plain.js";

/** @type {[what: string, given: string, shown: string][]} */
const NAMES = [
  ["an ordinary one", "Ada Lovelace", "Ada Lovelace"],
  ["in other alphabets", "Лёля, محمد, 山田", "Лёля, محمد, 山田"],
  ["blanks of all kinds", "\tAda \n\u2028 \ufeffB.\u00a0", "Ada B."],
  ["controls", "A\u0000d\u001b[31ma\u007f\u0085", "Ad[31ma"],
  ["turned round", "\u202emoc.elpmaxe\u202c \u2066x", "moc.elpmaxe x"],
  ["marks of direction", "\u200eAda\u200f\u061c", "Ada"],
  ["what has no width", "A\u200bd\u2060a\u00ad\ufeff", "Ada"],
  ["tags", "Ada\u{e0041}\u{e007f}", "Ada"],
  ["an emoji of several", "👩‍💻 👩🏽‍🚀 ❤️‍🔥", "👩‍💻 👩🏽‍🚀 ❤️‍🔥"],
  ["joiners between nothing", "‍A‍‍d‌a‍", "Ada"],
  ["joiners after an emoji", "🎬‍‍", "🎬"],
  ["Persian", "علی‌رضا", "علی‌رضا"],
  ["Persian, too many", "علی‌‌‌رضا", "علی‌رضا"],
  ["Hindi", "क्‍ष", "क्‍ष"],
  ["Malayalam, at the end", "അവന്‍", "അവന്‍"],
  ["nothing but what is not seen", "\u202e\u200b", ""],
];
for (const [what, given, shown] of NAMES) {
  test(`name: ${what}`, () => assert.equal(plainName(given), shown));
}

/** @type {[what: string, given: string, shown: string][]} */
const TEXTS = [
  ["lines and columns", "one\n\ttwo\n\n three", "one\n\ttwo\n\n three"],
  ["lines of other systems", "one\r\ntwo\rthree", "one\ntwo\nthree"],
  ["controls", "a\u0000b\u001b[31m\u0085", "ab[31m"],
  ["turned round", "\u202emoc.elpmaxe\u202c\u2066x\u2069", "moc.elpmaxex"],
  ["marks of direction, which turn nothing else", "שלום\u200f!", "שלום\u200f!"],
  ["a flag, and an emoji of several", "🏴󠁧󠁢󠁥󠁮󠁧󠁿 👩‍💻", "🏴󠁧󠁢󠁥󠁮󠁧󠁿 👩‍💻"],
];
for (const [what, given, shown] of TEXTS) {
  test(`text: ${what}`, () => assert.equal(plainText(given), shown));
}
