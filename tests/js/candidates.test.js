import assert from "node:assert/strict";
import { test } from "node:test";

import { hasPool } from "../../static/calls/js/call/candidates.js";
import { FakeConnection, posing } from "./fakes.js";

for (const [what, config, expected] of /** @type {[string, object, boolean][]} */ ([
  ["one", { iceCandidatePoolSize: 1 }, true],
  ["none", { iceCandidatePoolSize: 0 }, false],
  ["nothing of the kind, as Firefox", {}, false],
])) {
  test(`a pool of ${what}`, async () => {
    const pc = new FakeConnection(config);
    assert.equal(hasPool(posing(pc)), expected);
    pc.currentLocalDescription = { type: "answer", sdp: "" };
    assert.equal(hasPool(posing(pc)), false, "once there is an answer it is used up");
  });
}
