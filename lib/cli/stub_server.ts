/**
 * A stub that listens: a scenario in front of a gateway that has nothing but stubs behind it.
 *
 * @module
 */
import { StubApp } from "../app/stub_app.ts";
import { httpAddress } from "../base/listen_address.ts";
import type { Config } from "../config/config.ts";
import type { LoggedRequest } from "../stub/request_log.ts";
import { loadScenario, type Scenario } from "../stub/scenario.ts";
import { compose } from "./composition.ts";
import { problemText } from "./config_file.ts";
import type { Log } from "./log.ts";
import { listenProblem } from "./server.ts";
import { ToldProblem } from "./told_problem.ts";
import { serveWire, type WireServer } from "./wire_server.ts";

/** A stub that listens. */
export interface RunningStub {
  /** `http://127.0.0.1:8787` */
  address: string;
  app: StubApp;
  /** Lets what is under way finish for a moment, then tears it down. */
  stop(): Promise<void>;
}

/** What it serves. */
export interface StubSettings {
  config: Config;
  scenario: Scenario;
  log: Log;
  version: string;
}

/** How long answers may go on after a stop: a test that ends does not wait for a stall. */
const DRAIN_MS = 1_000;

/** Begins to listen. */
export async function startStub(
  { config, scenario, log, version }: StubSettings,
): Promise<RunningStub> {
  const { gateway, fetch, transport } = compose(config, { log, version, source: "the stub" });
  const app = new StubApp({
    gateway,
    next: fetch,
    scenario,
    onRequest: (request) => log.write(fieldsOf(request)),
  });
  const { host: hostname, port } = config;
  const { unexpected } = gateway;
  const server = await orTold(
    serveWire({ hostname, port, answer: app.answer, unexpected }),
    config,
  );
  return {
    address: httpAddress(server.addr.hostname, server.addr.port),
    app,
    stop: async () => {
      gateway.isStopping = true;
      const done = server.shutdown();
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, DRAIN_MS);
      await Promise.race([done, promise]);
      clearTimeout(timer);
      server.destroy();
      transport.close();
      await log.flush();
    },
  };
}

function fieldsOf({ number, method, path, body, rule, fault }: LoggedRequest) {
  const named = typeof body === "object" && body !== null && !Array.isArray(body) && body.model;
  const model = typeof named === "string" ? named : undefined;
  const [endpoint] = path.split("?");
  return { event: "asked", number, method, endpoint, model, rule, fault };
}

async function orTold(listening: Promise<WireServer>, config: Config): Promise<WireServer> {
  try {
    return await listening;
  } catch (error) {
    // Of a permission that is missing, the verb says how to give it.
    if (error instanceof Deno.errors.NotCapable) throw error;
    const problem = listenProblem(error, config);
    throw problem === undefined ? error : new ToldProblem(problem);
  }
}

/** Larger files are no scenario. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * Reads a scenario; without a path one that has no rules.
 *
 * @throws {ToldProblem} Everything that is wrong with it, a problem a line.
 */
export function readScenario(path: string | undefined): Scenario {
  if (path === undefined) return { rules: [] };
  const loaded = loadScenario(textOf(path));
  if ("scenario" in loaded) return loaded.scenario;
  throw new ToldProblem(loaded.problems.map((one) => problemText(path, one)).join("\n"));
}

function textOf(path: string): string {
  try {
    if (Deno.statSync(path).size > MAX_FILE_BYTES) {
      throw new ToldProblem(`Cannot read ${path}: it is larger than 16 MiB`);
    }
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof ToldProblem || error instanceof Deno.errors.NotCapable) throw error;
    if (error instanceof Deno.errors.NotFound) throw new ToldProblem(`Cannot find ${path}`);
    throw new ToldProblem(`Cannot read ${path}: ${(error as Error).name}`);
  }
}
