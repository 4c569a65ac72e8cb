/**
 * Writes a new `routes.yml`: never over another one unawares, and never one that would not start.
 *
 * @module
 */
import { loadConfig } from "../config/load.ts";
import type { ReadVariable } from "../config/interpolation.ts";
import { stubUrlProblem } from "../stub/behaviour.ts";
import { problemText } from "./config_file.ts";
import { ToldProblem } from "./told_problem.ts";
import type { Flag, Invocation } from "./verb.ts";
import { makeFile, modeOf, replaceFile } from "./written_file.ts";

/** The flags that say where a new file goes. */
export const OUTPUT_FLAGS: readonly Flag[] = [
  { name: "output", value: "FILE", alias: "o", doc: "write there instead of ./routes.yml" },
  { name: "stdout", doc: "write to standard output, and to no file" },
  { name: "force", alias: "f", doc: "write even where there is a file already" },
];

/** Where a new file goes. */
export interface Output {
  /** `undefined`: to standard output. */
  path: string | undefined;
  isForced: boolean;
}

/** Reads the flags; a file that is in the way is told of before any work is done. */
export function outputOf({ flags }: Invocation): Output {
  const path = flags.has("stdout") ? undefined : flags.get("output") as string ?? "routes.yml";
  const isForced = flags.has("force");
  if (path !== undefined && !isForced && modeOf(path) !== undefined) throw inTheWay(path);
  return { path, isForced };
}

function inTheWay(path: string): ToldProblem {
  return new ToldProblem(
    `${path} is there already: give --output FILE for another one, or --force to replace it`,
  );
}

/** What a file asks for that is not there yet. */
export interface Written {
  /** Variables that it names and that are not set. */
  missing: string[];
}

/** Anybody may read a file without keys; the mask of the process decides. */
const OPEN_FILE = 0o644;
const KEY_FILE = 0o600;

/** Stands for what is not set yet: a key, or a part of a URL as well. */
const SET_LATER = "https://set-later.example";

/** Checks a text as a start would, and writes it. */
export function writeRoutes(text: string, { path, isForced }: Output, read: ReadVariable): Written {
  const named = variablesIn(text);
  const { problems } = loadConfig(text, {
    // Only what the file is about: a variable that is set otherwise is no fault of the file.
    read: (name) => named.has(name) ? read(name) || SET_LATER : undefined,
    checkStubUrl: stubUrlProblem,
  });
  if (problems.length > 0) {
    const lines = problems.map((one) => problemText(path ?? "the new file", one));
    throw new ToldProblem(lines.join("\n"));
  }
  if (path === undefined) console.log(text.trimEnd());
  else if (isForced && modeOf(path) !== undefined) replaceFile(path, text);
  else if (
    !makeFile(path, text, /^ *apiKey: |^ *key: |\bkey: /m.test(text) ? KEY_FILE : OPEN_FILE)
  ) {
    throw inTheWay(path);
  }
  return { missing: [...named].filter((name) => !read(name)?.trim()) };
}

/** The variables that the file takes keys and other values from; what is a comment counts not. */
function variablesIn(text: string): Set<string> {
  const live = text.replace(/^\s*#.*$/gm, "");
  return new Set(
    [...live.matchAll(/\b(?:apiKeyEnv|keyEnv): "?(\w+)|\$\{(\w+)\}/g)].map(([, a, b]) => a ?? b!),
  );
}

/** The last line of a verb that wrote a file: what its user does next. */
export function nextStep({ missing }: Written, start: string): string {
  return missing.length === 0
    ? `Next: \`${start}\``
    : `Next: set ${missing.join(", ")}, then \`${start}\``;
}
