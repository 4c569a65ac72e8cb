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

/** What stands for a lone `-`, which mri takes for a flag without a name; no argument holds it. */
const DASH = "\u0000";

/** Splits `args` into flags and, under `_`, the rest. */
export function parseArgs(
  args: readonly string[],
  options: ParseOptions,
): Record<string, unknown> & { _: string[] } {
  // mri asks for the aliases of every flag, `--constructor` among them: nothing may be inherited.
  const alias = Object.assign(Object.create(null), options.alias);
  const words = args.map((word) => word === "-" ? DASH : word);
  const parsed = mri(words, { ...options, alias });
  const withDash = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(withDash) : value === DASH ? "-" : value;
  return Object.fromEntries(
    Object.entries(parsed).map(([name, value]) => [name, withDash(value)]),
  ) as typeof parsed;
}
