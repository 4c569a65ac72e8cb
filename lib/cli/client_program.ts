/**
 * Runs a client program on this terminal, as if its user had started it.
 *
 * @module
 */
import type { Client, Launch } from "../setup/client.ts";
import { attended } from "./attended_child.ts";
import { ToldProblem } from "./told_problem.ts";
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
  const options: Deno.CommandOptions = {
    args: [...launch.args, ...told.args, ...args],
    env: environment,
    clearEnv: true,
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  };
  return await attended(() => spawn(client, options));
}

function tellOf(tell: { variable: string } | { flag: string }, path: string) {
  return "flag" in tell
    ? { args: [tell.flag, path], env: {} }
    : { args: [], env: { [tell.variable]: path } };
}

/** npm puts a script of the system's shell there, which is no program by itself. */
const NAMES = (program: string) =>
  Deno.build.os === "windows" ? [`${program}.exe`, `${program}.cmd`] : [program];

function spawn({ program, title, install }: Client, options: Deno.CommandOptions) {
  for (const name of NAMES(program)) {
    try {
      return new Deno.Command(name, options).spawn();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new ToldProblem(`Cannot find ${program}: install ${title} with \`${install}\``);
}
