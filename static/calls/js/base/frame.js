/** Drawing no more often than anybody could see. */

/** Milliseconds: in a hidden tab, where no frame is drawn, a timer does it. */
const PATIENCE = 100;

/**
 * However often it is asked for, it is done once: before the next frame.
 * @param {() => void} work
 * @returns {() => void} asks for it
 */
export function oncePerFrame(work) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let frame = 0;

  function due() {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    timer = undefined;
    work();
  }

  return () => {
    if (timer !== undefined) return;
    timer = setTimeout(due, PATIENCE);
    frame = requestAnimationFrame(due);
  };
}
