/** Long work in several tasks: in between the browser draws, and hears what the person does. */

/** @returns {Promise<void>} settles in another task, at once even where timers are slowed down */
export function pause() {
  const { scheduler } = globalThis;
  if (scheduler?.yield) return scheduler.yield();
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
