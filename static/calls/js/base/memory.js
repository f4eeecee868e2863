/** What a reload of this tab does not forget. A duplicate of the tab gets a copy. */

/**
 * An object whose properties live in the tab's session storage.
 * @template {object} Memory
 * @param {string} key
 * @param {Memory} initial
 * @returns {Memory}
 */
export function remembered(key, initial) {
  const memory = { ...initial };
  try {
    Object.assign(memory, JSON.parse(sessionStorage.getItem(key) ?? "{}"));
  } catch {
    // Storage switched off, or not ours: a reload then starts from the beginning.
  }
  return new Proxy(memory, {
    set(target, property, value) {
      Reflect.set(target, property, value);
      try {
        sessionStorage.setItem(key, JSON.stringify(target));
      } catch {
        // Switched off or full, as above.
      }
      return true;
    },
  });
}
