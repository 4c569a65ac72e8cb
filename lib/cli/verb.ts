/**
 * What a verb of the command line is; help is made from it.
 *
 * @module
 */
import type { EnvironmentVariable } from "../config/environment.ts";
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
  /** Whether it may be repeated: its values are then one text, a line each. */
  isMany?: boolean;
  /** Every value that it takes, where they can be counted: shells complete them. */
  words?: readonly string[];
  /** What was expected instead of this value; `undefined` for one that will do. */
  problem?: (value: string) => string | undefined;
}

/** For verbs that can also speak to programs. */
export const JSON_FLAG: Flag = { name: "json", doc: "print JSON, and nothing else" };

/** A word that a verb takes beside its flags. */
export interface Operand {
  /** As help writes it: `CLIENT`. */
  name: string;
  doc: string;
  isRequired?: boolean;
  /** Whether any number of them may stand there; only the last operand of a verb may. */
  isMany?: boolean;
  /** Every word that may stand there, where they can be counted: shells complete them. */
  words?: readonly string[];
}

/** What a verb is given. */
export interface Invocation {
  /** Values by flag name: a string, or `true` for a flag without a value. */
  flags: ReadonlyMap<string, string | true>;
  /** What stood on the line beside verb and flags. */
  operands: string[];
  /** What stood behind `--`: a command line of somebody else's. */
  rest: string[];
  serve: Serve;
  version: string;
  /** Every verb, for those that speak of the others. */
  verbs: readonly Verb[];
}

/** The exit code: 0 well, 1 failed, 2 misuse; of a program that was run, its own. */
export type ExitCode = number;

/** One verb. */
export interface Verb {
  name: string;
  summary: string;
  flags: readonly Flag[];
  /** The words beside the flags, in order; none when absent. */
  operands?: readonly Operand[];
  /** How help calls what may stand behind `--`: `COMMAND [ARGUMENTS]`; nothing may when absent. */
  rest?: string;
  /** The variables that it reads, for its help; none when absent. */
  environment?: readonly EnvironmentVariable[];
  /** Lines as a user would type them behind the program's name; its help shows the first. */
  examples: readonly string[];
  run(invocation: Invocation): Promise<ExitCode>;
}
