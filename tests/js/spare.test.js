import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Spare } from "../../static/calls/js/call/spare.js";
import { FakeConnection, posing, settle } from "./fakes.js";

/** @import { IceConfig } from "../../static/calls/js/call/protocol.js" */

const STUN = { urls: "stun:stun.example.org" };
const TURN = { urls: "turn:turn.example.org", username: "u", credential: "c" };

/** @param {RTCIceServer[]} iceServers @param {RTCIceTransportPolicy} [policy] @returns {IceConfig} */
const ice = (iceServers, policy = "all") => ({ iceServers, iceTransportPolicy: policy });

/** @type {FakeConnection[]} */ let made;
/** @type {Spare} */ let spare;

beforeEach(() => {
  made = [];
  spare = new Spare((config) => {
    made.push(new FakeConnection(config));
    return posing(made.at(-1));
  });
});

test("whoever waits has one ready, of the networks of now", () => {
  spare.ready(ice([STUN]));
  spare.ready(ice([STUN]));
  const [, first, , second] = made;
  assert.deepEqual([first.signalingState, second.signalingState], ["closed", "stable"]);
  const config = { iceServers: [STUN], bundlePolicy: "max-bundle", iceCandidatePoolSize: 1 };
  assert.deepEqual(second.config, config);
  assert.equal(spare.take(ice([STUN])), posing(second));
  assert.equal(spare.take(ice([STUN])), null);
  spare.drop();
  assert.equal(second.signalingState, "stable", "it is in use");
});

test("whether UDP is blocked is found out by another", async () => {
  spare.ready(ice([STUN]));
  const [probe] = made;
  await settle();
  assert.equal(probe.localDescription?.type, "offer");
  probe.onicecandidate({ candidate: posing({ type: "host" }) });
  assert.equal(spare.isMapped, false);
  probe.onicecandidate({ candidate: posing({ type: "srflx" }) });
  assert.equal(spare.isMapped, true);
  assert.equal(probe.signalingState, "closed");
  spare.drop();
  assert.equal(spare.isMapped, false, "of the next network nothing is known");
});

test("where it is, that comes to an end, too", () => {
  spare.ready(ice([STUN]));
  const [probe] = made;
  probe.onicecandidate({ candidate: null });
  assert.deepEqual([spare.isMapped, probe.signalingState], [false, "closed"]);
});

for (const [what, config] of /** @type {[string, IceConfig][]} */ ([
  ["relays only", ice([STUN], "relay")],
  ["credentials, which somebody alone is not given", ice([STUN, TURN])],
])) {
  test(`none for ${what}`, () => {
    spare.ready(config);
    assert.deepEqual(made, []);
  });
}

test("who needs relays from the beginning has to make another", () => {
  spare.ready(ice([STUN]));
  assert.equal(spare.take(ice([STUN, TURN])), null);
  spare.drop();
  assert.equal(made[1].signalingState, "closed");
});
