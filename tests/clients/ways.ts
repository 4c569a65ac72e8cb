/**
 * The ways by which a client comes to the gateway without its user writing settings: `setup` writes
 * them, `run` does without.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { CLIENTS } from "../../lib/setup/clients.ts";
import { type Client, CLIENT_KEY } from "./client.ts";
import { type Installed, run } from "./packages.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const PROGRAM = ["run", "--no-prompt", "-A", MAIN];

/** The variable in which the tester hands over the key. */
const KEY_VARIABLE = "KEY_OF_THE_CLIENT";

/** The client, after `setup`. */
export function afterSetup(client: Client): Client {
  return {
    ...client,
    name: `${client.name} setup`,
    async command({ gateway, prompt, home }, installed) {
      const args = [...PROGRAM, "setup", client.name, "--url", gateway, "--key-env", KEY_VARIABLE];
      await run(Deno.execPath(), args, home, { HOME: home, ...SHARED });
      const { program } = CLIENTS.find(({ name }) => name === client.name)!;
      return {
        program,
        args: client.ownArguments(prompt),
        env: { ...client.ownVariables, PATH: pathWith(installed) },
      };
    },
  };
}

/** The client, by `run`. */
export function byRun(client: Client): Client {
  return {
    ...client,
    name: `${client.name} run`,
    command({ gateway, prompt }, installed) {
      const flags = ["--url", gateway, "--key-env", KEY_VARIABLE];
      return Promise.resolve({
        program: Deno.execPath(),
        args: [...PROGRAM, "run", client.name, ...flags, "--", ...client.ownArguments(prompt)],
        env: { ...client.ownVariables, ...SHARED, PATH: pathWith(installed) },
      });
    },
  };
}

const SHARED = { [KEY_VARIABLE]: CLIENT_KEY, DENO_DIR: packageCache() };

/** The client and its Node.js, before everything else. */
function pathWith({ modules, node }: Installed): string {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  return [`${modules}/.bin`, node.slice(0, node.lastIndexOf("/")), Deno.env.get("PATH")]
    .join(separator);
}

/** Where this Deno keeps its packages, so that a new home does not fetch them anew. */
function packageCache(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
