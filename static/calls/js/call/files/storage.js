/**
 * Where what arrives of a file is kept: on the disk, in the browser's private file system (File
 * System, "origin private file system"), else in memory.
 */

/**
 * @typedef {object} Store
 * @property {(block: Uint8Array<ArrayBuffer>) => Promise<void>} write what comes next; rejects
 *   when there is no room
 * @property {() => Promise<Blob>} finish all of it, of no type that a browser would open
 * @property {() => Promise<void>} drop
 */

/** Bytes that are not too many for a phone's memory. */
const SMALL = 250_000_000;
/** The folder, and the first part of the names of the locks by which pages keep their files. */
const FOLDER = "duet-files";

const asDownload = (/** @type {BlobPart[]} */ parts) =>
  new Blob(parts, { type: "application/octet-stream" });

/**
 * @param {number} size bytes
 * @returns {Promise<Store | null>} null: there is no room for so much
 */
export async function openStore(size) {
  try {
    return await onDisk(size);
  } catch {
    // Old browsers, and private windows of some.
    return size > SMALL ? null : inMemory();
  }
}

/** @returns {Store} */
function inMemory() {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  let blocks = [];
  return {
    write: async (block) => void blocks.push(block),
    finish: async () => asDownload(blocks),
    drop: async () => void (blocks = []),
  };
}

/** @param {number} size @returns {Promise<Store>} */
async function onDisk(size) {
  const { quota = 0, usage = 0 } = await navigator.storage.estimate();
  if (quota - usage < size) throw new DOMException("too large", "QuotaExceededError");
  const folder = await openFolder();
  const name = crypto.randomUUID();
  await keep(name);
  const file = await folder.getFileHandle(name, { create: true });
  const stream = await file.createWritable();
  return {
    write: (block) => stream.write(block),
    finish: async () => {
      await stream.close();
      return asDownload([await file.getFile()]);
    },
    drop: async () => {
      await stream.abort().catch(() => {});
      await folder.removeEntry(name).catch(() => {});
    },
  };
}

async function openFolder() {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(FOLDER, { create: true });
}

/** As long as this page lives: whoever downloads a file reads it there. @param {string} name */
const keep = (name) =>
  new Promise((kept) => {
    navigator.locks.request(`${FOLDER}/${name}`, () => {
      kept(null);
      return new Promise(() => {});
    });
  });

/** Remove what pages have left that are no more. */
export async function sweep() {
  if (!navigator.storage?.getDirectory || !navigator.locks) return;
  const folder = await openFolder();
  for await (const name of folder.keys()) {
    await navigator.locks.request(`${FOLDER}/${name}`, { ifAvailable: true }, async (lock) => {
      if (lock) await folder.removeEntry(name);
    });
  }
}
