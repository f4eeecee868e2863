import assert from "node:assert/strict";
import { test } from "node:test";

import {
  LinkKey,
  fragmentOf,
  isPossible,
  newSecret,
  secretIn,
} from "../../static/calls/js/call/link-key.js";

/** The bytes 0 to 15; what follows was computed with Python's `hmac` by docs/protocol.md. */
const SECRET = "AAECAwQFBgcICQoLDA0ODw";
const FIELDS = ["join", "k7mqx-2phb9-dtw4e", "a97b13e0", "5f1d0c6a"];
const MAC = "34eW8FFRiIOAQhnqmkjueTaZjX9isYZcA7HQGmEGaWg";

test("a secret is 128 random bits", () => {
  const secrets = new Set(Array.from({ length: 100 }, newSecret));
  assert.equal(secrets.size, 100);
  for (const secret of secrets) assert.match(secret, /^[A-Za-z0-9_-]{21}[AQgw]$/);
});

test("it stands in a link's fragment", () => {
  const secret = newSecret();
  assert.equal(secretIn(fragmentOf(secret)), secret);
  assert.equal(secretIn(`#other=1&k=${secret}`), secret);
  for (const fragment of [
    "",
    "#",
    "#k=",
    "#k=short",
    `#k=${secret}x`,
    `#${secret}`,
    "#k=!".padEnd(25, "a"),
  ]) {
    assert.equal(secretIn(fragment), null, fragment);
  }
});

test("what it proves is what others compute", async () => {
  const key = new LinkKey(SECRET);
  assert.equal(await key.mac(FIELDS), MAC);
  assert.equal(await key.proves(FIELDS, MAC), true);
  assert.equal(await key.proves(FIELDS, `${MAC}=`), true);
});

test("anything else proves nothing", async () => {
  const key = new LinkKey(SECRET);
  const [type, room, session] = FIELDS;
  for (const fields of [
    ["offer", room, session],
    [type, `${room}${session}`, ""],
    [type, room],
    [type, room, session, ""],
    [type, session, room],
    [type, `${room}x`, session],
  ]) {
    assert.equal(await key.proves(fields, MAC), false, fields.join());
  }
  assert.equal(await new LinkKey(newSecret()).proves(FIELDS, MAC), false);
  const changed = [MAC.slice(1), `F${MAC.slice(1)}`, "", "?".repeat(43), undefined, null, 7, {}];
  for (const mac of changed) assert.equal(await key.proves(FIELDS, mac), false);
});

test("where the browser has no cryptography it is not possible", (context) => {
  assert.equal(isPossible(), true);
  Object.defineProperty(crypto, "subtle", { value: undefined, configurable: true });
  context.after(() => Reflect.deleteProperty(crypto, "subtle"));
  assert.equal(isPossible(), false);
});
