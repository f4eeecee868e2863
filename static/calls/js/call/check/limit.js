/** Something that may never come is waited for so long, and not when nobody wants it any more. */

/** @typedef {{ patience: number, signal: AbortSignal }} Limit `patience` in milliseconds */

/**
 * @template Found
 * @param {Limit} limit
 * @param {(done: (found: Found) => void) => () => void} begin begins it, and returns what ends
 *   it; `done` must not be called before that
 * @param {() => Found} otherwise what it comes to when the limit is reached
 * @returns {Promise<Found>}
 */
export function limited({ patience, signal }, begin, otherwise) {
  return new Promise((resolve) => {
    const end = begin(done);
    const stop = () => done(otherwise());
    const timer = setTimeout(stop, patience);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();

    /** @param {Found} found */
    function done(found) {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      end();
      resolve(found);
    }
  });
}
