/**
 * A model that has one command run by its client, and reports what came of it.
 *
 * @module
 */
import { type Answerer, THOUGHTS } from "../e2e/conformance/service.ts";
import type { Call, OfferedTool } from "../e2e/upstream/wire.ts";

/** The tools by which the clients run a command, as upstreams know them. */
const SHELLS: ReadonlySet<string> = new Set([
  "Bash",
  "bash",
  "exec",
  "exec_command",
  "functions_-_exec",
]);

/** What the model says before it calls. */
const PREFACE = "I run it – one moment.";

/** What the report of the model begins with. */
export const REPORT = "The command said:";

/** The model. It thinks, where it may, and speaks before it calls. */
export function modelThatRuns(command: string): Answerer {
  return ({ tools, results }, { mayThink, isReadable }, wire) => {
    const thinking = (thought: string) => ({ isReadable, ...(mayThink ? { thought } : {}) });
    const talk = (text: string) => ({ ...thinking(THOUGHTS.report), text, calls: [] });
    if (results.length > 0) return talk(`${REPORT} ${results.join(" / ")}`);
    const shell = tools.find(({ name }) => SHELLS.has(name));
    if (!shell) return talk("There is nothing to run.");
    const call = { id: wire.callId(1), ...callOf(shell, command) };
    return { ...thinking(THOUGHTS.call), preface: PREFACE, text: "", calls: [call] };
  };
}

/** The same model at an upstream that fails once it is told the result. */
export function modelThatFailsAfterRunning(command: string): Answerer {
  const model = modelThatRuns(command);
  return (asked, seen, wire) => {
    if (asked.results.length > 0) throw new Error("Out of order on purpose");
    return model(asked, seen, wire);
  };
}

/** A call with the fields that the tool asks for: a command, or a script that runs it. */
function callOf({ parameters, ...names }: OfferedTool, command: string): Omit<Call, "id"> {
  const script = `text(await tools.exec_command({ cmd: ${JSON.stringify(command)} }));`;
  if (parameters === undefined) return { ...names, input: script, isFreeform: true };
  const { properties } = parameters;
  const input = "input" in properties ? { input: script } : {
    ["cmd" in properties ? "cmd" : "command"]: command,
    ...("description" in properties ? { description: "Runs the command" } : {}),
  };
  return { ...names, input: JSON.stringify(input) };
}
