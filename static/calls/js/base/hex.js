/** Bytes as text (RFC 4648, section 8). */

/** @param {Uint8Array} bytes @returns {string} with small letters */
export const hex = (bytes) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
