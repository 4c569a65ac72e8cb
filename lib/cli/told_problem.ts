/**
 * Problems that the user of a verb can mend, and the one place where they are said.
 *
 * @module
 */
import { SettingsProblem } from "../setup/settings_text.ts";
import { MissingConfig } from "./config_file.ts";
import { allowedCommandLine } from "./own_command.ts";
import { say } from "./said.ts";
import type { ExitCode } from "./verb.ts";

/** What is wrong, in one line for the user; lines, when there are several things. */
export class ToldProblem extends Error {
  override readonly name = "ToldProblem";
}

/** Does what a verb does; what its user can mend is said, and ends it with code 1. */
export async function tellingProblems(
  verb: string,
  work: () => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    const text = problemOf(verb, error);
    if (text === undefined) throw error;
    say(text);
    return 1;
  }
}

function problemOf(verb: string, error: unknown): string | undefined {
  if (
    error instanceof ToldProblem || error instanceof MissingConfig ||
    error instanceof SettingsProblem
  ) return error.message;
  if (error instanceof Deno.errors.NotCapable) {
    return `${verb} is not allowed to do that: run it as \`${allowedCommandLine(verb)}\``;
  }
  if (error instanceof Deno.errors.PermissionDenied) return `${verb}: ${error.message}`;
  return undefined;
}
