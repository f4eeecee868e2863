/**
 * @returns {(task: () => unknown) => void} runs each task after the one before it, which may take a
 *   while or fail
 */
export function inOrder() {
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  return (task) => {
    last = last.then(task).catch((error) => {
      queueMicrotask(() => {
        throw error;
      });
    });
  };
}
