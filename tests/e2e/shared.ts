/**
 * One set of processes and servers for all tests of a file: made before the first, ended after the
 * last.
 *
 * @module
 */

/**
 * Registers what the tests of this file share.
 *
 * @param make Builds it; what has to be ended is handed to `owned`.
 * @returns Gives it inside a test.
 */
export function sharedByTests<T>(make: (owned: AsyncDisposableStack) => Promise<T>): () => T {
  const owned = new AsyncDisposableStack();
  let shared: { value: T } | undefined;
  Deno.test.beforeAll(async () => void (shared = { value: await make(owned) }));
  Deno.test.afterAll(() => owned.disposeAsync());
  return () => {
    if (!shared) throw new Error("Shared things exist only while tests run");
    return shared.value;
  };
}
