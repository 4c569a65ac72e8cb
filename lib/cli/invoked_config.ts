/**
 * The configuration that a command line asks for.
 *
 * @module
 */
import type { ReadVariable } from "../config/interpolation.ts";
import { findConfig, type FoundConfig } from "./config_file.ts";
import { DOT_ENV, readEnvironmentAndFile } from "./environment.ts";
import type { Invocation } from "./verb.ts";

/** What was found, and the variables that it was read with. */
export interface InvokedConfig extends FoundConfig {
  read: ReadVariable;
  /** The names of all variables that were asked for so far. */
  variables: ReadonlySet<string>;
  /** The files that were read, or would have been. */
  files: string[];
}

/**
 * Finds and reads it by `--config` and `--stub`, with the environment and `.env`.
 *
 * @throws {MissingConfig} When there is none.
 */
export async function invokedConfig({ flags }: Invocation): Promise<InvokedConfig> {
  const variable = await readEnvironmentAndFile();
  const variables = new Set<string>();
  const read: ReadVariable = (name) => {
    variables.add(name);
    return variable(name);
  };
  const path = flags.get("config") as string | undefined;
  const found = findConfig({ path, isStub: flags.has("stub"), read });
  const files = [DOT_ENV, ...(found.path === undefined ? [] : [found.path])];
  return { ...found, read, variables, files };
}
