/**
 * `dev`: like `start`, and anew whenever the configuration changes.
 *
 * @module
 */
import { debounced } from "../debounce.ts";
import type { RunningServer } from "../server.ts";
import type { ExitCode, Invocation } from "../verb.ts";
import { begin, stopOnSignals } from "./start.ts";

/** Editors write a file in several steps; this long after the last one it is read. */
const SETTLE_MS = 150;

/** Starts the gateway and watches the folder of its configuration. */
export async function dev(invocation: Invocation): Promise<ExitCode> {
  let server: RunningServer | undefined = await begin(invocation);
  stopOnSignals({ stop: async () => await server?.stop() });
  const path = (invocation.flags.get("config") as string | undefined) ?? "routes.yml";
  let last = contentOf(path);
  const restart = debounced(SETTLE_MS, async () => {
    const content = contentOf(path);
    if (content === last) return;
    last = content;
    console.error(`${path} changed: starting anew`);
    await server?.stop();
    server = await begin(invocation);
  });
  // The folder rather than the file: a watch on a file ends when an editor replaces it.
  for await (const _event of Deno.watchFs(folderOf(path), { recursive: false })) restart();
  return 0;
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
