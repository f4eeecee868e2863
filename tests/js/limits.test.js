/** What docs/protocol.md says of how much a page takes is so. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { CANDIDATES, DESCRIPTIONS, LINES } from "../../static/calls/js/call/admission.js";
import { MESSAGES, PART } from "../../static/calls/js/call/channel.js";
import { KEPT } from "../../static/calls/js/call/chat.js";
import { SMALLEST } from "../../static/calls/js/call/files/cwnd.js";
import { MOST, UNASKED } from "../../static/calls/js/call/files/files.js";
import { STRANGERS } from "../../static/calls/js/call/negotiation.js";
import { EVERY } from "../../static/calls/js/call/replacement.js";

/** @import { Limit } from "../../static/calls/js/base/bucket.js" */

const text = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
const [, section] = text.split("\n### How much a page takes\n");

/** The row of the table that begins like that. @param {string} what */
function row(what) {
  const found = section.split("\n").filter((line) => line.startsWith(`| ${what}`));
  assert.equal(found.length, 1, what);
  return found[0];
}

/** @param {number} number */
const written = (number) => number.toLocaleString("en");
/** @param {Limit} limit */
const pace = ({ burst, rate }) => `| ${written(burst)} at once, ${rate} a second after that |`;

for (const [what, words] of /** @type {[string, string][]} */ ([
  ["messages by the channel", pace(MESSAGES)],
  ["messages by the channel", `every ${written(PART)} characters`],
  ["parts of files", pace(UNASKED)],
  ["parts of files", `less than ${written(SMALLEST)} bytes`],
  ["`offer`, `answer` and `renegotiate`", pace(DESCRIPTIONS)],
  ["data channels", `with the ${STRANGERS}th`],
  ["lines of media in a description", `| ${LINES} |`],
  ["candidates", `| ${CANDIDATES} |`],
  ["new sessions", `every ${EVERY} milliseconds`],
  ["lines of the chat", `| ${KEPT} |`],
])) {
  test(`${what}: ${words}`, () => assert.ok(row(what).includes(words), row(what)));
}

test("files that are offered", () => {
  assert.ok(text.includes(`Each entry of \`file-offers\` is one file, ${MOST} at most:`));
});
