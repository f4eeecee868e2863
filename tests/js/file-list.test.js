import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { useCatalog } from "../../static/calls/js/base/text.js";
import { actionsOf, sizeOf, stateOf } from "../../static/calls/js/view/files.js";

/** @import { Incoming } from "../../static/calls/js/call/files/incoming.js" */
/** @import { Outgoing } from "../../static/calls/js/call/files/outgoing.js" */

beforeEach(() => useCatalog("en", {}));

/** @type {[bytes: number, en: string, ru: string][]} */
const SIZES = [
  [0, "0 bytes", "0 байт"],
  [999, "999 bytes", "999 байт"],
  [1000, "1 kB", "1 кБ"],
  [65_536, "66 kB", "66 кБ"],
  [999_499, "999 kB", "999 кБ"],
  [999_500, "1 MB", "1 МБ"],
  [1_540_000, "1.5 MB", "1,5 МБ"],
  [250_000_000, "250 MB", "250 МБ"],
  [4_700_000_000, "4.7 GB", "4,7 ГБ"],
  [2 ** 50, "1,126 TB", "1 126 ТБ"],
];
for (const [bytes, en, ru] of SIZES) {
  test(`size: ${bytes}`, () => {
    assert.equal(sizeOf(bytes), en);
    useCatalog("ru", {});
    assert.equal(sizeOf(bytes).replace(/\s/g, " "), ru);
  });
}

const HERE = { name: "Bo", isOpen: true, isHeld: false };
const HALF = { size: 10e6, moved: 5e6, paused: false };
const OWN = { ...HALF, whose: /** @type {const} */ ("own"), waits: false };
const THEIRS = { ...HALF, whose: /** @type {const} */ ("other"), waits: "" };

/** @type {[item: Partial<Incoming | Outgoing>, place: Partial<typeof HERE>, words: string][]} */
const MOVING = [
  [OWN, {}, "5 MB of 10 MB"],
  [THEIRS, {}, "5 MB of 10 MB"],
  [{ ...OWN, paused: true, waits: true }, {}, "5 MB of 10 MB. Paused."],
  [{ ...OWN, waits: true }, {}, "5 MB of 10 MB. Paused by Bo."],
  [{ ...OWN, waits: true }, { name: "" }, "5 MB of 10 MB. Paused by The other person."],
  [{ ...THEIRS, waits: "person" }, {}, "5 MB of 10 MB. Paused by Bo."],
  [{ ...THEIRS, waits: "sound" }, {}, "5 MB of 10 MB. Paused to keep the sound clear."],
  [OWN, { isHeld: true }, "5 MB of 10 MB. Paused to keep the sound clear."],
  [THEIRS, { isHeld: true }, "5 MB of 10 MB"],
  [OWN, { isOpen: false }, "5 MB of 10 MB. Waiting for the connection…"],
  [{ ...OWN, waits: true }, { isOpen: false }, "5 MB of 10 MB. Waiting for the connection…"],
];
for (const [item, place, words] of MOVING) {
  test(`under way: ${words} (${item.whose})`, () => {
    const state = /** @type {const} */ ("moving");
    const given = /** @type {Incoming | Outgoing} */ ({ ...item, state });
    assert.equal(stateOf(given, { ...HERE, ...place }), words);
  });
}

/** @type {[whose: "own" | "other", state: string, words: string, actions: string][]} */
const STATES = [
  ["own", "offered", "10 MB, not accepted yet", "cancel"],
  ["other", "offered", "10 MB", "accept refuse"],
  ["own", "done", "10 MB, delivered", "hide"],
  ["other", "done", "10 MB, received", "save hide"],
  ["own", "refused", "Not accepted by Bo.", "hide"],
  ["own", "unreadable", "It can’t be read any more. Choose it again.", "hide"],
  ["own", "damaged", "It did not arrive whole.", "hide"],
  ["other", "damaged", "It did not arrive whole.", "hide"],
  ["other", "withdrawn", "It is not offered any more.", "hide"],
  ["other", "no-room", "This device has no room for it.", "hide"],
  ["other", "lost", "The other person has gone.", "hide"],
  ["own", "lost", "The other person has gone.", "hide"],
];
for (const [whose, state, words, actions] of STATES) {
  test(`${state}, ${whose}`, () => {
    const item = /** @type {Incoming | Outgoing} */ ({ ...HALF, whose, state });
    assert.equal(stateOf(item, HERE), words);
    assert.equal(actionsOf(item).join(" "), actions);
  });
}

test("what is under way is stopped and goes on", () => {
  for (const whose of /** @type {const} */ (["own", "other"])) {
    const item = { whose, state: /** @type {const} */ ("moving") };
    assert.deepEqual(actionsOf({ ...item, paused: false }), ["pause", "cancel"]);
    assert.deepEqual(actionsOf({ ...item, paused: true }), ["resume", "cancel"]);
  }
});
