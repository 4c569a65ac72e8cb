/**
 * The environment variables that stand above the file: read, checked, and named in what is wrong.
 *
 * @module
 */
import { isObject, parseJson } from "../base/json.ts";
import type { ConnectionSettings, Timeouts } from "./config.ts";
import type { ReadVariable } from "./interpolation.ts";

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

const MAX_MS = 24 * 60 * 60 * 1000;
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
  readStatusCodes(read, settings);
  readChains(read, settings);
  warnOfBaseUrl(read, settings);
  return settings;
}

/** Elements of a comma-separated list, trimmed, without empty ones. */
function csv(value: string | undefined): string[] {
  return (value ?? "").split(",").map((one) => one.trim()).filter((one) => one !== "");
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
