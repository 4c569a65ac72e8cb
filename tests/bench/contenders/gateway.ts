/**
 * The gateway as its users run it: the bundle, with the permissions of `deno task start`, its log in
 * a file, its guards, deadlines and metrics on.
 *
 * @module
 */
import denoJson from "../../../deno.json" with { type: "json" };
import { PERMISSIONS } from "../../e2e/gateway_process.ts";
import { MODEL } from "../bodies.ts";
import { finished, freePort } from "../tools.ts";
import { type Contender, type Scene, startServer } from "./contender.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
/** Where the gateway's source begins. */
export const MAIN = `${ROOT}main.ts`;

/** The settings of the engine with which `deno task start` and a compiled program run. */
export const SHIPPED_FLAGS: readonly string[] = denoJson.tasks.start.match(/--v8-flags=\S+/g) ?? [];

/** Makes the bundle as `deno task bundle` does, into `folder`. */
export async function bundleInto(folder: string): Promise<string> {
  const path = `${folder}/main.js`;
  const args = ["bundle", "--quiet", "--minify", "--code-splitting", "--outdir", folder, MAIN];
  await finished(Deno.execPath(), args, { cwd: ROOT });
  return path;
}

/** A configuration of so many routes with so many models each; the first model is the one asked. */
export interface Extent {
  routes: number;
  models: number;
}

/** How the gateway is run. */
export interface GatewayOptions {
  name: "gateway" | "gateway from source";
  program: string;
  extent?: Extent;
  /** Deno's own flags beside the permissions. */
  flags?: readonly string[];
}

/** The gateway. */
export function gateway({ name, program, extent, flags = [] }: GatewayOptions): Contender {
  return {
    name,
    version: denoJson.version,
    start: async (scene) => {
      const port = freePort();
      const command = await startCommand({ program, flags, port, extent, ...scene });
      return await startServer(command, { folder: scene.folder, port, env: await environment() });
    },
  };
}

interface Start extends Scene {
  program: string;
  flags: readonly string[];
  port: number;
  extent?: Extent | undefined;
}

async function startCommand(start: Start): Promise<string[]> {
  const config = `${start.folder}/routes.yml`;
  const extent = start.extent ?? { routes: 1, models: 1 };
  await Deno.writeTextFile(config, routesYml(start.upstreamPort, extent));
  const flags = ["--port", String(start.port), "--config", config];
  const runtime = [...SHIPPED_FLAGS, ...start.flags, ...PERMISSIONS];
  return [Deno.execPath(), "run", ...runtime, start.program, "start", ...flags];
}

function routesYml(port: number, { routes, models }: Extent): string {
  const lines = Array.from({ length: routes }, (_, route) => {
    const names = Array.from(
      { length: models },
      (_, model) => route + model === 0 ? MODEL : `model-${route}-${model}`,
    );
    const url = `"http://127.0.0.1:${port}/v1"`;
    return `  - { name: route-${route}, url: ${url}, apiKey: dummy-key, model: [${names}] }`;
  });
  return `routes:\n${lines.join("\n")}\n`;
}

let cache: Promise<string> | undefined;

/** The tester's own cache of packages, which the program's source needs. */
export async function environment(): Promise<Record<string, string>> {
  cache ??= finished(Deno.execPath(), ["info", "--json"], { cwd: ROOT });
  return { DENO_DIR: JSON.parse(await cache).denoDir };
}
