/**
 * claude-code-router, on Node.js: what Claude Code users put before a Chat Completions upstream.
 *
 * @module
 */
import { MODEL } from "../bodies.ts";
import { freePort } from "../tools.ts";
import { type Absent, type Contender, startServer } from "./contender.ts";
import { install, type Installed } from "./packages.ts";

/** The newest that can be installed: 3.1.1 depends on a package that npm does not have. */
const PACKAGE = { name: "@musistudio/claude-code-router", version: "2.0.0" };

/** claude-code-router, or why it cannot be measured. */
export async function claudeCodeRouter(cache: string): Promise<Contender | Absent> {
  const name = "claude-code-router";
  try {
    const installed = await install(PACKAGE, cache);
    return { name, version: PACKAGE.version, start: (scene) => start(installed, scene) };
  } catch (error) {
    return { name, why: `${PACKAGE.name} cannot be installed: ${(error as Error).message}` };
  }
}

async function start(
  { node, folder: program }: Installed,
  { folder, upstreamPort }: { folder: string; upstreamPort: number },
) {
  const port = freePort();
  await Deno.mkdir(`${folder}/.claude-code-router`);
  const config = JSON.stringify(configuration(port, upstreamPort));
  await Deno.writeTextFile(`${folder}/.claude-code-router/config.json`, config);
  const command = [node, `${program}/dist/cli.js`, "start"];
  return await startServer(command, { folder, port, env: { NODE_ENV: "production" } });
}

/** Without its log, which is on by default and would only slow it down. */
function configuration(port: number, upstreamPort: number): Record<string, unknown> {
  return {
    LOG: false,
    HOST: "127.0.0.1",
    PORT: port,
    NON_INTERACTIVE_MODE: true,
    Providers: [{
      name: "bench",
      api_base_url: `http://127.0.0.1:${upstreamPort}/v1/chat/completions`,
      api_key: "dummy-key",
      models: [MODEL],
    }],
    Router: { default: `bench,${MODEL}` },
  };
}
