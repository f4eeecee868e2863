import assert from "node:assert/strict";
import { test } from "node:test";

import { Comparison, codeOf, commitmentTo } from "../../static/calls/js/call/comparison.js";
import { given, settle } from "./fakes.js";

const A = "aa".repeat(32);
const B = "bb".repeat(32);
const EVE = "ee".repeat(32);

/** One side, what it has said and what it has found. @param {string} own @param {string} other */
function side(own, other) {
  /** @type {Record<string, unknown>[]} */
  const said = [];
  const comparison = new Comparison(
    { send: (_type, data) => (said.push(/** @type {any} */ (data)), true) },
    { own, other },
  );
  /** @type {string[]} */
  const found = [];
  comparison.on("code", (code) => found.push(code));
  comparison.on("failed", () => found.push("failed"));
  return { comparison, said, found };
}

/** Whatever each says reaches the other. @param {ReturnType<typeof side>[]} sides */
async function talk(...sides) {
  const [one, other] = sides;
  for (let round = 0; round < 5; round++) {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ]) {
      for (const data of from.said.splice(0)) await to.comparison.receive(data);
    }
    await settle();
  }
}

test("both find the same nine digits, whoever begins", async () => {
  for (const beginners of [[0], [1], [0, 1]]) {
    const sides = [side(A, B), side(B, A)];
    for (const n of beginners) await sides[n].comparison.begin();
    await talk(...sides);
    assert.match(given(sides[0].found[0]), /^\d{9}$/);
    assert.deepEqual(sides[0].found, sides[1].found);
    assert.equal(sides[0].found.length, 1);
  }
});

test("every exchange has another code", async () => {
  const codes = new Set();
  for (let n = 0; n < 20; n++) {
    const sides = [side(A, B), side(B, A)];
    await sides[0].comparison.begin();
    await talk(...sides);
    codes.add(sides[0].found[0]);
  }
  assert.equal(codes.size, 20);
});

test("the number is told only after both are bound", async () => {
  const { comparison, said } = side(A, B);
  await comparison.begin();
  await comparison.begin();
  assert.deepEqual(said.map(Object.keys), [["commitment"], ["commitment"]]);
  assert.deepEqual(said[0], said[1]);
  await comparison.receive({ commitment: "0".repeat(64) });
  assert.deepEqual(said.slice(2).map(Object.keys), [["commitment"], ["nonce"]]);
  const unasked = side(A, B);
  await unasked.comparison.receive({ commitment: "0".repeat(64) });
  assert.deepEqual(unasked.said.map(Object.keys), [["commitment"], ["nonce"]]);
});

test("with somebody between them the codes differ", async () => {
  const [a, toA, toB, b] = [side(A, EVE), side(EVE, A), side(EVE, B), side(B, EVE)];
  for (const pair of [
    [a, toA],
    [toB, b],
  ]) {
    await pair[0].comparison.begin();
    await talk(...pair);
  }
  assert.notEqual(a.found[0], b.found[0]);
  assert.deepEqual([a.found.length, b.found.length], [1, 1]);
});

for (const [
  what,
  answer,
] of /** @type {[string, (said: Record<string, unknown>) => unknown][]} */ ([
  ["sends back what it was sent", (said) => said],
  [
    "tells another number than it was bound to",
    ({ commitment }) => (commitment ? { commitment: "0".repeat(64) } : { nonce: "1".repeat(64) }),
  ],
  ["tells no number", ({ commitment }) => (commitment ? { commitment: "0".repeat(64) } : {})],
  ["is bound to nothing", () => ({ nonce: "1".repeat(64) })],
  ["is bound to what is no hash", () => ({ commitment: "x" })],
])) {
  test(`nothing is found where the other ${what}`, async () => {
    const { comparison, said, found } = side(A, B);
    await comparison.begin();
    for (let n = 0; n < 4; n++) {
      for (const data of said.splice(0))
        await comparison.receive(/** @type {any} */ (answer(data)));
    }
    assert.deepEqual(found, ["failed"]);
  });
}

test("what others compute", async () => {
  assert.equal(
    await commitmentTo(A, B, "01".repeat(32)),
    "b558d252a718a6337ab88cae01345f5c6fe684014e3bac9a74d54a9e0effbd90",
  );
  assert.equal(
    await codeOf(
      { fingerprint: A, nonce: "01".repeat(32) },
      { fingerprint: B, nonce: "02".repeat(32) },
    ),
    "264347086",
  );
});
