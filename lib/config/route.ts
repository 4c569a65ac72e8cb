/**
 * One checked entry of `routes`, made into a {@linkcode Route}.
 *
 * @module
 */
import { KNOWN_ENDINGS, type Protocol, PROTOCOLS } from "../base/protocol.ts";
import type { Credentials, Route, RouteOrigin, RouteQuirks, Timeouts } from "./config.ts";
import { quirksOfHost } from "./known_hosts.ts";
import type { ReadVariable } from "./interpolation.ts";

/** An entry of `routes` or the `defaults`, whose types were checked. */
export interface RawRoute {
  name?: string;
  url?: string;
  model?: string | string[];
  models?: string | string[];
  protocol?: string | string[];
  authHeader?: string;
  authPrefix?: string;
  apiKey?: string;
  apiKeyEnv?: string;
  headers?: Record<string, string>;
  isBaseUrl?: boolean;
  enabled?: boolean;
  weight?: number;
  fallback?: string[];
  forwardClientAuth?: boolean;
  forwardHeaders?: string[];
  timeouts?: Partial<Timeouts>;
  maxTokensField?: "max_tokens" | "max_completion_tokens";
  reasoningContent?: boolean;
  dropParams?: string[];
  toolIdPattern?: string;
  vision?: boolean;
  defaultMaxTokens?: number;
  strict?: boolean;
}

/** Protocols by the words that `protocol:` takes. */
export const PROTOCOL_OF_WORD: Readonly<Record<string, Protocol>> = {
  openai: "openai_chat",
  responses: "openai_responses",
  anthropic: "anthropic_messages",
};

/** A value that is a list already, or one element of it. */
export function asList<T>(value: T | T[] | undefined | null): T[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** What a route's protocol is when the file does not say: read from its URL. */
export function inferProtocols(url: URL): Protocol[] {
  if (url.protocol === "stub:") return [...PROTOCOLS];
  const path = withoutTrailingSlashes(url.pathname);
  const isAnthropic = path.endsWith("/messages") || path.split("/").includes("anthropic") ||
    url.hostname === "api.anthropic.com";
  if (isAnthropic) return ["anthropic_messages"];
  return [path.endsWith("/responses") ? "openai_responses" : "openai_chat"];
}

/** Whether a URL is one endpoint rather than a base: its path ends in a known endpoint. */
export function isFixedUrl(url: URL): boolean {
  const path = withoutTrailingSlashes(url.pathname);
  return KNOWN_ENDINGS.some((ending) => path.endsWith(ending));
}

function withoutTrailingSlashes(path: string): string {
  return path.replace(/\/+$/, "");
}

/** The outcome of looking for a route's key; with the variable, when it came from one. */
export type FoundKey = { key?: string; variable?: string } | { missing: string };

/**
 * The key of a route: its own, else its variable's, else those of `defaults`, else
 * `UPSTREAM_API_KEY`. A variable that is asked for and not set is `missing`: there is no falling
 * through to another key.
 */
export function findKey(raw: RawRoute, defaults: RawRoute, read: ReadVariable): FoundKey {
  for (const source of [raw, defaults]) {
    if (source.apiKey) return { key: source.apiKey.trim() };
    if (!source.apiKeyEnv) continue;
    // A variable that was filled from a file often ends in a line break.
    const key = read(source.apiKeyEnv)?.trim();
    return key ? { key, variable: source.apiKeyEnv } : { missing: source.apiKeyEnv };
  }
  const key = read("UPSTREAM_API_KEY")?.trim();
  return key ? { key, variable: "UPSTREAM_API_KEY" } : {};
}

/** What {@linkcode makeRoute} needs beside the entry itself. */
export interface RouteSetting {
  index: number;
  url: URL;
  defaults: RawRoute;
  key: string | undefined;
  origin: RouteOrigin;
  timeouts: Timeouts;
  /** What the environment says: it stands above the file, a route's own deadlines too. */
  timeoutOverrides: Partial<Timeouts>;
  forwardClientAuth: boolean;
  /** Whether clients must show a key of the gateway's own. */
  hasClients: boolean;
}

/** Joins an entry of `routes` with what holds for all. */
export function makeRoute(own: RawRoute, setting: RouteSetting): Route {
  const { index, url, defaults, key } = setting;
  const raw: RawRoute = { ...defaults, ...own };
  const names = [...asList(own.model), ...asList(own.models)];
  const credentials = key === undefined ? undefined : credentialsOf(raw, key);
  const headers = { ...inLowerCase(defaults.headers), ...inLowerCase(own.headers) };
  return {
    index,
    name: own.name ?? (url.protocol === "stub:" ? url.href : url.host),
    url,
    isFixed: raw.isBaseUrl === undefined ? isFixedUrl(url) : !raw.isBaseUrl,
    protocols: protocolsOf(raw, url),
    models: names.filter((name) => name !== "*"),
    isWildcard: names.includes("*"),
    ...(credentials ? { credentials } : {}),
    forwardsClientAuth: !hasCredentials(key, headers) && url.protocol !== "stub:" &&
      // Clients with a key of the gateway's own send that one, which is nobody else's business.
      !setting.hasClients && (raw.forwardClientAuth ?? setting.forwardClientAuth),
    headers: Object.entries(headers),
    forwardHeaders: (raw.forwardHeaders ?? []).map((name) => name.toLowerCase()),
    weight: raw.weight ?? 1,
    fallback: raw.fallback ?? [],
    timeouts: {
      ...setting.timeouts,
      ...defaults.timeouts,
      ...own.timeouts,
      ...setting.timeoutOverrides,
    },
    quirks: { ...quirksOfHost(url.hostname), ...quirksOf(raw) },
    origin: setting.origin,
  };
}

/** Headers by names that compare, so that a route's own stands above the one for all. */
function inLowerCase(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function protocolsOf(raw: RawRoute, url: URL): Protocol[] {
  const words = asList(raw.protocol);
  if (words.length === 0) return inferProtocols(url);
  return [...new Set(words.map((word) => PROTOCOL_OF_WORD[word]!))];
}

function credentialsOf(raw: RawRoute, key: string): Credentials {
  return {
    key,
    ...(raw.authHeader === undefined ? {} : { header: raw.authHeader.toLowerCase() }),
    ...(raw.authPrefix === undefined ? {} : { prefix: raw.authPrefix }),
  };
}

/** Whether a header of a route carries what must not be shown, by its name. */
export function isCredentialName(name: string): boolean {
  return /key|token|auth|secret|cookie/i.test(name);
}

function hasCredentials(key: string | undefined, headers: Record<string, string>): boolean {
  return key !== undefined || Object.keys(headers).some(isCredentialName);
}

const QUIRKS = [
  "maxTokensField",
  "reasoningContent",
  "dropParams",
  "toolIdPattern",
  "vision",
  "defaultMaxTokens",
  "strict",
] as const satisfies readonly (keyof RouteQuirks)[];

function quirksOf(raw: RawRoute): RouteQuirks {
  const entries = QUIRKS.filter((name) => raw[name] !== undefined).map((name) => [name, raw[name]]);
  return Object.fromEntries(entries) as RouteQuirks;
}
