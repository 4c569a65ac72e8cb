/**
 * The environment variables that stand above the file: read, checked, and named in what is wrong.
 *
 * @module
 */
import { isObject, parseJson } from "../base/json.ts";
import { MAX_MS } from "./bounds.ts";
import type { ConnectionSettings, ProxySettings, Timeouts } from "./config.ts";
import type { ReadVariable } from "./interpolation.ts";

/** One variable that the gateway reads, for people. */
export interface EnvironmentVariable {
  name: string;
  /** What it holds, as help writes it; absent where nothing is taken from it. */
  value?: string;
  doc: string;
  /** What holds while it is not set. */
  default?: string;
}

/** Every variable that is read, but those that a configuration names; help is made from it. */
export const ENVIRONMENT_VARIABLES: readonly EnvironmentVariable[] = [
  { name: "HOST", value: "ADDRESS", doc: "The address to listen on.", default: "127.0.0.1" },
  { name: "PORT", value: "PORT", doc: "The port to listen on; 0: any.", default: "8787" },
  { name: "GATEWAY_API_KEYS", value: "KEY,...", doc: "Keys of which clients must show one." },
  { name: "UPSTREAM_API_KEY", value: "KEY", doc: "The key of routes that have none." },
  {
    name: "RETRY_STATUS_CODES",
    value: "STATUS,...",
    doc: "Statuses that make the gateway try the next candidate.",
    default: "412,429,500,502,503,504",
  },
  {
    name: "GLOBAL_FALLBACK_MODELS",
    value: "MODEL,...",
    doc: "Models to try when a pinned one fails.",
  },
  {
    name: "MODEL_FALLBACK_MAP",
    value: "JSON",
    doc: 'The same per model: {"model-a": ["model-b"]}.',
  },
  {
    name: "CONNECT_TIMEOUT_MS",
    value: "MS",
    doc: "Time to connect to an upstream.",
    default: "5000",
  },
  {
    name: "FIRST_BYTE_TIMEOUT_MS",
    value: "MS",
    doc: "Time from the start of an attempt to the upstream's response head.",
    default: "60000, 600000 for the last candidate",
  },
  {
    name: "REQUEST_TIMEOUT_MS",
    value: "MS",
    doc: "Time from the start of an attempt to its first meaningful event or whole JSON body.",
    default: "60000, 600000 for the last candidate",
  },
  {
    name: "STREAM_IDLE_TIMEOUT_MS",
    value: "MS",
    doc: "Silence allowed between chunks.",
    default: "60000",
  },
  {
    name: "REQUEST_BODY_TIMEOUT_MS",
    value: "MS",
    doc: "Time to receive a client's body.",
    default: "15000",
  },
  {
    name: "UPSTREAM_MAX_CONNECTIONS",
    value: "COUNT",
    doc: "Connections per upstream.",
    default: "no limit",
  },
  {
    name: "UPSTREAM_KEEPALIVE_TIMEOUT_MS",
    value: "MS",
    doc: "How long an idle connection to an upstream is kept.",
    default: "30000",
  },
  { name: "HTTPS_PROXY", value: "URL", doc: "The proxy before upstreams that speak HTTPS." },
  { name: "HTTP_PROXY", value: "URL", doc: "The proxy before upstreams that speak HTTP." },
  {
    name: "NO_PROXY",
    value: "HOST,...",
    doc: "Upstreams that are reached without a proxy; this machine's own always are.",
  },
  {
    name: "LOG_FORMAT",
    value: "json",
    doc: "Write the log as JSON lines.",
    default: "logfmt",
  },
  { name: "NO_COLOR", value: "1", doc: "Write no colours, on terminals neither." },
  {
    name: "XDG_CONFIG_HOME",
    value: "FOLDER",
    doc: "Where openclaw-autoproxy/routes.yml is looked for when there is none here.",
    default: "~/.config",
  },
  { name: "UPSTREAM_BASE_URL", doc: 'Not used, with a warning: add a route with model "*".' },
];

/** What the environment sets; an absent field leaves the file's value. */
export interface EnvironmentSettings {
  host?: string;
  port?: number;
  retryStatusCodes?: number[];
  timeouts: Partial<Timeouts>;
  connections: ConnectionSettings;
  /** `MODEL_FALLBACK_MAP`: a chain per model. */
  modelChains: Record<string, string[]>;
  /** `GLOBAL_FALLBACK_MODELS`: a chain for all. */
  globalChain: string[];
  clientKeys: string[];
  /** Each names the variable and what was expected. */
  problems: string[];
  warnings: string[];
}

