import assert from "node:assert/strict";
import { test } from "node:test";

import { RECONNECT, REPAIR, delay } from "../../static/calls/js/call/backoff.js";

const POLICIES = { RECONNECT, REPAIR };
const PLAIN = { first: 100, factor: 2, longest: 1000, jitter: 0.5 };
const middle = () => 0.5;

test("delays grow by the factor up to the longest", () => {
  const delays = [1, 2, 3, 4, 5, 6].map((attempt) => delay(PLAIN, attempt, middle));
  assert.deepEqual(delays, [100, 200, 400, 800, 1000, 1000]);
});

test("the first attempt is immediate, spread over part of the first delay", () => {
  assert.equal(
    delay(PLAIN, 0, () => 0),
    0,
  );
  assert.equal(
    delay(PLAIN, 0, () => 1),
    50,
  );
});

test("jitter goes both ways", () => {
  assert.equal(
    delay(PLAIN, 2, () => 0),
    100,
  );
  assert.equal(
    delay(PLAIN, 2, () => 1),
    300,
  );
});

test("many attempts later it is still the longest, not infinity", () => {
  assert.equal(delay(PLAIN, 100_000, middle), 1000);
});

test("who is tired waits longer", () => {
  const policy = { ...PLAIN, tired: { after: 10, longest: 5000 } };
  assert.equal(delay(policy, 9, middle), 1000);
  assert.equal(delay(policy, 10, middle), 5000);
});

test("without a random of its own, two delays differ", () => {
  const found = new Set(Array.from({ length: 20 }, () => delay(PLAIN, 3)));
  assert.ok(found.size > 1);
});

for (const [name, policy] of Object.entries(POLICIES)) {
  test(`${name} never waits a negative time, nor longer than it says`, () => {
    const { longest, jitter } = policy;
    for (let attempt = 0; attempt < 500; attempt++) {
      const most = policy.tired && attempt >= policy.tired.after ? policy.tired.longest : longest;
      for (const chance of [0, 0.25, 0.999]) {
        const wait = delay(policy, attempt, () => chance);
        assert.ok(wait >= 0 && wait <= most * (1 + jitter), `${attempt}: ${wait}`);
      }
    }
  });

  test(`${name} cannot be changed by whoever uses it`, () => {
    assert.ok(Object.isFrozen(policy));
  });
}

test("a server that is back is found within two seconds, for the first minutes", () => {
  let elapsed = 0;
  for (let attempt = 0; elapsed < 120_000; attempt++) {
    const wait = delay(RECONNECT, attempt, () => 1);
    assert.ok(wait <= 2000, `attempt ${attempt} waits ${wait}`);
    elapsed += wait;
  }
});
