/**
 * `parseArgs` as `@std/cli` has it, over `npm:mri`: what the name resolves to on networks without
 * JSR. Both are ports of minimist; mri loads in under a millisecond where `node:util` takes five.
 *
 * @module
 */
import mri from "mri";

/** The options of `@std/cli/parse-args` that both libraries read alike. */
export interface ParseOptions {
  /** Flags that take no value. */
  boolean?: string[];
  /** Flags whose value stays a string. */
  string?: string[];
  /** Other names of a flag. */
  alias?: Record<string, string>;
}

/** Splits `args` into flags and, under `_`, the rest. */
export function parseArgs(
  args: readonly string[],
  options: ParseOptions,
): Record<string, unknown> & { _: string[] } {
  // mri asks for the aliases of every flag, `--constructor` among them: nothing may be inherited.
  const alias = Object.assign(Object.create(null), options.alias);
  return mri([...args], { ...options, alias });
}
