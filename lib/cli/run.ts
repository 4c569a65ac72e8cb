/**
 * Runs one command line.
 *
 * @module
 */
import { parseCommand } from "./command_line.ts";
import type { Serve } from "./server.ts";
import type { ExitCode } from "./verb.ts";
import { VERBS } from "./verbs.ts";

/** What `main.ts` hands over. */
export interface Program {
  args: readonly string[];
  version: string;
  serve: Serve;
}

/** Parses the arguments and runs the verb they name. */
export async function run({ args, version, serve }: Program): Promise<ExitCode> {
  const command = parseCommand(args);
  if ("problem" in command) {
    console.error(command.problem);
    return 2;
  }
  if ("wants" in command) {
    if (command.wants === "version") return console.log(version), 0;
    const help = VERBS.find((verb) => verb.name === "help")!;
    const operands = command.verb && args.includes(command.verb.name) ? [command.verb.name] : [];
    return await help.run({ flags: new Map(), operands, rest: [], serve, version, verbs: VERBS });
  }
  const { verb, flags, operands, rest } = command;
  return await verb.run({ flags, operands, rest, serve, version, verbs: VERBS });
}
