/** What is kept in the browser's database (IndexedDB): objects that no text can stand for. */

/** Of this version of its layout. */
const NAME = "duet";
const VERSION = 1;
const STORES = /** @type {const} */ (["certificates"]);

/**
 * @template Value
 * @typedef {object} Store  every method rejects where a browser keeps nothing
 * @property {(key: string) => Promise<Value | undefined>} get
 * @property {(key: string, value: Value) => Promise<unknown>} put
 * @property {(key: string) => Promise<unknown>} delete
 * @property {(isOld: (value: Value) => boolean) => Promise<unknown>} sweep  delete what is old
 */

/**
 * @param {typeof STORES[number]} name
 * @returns {Store<any>}
 */
export function stored(name) {
  /** @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest} ask */
  async function asked(mode, ask) {
    const database = await opened();
    try {
      const transaction = database.transaction(name, mode);
      const request = ask(transaction.objectStore(name));
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
      return request.result;
    } finally {
      database.close();
    }
  }
  return {
    get: (key) => asked("readonly", (store) => store.get(key)),
    put: (key, value) => asked("readwrite", (store) => store.put(value, key)),
    delete: (key) => asked("readwrite", (store) => store.delete(key)),
    sweep: (isOld) =>
      asked("readwrite", (store) => {
        const request = store.openCursor();
        request.onsuccess = () => {
          const cursor = request.result;
          if (cursor === null) return;
          if (isOld(cursor.value)) cursor.delete();
          cursor.continue();
        };
        return request;
      }),
  };
}

/** @returns {Promise<IDBDatabase>} */
function opened() {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    for (const name of STORES) request.result.createObjectStore(name);
  };
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
