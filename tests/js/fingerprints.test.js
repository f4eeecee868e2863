import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { fingerprintsOf } from "../../static/calls/js/call/fingerprints.js";
import { posing } from "./fakes.js";

const A = "aa".repeat(32);
const B = "bb".repeat(32);

/** @param {string} value hexadecimal @param {string} [hash] */
const line = (value, hash = "sha-256") =>
  `a=fingerprint:${hash} ${value.toUpperCase().replace(/..(?=.)/g, "$&:")}\r\n`;

/**
 * @param {string} theirs lines of their description
 * @param {string[]} [certificates] that the browser tells, if it can
 */
function connection(theirs, certificates) {
  return posing({
    currentLocalDescription: { sdp: `v=0\r\nm=audio 9\r\n${line(A)}m=video 9\r\n${line(A)}` },
    currentRemoteDescription: { sdp: `v=0\r\n${theirs}` },
    sctp: {
      transport: {
        getRemoteCertificates:
          certificates && (() => certificates.map((text) => new TextEncoder().encode(text))),
      },
    },
  });
}

test("of both descriptions, and of the certificate that came", async () => {
  const text = "their certificate";
  const theirs = createHash("sha256").update(text).digest("hex");
  const pair = { own: A, other: theirs };
  assert.deepEqual(await fingerprintsOf(connection(line(theirs), [text])), pair);
  // Of the data alone, while picture and sound go elsewhere; and none that is there yet.
  assert.equal(await fingerprintsOf(connection(line(B), [text])), null);
  assert.equal(await fingerprintsOf(connection(line(theirs) + line(B), [text])), null);
  assert.equal(await fingerprintsOf(connection(line(B), [])), null);
});

test("of both descriptions, where the browser tells no certificate", async () => {
  assert.deepEqual(await fingerprintsOf(connection(line(B))), { own: A, other: B });
  assert.deepEqual(await fingerprintsOf(connection(line(B) + line(B))), { own: A, other: B });
});

test("not where it says several things, or none that is known", async () => {
  for (const theirs of [line(B) + line(A), line(B, "sha-512"), line(B) + line(B, "sha-1"), ""]) {
    assert.equal(await fingerprintsOf(connection(theirs)), null);
  }
});

test("not of a connection that is not there", async () => {
  const nothing = { currentLocalDescription: null, currentRemoteDescription: null, sctp: null };
  assert.equal(await fingerprintsOf(posing(nothing)), null);
});
