/**
 * The gateway as its users start it: a process of its own, with its own folder and environment.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Canary, watchAnswersFrom } from "./canary.ts";
import { eventually } from "./eventually.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** What `deno task start` allows, and nothing more. */
export const PERMISSIONS: readonly string[] = [
  "--no-prompt",
  "--allow-net",
  "--allow-env",
  "--allow-read",
];

const FROM_SOURCE: readonly string[] = ["run", ...PERMISSIONS, MAIN];

/** How the gateway is run. */
export interface RunOptions {
  /** `routes.yml`: its text, or what it says. Absent: there is no such file. */
  config?: string | Record<string, unknown>;
  /** Variables beside the ones that every process gets. */
  env?: Record<string, string>;
  /** The text of a `.env` in the working directory. */
  dotEnv?: string;
  /** Deno's arguments up to the program; absent: the program's source. */
  program?: readonly string[];
  /** Secrets among the above that may come out, as the test has an upstream say them. */
  spoken?: readonly string[];
}

/** How a gateway is started. */
export interface StartOptions extends RunOptions {
  /** The words before the flags; absent: `start`. */
  verb?: readonly string[];
  /** Flags before `--config`; absent: `--port 0`. */
  flags?: readonly string[];
}

/** A finished run of the command line. */
export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Starts a gateway on a port of its own, and waits until it says that it listens. */
export async function startGateway(options: StartOptions = {}): Promise<GatewayProcess> {
  const { verb = ["start"], flags = ["--port", "0"], config } = options;
  const run = Run.begin((folder) => [
    ...verb,
    ...flags,
    ...(config === undefined ? [] : ["--config", configPath(folder)]),
  ], options);
  try {
    const address = await eventually("the gateway's address", () => {
      run.mustBeRunning();
      return addressIn(run.stdout);
    });
    run.watchAnswersFrom(address);
    return new GatewayProcess(run, address);
  } catch (error) {
    await run.end();
    throw error;
  }
}

/** Runs a command line to its end. `{config}` in an argument stands for the path of the file. */
export async function runCli(
  args: readonly string[],
  options: RunOptions = {},
): Promise<CliResult> {
  const run = Run.begin(
    (folder) => args.map((arg) => arg.replace("{config}", configPath(folder))),
    options,
  );
  try {
    const code = await eventually(`the end of ${args.join(" ")}`, () => run.exitCode);
    return { code, stdout: run.stdout, stderr: run.stderr };
  } finally {
    await run.end();
  }
}

/** The address in a banner; with a second start in the same output, the latest. */
function addressIn(text: string): string | undefined {
  return [...text.matchAll(/listens on (\S+)\n/g)].at(-1)?.[1];
}

function configPath(folder: string): string {
  return `${folder}/routes.yml`;
}

/** A gateway that runs. */
export class GatewayProcess implements AsyncDisposable {
  readonly #run: Run;
  /** `http://127.0.0.1:40123` */
  readonly address: string;

  constructor(run: Run, address: string) {
    this.#run = run;
    this.address = address;
  }

  /** Everything that it has written to standard output. */
  get stdout(): string {
    return this.#run.stdout;
  }

  /** Everything that it has written to standard error: its log. */
  get stderr(): string {
    return this.#run.stderr;
  }

