import assert from "node:assert/strict";
import { test } from "node:test";

import { CloseCode, SUBPROTOCOL, parse, randomId } from "../../static/calls/js/call/protocol.js";

test("a message is an object with a type", () => {
  assert.deepEqual(parse('{"type": "pong"}'), { type: "pong" });
  assert.deepEqual(parse('{"type": "offer", "sdp": "v=0\\r\\n", "from": "x"}'), {
    type: "offer",
    sdp: "v=0\r\n",
    from: "x",
  });
});

test("types of a later version are let through", () => {
  assert.deepEqual(parse('{"type": "later", "more": [1]}'), { type: "later", more: [1] });
});

for (const frame of [
  "",
  " ",
  "pong",
  "{",
  "null",
  "true",
  "1",
  '"pong"',
  "[]",
  '["pong"]',
  "{}",
  '{"type": null}',
  '{"type": 1}',
  '{"type": ["pong"]}',
  '{"Type": "pong"}',
]) {
  test(`no message: ${JSON.stringify(frame)}`, () => assert.equal(parse(frame), null));
}

for (const data of [null, undefined, 1, {}, { type: "pong" }, new ArrayBuffer(2), new Blob([])]) {
  test(`no text: ${Object.prototype.toString.call(data)}`, () => assert.equal(parse(data), null));
}

test("sessions are different, and fit the protocol", () => {
  const sessions = new Set(Array.from({ length: 100 }, randomId));
  assert.equal(sessions.size, 100);
  for (const session of sessions) assert.match(session, /^[0-9a-f]{24}$/);
});

test("the wire's constants", () => {
  assert.equal(SUBPROTOCOL, "call.v1");
  assert.deepEqual(
    { ...CloseCode },
    {
      TAKEN_OVER: 4001,
      PROTOCOL_ERROR: 4400,
      BAD_TOKEN: 4403,
      ROOM_FULL: 4409,
      ENDED: 4410,
      DISMISSED: 4411,
      TOO_MANY_MESSAGES: 4429,
    },
  );
});
