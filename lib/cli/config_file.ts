/**
 * Finds and reads the configuration file.
 *
 * @module
 */
import { loadConfig, type LoadedConfig, type LocatedProblem } from "../config/load.ts";
import type { ReadVariable } from "../config/interpolation.ts";
import { stubUrlProblem } from "../stub/behaviour.ts";
import { SAMPLE_CONFIG } from "../stub/sample_config.ts";

/** Where a configuration came from, and what it says. */
export interface FoundConfig extends LoadedConfig {
  /** The path as people read it. */
  source: string;
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
  const { source, text } = options.isStub && options.path === undefined
    ? { source: "the built-in stub", text: SAMPLE_CONFIG }
    : readFirst(options);
  return { source, ...loadConfig(text, { read: options.read, checkStubUrl: stubUrlProblem }) };
}

function readFirst({ path, read }: FindOptions): { source: string; text: string } {
  for (const candidate of path === undefined ? usualPaths(read) : [path]) {
    const text = readText(candidate);
    if (text !== undefined) return { source: candidate, text };
  }
  if (path !== undefined) throw new MissingConfig(`Cannot find ${path}`);
  throw new MissingConfig(
    `No ${FILE_NAME} here: write one, give --config FILE, or try \`start --stub\` without one`,
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
    if (Deno.statSync(path).size > MAX_FILE_BYTES) {
      throw new MissingConfig(`Cannot read ${path}: it is larger than 4 MiB`);
    }
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof MissingConfig) throw error;
    throw new MissingConfig(`Cannot read ${path}: ${(error as Error).name}`);
  }
}

/** `routes.yml:12:5: routes[1].urll: unknown key, did you mean "url"?` */
export function problemText(source: string, { position, message }: LocatedProblem): string {
  return position === undefined
    ? message
    : `${source}:${position.line}:${position.column}: ${message}`;
}
