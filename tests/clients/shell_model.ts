/**
 * A model that has one command run by its client, and reports what came of it.
 *
 * @module
 */
import type { Body, Model, OfferedTool } from "../e2e/upstream/wire.ts";

/** The tools by which the clients run a command, as they name them. */
const SHELLS: ReadonlySet<string> = new Set([
  "Bash",
  "exec",
  "exec_command",
  "shell",
  "shell_command",
]);

/** The model. */
export function modelThatRuns(command: string): Model {
  return ({ tools, results }, wire) => {
    if (results.length > 0) return { text: `The command said: ${results.join(" / ")}`, calls: [] };
    const shell = tools.find(({ name }) => SHELLS.has(name));
    if (!shell) return { text: "There is nothing that I could run.", calls: [] };
    const input = JSON.stringify(inputFor(shell, command));
    return { text: "", calls: [{ id: wire.callId(1), name: shell.name, input }] };
  };
}

function inputFor({ parameters }: OfferedTool, command: string): Body {
  const { properties, required = [] } = parameters;
  const name = "cmd" in properties ? "cmd" : "command";
  const value = properties[name].type === "array" ? ["bash", "-c", command] : command;
  const others = required.filter((one: string) => one !== name)
    .map((one: string) => [one, properties[one].type === "string" ? "as asked" : 1]);
  return { ...Object.fromEntries(others), [name]: value };
}
