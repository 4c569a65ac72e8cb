/**
 * What a verb of the command line is; help is made from it.
 *
 * @module
 */
import type { Serve } from "./server.ts";

/** The program's name, as people type it. */
export const PROGRAM = "openclaw-autoproxy";

/** A flag of a verb. */
export interface Flag {
  name: string;
  /** The word for its value in help; absent for a flag without one. */
  value?: string;
  alias?: string;
  doc: string;
}

/** What a verb is given. */
export interface Invocation {
  /** Values by flag name: a string, or `true` for a flag without a value. */
  flags: ReadonlyMap<string, string | true>;
  /** What stood on the line beside verb and flags. */
  operands: string[];
  serve: Serve;
  version: string;
  /** Every verb, for those that speak of the others. */
  verbs: readonly Verb[];
}

/** The exit code: 0 well, 1 failed, 2 misuse. */
export type ExitCode = 0 | 1 | 2;

/** One verb. */
export interface Verb {
  name: string;
  summary: string;
  flags: readonly Flag[];
  /** Whole lines, as a user would type them. */
  examples: readonly string[];
  run(invocation: Invocation): Promise<ExitCode>;
}
