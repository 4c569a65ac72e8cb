/**
 * Finds and reads the configuration file.
 *
 * @module
 */
import { decodeText } from "../config/encoded_text.ts";
import { loadConfig, type LoadedConfig, type LocatedProblem } from "../config/load.ts";
import type { ReadVariable } from "../config/interpolation.ts";
import { stubUrlProblem } from "../stub/behaviour.ts";
import { SAMPLE_CONFIG } from "../stub/sample_config.ts";
import { commandLine } from "./own_command.ts";
import type { Sighting } from "./sighting.ts";
import type { Style } from "./terminal.ts";

/** Where a configuration came from, and what it says. */
export interface FoundConfig extends LoadedConfig {
  /** The path as people read it. */
  source: string;
  /** What the file said. */
  text: string;
  /** The file; absent for the built-in sample. */
  path?: string;
}

/** A configuration file that is not there. */
export class MissingConfig extends Error {
  override readonly name = "MissingConfig";
}

const FILE_NAME = "routes.yml";
/** Larger files are no configuration. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** How the file is looked for. */
export interface FindOptions {
  /** The path given by `--config`. */
  path?: string | undefined;
  /** Whether the built-in sample is used instead of a file. */
  isStub: boolean;
  read: ReadVariable;
}

/**
 * Reads the configuration: `--config`, else `./routes.yml`, else the one in the user's
 * configuration folder.
 *
 * @throws {MissingConfig} When there is none.
 */
export function findConfig(options: FindOptions): FoundConfig {
  const file = options.isStub && options.path === undefined
    ? { source: "the built-in stub", text: SAMPLE_CONFIG }
    : readFirst(options);
  return { ...file, ...loadText(file.text, options.read) };
}

/** Reads what a configuration file says. */
export function loadText(text: string, read: ReadVariable): LoadedConfig {
  return loadConfig(text, { read, checkStubUrl: stubUrlProblem });
}

function readFirst({ path, read }: FindOptions): Pick<FoundConfig, "source" | "text" | "path"> {
  for (const candidate of path === undefined ? usualPaths(read) : [path]) {
    const text = readText(candidate);
    if (text !== undefined) return { source: candidate, text, path: candidate };
  }
  if (path !== undefined) throw new MissingConfig(cannotFind(path));
  throw new MissingConfig(
    `No ${FILE_NAME} here: write one with \`${
      commandLine("init")
    }\`, name one with --config FILE, or use --stub`,
  );
}

function usualPaths(read: ReadVariable): string[] {
  // An empty variable counts as not set, as the XDG specification wants it.
  const home = read("HOME") || read("USERPROFILE");
  const folder = read("XDG_CONFIG_HOME") || (home ? `${home}/.config` : undefined);
  const own = folder === undefined ? [] : [`${folder}/openclaw-autoproxy/${FILE_NAME}`];
  return [FILE_NAME, ...own];
}

function readText(path: string): string | undefined {
  try {
    checkSize(path, Deno.statSync(path));
    return textOf(path, Deno.readFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new MissingConfig(readProblem(path, error));
  }
}

/** Looks at a file once more; not at once, as a disk that hangs must not hold up requests. */
export async function lookAt(path: string): Promise<Sighting> {
  try {
    checkSize(path, await Deno.stat(path));
    return { text: textOf(path, await Deno.readFile(path)) };
  } catch (error) {
    return { problem: readProblem(path, error) };
  }
}

function checkSize(path: string, { size }: Deno.FileInfo): void {
  if (size <= MAX_FILE_BYTES) return;
  throw new MissingConfig(`Cannot read ${path}: it is larger than 4 MiB`);
}

function textOf(path: string, bytes: Uint8Array): string {
  const decoded = decodeText(bytes);
  if ("text" in decoded) return decoded.text;
  throw new MissingConfig(problemText(path, decoded.problem));
}

function readProblem(path: string, error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return cannotFind(path);
  if (error instanceof MissingConfig) return error.message;
  return `Cannot read ${path}: ${(error as Error).name}`;
}

function cannotFind(path: string): string {
  return `Cannot find ${path}`;
}

/** How the parts of a problem are set off. */
export type ProblemStyle = Pick<Style, "red" | "bold">;

const PLAIN: ProblemStyle = { red: (text) => text, bold: (text) => text };

/** `routes.yml:12:5: routes[1].urll: unknown key, did you mean "url"?` */
export function problemText(
  source: string,
  { position, key = "", message }: LocatedProblem,
  { red, bold }: ProblemStyle = PLAIN,
): string {
  const said = key === "" ? message : bold(key) + message.slice(key.length);
  if (position === undefined) return said;
  return `${red(`${source}:${position.line}:${position.column}:`)} ${said}`;
}

/** `warning: Route two repeats m with the same url and key: counted once` */
export function warningText(warning: string, { yellow }: Pick<Style, "yellow">): string {
  return `${yellow("warning:")} ${warning}`;
}
