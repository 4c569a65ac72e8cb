/**
 * What the file, the environment and the flags together ask to serve.
 *
 * @module
 */
import { isLoopback } from "../base/listen_address.ts";
import type { Config } from "../config/config.ts";
import type { LoadedConfig } from "../config/load.ts";
import { type ProblemStyle, problemText } from "./config_file.ts";
import type { Invocation } from "./verb.ts";

/** A configuration that can be served, or everything that speaks against it, a problem a line. */
export type ServedConfig = { config: Config } | { problems: string[] };

/** What to read it from. */
export interface Asked {
  /** The file's name as people read it. */
  source: string;
  flags: Invocation["flags"];
  /** How problems are set off; absent: not at all. */
  style?: ProblemStyle;
}

/** Lays the flags over what was loaded. */
export function withFlags(loaded: LoadedConfig, asked: Asked): ServedConfig {
  const { source, flags, style } = asked;
  const { config, problems } = loaded;
  if (!config) return { problems: problems.map((problem) => problemText(source, problem, style)) };
  const port = flags.get("port") as string | undefined;
  const host = (flags.get("host") as string | undefined) ?? config.host;
  const problem = openBindProblem(host, config);
  if (problem !== undefined) return { problems: [problem] };
  return { config: { ...config, host, port: port === undefined ? config.port : Number(port) } };
}

/** A configuration that a running gateway can take over. */
export interface Adoption {
  config: Config;
  /** What it says otherwise and only a restart can bring about. */
  needsRestart: string[];
}

/** What becomes of a running gateway when its configuration changed. */
export type Change = Adoption | { problems: string[] };

/** Fits a new configuration to a gateway that already listens, and is connected. */
export function changeOf(served: ServedConfig, running: Config): Change {
  if ("problems" in served) return served;
  const { host, port, connections } = running;
  const problem = openBindProblem(host, served.config);
  if (problem !== undefined) return { problems: [problem] };
  const kept = { host, port, connections };
  const needsRestart = (Object.keys(kept) as (keyof typeof kept)[])
    .filter((name) => JSON.stringify(served.config[name]) !== JSON.stringify(kept[name]));
  return { config: { ...served.config, ...kept }, needsRestart };
}

/** Whoever can reach the port can spend the keys behind it. */
function openBindProblem(host: string, { clients }: Config): string | undefined {
  if (isLoopback(host) || clients.length > 0) return undefined;
  return `Refusing to listen on ${host} without client keys: ` +
    "set GATEWAY_API_KEYS or clients: in the file";
}
