/**
 * `help`: made from the list of verbs.
 *
 * @module
 */
import { unknownWord } from "../unknown_word.ts";
import { type Flag, type Invocation, PROGRAM, type Verb } from "../verb.ts";

/** Shows the help of the program, or of one verb. */
export function help({ operands, verbs }: Invocation): Promise<0 | 2> {
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
export function programHelp(verbs: readonly Verb[]): string {
  const [first] = verbs;
  return [
    `${PROGRAM}: a local gateway that keeps large-model APIs available`,
    "",
    `Usage: ${PROGRAM} [VERB] [FLAGS]`,
    "",
    "Verbs:",
    ...aligned(verbs.map(({ name, summary }) => [name, summary])),
    "",
    `Flags of ${first!.name}, which is meant when no verb is given:`,
    ...aligned(first!.flags.map((flag) => [flagText(flag), flag.doc])),
    "",
    "Everywhere: --help, --version",
    "",
    "Examples:",
    ...verbs.flatMap((verb) => verb.examples.map((example) => `  ${example}`)),
  ].join("\n");
}

function verbHelp(verb: Verb): string {
  return [
    `${PROGRAM} ${verb.name}: ${verb.summary}`,
    ...(verb.flags.length > 0
      ? ["", "Flags:", ...aligned(verb.flags.map((flag) => [flagText(flag), flag.doc]))]
      : []),
    "",
    "Examples:",
    ...verb.examples.map((example) => `  ${example}`),
  ].join("\n");
}

function flagText({ name, alias, value }: Flag): string {
  const short = alias === undefined ? "" : `-${alias}, `;
  return `${short}--${name}${value === undefined ? "" : ` ${value}`}`;
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
