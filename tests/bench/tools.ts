/**
 * The programs that measure, built from C: they must never be what limits a measurement.
 *
 * @module
 */
import { eventually } from "../e2e/eventually.ts";
import { type Core, pinned, PinnedProcess } from "./pinned_process.ts";

const SOURCES = ["upstream", "driver", "starter"] as const;

/** What the bench needs of the machine, and where it comes from. */
const NEEDED: Readonly<Record<string, string>> = {
  cc: "a C compiler (Debian: gcc and libc6-dev)",
  taskset: "util-linux",
};

/** Where the programs are. */
export type Tools = Readonly<Record<typeof SOURCES[number], string>>;

/** A bench that cannot be done on this machine, and why. */
export class Missing extends Error {}

/**
 * Builds the programs into `folder`.
 *
 * @throws {Missing} When something is not there, naming all of it.
 */
export async function buildTools(folder: string): Promise<Tools> {
  mustBeAble();
  const built = SOURCES.map(async (name) => {
    const source = new URL(`tools/${name}.c`, import.meta.url).pathname;
    const path = `${folder}/${name}`;
    await finished("cc", ["-O2", "-o", path, source]);
    return [name, path] as const;
  });
  return Object.fromEntries(await Promise.all(built)) as Tools;
}

function mustBeAble(): void {
  if (Deno.build.os !== "linux") throw new Missing("The bench reads /proc: it needs Linux");
  if (navigator.hardwareConcurrency < 2) throw new Missing("The bench needs two processor cores");
  const missing = Object.keys(NEEDED).filter((program) => !isInstalled(program));
  if (missing.length === 0) return;
  throw new Missing(
    missing.map((name) => `Cannot find ${name}: install ${NEEDED[name]}`).join("\n"),
  );
}

/** Whether a program can be found. */
export function isInstalled(program: string): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return folders.some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false; // No such file, or no folder that may be read: it is not there for us.
    }
  });
}

/** Runs a program to its end, and gives what it wrote. */
export async function finished(
  program: string,
  args: readonly string[],
  options: Partial<Pick<Deno.CommandOptions, "cwd" | "env" | "clearEnv" | "signal">> = {},
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    ...options,
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  if (code === 0) return decoder.decode(stdout);
  const said = decoder.decode(stderr).trim() || decoder.decode(stdout).trim();
  throw new Error(`${program} ${args.join(" ").slice(0, 300)} ended with ${code}: ${said}`);
}

/** Runs a program on a core, to its end. */
export async function finishedOn(core: Core, command: readonly string[]): Promise<string> {
  const [program, ...args] = pinned(core, command);
  return await finished(program, args);
}

/** How an upstream answers a stream. */
export interface Stream {
  /** Events before `[DONE]`. */
  chunks: number;
  /** Between two of them; 0: all at once. */
  paceMs: number;
}

/** An upstream that listens. */
export interface Upstream extends AsyncDisposable {
  port: number;
  /** Its processor time. */
  readonly cpuSeconds: number;
}

/** Starts the upstream. */
export async function startUpstream(
  tools: Tools,
  { folder, chunks, paceMs }: Stream & { folder: string },
): Promise<Upstream> {
  const command = [tools.upstream, String(chunks), String(paceMs)];
  const process = new PinnedProcess(command, { core: "others", folder });
  try {
    const port = await eventually("the port of the upstream", () => {
      process.mustBeRunning();
      return /ready (\d+)\n/.exec(process.output)?.[1];
    });
    return Object.assign(process, { port: Number(port) });
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
}

/** A port that was free a moment ago, for programs that cannot choose one themselves. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
