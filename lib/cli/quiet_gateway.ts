/**
 * A gateway for one program that this process runs: on a free port, and without a word on the
 * terminal, which is the program's.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import { compose } from "./composition.ts";
import type { InvokedConfig } from "./invoked_config.ts";
import { writerSink } from "./line_writer.ts";
import { Log, type LogSink } from "./log.ts";
import { Reloading } from "./reloading.ts";
import { listen, type RunningServer } from "./server.ts";
import { ToldProblem } from "./told_problem.ts";
import type { Invocation } from "./verb.ts";

/** What it serves. */
export interface QuietOptions {
  config: Config;
  found: InvokedConfig;
  /** Where its log goes; absent: nowhere. */
  logPath: string | undefined;
}

/** Starts it. */
export function startQuietly(
  { serve, version, flags }: Invocation,
  { config: own, found, logPath }: QuietOptions,
): RunningServer {
  const config = { ...own, host: "127.0.0.1", port: 0 };
  const { sink, close } = sinkOf(logPath);
  const log = new Log(sink, found.read("LOG_FORMAT") === "json");
  const composition = compose(config, { log, version, source: found.source });
  const server = listen(composition, { hostname: config.host, port: config.port, serve });
  const reloading = new Reloading({ found, flags, composition, log });
  return {
    ...server,
    stop: async () => {
      reloading.close();
      await server.stop();
      await log.flush();
      close();
    },
  };
}

function sinkOf(path: string | undefined): { sink: LogSink; close(): void } {
  if (path === undefined) return { sink: () => {}, close: () => {} };
  try {
    const file = Deno.openSync(path, { append: true, create: true });
    return { sink: writerSink(file), close: () => file.close() };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new ToldProblem(`Cannot write the log ${path}: ${(error as Error).name}`);
  }
}
