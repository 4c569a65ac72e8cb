/**
 * `describe` and `it` as `@std/testing/bdd` has them, over `Deno.test`: what the name resolves to
 * on networks without JSR. Only what the tests use.
 *
 * @module
 */

let prefix = "";

/** Names a group of tests; the group's name stands before each test's. */
export function describe(name: string, register: () => void): void {
  const outer = prefix;
  prefix = `${outer}${name} `;
  try {
    register();
  } finally {
    prefix = outer;
  }
}

/** Registers one test. */
export function it(name: string, run: () => void | Promise<void>): void {
  Deno.test(prefix + name, run);
}
