/**
 * Portkey's gateway, on Node.js.
 *
 * @module
 */
import { freePort } from "../tools.ts";
import { type Absent, type Contender, startServer } from "./contender.ts";
import { install, type Installed } from "./packages.ts";

const PACKAGE = {
  name: "@portkey-ai/gateway",
  version: "1.15.2",
  // With newer ones, every stream of it fails.
  overrides: { hono: "4.9.7", "@hono/node-server": "1.13.5" },
};

/** It takes no address to listen on, and would be reachable from outside. */
const ON_LOOPBACK = `const { Server } = require("node:net");
const { listen } = Server.prototype;
Server.prototype.listen = function (first, ...rest) {
  if (typeof first === "object") {
    return listen.call(this, { ...first, host: "127.0.0.1" }, ...rest);
  }
  const callbacks = rest.filter((one) => typeof one === "function");
  return listen.call(this, first, "127.0.0.1", ...callbacks);
};
`;

/** Portkey, or why it cannot be measured. */
export async function portkey(cache: string): Promise<Contender | Absent> {
  const name = "Portkey";
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
  const preload = `${folder}/on_loopback.cjs`;
  await Deno.writeTextFile(preload, ON_LOOPBACK);
  const entry = `${program}/build/start-server.js`;
  return await startServer(
    [node, "--require", preload, entry, `--port=${port}`, "--headless"],
    {
      folder,
      port,
      env: { NODE_ENV: "production", TRUSTED_CUSTOM_HOSTS: "127.0.0.1" },
      headers: [
        "authorization: Bearer dummy-key",
        "x-portkey-provider: openai",
        `x-portkey-custom-host: http://127.0.0.1:${upstreamPort}/v1`,
      ],
    },
  );
}
