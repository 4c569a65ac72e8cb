/**
 * A home of a user, and this program's command line in it: for verbs that write files.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { type CliResult, runCli, type RunOptions } from "./gateway_process.ts";

/** The program with every permission, as `setup` and `run` need them. */
export const ALL_ALLOWED: readonly string[] = [
  "run",
  "--no-prompt",
  "-A",
  fileURLToPath(new URL("../../main.ts", import.meta.url)),
];

const FAKE_CLIENT = fileURLToPath(new URL("./fake_client.ts", import.meta.url));

/** A folder of its own, removed in the end. */
export class ClientHome implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync({ prefix: "gateway_e2e_home_" });

  /** Runs a command line in this home. */
  run(args: readonly string[], options: RunOptions = {}): Promise<CliResult> {
    const env = { HOME: this.path, USERPROFILE: this.path, ...options.env };
    return runCli(args, { program: ALL_ALLOWED, ...options, env });
  }

  /** A path in it. */
  at(name: string): string {
    return `${this.path}/${name}`;
  }

  read(name: string): string {
    return Deno.readTextFileSync(this.at(name));
  }

  write(name: string, text: string): void {
    Deno.mkdirSync(this.at(name).replace(/[^/]*$/, ""), { recursive: true });
    Deno.writeTextFileSync(this.at(name), text);
  }

  /** The files in a folder of it. */
  list(name: string): string[] {
    try {
      return [...Deno.readDirSync(this.at(name))].map((entry) => entry.name).sort();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  /** Puts a fake in a client's place; gives the `PATH` on which it is found. */
  withFakeClient(program: string): string {
    this.write(
      `bin/${program}`,
      `#!/bin/sh\nexec "${Deno.execPath()}" run -A "${FAKE_CLIENT}" "$@"\n`,
    );
    Deno.chmodSync(this.at(`bin/${program}`), 0o755);
    return `${this.at("bin")}:${Deno.env.get("PATH")}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
