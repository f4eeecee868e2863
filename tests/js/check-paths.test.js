import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { tryRelay, tryStun } from "../../static/calls/js/call/check/paths.js";
import { advance, posing, settle } from "./fakes.js";

/** @import { Result } from "../../static/calls/js/call/check/verdict.js" */

const SERVER = { urls: "turn:turn.example.org", username: "u", credential: "c" };

class Channel {
  binaryType = "blob";
  /** @type {() => void} */ onopen;
  /** @type {(event: { data: ArrayBuffer }) => void} */ onmessage;
  /** @type {ArrayBuffer[]} */ sent = [];

  /** @param {ArrayBuffer | Uint8Array<ArrayBuffer>} data */
  send(data) {
    this.sent.push(data instanceof Uint8Array ? data.slice().buffer : data);
  }
}

/** Both ends of a path, and what STUN and TURN do. */
class Connection {
  /** @type {Connection[]} */ static made = [];
  closed = false;
  connectionState = "new";
  localDescription = { type: "offer", sdp: "" };
  /** @type {string[]} */ candidates = [];
  channel = new Channel();
  /** @type {(event: { candidate: { type: string, candidate: string } | null }) => void} */
  onicecandidate;
  /** @type {(event: { errorCode: number }) => void} */ onicecandidateerror;
  /** @type {() => void} */ onconnectionstatechange;
  /** @type {(event: { channel: Channel }) => void} */ ondatachannel;

  /** @param {RTCConfiguration} config */
  constructor(config) {
    this.config = config;
    Connection.made.push(this);
  }

  createDataChannel() {
    return this.channel;
  }

  async setLocalDescription() {}
  async setRemoteDescription() {}

  /** @param {{ candidate: string }} candidate */
  async addIceCandidate({ candidate }) {
    this.candidates.push(candidate);
  }

  close() {
    this.closed = true;
  }

  /** @param {string | null} type */
  finds(type) {
    this.onicecandidate({ candidate: type === null ? null : { type, candidate: `a ${type}` } });
  }
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  Connection.made = [];
  globalThis.RTCPeerConnection = posing(Connection);
});

const limit = () => ({ patience: 10_000, signal: new AbortController().signal });

/** What a trial came to; everything it made is closed. @param {Promise<Result>} trial */
async function ended(trial) {
  const result = await trial;
  assert.ok(Connection.made.length > 0);
  for (const { closed } of Connection.made) assert.ok(closed);
  return result;
}

// -- STUN -------------------------------------------------------------------------------------

for (const [what, happens, expected] of /**
 * @type {[string, (pc: Connection) => void, string][]}
 */ ([
  ["tells another address", (pc) => pc.finds("srflx"), "ok"],
  [
    "tells one late, after an error",
    (pc) => (pc.onicecandidateerror({ errorCode: 701 }), pc.finds("srflx")),
    "ok",
  ],
  ["has nothing to add to the own", (pc) => (pc.finds("host"), pc.finds(null)), "unknown"],
  ["fails", (pc) => (pc.onicecandidateerror({ errorCode: 701 }), pc.finds(null)), "failed ICE 701"],
  ["says nothing", () => advance(10_000), "unknown"],
])) {
  test(`a STUN server that ${what}: ${expected}`, async () => {
    const trial = tryStun([SERVER], limit());
    const [pc] = Connection.made;
    assert.deepEqual(pc.config, { iceServers: [SERVER] });
    await settle();
    happens(pc);
    const { state, why } = await ended(trial);
    assert.equal([state, why].filter(Boolean).join(" "), expected);
  });
}

// -- A relay ----------------------------------------------------------------------------------

async function relay() {
  const trial = tryRelay(SERVER, limit());
  await settle();
  const [near, far] = Connection.made;
  return { trial, near, far };
}

/** @param {Connection} near @param {Connection} far */
function opens(near, far) {
  for (const pc of [near, far]) pc.finds("relay");
  assert.deepEqual([near.candidates, far.candidates], [["a relay"], ["a relay"]]);
  far.ondatachannel({ channel: far.channel });
  near.channel.onopen();
}

test("two connections that know no other way send bytes there and back", async () => {
  const { trial, near, far } = await relay();
  for (const { config } of [near, far]) {
    assert.deepEqual(config, { iceServers: [SERVER], iceTransportPolicy: "relay" });
  }
  opens(near, far);
  far.channel.onmessage({ data: near.channel.sent[0] });
  near.channel.onmessage({ data: far.channel.sent[0] });
  const { state, ms } = await ended(trial);
  assert.equal(state, "ok");
  assert.ok(ms !== undefined && ms >= 0);
  assert.ok(near.channel.sent[0].byteLength >= 4096);
});

test("other bytes, or fewer, are no answer", async () => {
  for (const spoil of [
    (/** @type {ArrayBuffer} */ data) => data.slice(1),
    (/** @type {ArrayBuffer} */ data) => new Uint8Array(data).map((byte) => byte ^ 1).buffer,
  ]) {
    Connection.made = [];
    const { trial, near, far } = await relay();
    opens(near, far);
    near.channel.onmessage({ data: spoil(near.channel.sent[0]) });
    assert.equal((await ended(trial)).state, "failed");
  }
});

for (const [what, happens, why] of /**
 * @type {[string, (near: Connection, far: Connection) => void, string][]}
 */ ([
  ["nothing to offer", (near) => near.finds(null), "ICE"],
  [
    "refuses",
    (near, far) => {
      for (const pc of [near, far]) pc.onicecandidateerror({ errorCode: 401 });
      far.finds(null);
    },
    "ICE 401",
  ],
  [
    "addresses, but no path",
    (near, far) => {
      for (const pc of [near, far]) pc.finds("relay");
      near.finds(null);
      near.connectionState = "failed";
      near.onconnectionstatechange();
    },
    "ICE",
  ],
  [
    "takes too long",
    (near, far) => {
      opens(near, far);
      near.onicecandidateerror({ errorCode: 701 });
      advance(10_000);
    },
    "ICE 701",
  ],
])) {
  test(`a relay that has failed: ${what}`, async () => {
    const { trial, near, far } = await relay();
    happens(near, far);
    assert.deepEqual(await ended(trial), { state: "failed", why });
  });
}
