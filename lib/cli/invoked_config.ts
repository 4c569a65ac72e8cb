/**
 * The configuration that a command line asks for.
 *
 * @module
 */
import type { ReadVariable } from "../config/interpolation.ts";
import { findConfig, type FoundConfig } from "./config_file.ts";
import { readEnvironmentAndFile } from "./environment.ts";
import type { Invocation } from "./verb.ts";

/** What was found, and the variables that it was read with. */
export interface InvokedConfig extends FoundConfig {
  read: ReadVariable;
}

/**
 * Finds and reads it by `--config` and `--stub`, with the environment and `.env`.
 *
 * @throws {MissingConfig} When there is none.
 */
export async function invokedConfig({ flags }: Invocation): Promise<InvokedConfig> {
  const read = await readEnvironmentAndFile();
  const path = flags.get("config") as string | undefined;
  return { ...findConfig({ path, isStub: flags.has("stub"), read }), read };
}
