/**
 * A fixed amount of work to measure the gateway against where no peer is installed.
 *
 * @module
 */
import { PERMISSIONS } from "../../e2e/gateway_process.ts";
import { freePort } from "../tools.ts";
import { type Contender, startServer } from "./contender.ts";

const PROGRAM = new URL("../reference.ts", import.meta.url).pathname;

/** The relay of `reference.ts`. */
export const reference: Contender = {
  name: "reference",
  version: `Deno ${Deno.version.deno}`,
  start: async ({ folder, upstreamPort }) => {
    const port = freePort();
    const command = [Deno.execPath(), "run", "--no-config", ...PERMISSIONS, PROGRAM];
    return await startServer([...command, String(port), String(upstreamPort)], { folder, port });
  },
};
