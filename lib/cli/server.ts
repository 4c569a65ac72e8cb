/**
 * Serves a composed gateway, and stops it without breaking what is under way.
 *
 * @module
 */
import { httpAddress } from "../base/listen_address.ts";
import type { Composition } from "./composition.ts";

/** `Deno.serve`, as `main.ts` hands it in. */
export type Serve = (
  options: Deno.ServeTcpOptions,
  handler: (request: Request) => Response | Promise<Response>,
) => Deno.HttpServer<Deno.NetAddr>;

/** A gateway that listens. */
export interface RunningServer {
  /** `http://127.0.0.1:8787` */
  address: string;
  /** Refuses new requests, lets running ones finish for a while, then ends them. */
  stop(): Promise<void>;
}

/** How long running requests may go on after a stop. */
const DRAIN_MS = 10_000;
/** How long the last error events may take to leave. */
const LAST_WORDS_MS = 500;

/** Where to listen. */
export interface ListenOptions {
  hostname: string;
  port: number;
  serve: Serve;
}

/**
 * Begins to listen.
 *
 * @throws {Deno.errors.AddrInUse} When the port is taken.
 */
export function listen(composition: Composition, options: ListenOptions): RunningServer {
  const { serve, hostname, port } = options;
  const server = serve({ hostname, port, onListen: () => {} }, composition.fetch);
  // A variable of the environment can move the listener to an address that nobody asked for.
  if (port !== 0 && server.addr.port !== port) {
    throw new Error(
      `Listening on ${server.addr.hostname}:${server.addr.port}, not on port ${port}`,
    );
  }
  return {
    address: httpAddress(server.addr.hostname, server.addr.port),
    stop: () => stop(server, composition),
  };
}

/** Why nothing can listen there, when it is something that a user can mend. */
export function listenProblem(
  error: unknown,
  { host, port }: { host: string; port: number },
): string | undefined {
  if (error instanceof Deno.errors.AddrInUse) {
    return `Port ${port} is in use: choose another one with --port`;
  }
  const isRefused = error instanceof Deno.errors.AddrNotAvailable ||
    error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable;
  return isRefused
    ? `Cannot listen on ${host}:${port}: choose another --host or --port`
    : undefined;
}

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/** The first signal stops in order, the second at once; so do calls of what is returned. */
export function stopOnSignals(stop: () => void): () => void {
  let isStopping = false;
  const onSignal = () => {
    if (isStopping) Deno.exit(130);
    isStopping = true;
    stop();
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, onSignal);
  return onSignal;
}

async function stop(server: Deno.HttpServer, { gateway, transport }: Composition): Promise<void> {
  gateway.isStopping = true;
  const done = server.shutdown();
  await Promise.race([done, pause(DRAIN_MS)]);
  for (const stream of [...gateway.openStreams]) stream.interrupt("The gateway is stopping");
  await Promise.race([done, pause(LAST_WORDS_MS)]);
  transport.close();
}

function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  Deno.unrefTimer(setTimeout(resolve, ms));
  return promise;
}
