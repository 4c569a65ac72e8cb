/**
 * The command line that starts the gateway with the permissions that its configuration needs, and
 * with no others.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import { ENVIRONMENT_VARIABLES } from "../config/environment.ts";
import { fileOf, quoted } from "./own_command.ts";
import { SERVING_FLAGS } from "./serving_flags.ts";
import type { Invocation } from "./verb.ts";

/** What one start of the gateway reaches for. */
export interface Reach {
  config: Config;
  /** Files and folders that it reads. */
  paths: readonly string[];
  /** Variables of the environment that it asks for. */
  variables: Iterable<string>;
}

/** What is run with the permissions. */
export interface Command {
  /** The program's file. */
  program: string;
  args: readonly string[];
}

/** Variables that may be asked for, whether or not this start did: also those of the system. */
const MAY_BE_READ: readonly string[] = [
  ...ENVIRONMENT_VARIABLES.map(({ name }) => name),
  "HOME",
  "TERM",
  "USERPROFILE",
];

/** Features of the runtime that `deno.json` switches on, which a bundle runs without. */
const UNSTABLE = ["--unstable-no-legacy-abort"];

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** The line, as a shell takes it. */
export function permissionLine(reach: Reach, { program, args }: Command): string {
  const words = [
    "deno",
    "run",
    "--no-prompt",
    ...UNSTABLE,
    `--allow-net=${list(addressesOf(reach.config))}`,
    `--allow-read=${list(reach.paths.map(nameable))}`,
    `--allow-env=${list([...reach.variables, ...MAY_BE_READ].sort())}`,
    program,
    ...args,
  ];
  return words.map(quoted).join(" ");
}

/**
 * This start, as it would be typed again: its own flags, in the order of the verb's list.
 *
 * @param invocation The start.
 * @param path The configuration file that it found; named, as it may not look for another.
 */
export function startCommand({ flags }: Pick<Invocation, "flags">, path?: string): Command {
  const args = SERVING_FLAGS.flatMap(({ name }) => {
    const value = name === "config" ? path : flags.get(name);
    return value === undefined ? [] : value === true ? [`--${name}`] : [`--${name}`, value];
  });
  return { program: programFile(), args: ["start", ...args] };
}

/** The file that runs; the source's, when it is a compiled program, whose own are inside of it. */
function programFile(): string {
  const url = new URL(Deno.mainModule);
  return url.protocol !== "file:" || Deno.build.standalone ? "main.ts" : fileOf(url);
}

/** Where it listens, every upstream that a route names, and the proxies: `host:port`, each once. */
function addressesOf({ host, port, routes, connections }: Config): string[] {
  const listener = `${host.includes(":") ? `[${host.replace(/^\[|\]$/g, "")}]` : host}:${port}`;
  const proxies = [connections.proxy?.http, connections.proxy?.https].flatMap((proxy) =>
    proxy === undefined ? [] : [new URL(proxy)]
  );
  const urls = [...routes.map(({ url }) => url), ...proxies];
  const upstreams = urls.filter(({ protocol }) => protocol !== "stub:")
    .map((url) => `${url.hostname}:${url.port || DEFAULT_PORTS[url.protocol]}`);
  return [listener, ...upstreams];
}

/** A list as the runtime's flags take it. */
function list(elements: readonly string[]): string {
  return [...new Set(elements)].join(",");
}

/** Lists end at commas: for a path that holds one, its nearest folder that can be named. */
function nameable(path: string): string {
  return path.includes(",") ? /^[^,]*[/\\]/.exec(path)?.[0] ?? "." : path;
}
