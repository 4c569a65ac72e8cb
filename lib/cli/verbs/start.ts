/**
 * `start`: reads the configuration, listens, and runs until it is told to stop.
 *
 * @module
 */
import { isLoopback } from "../../app/guard.ts";
import type { Config } from "../../config/config.ts";
import { bannerText } from "../banner.ts";
import { compose, type Composition } from "../composition.ts";
import { type FoundConfig, MissingConfig, problemText } from "../config_file.ts";
import { invokedConfig } from "../invoked_config.ts";
import { Log, writerSink } from "../log.ts";
import { listen, type RunningServer } from "../server.ts";
import { SERVING_FLAGS } from "../serving_flags.ts";
import { type ExitCode, type Invocation, PROGRAM, type Verb } from "../verb.ts";

/** `start`. */
export const start: Verb = {
  name: "start",
  summary: "start the gateway",
  flags: SERVING_FLAGS,
  examples: [`${PROGRAM} start`, `${PROGRAM} start --stub --port 9000`],
  run: startAndStay,
};

/** Starts the gateway; ends when the process does. */
async function startAndStay(invocation: Invocation): Promise<ExitCode> {
  const starting = begin(invocation);
  // Before the banner stands: whoever reads it may send a signal at once.
  stopOnSignals({ stop: async () => await (await starting)?.stop() });
  if (await starting === undefined) return 1;
  return await new Promise<never>(() => {});
}

/** Reads, composes and listens; `undefined` when that failed, which was said. */
export async function begin(invocation: Invocation): Promise<RunningServer | undefined> {
  try {
    return await tryBegin(invocation);
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

async function tryBegin(invocation: Invocation): Promise<RunningServer> {
  const { flags, version } = invocation;
  const found = await invokedConfig(invocation);
  for (const warning of found.warnings) console.error(`warning: ${warning}`);
  const config = withFlags(checked(found), flags);
  refuseOpenBind(config);
  const log = new Log(writerSink(Deno.stderr), found.read("LOG_FORMAT") === "json");
  const composition = compose(config, { log, version });
  const server = listenOrExplain(composition, config, invocation);
  console.log(bannerText(config, { address: server.address, source: found.source }));
  catchStrays(log);
  if (config.routes.some(({ url }) => url.protocol !== "stub:")) {
    await composition.transport.warmUp();
  }
  return server;
}

function checked({ config, problems, source }: FoundConfig): Config {
  if (config) return config;
  throw new StartProblem(problems.map((problem) => problemText(source, problem)).join("\n"));
}

function withFlags(config: Config, flags: Invocation["flags"]): Config {
  const port = flags.get("port") as string | undefined;
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) {
    throw new StartProblem(`Flag --port: expected a number from 0 to 65535, got ${port}`);
  }
  return {
    ...config,
    host: (flags.get("host") as string | undefined) ?? config.host,
    port: port === undefined ? config.port : Number(port),
  };
}

/** Whoever can reach the port can spend the keys behind it. */
function refuseOpenBind({ host, clients }: Config): void {
  if (isLoopback(host) || clients.length > 0) return;
  throw new StartProblem(
    `Refusing to listen on ${host} without client keys: set GATEWAY_API_KEYS or clients: in the file`,
  );
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
    if (error instanceof Deno.errors.AddrInUse) {
      throw new StartProblem(`Port ${port} is in use: choose another one with --port`);
    }
    if (
      error instanceof Deno.errors.AddrNotAvailable || error instanceof Deno.errors.PermissionDenied
    ) {
      throw new StartProblem(`Cannot listen on ${host}:${port}: choose another --host or --port`);
    }
    throw error;
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

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/** The first signal stops in order, the second at once. */
function stopOnSignals(server: { stop(): Promise<void> }): void {
  let isStopping = false;
  const onSignal = async () => {
    if (isStopping) Deno.exit(130);
    isStopping = true;
    await server.stop();
    Deno.exit(0);
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, () => void onSignal());
}
