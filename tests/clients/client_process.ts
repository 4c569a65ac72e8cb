/**
 * A client as a process of its own: bounded in time, with nothing of the tester's around it, and
 * ended together with what it left running.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

/** What to run. */
export interface ClientCommand {
  program: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** Where it runs. */
export interface ClientPlace {
  /** A fresh home. */
  home: string;
  /** The folder to work in. */
  work: string;
  /** The folder for what it prints. */
  output: string;
}

/** What came of it. */
export interface ClientEnd {
  /** The exit code; `undefined` when a signal ended it, as the deadline does. */
  code: number | undefined;
  stdout: string;
  stderr: string;
}

/** The longest that one run of a client may take. */
const DEADLINE_MS = 120_000;

/** Variables of the tester that programs cannot run without. */
const KEPT = ["PATH", "LANG", "TMPDIR", "SYSTEMROOT", "COMSPEC"];

/** The clients that run; each leads a process group. */
const running = new Set<number>();

/** Runs a client to its end. */
export async function runClient(
  { program, args, env }: ClientCommand,
  { home, work, output }: ClientPlace,
): Promise<ClientEnd> {
  const paths = ["stdout", "stderr"].map((name) => `${output}/client.${name}`);
  // Files rather than pipes: what the client leaves running could hold a pipe open for ever.
  const files = paths.map((path) => openSync(path, "w"));
  const child = spawn(program, args, {
    cwd: work,
    env: { ...baseEnvironment(home), ...env },
    stdio: ["ignore", ...files],
    // A group of its own, so that what it leaves running can be ended with it.
    detached: true,
  });
  files.forEach(closeSync);
  const ended = Promise.withResolvers<number | undefined>();
  child.on("error", ended.reject);
  child.on("exit", (code) => ended.resolve(code ?? undefined));
  const leader = child.pid;
  if (leader !== undefined) running.add(leader);
  const killer = setTimeout(() => endTree(leader), DEADLINE_MS);
  try {
    const code = await ended.promise;
    const [stdout, stderr] = await Promise.all(paths.map((path) => Deno.readTextFile(path)));
    return { code, stdout: stdout!, stderr: stderr! };
  } finally {
    clearTimeout(killer);
    endTree(leader);
  }
}

/** Ends every client that runs. */
export function endClients(): void {
  for (const leader of running) endTree(leader);
}

/** Ends a client and what it started, also what left its group, as OpenClaw's agent does. */
function endTree(leader: number | undefined): void {
  if (leader === undefined) return;
  running.delete(leader);
  for (const pid of [...descendantsOf(leader), -leader]) kill(pid);
}

function descendantsOf(ancestor: number): number[] {
  const { stdout } = new Deno.Command("ps", { args: ["-A", "-o", "pid=,ppid="] }).outputSync();
  const rows = [...new TextDecoder().decode(stdout).matchAll(/(\d+)\s+(\d+)/g)]
    .map(([, pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
  const found = [ancestor];
  for (const one of found) {
    found.push(...rows.filter(({ parent }) => parent === one).map(({ pid }) => pid));
  }
  return found.slice(1);
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    // It does not run any more, which is what was asked for.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function baseEnvironment(home: string): Record<string, string> {
  const kept = KEPT.map((name) => [name, Deno.env.get(name)]);
  return {
    ...Object.fromEntries(kept.filter(([, value]) => value !== undefined)),
    HOME: home,
    USERPROFILE: home,
    SHELL: "/bin/bash",
    NO_COLOR: "1",
    ...NOWHERE,
  };
}

/** Everything but the loopback is refused at once, so that no client waits for the world. */
const NOWHERE = {
  HTTP_PROXY: "http://127.0.0.1:9",
  HTTPS_PROXY: "http://127.0.0.1:9",
  NO_PROXY: "127.0.0.1,localhost",
};
