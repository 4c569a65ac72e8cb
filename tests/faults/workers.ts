/**
 * Runs many things, a few at a time.
 *
 * @module
 */

/** How many clients ask at once. */
export const CONCURRENCY = 16;

/** How long any request may take: one that hangs is a failure, not a wait. */
export const MAX_REQUEST_MS = 60_000;

/** Does each of `things`, {@linkcode CONCURRENCY} at a time, in order. */
export async function eachOf<T>(things: readonly T[], run: (one: T) => Promise<void>) {
  let next = 0;
  const worker = async () => {
    while (next < things.length) await run(things[next++]!);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

/** Consecutive parts of at most so many. */
export function* inBatches<T>(things: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < things.length; at += size) yield things.slice(at, at + size);
}
