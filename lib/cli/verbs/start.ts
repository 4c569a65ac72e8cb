/**
 * `start`: reads the configuration, listens, and runs until it is told to stop.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { ENVIRONMENT_VARIABLES } from "../../config/environment.ts";
import { bannerText } from "../banner.ts";
import { compose, type Composition } from "../composition.ts";
import { MissingConfig, warningText } from "../config_file.ts";
import { type InvokedConfig, invokedConfig } from "../invoked_config.ts";
import { writerSink } from "../line_writer.ts";
import { Log } from "../log.ts";
import { permissionLine, startCommand } from "../permission_line.ts";
import { dropPermissions, type SparePermission } from "../permissions.ts";
import { Reloading } from "../reloading.ts";
import { withFlags } from "../served_config.ts";
import { listen, listenProblem, type RunningServer, stopOnSignals } from "../server.ts";
import { SERVING_FLAGS } from "../serving_flags.ts";
import type { Tap } from "../tap.ts";
import { styleOf } from "../terminal.ts";
import type { ExitCode, Invocation, Verb } from "../verb.ts";

/** `start`. */
export const start: Verb = {
  name: "start",
  summary: "start the gateway",
  flags: [...SERVING_FLAGS, {
    name: "print-permissions",
    doc: "instead of starting, print the `deno run` line that allows what this start needs",
  }],
  environment: ENVIRONMENT_VARIABLES,
  examples: ["start", "start --stub --port 9000"],
  run: startAndStay,
};

/** Starts the gateway; ends when the process does. */
async function startAndStay(invocation: Invocation): Promise<ExitCode> {
  if (invocation.flags.has("print-permissions")) return await printPermissions(invocation);
  return await serveAndStay(invocation);
}

/** What a verb that serves has of its own. */
export interface Serving {
  /** Finds the configuration; absent: as the command line says. */
  find?: (invocation: Invocation) => Promise<InvokedConfig>;
  /** What stands around the gateway. */
  tap?: Tap;
  /** What it still needs while it serves. */
  keptPermissions?: readonly SparePermission[];
  /** Called once it listens, after the banner. */
  onListening?: () => void;
  /** Called after the stop, for the exit code. */
  onStopped?: () => Promise<ExitCode>;
}

/** Starts a gateway and stays until a signal. */
export async function serveAndStay(
  invocation: Invocation,
  serving: Serving = {},
): Promise<ExitCode> {
  const starting = begin(invocation, serving);
  // Before the banner stands: whoever reads it may send a signal at once.
  const stop = stopOnSignals(async () => {
    await (await starting)?.stop();
    Deno.exit(await serving.onStopped?.() ?? 0);
  });
  onHangUp({ stop, reload: async () => (await starting)?.reload() });
  if (await starting === undefined) return 1;
  dropPermissions(serving.keptPermissions);
  return await new Promise<never>(() => {});
}

/** Says with which permissions this start would do. */
async function printPermissions(invocation: Invocation): Promise<ExitCode> {
  return await orProblem(async () => {
    const { found, config } = await servedConfig(invocation);
    const { files, variables, path } = found;
    const command = startCommand(invocation, path);
    console.log(permissionLine({ config, paths: files, variables }, command));
    return 0 as const;
  }) ?? 1;
}

/** Reads, composes and listens; `undefined` when that failed, which was said. */
export async function begin(
  invocation: Invocation,
  serving: Serving = {},
): Promise<RunningGateway | undefined> {
  return await orProblem(() => tryBegin(invocation, serving));
}

/** Says what a user can mend, and gives `undefined`. */
async function orProblem<T>(attempt: () => Promise<T>): Promise<T | undefined> {
  try {
    return await attempt();
  } catch (error) {
    const line = startProblem(error);
    if (line === undefined) throw error;
    console.error(line);
    return undefined;
  }
}

/** What is wrong, in one line, when it is something that a user can mend. */
function startProblem(error: unknown): string | undefined {
  return error instanceof MissingConfig || error instanceof StartProblem
    ? error.message
    : undefined;
}

/** A reason not to start. */
class StartProblem extends Error {}

/** The configuration that is to be served, flags included. */
async function servedConfig(
  invocation: Invocation,
  find = invokedConfig,
): Promise<{ found: InvokedConfig; config: Config }> {
  const found = await find(invocation);
  const { source, read } = found;
  const style = styleOf(Deno.stderr, read);
  for (const warning of found.warnings) console.error(warningText(warning, style));
  const served = withFlags(found, { source, flags: invocation.flags, style });
  if ("problems" in served) throw new StartProblem(served.problems.join("\n"));
  return { found, config: served.config };
}

/** A server that follows its configuration file. */
export interface RunningGateway extends RunningServer {
  /** Reads the configuration anew. */
  reload(): void;
}

async function tryBegin(
  invocation: Invocation,
  { find, tap, onListening }: Serving,
): Promise<RunningGateway> {
  const { flags, version } = invocation;
  const { found, config } = await servedConfig(invocation, find);
  const log = new Log(writerSink(Deno.stderr), found.read("LOG_FORMAT") === "json");
  const composition = compose(config, { log, version, source: found.source, tap });
  const server = listenOrExplain(composition, config, invocation);
  console.log(bannerText(config, { address: server.address, source: found.source }));
  onListening?.();
  catchStrays(log);
  if (config.routes.some(({ url }) => url.protocol !== "stub:")) {
    await composition.transport.warmUp();
  }
  const reloading = new Reloading({ found, flags, composition, log });
  const stop = async () => {
    reloading.close();
    await server.stop();
    await log.flush();
  };
  return { ...server, stop, reload: () => reloading.reload() };
}

function listenOrExplain(
  composition: Composition,
  config: Config,
  { serve }: Invocation,
): RunningServer {
  const { host, port } = config;
  try {
    return listen(composition, { hostname: host, port, serve });
  } catch (error) {
    const problem = listenProblem(error, config);
    throw problem === undefined ? error : new StartProblem(problem);
  }
}

/** A failure that nobody awaits must not end a process that serves others. */
function catchStrays(log: Log): void {
  const note = (event: string, error: unknown) =>
    log.write({
      event,
      detail: error instanceof Error ? error.stack ?? error.message : String(error),
    });
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    note("unhandled_rejection", event.reason);
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    note("uncaught_error", event.error);
  });
}

/**
 * SIGHUP has two senses: of a service manager it asks to reload, of a terminal it says that its
 * window was closed. After the latter the terminal is none any more.
 */
function onHangUp({ stop, reload }: { stop: () => void; reload: () => Promise<void> }): void {
  if (Deno.build.os === "windows") return;
  const isOnTerminal = () => [Deno.stdin, Deno.stdout, Deno.stderr].some((one) => one.isTerminal());
  const wasOnTerminal = isOnTerminal();
  Deno.addSignalListener("SIGHUP", () => wasOnTerminal && !isOnTerminal() ? stop() : void reload());
}
