/**
 * Waits for quiet before acting.
 *
 * @module
 */

/** A function that runs `act` once its calls have ceased for `ms` milliseconds. */
export function debounced(ms: number, act: () => void | Promise<void>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => void act(), ms);
  };
}
