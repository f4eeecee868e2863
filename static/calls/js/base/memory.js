/**
 * What a reload does not forget. The tab's memory ends with it, and a duplicate of the tab gets a
 * copy; the device's is every tab's, and stays.
 */

/** Asked for each time, as asking may throw where storage is switched off. */
const STORAGES = { tab: () => sessionStorage, device: () => localStorage };

/**
 * An object whose properties live in the browser's storage.
 * @template {object} Memory
 * @param {string} key
 * @param {Memory} initial
 * @param {keyof typeof STORAGES} [owner]
 * @returns {Memory}
 */
export function remembered(key, initial, owner = "tab") {
  const storage = STORAGES[owner];
  const memory = { ...initial };
  try {
    Object.assign(memory, JSON.parse(storage().getItem(key) ?? "{}"));
  } catch {
    // Storage switched off, or not ours: a reload then starts from the beginning.
  }
  return new Proxy(memory, {
    set(target, property, value) {
      Reflect.set(target, property, value);
      try {
        storage().setItem(key, JSON.stringify(target));
      } catch {
        // Switched off or full, as above.
      }
      return true;
    },
  });
}
