/**
 * `dev`: like `start`, and anew whenever the configuration changes.
 *
 * @module
 */
import { debounced } from "../debounce.ts";
import type { RunningServer } from "../server.ts";
import { SERVING_FLAGS } from "../serving_flags.ts";
import { type ExitCode, type Invocation, PROGRAM, type Verb } from "../verb.ts";
import { begin } from "./start.ts";

/** `dev`. */
export const dev: Verb = {
  name: "dev",
  summary: "start the gateway, and start it anew when its configuration changes",
  flags: SERVING_FLAGS,
  examples: [`${PROGRAM} dev --config routes.yml`],
  run: startAndWatch,
};

/** Editors write a file in several steps; this long after the last one it is read. */
const SETTLE_MS = 150;

/** Starts the gateway and watches the folder of its configuration. */
async function startAndWatch(invocation: Invocation): Promise<ExitCode> {
  const path = (invocation.flags.get("config") as string | undefined) ?? "routes.yml";
  // Watched and read before the start, so that no change can fall between.
  const changes = watchIfThere(folderOf(path));
  let last = contentOf(path);
  // Signals keep their usual meaning: under `deno run --watch`, an exit that the program chooses
  // is only followed by the next start.
  let running: Promise<RunningServer | undefined> = begin(invocation);
  await running;
  if (changes === undefined) return 1;
  const restart = debounced(SETTLE_MS, () => {
    const content = contentOf(path);
    if (content === last) return;
    last = content;
    console.error(`${path} changed: starting anew`);
    // One after the other: a change may come while the last one still waits for its streams.
    running = running.then(async (server) => {
      await server?.stop();
      return await begin(invocation);
    });
  });
  for await (const _event of changes) restart();
  return 0;
}

/** The folder rather than the file: a watch on a file ends when an editor replaces it. */
function watchIfThere(folder: string): Deno.FsWatcher | undefined {
  try {
    return Deno.watchFs(folder, { recursive: false });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function folderOf(path: string): string {
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return slash === -1 ? "." : path.slice(0, slash + 1);
}

/** The file's text; empty while it is being replaced. */
function contentOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
