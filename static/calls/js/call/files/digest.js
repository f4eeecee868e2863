/**
 * Whether a file has arrived as it is: SHA-256 over the SHA-256 of its blocks, each made by the
 * browser (Web Cryptography, `digest`) while the next one is under way.
 */

import { hex } from "../../base/hex.js";

/** Bytes of a block; the last may be shorter. */
export const BLOCK = 4 * 1024 * 1024;

/** @param {BufferSource} data */
export const digestOf = (data) => crypto.subtle.digest("SHA-256", data);

/**
 * @param {ArrayBuffer[]} digests of all blocks, in order
 * @returns {Promise<string>} hexadecimal
 */
export async function digestOfAll(digests) {
  const digest = await digestOf(await new Blob(digests).arrayBuffer());
  return hex(new Uint8Array(digest));
}
