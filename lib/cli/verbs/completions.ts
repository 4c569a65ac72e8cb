/**
 * `completions`: a script with which a shell completes our command lines.
 *
 * @module
 */
import { completionScript, SHELLS } from "../completions.ts";
import { unknownWord } from "../unknown_word.ts";
import type { ExitCode, Invocation, Verb } from "../verb.ts";

/** `completions`. */
export const completions: Verb = {
  name: "completions",
  summary: "print a script that completes command lines in a shell",
  flags: [],
  operands: [{ name: "SHELL", doc: SHELLS.join(", "), isRequired: true, words: SHELLS }],
  examples: SHELLS.map((shell) => `completions ${shell}`),
  run: printScript,
};

function printScript({ operands, verbs }: Invocation): Promise<ExitCode> {
  const shell = SHELLS.find((one) => one === operands[0]);
  if (shell === undefined) {
    console.error(unknownWord("shell", operands[0]!, SHELLS));
    return Promise.resolve(2);
  }
  console.log(completionScript(shell, verbs).trimEnd());
  return Promise.resolve(0);
}
