/**
 * `dev`: `start` for whoever changes things: what is wrong at the start may be mended while it
 * waits, and `deno task dev` starts it anew when the program's source changes.
 *
 * @module
 */
import { type FoundConfig, MissingConfig } from "../config_file.ts";
import { ConfigWatch } from "../config_watch.ts";
import { invokedConfig } from "../invoked_config.ts";
import { dropPermissions } from "../permissions.ts";
import { SERVING_FLAGS } from "../serving_flags.ts";
import type { ExitCode, Invocation, Verb } from "../verb.ts";
import { begin } from "./start.ts";

/** `dev`. */
export const dev: Verb = {
  name: "dev",
  summary: "start the gateway, or wait until its configuration is right and start it then",
  flags: SERVING_FLAGS,
  examples: ["dev --config routes.yml"],
  run: startAtLast,
};

/**
 * Signals keep their usual meaning: under `deno run --watch`, an exit that the program chooses is
 * only followed by the next start.
 */
async function startAtLast(invocation: Invocation): Promise<ExitCode> {
  for (;;) {
    // Read before the start reads it: no change can fall between.
    const found = await findIfThere(invocation);
    if (await begin(invocation) !== undefined) {
      dropPermissions();
      return await new Promise<never>(() => {});
    }
    if (found?.path === undefined) return 1;
    await changeOf(found.path, found.text);
  }
}

async function findIfThere(invocation: Invocation): Promise<FoundConfig | undefined> {
  try {
    return await invokedConfig(invocation);
  } catch (error) {
    // The start says so.
    if (error instanceof MissingConfig) return undefined;
    throw error;
  }
}

async function changeOf(path: string, text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watch = new ConfigWatch({ path, known: { text }, onChange: () => resolve() });
  await promise;
  watch.close();
}
