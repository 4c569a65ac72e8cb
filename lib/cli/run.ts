/**
 * Runs one command line.
 *
 * @module
 */
import { parseCommand, type ParsedCommand } from "./command_line.ts";
import type { Serve } from "./server.ts";
import type { ExitCode, Verb } from "./verb.ts";
import { SERVING_VERBS } from "./serving_verbs.ts";

/** What `main.ts` hands over. */
export interface Program {
  args: readonly string[];
  version: string;
  serve: Serve;
}

/** Parses the arguments and runs the verb they name. */
export async function run(program: Program): Promise<ExitCode> {
  const serving = parseCommand(program.args, SERVING_VERBS);
  if ("flags" in serving) return await runVerb(serving, program, SERVING_VERBS);
  // Nothing that serves: only now comes what all the other verbs need.
  const { VERBS } = await import("./verbs.ts");
  const command = parseCommand(program.args, VERBS);
  if ("problem" in command) {
    console.error(command.problem);
    return 2;
  }
  if ("flags" in command) return await runVerb(command, program, VERBS);
  if (command.wants === "version") return console.log(program.version), 0;
  const flags = new Map<string, never>();
  const isNamed = command.verb && program.args.includes(command.verb.name);
  const operands = isNamed ? [command.verb!.name] : [];
  const verb = VERBS.find(({ name }) => name === "help")!;
  return await runVerb({ verb, flags, operands, rest: [] }, program, VERBS);
}

async function runVerb(
  { verb, flags, operands, rest }: Extract<ParsedCommand, { flags: unknown }>,
  { version, serve }: Program,
  verbs: readonly Verb[],
): Promise<ExitCode> {
  return await verb.run({ flags, operands, rest, serve, version, verbs });
}
