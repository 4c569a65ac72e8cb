/**
 * `help`: made from the list of verbs.
 *
 * @module
 */
import type { EnvironmentVariable } from "../../config/environment.ts";
import { labelled, type LabelledRow, wrapped } from "../layout.ts";
import { allowedCommandLine, commandLine } from "../own_command.ts";
import { columnsOf } from "../terminal.ts";
import { unknownWord } from "../unknown_word.ts";
import { type Flag, type Invocation, PROGRAM, type Verb } from "../verb.ts";

/** `help`. */
export const help: Verb = {
  name: "help",
  summary: "show this help, or a verb's own",
  flags: [],
  operands: [{ name: "VERB", doc: "the verb to explain" }],
  examples: ["help start"],
  run: showHelp,
};

/** Shows the help of the program, or of one verb. */
function showHelp({ operands, verbs }: Invocation): Promise<0 | 2> {
  const [name] = operands;
  const verb = verbs.find((one) => one.name === name);
  if (name !== undefined && verb === undefined) {
    console.error(unknownWord("verb", name, verbs.map((one) => one.name)));
    return Promise.resolve(2);
  }
  console.log(verb ? verbHelp(verb) : programHelp(verbs));
  return Promise.resolve(0);
}

/** The help of the whole program. */
function programHelp(verbs: readonly Verb[]): string {
  const [first] = verbs;
  return [
    `${PROGRAM}: a local gateway that keeps large-model APIs available`,
    "",
    ...fitted(`Usage: ${allowedCommandLine("[VERB] [FLAGS]")}`),
    "",
    "Verbs:",
    ...aligned(verbs.map(({ name, summary }) => [name, summary])),
    "",
    `Flags of ${first!.name}, which is meant when no verb is given:`,
    ...aligned(first!.flags.map((flag) => [flagText(flag), flag.doc])),
    "",
    "Everywhere: -h, --help and -v, --version;",
    ...fitted(`${allowedCommandLine("help VERB")} explains a verb and its flags`),
    "",
    "Examples:",
    ...verbs.flatMap((verb) => verb.examples.slice(0, 1).flatMap(exampleLines)),
  ].join("\n");
}

function verbHelp(verb: Verb): string {
  const { operands = [], environment = [] } = verb;
  return [
    ...fitted(`${PROGRAM} ${verb.name}: ${verb.summary}`),
    "",
    ...fitted(`Usage: ${usage(verb)}`),
    ...(operands.length > 0
      ? ["", "Arguments:", ...aligned(operands.map(({ name, doc }) => [name, doc]))]
      : []),
    ...(verb.flags.length > 0
      ? ["", "Flags:", ...aligned(verb.flags.map((flag) => [flagText(flag), flag.doc]))]
      : []),
    ...(environment.length > 0
      ? ["", "Environment:", ...aligned(environment.map(variableRow))]
      : []),
    "",
    "Examples:",
    ...verb.examples.flatMap(exampleLines),
  ].join("\n");
}

/** `openclaw-autoproxy run CLIENT [FLAGS] [-- ARGUMENTS]` */
function usage({ name, operands = [], flags, rest }: Verb): string {
  const words = [
    name,
    ...operands.map(({ name, isRequired, isMany }) => {
      const word = isMany ? `${name}...` : name;
      return isRequired ? word : `[${word}]`;
    }),
    ...(flags.length > 0 ? ["[FLAGS]"] : []),
    ...(rest === undefined ? [] : [`[-- ${rest}]`]),
  ];
  return commandLine(words.join(" "));
}

function exampleLines(example: string): string[] {
  return wrapped(commandLine(example), columnsHere() - 4)
    .map((line, at) => `${at === 0 ? "  " : "    "}${line}`);
}

function flagText({ name, alias, value }: Flag): string {
  const short = alias === undefined ? "" : `-${alias}, `;
  return `${short}--${name}${value === undefined ? "" : ` ${value}`}`;
}

function variableRow({ name, doc, default: usual }: EnvironmentVariable): LabelledRow {
  return [name, usual === undefined ? doc : `${doc} Default: ${usual}.`];
}

/** A line that a narrow terminal gets in several. */
function fitted(text: string): string[] {
  return wrapped(text, columnsHere());
}

function aligned(rows: readonly LabelledRow[]): string[] {
  return labelled(rows, { columns: columnsHere() });
}

function columnsHere(): number {
  return Deno.stdout.isTerminal() ? columnsOf() : Infinity;
}
