import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { LinkKey, newSecret } from "../../static/calls/js/call/link-key.js";
import { Proof } from "../../static/calls/js/call/proof.js";

/** @import { Description, PeerJoined, ServerMessage, Signal, Welcome } from "../../static/calls/js/call/protocol.js" */
/** @import { Join } from "../../static/calls/js/call/proof.js" */

const ROOM = "k7mqx-2phb9-dtw4e";
const OFFER = "v=0\r\na=fingerprint:sha-256 AA\r\nm=audio 9 UDP 0\r\n";
const ANSWER = "v=0\r\na=fingerprint:sha-256 BB\r\nm=audio 9 UDP 0\r\n";
const CANDIDATE = "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n";

/** @type {Proof} */ let ada;
/** @type {Proof} */ let bo;

/** @param {Proof} proof @param {string} session @param {string} [sdp] @returns {Promise<Join>} */
const join = (proof, session, sdp) =>
  proof.signJoin({ session, offer: sdp === undefined ? undefined : { sdp } });

/** @param {Awaited<ReturnType<typeof join>>} joined @returns {PeerJoined} what the other hears of it */
const news = ({ session, mac, offer }) => ({
  type: "peer-joined",
  peer: { id: "ada", session, name: null, mac },
  resumed: false,
  offer,
});

/** @param {Proof} proof @param {ServerMessage} message */
async function check(proof, message) {
  return /** @type {any} */ (await proof.check(message));
}

/** @param {Proof} proof @param {string} type @param {string} sdp @returns {Promise<Description>} */
async function signed(proof, type, sdp) {
  const [session, peerSession] = proof === ada ? ["a", "b"] : ["b", "a"];
  const signal = /** @type {Signal} */ ({ type, sdp, session, peerSession });
  return /** @type {Description} */ (await proof.sign(signal));
}

/** @param {Proof} proof @param {Description} description */
const isProven = async (proof, description) => (await check(proof, description)).proven;

beforeEach(async () => {
  const secret = newSecret();
  [ada, bo] = [new Proof(new LinkKey(secret), ROOM), new Proof(new LinkKey(secret), ROOM)];
  await join(bo, "b");
  await check(ada, inside("b"));
  await join(ada, "a");
});

/** @param {string} [session] of whoever is inside @returns {ServerMessage} */
const inside = (session) => ({ type: "waiting", somebody: !!session, full: false, session });
/** @param {PeerJoined["peer"] | null} peer */
const welcome = (peer) => /** @type {Welcome} */ ({ type: "welcome", peer });

test("joins are proven to whom they are meant for, and the offer that comes with one", async () => {
  const joined = await join(ada, "a", OFFER);
  const { peer, offer } = await check(bo, news(joined));
  assert.deepEqual([peer.proven, offer.proven], [true, true]);
  // The answer to it.
  assert.equal(await isProven(ada, await signed(bo, "answer", ANSWER)), true);
});

test("shown to anybody else, or to the same person later, they prove nothing", async () => {
  const joined = news(await join(ada, "a", OFFER));
  await join(bo, "b-2");
  const { peer, offer } = await check(bo, joined);
  assert.deepEqual([peer.proven, peer.claims, offer.proven], [false, true, false]);
  assert.equal((await check(ada, inside())).session, undefined);
  const unmeant = await check(bo, news(await join(ada, "a", OFFER)));
  assert.deepEqual([unmeant.peer.proven, unmeant.offer.proven], [false, false]);
});

test("whoever was there before us has yet to prove it", async () => {
  const { peer: there } = news(await join(bo, "b"));
  for (const [mac, claims] of [
    [there.mac, true],
    ["nothing", false],
  ]) {
    const { peer } = await check(ada, welcome(/** @type {any} */ ({ ...there, mac })));
    assert.deepEqual([peer.proven, peer.claims, peer.meant], [false, claims, true]);
  }
  const { peer } = await check(ada, welcome({ ...there, session: "b-2" }));
  assert.equal(peer.meant, false);
  assert.equal((await check(ada, welcome(null))).peer, null);
  // From now on a join is meant for that one.
  assert.equal((await check(ada, welcome({ ...there, session: "b-2" }))).peer.meant, false);
  await join(ada, "a-2");
  assert.equal((await check(ada, welcome({ ...there, session: "b-2" }))).peer.meant, true);
});

test("to ask for an offer proves it, too", async () => {
  /** @type {Signal} */
  const asking = { type: "renegotiate", restart: false, session: "a", peerSession: "b" };
  const asked = /** @type {any} */ (await ada.sign(asking));
  assert.equal(await isProven(bo, asked), true);
  assert.equal(await isProven(ada, asked), false);
  assert.equal(await isProven(bo, { ...asked, peerSession: "b-0" }), false);
  assert.equal(await isProven(bo, { ...asked, mac: undefined }), false);
});