  /** The memory that it holds now, in MiB. Linux only: elsewhere it is 0. */
  get residentMiB(): number {
    if (Deno.build.os !== "linux") return 0;
    const status = Deno.readTextFileSync(`/proc/${this.#run.pid}/status`);
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024);
  }

  /** The address in its latest banner. */
  get latestAddress(): string {
    return addressIn(this.stdout) ?? this.address;
  }

  /** The lines of its log that hold every one of `parts`. */
  logLines(...parts: string[]): string[] {
    return this.stderr.split("\n").filter((line) => parts.every((part) => line.includes(part)));
  }

  /** The first line of its log that holds every one of `parts`, once it is there. */
  async logLine(...parts: string[]): Promise<string> {
    return await eventually(`a log line with ${parts}`, () => this.logLines(...parts)[0]);
  }

  /** Asks the gateway; `path` begins with a slash. An answer that never ends is left. */
  fetch(path: string, init?: RequestInit): Promise<Response> {
    const deadline = AbortSignal.timeout(ANSWER_DEADLINE_MS);
    const signal = init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
    return fetch(this.address + path, { redirect: "manual", ...init, signal });
  }

  /** Sends JSON. */
  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  }

  /** Its working directory. */
  get folder(): string {
    return this.#run.folder;
  }

  /** Replaces the configuration file at once, as editors do. */
  async writeConfig(text: string): Promise<void> {
    const path = configPath(this.#run.folder);
    this.#run.canary.add({ config: text });
    await Deno.writeTextFile(`${path}.new`, text);
    await Deno.rename(`${path}.new`, path);
  }

  /** Sends a signal. */
  signal(signal: "SIGTERM" | "SIGINT" | "SIGHUP"): void {
    this.#run.signal(signal);
  }

  /** Waits for its end. */
  async exitCode(): Promise<number> {
    return await eventually("the end of the gateway", () => this.#run.exitCode);
  }

  /** Stops it in order, as a service manager does. */
  async stop(): Promise<number> {
    this.signal("SIGTERM");
    return await this.exitCode();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#run.end();
  }
}

/** The exit code of a process that a signal ended, as shells tell it. */
const ENDED_BY_SIGNAL = 128;
/** How long an answer may take, body included. */
const ANSWER_DEADLINE_MS = 15_000;
/** How long a process may take to end in order before it is killed. */
const LAST_GRACE_MS = 15_000;

/** A child process in a folder of its own, whose output goes to files beside it. */
class Run {
  readonly #child: ChildProcess;
  readonly #ended = Promise.withResolvers<void>();
  readonly #outputs: string;
  readonly #watches = new DisposableStack();
  /** Looks for the secrets that it was given in all that comes out of it. */
  readonly canary: Canary;
  /** The working directory of the process. */
  readonly folder: string;
  exitCode: number | undefined;

  static begin(args: (folder: string) => readonly string[], options: RunOptions): Run {
    const folder = Deno.makeTempDirSync({ prefix: "gateway_e2e_" });
    const { dotEnv } = options;
    const config = textOf(options.config);
    if (dotEnv !== undefined) Deno.writeTextFileSync(`${folder}/.env`, dotEnv);
    if (config !== undefined) Deno.writeTextFileSync(configPath(folder), config);
    return new Run(folder, args(folder), options);
  }

  private constructor(folder: string, args: readonly string[], options: RunOptions) {
    this.folder = folder;
    this.canary = new Canary({ ...options, config: textOf(options.config) }, options.spoken);
    this.canary.see("the command line", args.join(" "));
    this.#outputs = Deno.makeTempDirSync({ prefix: "gateway_e2e_output_" });
    // Files rather than pipes: nothing has to be read while a test runs, or can be left unread.
    const outputs = ["stdout", "stderr"].map((name) => openSync(`${this.#outputs}/${name}`, "w"));
    this.#child = spawn(Deno.execPath(), [...options.program ?? FROM_SOURCE, ...args], {
      cwd: folder,
      env: { ...baseEnvironment(folder), ...options.env },
      stdio: ["ignore", ...outputs],
    });
    outputs.forEach(closeSync);
    this.#child.on("exit", (code) => {
      this.exitCode = code ?? ENDED_BY_SIGNAL;
      this.#ended.resolve();
    });
  }

  get stdout(): string {
    return Deno.readTextFileSync(`${this.#outputs}/stdout`);
  }

  get stderr(): string {
    return Deno.readTextFileSync(`${this.#outputs}/stderr`);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  watchAnswersFrom(address: string): void {
    if (Deno.build.os === "linux") {
      this.canary.see("the process list", Deno.readTextFileSync(`/proc/${this.pid}/cmdline`));
    }
    this.#watches.use(watchAnswersFrom(address, this.canary));
  }

  mustBeRunning(): void {
    if (this.exitCode === undefined) return;
    throw new Error(`The gateway ended with ${this.exitCode}: ${this.stderr}`);
  }

  signal(signal: "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGKILL"): void {
    // Not the child's own `kill()`: after it, Deno tells every end as one by a signal.
    Deno.kill(this.#child.pid!, signal);
  }

  /** Ends the process, if it still runs, and removes its folders. */
  async end(): Promise<void> {
    if (this.exitCode === undefined) this.signal("SIGTERM");
    const killer = setTimeout(() => this.signal("SIGKILL"), LAST_GRACE_MS);
    await this.#ended.promise;
    clearTimeout(killer);
    this.#watches.dispose();
    this.canary.see("standard output", this.stdout);
    this.canary.see("standard error", this.stderr);
    for (const path of [this.folder, this.#outputs]) await Deno.remove(path, { recursive: true });
    this.canary.mustBeSilent();
  }
}

/** A configuration as it stands in the file. */
function textOf(config: RunOptions["config"]): string | undefined {
  return typeof config === "object" ? JSON.stringify(config, null, 2) : config;
}

/** Nothing of the tester's own: no keys, no settings, a home of its own. */
function baseEnvironment(home: string): Record<string, string> {
  const kept = ["PATH", "SYSTEMROOT", "TMPDIR", "TEMP"].map((name) => [name, Deno.env.get(name)]);
  return {
    ...Object.fromEntries(kept.filter(([, value]) => value !== undefined)),
    HOME: home,
    USERPROFILE: home,
    DENO_DIR: packageCache(),
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
  };
}

let cache: string | undefined;

/** Where this Deno keeps its packages, so that a new home does not fetch them anew. */
function packageCache(): string {
  cache ??= askForCache();
  return cache;
}

function askForCache(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
    cwd: ROOT,
  }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
