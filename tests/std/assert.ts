/**
 * The assertions of `@std/assert` that the tests use, over `node:assert`: what the name resolves
 * to on networks without JSR.
 *
 * @module
 */
import strict from "node:assert/strict";

/** Fails unless both are deeply and strictly equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  strict.deepStrictEqual(actual, expected, message);
}

/** Fails unless `condition` is truthy. */
export function assert(condition: unknown, message = "Expected a truthy value"): asserts condition {
  strict.ok(condition, message);
}

/** Fails unless `text` matches. */
export function assertMatch(text: string, pattern: RegExp, message?: string): void {
  strict.match(text, pattern, message);
}

/** Fails unless `text` contains `part`. */
export function assertStringIncludes(text: string, part: string, message?: string): void {
  strict.ok(
    text.includes(part),
    message ?? `Expected ${JSON.stringify(text)} to include "${part}"`,
  );
}

type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

function checked<E extends Error>(error: unknown, type?: ErrorClass<E>, part?: string): E {
  if (type && !(error instanceof type)) {
    strict.fail(`Expected ${type.name}, got ${error}`);
  }
  if (part) assertStringIncludes((error as Error).message, part);
  return error as E;
}

/** Fails unless `run` throws such an error; returns it. */
export function assertThrows<E extends Error = Error>(
  run: () => unknown,
  type?: ErrorClass<E>,
  part?: string,
): E {
  try {
    run();
  } catch (error) {
    return checked(error, type, part);
  }
  strict.fail("Expected a throw");
}

/** Fails unless `run` rejects with such an error; returns it. */
export async function assertRejects<E extends Error = Error>(
  run: () => Promise<unknown>,
  type?: ErrorClass<E>,
  part?: string,
): Promise<E> {
  try {
    await run();
  } catch (error) {
    return checked(error, type, part);
  }
  strict.fail("Expected a rejection");
}
