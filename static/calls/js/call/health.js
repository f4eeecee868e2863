/** Whether the server answers at all. */

/** Milliseconds. */
const PATIENCE = 1500;

/** @param {string} path of the health check */
export const answers = (path) =>
  fetch(path, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) }).then(
    (response) => response.ok,
    () => false,
  );
