/**
 * The executable: reads the command line, and serves the Hono app that `lib/` builds.
 *
 * @module
 */
import config from "./deno.json" with { type: "json" };
import { run } from "./lib/cli/run.ts";

async function main(): Promise<void> {
  Deno.exit(
    await run({
      args: Deno.args,
      version: config.version,
      serve: (options, handler) => Deno.serve(options, handler),
    }),
  );
}

// Begun from a task of its own: an error that is thrown and caught while the module's own body is
// on the stack makes V8 read the whole bundle once more for line numbers, at 6 ms of start-up.
if (import.meta.main) queueMicrotask(main);
