/**
 * The command line as a verb, its flags and operands.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { unknownWord } from "./unknown_word.ts";
import type { Flag, Verb } from "./verb.ts";

/** What was asked for, or what is wrong with it, in one line. */
export type ParsedCommand =
  | { verb: Verb; flags: Map<string, string | true>; operands: string[]; rest: string[] }
  | { wants: "help" | "version"; verb?: Verb }
  | { problem: string };

/**
 * Reads the arguments behind the program's name.
 *
 * @param verbs Those that may be named; the first is the one that is meant when none is.
 */
export function parseCommand(args: readonly string[], verbs: readonly Verb[]): ParsedCommand {
  const words = args[0] === "gateway" ? args.slice(1) : [...args];
  const [first] = words;
  const isNamed = first !== undefined && !first.startsWith("-");
  const verb = isNamed ? verbs.find((one) => one.name === first) : verbs[0];
  if (!verb) return { problem: unknownWord("verb", first!, verbs.map(({ name }) => name)) };
  return parseWords(verb, isNamed ? words.slice(1) : words);
}

/** What stands behind `--` is another program's, and stays as it is. */
function parseWords(verb: Verb, words: string[]): ParsedCommand {
  const end = words.indexOf("--");
  if (end === -1) return parseFlags(verb, words, []);
  const rest = words.slice(end + 1);
  if (verb.rest === undefined && rest.length > 0) {
    return { problem: `Unexpected argument ${rest[0]} for ${verb.name}` };
  }
  return parseFlags(verb, words.slice(0, end), rest);
}

function parseFlags(verb: Verb, words: string[], rest: string[]): ParsedCommand {
  const parsed = parseArgs(words, {
    boolean: ["help", "version", ...verb.flags.filter(isSwitch).map(({ name }) => name)],
    string: ["_", ...verb.flags.filter((flag) => !isSwitch(flag)).map(({ name }) => name)],
    alias: {
      h: "help",
      v: "version",
      ...Object.fromEntries(
        verb.flags.flatMap(({ alias, name }) => alias === undefined ? [] : [[alias, name]]),
      ),
    },
  });
  if (parsed.help) return { wants: "help", verb };
  if (parsed.version) return { wants: "version" };
  return checked(verb, parsed, rest);
}

function isSwitch(flag: Flag): boolean {
  return flag.value === undefined;
}

function checked(
  verb: Verb,
  parsed: Record<string, unknown> & { _: string[] },
  rest: string[],
): ParsedCommand {
  const known = new Map(verb.flags.map((flag) => [flag.name, flag]));
  const shorts = new Set(["h", "v", ...verb.flags.map((flag) => flag.alias)]);
  const flags = new Map<string, string | true>();
  for (const [name, value] of Object.entries(parsed)) {
    if (name === "_" || shorts.has(name) || name === "help" || name === "version") continue;
    const flag = known.get(name);
    if (!flag) {
      const names = [...known.keys(), "help", "version"].map((one) => `--${one}`);
      return { problem: unknownWord("flag", name.length > 1 ? `--${name}` : `-${name}`, names) };
    }
    const values = Array.isArray(value) ? value : [value];
    const last = flag.isMany && !values.includes("") ? values.join("\n") : values.at(-1);
    if (isSwitch(flag)) {
      if (last === true) flags.set(name, true);
    } else if (typeof last === "string" && last !== "") {
      const problem = flag.problem?.(last);
      if (problem !== undefined) return { problem: `Flag --${name}: ${problem}, got ${last}` };
      flags.set(name, last);
    } else {
      return { problem: `Flag --${name} needs a value: --${name} ${flag.value}` };
    }
  }
  const operands = parsed._.map(String);
  const problem = operandProblem(verb, operands);
  return problem === undefined ? { verb, flags, operands, rest } : { problem };
}

function operandProblem({ name, operands = [] }: Verb, given: string[]): string | undefined {
  const missing = operands.find((operand, at) => operand.isRequired && given.length <= at);
  if (missing) return `${name} needs ${missing.name}: ${missing.doc}`;
  const isEnough = operands.at(-1)?.isMany === true || given.length <= operands.length;
  return isEnough ? undefined : `Unexpected argument ${given[operands.length]} for ${name}`;
}
