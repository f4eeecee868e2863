/** A part of a file as one binary message (docs/protocol.md, "Files"). Pure. */

/** Bytes: the number of the file and the place of what follows, the most significant first. */
const HEAD = 12;

/**
 * @param {number} id
 * @param {number} offset
 * @param {Uint8Array} bytes
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function framed(id, offset, bytes) {
  const frame = new Uint8Array(HEAD + bytes.length);
  const head = new DataView(frame.buffer);
  head.setUint32(0, id);
  head.setBigUint64(4, BigInt(offset));
  frame.set(bytes, HEAD);
  return frame;
}

/**
 * @param {unknown} data
 * @returns {{ id: number, offset: number, bytes: Uint8Array } | null} null: it is none
 */
export function unframed(data) {
  if (!(data instanceof ArrayBuffer) || data.byteLength <= HEAD) return null;
  const head = new DataView(data);
  return {
    id: head.getUint32(0),
    offset: Number(head.getBigUint64(4)),
    bytes: new Uint8Array(data, HEAD),
  };
}
