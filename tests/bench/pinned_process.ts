/**
 * A process on a core of its own, and what it cost: what is measured, and what measures it.
 *
 * @module
 */

/** The core of what is measured, and that of everything else. */
export const CORES = { measured: 0, others: 1 } as const;

/** A part of the bench; what it does there says where it runs. */
export type Core = keyof typeof CORES;

/** How a process is started. */
export interface PinnedOptions {
  core: Core;
  /** Its working directory and home; its output goes into a file there. */
  folder: string;
  env?: Readonly<Record<string, string>>;
}

/** How long a process may take to end in order. */
const GRACE_MS = 5_000;
/** The kernel counts a process's time in these. */
const TICKS_PER_SECOND = 100;

/** The command that runs `command` on one core. */
export function pinned(core: Core, command: readonly string[]): [string, ...string[]] {
  return ["taskset", "-c", String(CORES[core]), ...command];
}

/** Nothing of the tester's own but what finds programs. */
export function cleanEnvironment(home: string): Record<string, string> {
  return { PATH: Deno.env.get("PATH") ?? "", HOME: home, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
}

const running = new Set<Deno.ChildProcess>();

/** Leaves nobody behind when the bench itself is told to end. */
export function endWithSignals(folder: string): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      // Not SIGKILL, after which the workers of a server would stay without their master.
      for (const child of running) child.kill("SIGTERM");
      Deno.removeSync(folder, { recursive: true });
      Deno.exit(1);
    });
  }
}

/** A process that runs until it is disposed of. */
export class PinnedProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: string;
  #isEnded = false;

  constructor(command: readonly string[], { core, folder, env = {} }: PinnedOptions) {
    this.#output = `${folder}/output-${crypto.randomUUID().slice(0, 8)}`;
    // A file, as a service manager gives: nobody has to read it while a measurement runs.
    const words = pinned(core, ["sh", "-c", `exec "$@" >"$0" 2>&1`, this.#output, ...command]);
    this.#child = new Deno.Command(words[0], {
      args: words.slice(1),
      cwd: folder,
      clearEnv: true,
      env: { ...cleanEnvironment(folder), ...env },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    running.add(this.#child);
    void this.#child.status.then(() => {
      this.#isEnded = true;
      running.delete(this.#child);
    });
  }

  /** Its number. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Everything that it has written. */
  get output(): string {
    try {
      return Deno.readTextFileSync(this.#output);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    }
  }

  /** The processor time of it and its descendants, in seconds. */
  get cpuSeconds(): number {
    return tree(this.pid).reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
  }

  /** The most memory that it and its descendants held, in MiB. */
  get peakMiB(): number {
    return tree(this.pid).reduce((sum, pid) => sum + statusKiB(pid, "VmHWM"), 0) / 1024;
  }

  /** @throws {Error} With what it said, when it has ended. */
  mustBeRunning(): void {
    if (this.#isEnded) throw new Error(`A process ended too early: ${this.output.slice(-2_000)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isEnded) return;
    this.#child.kill("SIGTERM");
    const killer = setTimeout(() => this.#child.kill("SIGKILL"), GRACE_MS);
    await this.#child.status;
    clearTimeout(killer);
  }
}

/** A process and all that descend from it. */
function tree(pid: number): number[] {
  const children = readProc(`${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
  return [pid, ...children.flatMap(tree)];
}

function cpuSecondsOf(pid: number): number {
  // The name, in brackets, may hold spaces; user and system time are the 14th and 15th field.
  const [user, system] = readProc(`${pid}/stat`).split(") ").at(-1)!.split(" ").slice(11, 13);
  return (Number(user ?? 0) + Number(system ?? 0)) / TICKS_PER_SECOND;
}

function statusKiB(pid: number, field: string): number {
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readProc(`${pid}/status`))?.[1] ?? 0);
}

/** A file of the process table; nothing once the process is gone. */
function readProc(path: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${path}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || (error as { code?: string }).code === "ESRCH") {
      return "";
    }
    throw error;
  }
}
