/**
 * Waiting for what another process will do, without guessing how long it takes.
 *
 * @module
 */

const POLL_MS = 10;
const DEADLINE_MS = 10_000;

/**
 * Asks until there is an answer.
 *
 * @param what Names what is waited for, for the message when it never comes.
 * @param look Gives a value once it is there; `undefined`, `false` or `""`: not yet.
 */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
): Promise<Exclude<T, undefined | false | "">> {
  const endMs = performance.now() + DEADLINE_MS;
  while (performance.now() < endMs) {
    const value = await look();
    if (value !== undefined && value !== false && value !== "") {
      return value as Exclude<T, undefined | false | "">;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`Waited ${DEADLINE_MS} ms for ${what}`);
}
