/**
 * A model that has one command run by its client, and reports what came of it.
 *
 * @module
 */
import { type Answerer, THOUGHTS } from "../e2e/conformance/service.ts";
import type { Call, OfferedTool } from "../e2e/upstream/wire.ts";

/** The tools by which the clients run a command, as they name them. */
const SHELLS: ReadonlySet<string> = new Set([
  "Bash",
  "exec",
  "exec_command",
  "functions_-_exec",
]);

/** What the model says before it calls. */
const PREFACE = "I run it – one moment.";

/** The model. It thinks, where it may, speaks before it calls, and knows its own thoughts again. */
export function modelThatRuns(command: string): Answerer {
  return ({ tools, results }, { mayThink, isReadable, ownThoughts }, wire) => {
    const thinking = (thought: string) => ({ isReadable, ...(mayThink ? { thought } : {}) });
    const talk = (text: string) => ({ ...thinking(THOUGHTS.report), text, calls: [] });
    if (results.length > 0) {
      return talk(`The command said: ${results.join(" / ")} (after ${ownThoughts} thoughts)`);
    }
    const shell = tools.find(({ name }) => SHELLS.has(name));
    if (!shell) return talk("There is nothing to run.");
    const call = { id: wire.callId(1), ...callOf(shell, command) };
    return { ...thinking(THOUGHTS.call), preface: PREFACE, text: "", calls: [call] };
  };
}

function callOf(shell: OfferedTool, command: string): Omit<Call, "id"> {
  const { parameters, ...names } = shell;
  const script = `text(await tools.exec_command({ cmd: ${JSON.stringify(command)} }));`;
  if (parameters === undefined) return { ...names, input: script, isFreeform: true };
  const { properties } = parameters;
  const input = "input" in properties
    ? { input: script }
    : { ["cmd" in properties ? "cmd" : "command"]: command };
  return { ...names, input: JSON.stringify(input) };
}