const TIMEOUT_VARIABLES: Readonly<Record<string, keyof Timeouts>> = {
  CONNECT_TIMEOUT_MS: "connectMs",
  FIRST_BYTE_TIMEOUT_MS: "firstByteMs",
  REQUEST_TIMEOUT_MS: "requestMs",
  STREAM_IDLE_TIMEOUT_MS: "idleMs",
  REQUEST_BODY_TIMEOUT_MS: "bodyMs",
};

const MAX_CONNECTIONS = 100_000;

/** Reads everything that the gateway takes from the environment, keys of routes aside. */
export function readEnvironment(read: ReadVariable): EnvironmentSettings {
  const problems: string[] = [];
  const whole = (name: string, min: number, max: number): number | undefined => {
    const value = read(name)?.trim();
    if (!value) return undefined;
    const number = Number(value);
    if (Number.isInteger(number) && number >= min && number <= max) return number;
    problems.push(`${name}: expected a whole number from ${min} to ${max}`);
  };
  const settings: EnvironmentSettings = {
    timeouts: {},
    connections: {},
    modelChains: {},
    globalChain: csv(read("GLOBAL_FALLBACK_MODELS")),
    clientKeys: csv(read("GATEWAY_API_KEYS")),
    problems,
    warnings: [],
  };
  const host = read("HOST")?.trim();
  if (host) settings.host = host;
  const port = whole("PORT", 0, 65_535);
  if (port !== undefined) settings.port = port;
  for (const [name, key] of Object.entries(TIMEOUT_VARIABLES)) {
    const value = whole(name, 1, MAX_MS);
    if (value !== undefined) settings.timeouts[key] = value;
  }
  const maxConnections = whole("UPSTREAM_MAX_CONNECTIONS", 1, MAX_CONNECTIONS);
  if (maxConnections !== undefined) settings.connections.maxConnections = maxConnections;
  const keepAliveMs = whole("UPSTREAM_KEEPALIVE_TIMEOUT_MS", 1, MAX_MS);
  if (keepAliveMs !== undefined) settings.connections.keepAliveMs = keepAliveMs;
  readProxy(read, settings);
  readStatusCodes(read, settings);
  readChains(read, settings);
  warnOfBaseUrl(read, settings);
  return settings;
}

/** Elements of a comma-separated list, trimmed, without empty ones. */
function csv(value: string | undefined): string[] {
  return (value ?? "").split(",").map((one) => one.trim()).filter((one) => one !== "");
}

/** Upstreams of this machine, which no proxy elsewhere could reach. */
const LOOPBACK = "localhost,127.0.0.1,[::1],::1";

/** Both spellings are in use; in curl, from which the names come, the lower-case one wins. */
function readProxy(read: ReadVariable, settings: EnvironmentSettings): void {
  const either = (name: string) => read(name.toLowerCase())?.trim() || read(name)?.trim();
  const proxy: ProxySettings = {
    exempt: [LOOPBACK, ...csv(either("NO_PROXY"))].join(","),
  };
  for (const scheme of ["http", "https"] as const) {
    const name = `${scheme.toUpperCase()}_PROXY`;
    const value = either(name);
    if (!value) continue;
    if (URL.parse(value)?.protocol.startsWith("http")) proxy[scheme] = value;
    else settings.problems.push(`${name}: expected a URL such as http://proxy.example:3128`);
  }
  if (proxy.http || proxy.https) settings.connections.proxy = proxy;
}

function readStatusCodes(read: ReadVariable, settings: EnvironmentSettings): void {
  const words = csv(read("RETRY_STATUS_CODES"));
  if (words.length === 0) return;
  const codes = words.map(Number);
  if (codes.every((code) => Number.isInteger(code) && code >= 100 && code <= 599)) {
    settings.retryStatusCodes = codes;
  } else {
    settings.problems.push("RETRY_STATUS_CODES: expected statuses from 100 to 599, as in 429,503");
  }
}

function readChains(read: ReadVariable, settings: EnvironmentSettings): void {
  const text = read("MODEL_FALLBACK_MAP")?.trim();
  if (!text) return;
  const value = parseJson(text);
  const expected = 'MODEL_FALLBACK_MAP: expected JSON such as {"model-a": ["model-b"]}';
  if (!isObject(value)) {
    settings.problems.push(expected);
    return;
  }
  for (const [model, chain] of Object.entries(value)) {
    const names = typeof chain === "string" ? [chain] : chain;
    if (Array.isArray(names) && names.every((name) => typeof name === "string")) {
      settings.modelChains[model] = names;
    } else {
      settings.problems.push(expected);
    }
  }
}

/** A default host would receive the prompt of every mistyped model name, so there is none. */
function warnOfBaseUrl(read: ReadVariable, settings: EnvironmentSettings): void {
  if (read("UPSTREAM_BASE_URL")) {
    settings.warnings.push(
      'UPSTREAM_BASE_URL is not used: add a route with model "*" to send unknown models somewhere',
    );
  }
}