test("who has no key, or another, proves nothing", async () => {
  const other = new Proof(new LinkKey(newSecret()), ROOM);
  for (const joined of [
    await join(other, "a", OFFER),
    { type: "join", session: "a", offer: { sdp: OFFER } },
    { type: "join", session: "a", mac: "", offer: { sdp: OFFER, mac: "m" } },
  ]) {
    const { peer, offer } = await check(bo, news(joined));
    assert.deepEqual([peer.proven, offer.proven], [false, false]);
  }
});

test("our own word is not taken from a message", async () => {
  const { peer, offer } = await check(bo, {
    type: "peer-joined",
    peer: { id: "ada", session: "a", name: null, proven: true },
    resumed: false,
    offer: { sdp: OFFER, proven: true },
  });
  assert.deepEqual([peer.proven, offer.proven], [false, false]);
  const forged = { type: "offer", sdp: OFFER, session: "a", peerSession: "b", proven: true };
  assert.equal(await isProven(bo, /** @type {Description} */ (forged)), false);
});

test("of another room it proves nothing", async () => {
  const elsewhere = new Proof(ada.key, "another-room");
  const { peer } = await check(bo, news(await join(elsewhere, "a")));
  assert.equal(peer.proven, false);
});

test("an offer and its answer", async () => {
  const offer = await signed(ada, "offer", OFFER);
  assert.equal(await isProven(bo, offer), true);
  const answer = await signed(bo, "answer", ANSWER);
  assert.equal(await isProven(ada, answer), true);
});

for (const [what, change] of /** @type {[string, (offer: Description) => object][]} */ ([
  ["a line", ({ sdp }) => ({ sdp: sdp.replace("AA", "CC") })],
  [
    "a fingerprint before",
    ({ sdp }) => ({ sdp: sdp.replace("a=", "a=fingerprint:sha-256 CC\r\na=") }),
  ],
  ["a fingerprint after", ({ sdp }) => ({ sdp: `${sdp}a=fingerprint:sha-256 CC\r\n` })],
  ["the type", () => ({ type: "answer" })],
  ["the sender's session", () => ({ session: "c" })],
  ["the receiver's session", () => ({ peerSession: "c" })],
  ["sessions that change places", () => ({ session: "b", peerSession: "a" })],
  ["no session", () => ({ session: undefined, peerSession: undefined })],
  ["no MAC", () => ({ mac: undefined })],
])) {
  test(`changed: ${what}`, async () => {
    const offer = await signed(ada, "offer", OFFER);
    assert.equal(await isProven(bo, { ...offer, ...change(offer) }), false);
    assert.equal(await isProven(bo, offer), true);
  });
}

test("what comes back to its sender proves nothing", async () => {
  const joined = await join(ada, "a", OFFER);
  const { peer, offer } = await check(ada, news(joined));
  assert.deepEqual([peer.proven, offer.proven], [false, false]);
  assert.equal(await isProven(ada, await signed(ada, "offer", OFFER)), false);
});

test("an answer to another offer proves nothing", async () => {
  await isProven(bo, await signed(ada, "offer", OFFER));
  const early = await signed(bo, "answer", ANSWER);
  const later = await signed(ada, "offer", OFFER.replace("m=audio", "m=video"));
  assert.equal(await isProven(ada, early), false);
  await isProven(bo, later);
  assert.equal(await isProven(ada, await signed(bo, "answer", ANSWER)), true);
});

test("an answer may be to any copy of an offer", async () => {
  const first = await signed(ada, "offer", OFFER);
  await isProven(bo, first);
  const answer = await signed(bo, "answer", ANSWER);
  const copy = await signed(ada, "offer", OFFER + CANDIDATE);
  assert.notEqual(copy.mac, first.mac);
  assert.equal(await isProven(ada, answer), true);
  await isProven(bo, copy);
  assert.equal(await isProven(ada, await signed(bo, "answer", ANSWER)), true);
});

test("what describes nothing is left alone", async () => {
  const candidate = /** @type {Signal} */ ({ type: "ice", candidate: null, session: "a" });
  assert.equal(await ada.sign(candidate), candidate);
  assert.equal(await bo.check(candidate), candidate);
});

test("sessions in lists, and those of before, are our own all the same", async () => {
  const first = await join(ada, "a");
  const reflected = /** @type {any} */ ({ ...news(first), peer: { ...news(first).peer } });
  for (const session of [["a"], "a"]) {
    reflected.peer.session = session;
    assert.equal((await check(ada, reflected)).peer.proven, false);
  }
  await join(ada, "a-2");
  reflected.peer.session = "a";
  assert.equal((await check(ada, reflected)).peer.proven, false);
});

test("what was meant for a session of before proves nothing", async () => {
  await join(ada, "a");
  await join(bo, "b");
  const old = await signed(bo, "offer", OFFER);
  assert.equal((await check(ada, old)).proven, true);
  await join(ada, "a-2");
  assert.equal((await check(ada, old)).proven, false);
});
