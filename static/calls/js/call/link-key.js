/**
 * The secret in an invitation link, and what it proves: that a message comes from somebody with the
 * whole link, and is as it was written. It stands in the link's fragment, which browsers send to no
 * server (RFC 9110, section 7.1). The construction is in docs/protocol.md.
 */

/** What all of this is for, and its version: other uses of a secret never give the same bytes. */
const LABEL = "duet-link-1";
const SECRET_BYTES = 16;
const SECRET = /^[A-Za-z0-9_-]{22}$/;
const HASH = "SHA-256";

const encoder = new TextEncoder();

/** A secret for a new call: 128 random bits, as base64url (RFC 4648, section 5). */
export const newSecret = () => encode(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));

/** The fragment of a link with this secret. @param {string} secret */
export const fragmentOf = (secret) => `#k=${secret}`;

/**
 * @param {string} fragment of a link, with its "#"
 * @returns {string | null} null: there is no secret in it
 */
export function secretIn(fragment) {
  const secret = new URLSearchParams(fragment.slice(1)).get("k") ?? "";
  return SECRET.test(secret) ? secret : null;
}

/** Whether this browser can use one here: on pages over plain http it does not. */
export const isPossible = () => globalThis.crypto?.subtle !== undefined;

export class LinkKey {
  /** @param {string} secret as `newSecret` makes them */
  constructor(secret) {
    this.key = derived(decode(secret));
  }

  /** @param {string[]} fields in their order @returns {Promise<string>} the MAC of all of them, as base64url */
  async mac(fields) {
    return encode(new Uint8Array(await crypto.subtle.sign("HMAC", await this.key, framed(fields))));
  }

  /**
   * @param {unknown[]} fields as somebody has sent them
   * @param {unknown} mac what they say it is
   * @returns {Promise<boolean>}
   */
  async proves(fields, mac) {
    if (!isMac(mac) || !areTexts(fields)) return false;
    return crypto.subtle.verify("HMAC", await this.key, decode(mac), framed(fields));
  }
}

/** Whether it looks like one. @param {unknown} mac @returns {mac is string} */
export const isMac = (mac) => typeof mac === "string" && /^[A-Za-z0-9_-]{43}=?$/.test(mac);

/** @param {unknown[]} fields @returns {fields is string[]} */
const areTexts = (fields) => fields.every((field) => typeof field === "string");

/** HKDF (RFC 5869) without a salt. @param {Uint8Array<ArrayBuffer>} secret */
async function derived(secret) {
  const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: HASH, salt: new Uint8Array(), info: encoder.encode(LABEL) };
  const kind = { name: "HMAC", hash: HASH, length: 256 };
  return crypto.subtle.deriveKey(how, material, kind, false, ["sign", "verify"]);
}

/**
 * Each field with its length in bytes before it, big-endian in 32 bits: no two lists give the same.
 * @param {string[]} fields
 */
function framed(fields) {
  const parts = [LABEL, ...fields].map((field) => encoder.encode(field));
  const all = new DataView(new ArrayBuffer(parts.reduce((sum, { length }) => sum + 4 + length, 0)));
  let at = 0;
  for (const part of parts) {
    all.setUint32(at, part.length);
    new Uint8Array(all.buffer).set(part, at + 4);
    at += 4 + part.length;
  }
  return all;
}

/** @param {Uint8Array} bytes */
const encode = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replace(
    /[+/=]/g,
    (char) => ({ "+": "-", "/": "_" })[char] ?? "",
  );

/** @param {string} text base64url */
const decode = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/").replace(/=/g, "")), (char) =>
    char.charCodeAt(0),
  );
