/**
 * The environment of this process, with the working directory's `.env` beneath it.
 *
 * @module
 */
import type { ReadVariable } from "../config/interpolation.ts";

/** The file, in the working directory. */
export const DOT_ENV = ".env";

/** Reads a variable: from the environment, else from `.env`, which never overrides. */
export async function readEnvironmentAndFile(path = DOT_ENV): Promise<ReadVariable> {
  const fromFile = await readDotEnv(path);
  return (name) =>
    fromEnvironment(name) ?? (Object.hasOwn(fromFile, name) ? fromFile[name] : undefined);
}

function fromEnvironment(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    // Not among the variables that this process may read: the same as not set.
    return undefined;
  }
}

async function readDotEnv(path: string): Promise<Record<string, string | undefined>> {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch {
    // No such file, or one that this process may not read: then nothing comes from it.
    return {};
  }
  // Loaded only where there is a file: it costs five milliseconds of start-up.
  const { parseEnv } = await import("node:util");
  return parseEnv(text);
}
