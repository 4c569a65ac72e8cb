/**
 * `import`: makes a `routes.yml` of another gateway's configuration.
 *
 * @module
 */
import { importedFile, IMPORTERS, sourceDocument } from "../../setup/importers/importers.ts";
import type { Importer } from "../../setup/importers/imported.ts";
import { routeFileText } from "../../setup/route_file.ts";
import { counted } from "../counted.ts";
import { readEnvironmentAndFile } from "../environment.ts";
import { nextStep, OUTPUT_FLAGS, outputOf, writeRoutes } from "../new_routes.ts";
import { commandLine } from "../own_command.ts";
import { say } from "../said.ts";
import { tellingProblems, ToldProblem } from "../told_problem.ts";
import { unknownWord } from "../unknown_word.ts";
import type { ExitCode, Invocation, Verb } from "../verb.ts";
import { textOf } from "../written_file.ts";

const NAMES: readonly string[] = IMPORTERS.map(({ name }) => name);

/** `import`. */
export const importFile: Verb = {
  name: "import",
  summary: "write a routes.yml from the configuration of another gateway",
  flags: [
    { name: "from", value: "FORMAT", doc: `${NAMES.join(", ")}; otherwise guessed`, words: NAMES },
    { name: "keep-keys", doc: "copy keys that stand in the source, instead of naming variables" },
    ...OUTPUT_FLAGS,
  ],
  operands: [{ name: "FILE", doc: "the configuration to read", isRequired: true }],
  examples: [
    "import ~/.claude-code-router/config.json",
    "import config.yaml --from litellm --stdout",
  ],
  run: (invocation) => tellingProblems("import", () => translate(invocation)),
};

async function translate(invocation: Invocation): Promise<ExitCode> {
  const { flags, operands } = invocation;
  const from = flags.get("from") as string | undefined;
  if (from !== undefined && !NAMES.includes(from)) {
    console.error(unknownWord("format", from, NAMES));
    return 2;
  }
  const output = outputOf(invocation);
  const path = operands[0]!;
  const text = textOf(path);
  if (text === undefined) throw new ToldProblem(`Cannot find ${path}`);
  const source = sourceDocument(text);
  if ("problem" in source) throw new ToldProblem(`Cannot read ${path}: ${source.problem}`);
  const { document } = source;
  const importer = from === undefined
    ? IMPORTERS.find((one) => one.accepts(document))
    : IMPORTERS.find((one) => one.name === from);
  if (importer === undefined) {
    throw new ToldProblem(`Cannot tell whose configuration ${path} is: say so with --from`);
  }
  const imported = importer.read(document, { keepsKeys: flags.has("keep-keys") });
  if (imported.routes.length === 0) throw nothingThere(path, importer, imported.notes);
  const read = await readEnvironmentAndFile();
  const written = writeRoutes(routeFileText(importedFile(imported, importer.title)), output, read);
  for (const note of imported.notes) say(`note: ${note}`);
  const models = new Set(imported.routes.flatMap(({ model }) => model ?? []));
  if (output.path !== undefined) {
    const routes = counted(imported.routes.length, "route");
    say(`Wrote ${output.path}: ${routes}, ${counted(models.size, "model")}`);
  }
  say(nextStep(written, commandLine("start")));
  return 0;
}

function nothingThere(path: string, { title }: Importer, notes: readonly string[]): ToldProblem {
  const lines = [`Cannot find a model in ${path} that can be carried from ${title}`, ...notes];
  return new ToldProblem(lines.join("\n"));
}
