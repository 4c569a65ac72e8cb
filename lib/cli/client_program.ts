/**
 * Runs a client program on this terminal, as if its user had started it.
 *
 * @module
 */
import type { Client, Launch } from "../setup/client.ts";
import { attended } from "./attended_child.ts";
import { removeFile } from "./written_file.ts";

/** What is run. */
export interface ProgramCall {
  client: Client;
  launch: Launch;
  /** Its user's own arguments. */
  args: readonly string[];
  /** The folder for a file that belongs beside the client's settings. */
  settingsFolder: string;
}

/** Runs it to its end, and gives its exit code. */
export async function runProgram(call: ProgramCall): Promise<number> {
  const { launch: { file } } = call;
  if (file === undefined) return await runWith(call);
  const folder = file.isBeside ? { dir: call.settingsFolder } : {};
  const path = Deno.makeTempFileSync({ ...folder, prefix: "autoproxy_", suffix: ".json" });
  try {
    Deno.writeTextFileSync(path, file.text);
    return await runWith(call, path);
  } finally {
    removeFile(path);
  }
}

async function runWith({ client, launch, args }: ProgramCall, path?: string): Promise<number> {
  const { file, env, unset } = launch;
  const told = file && path ? tellOf(file.tell, path) : { args: [], env: {} };
  const environment: Record<string, string> = { ...Deno.env.toObject(), ...env, ...told.env };
  for (const name of unset) delete environment[name];
  const { program, title, install } = client;
  return await attended({
    names: namesOf(program),
    args: [...launch.args, ...told.args, ...args],
    env: environment,
    clearEnv: true,
    missing: `Cannot find ${program}: install ${title} with \`${install}\``,
  });
}

function tellOf(tell: { variable: string } | { flag: string }, path: string) {
  return "flag" in tell
    ? { args: [tell.flag, path], env: {} }
    : { args: [], env: { [tell.variable]: path } };
}

/** npm puts a script of the system's shell there, which is no program by itself. */
function namesOf(program: string): string[] {
  return Deno.build.os === "windows" ? [`${program}.exe`, `${program}.cmd`] : [program];
}
