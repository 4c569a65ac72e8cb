/**
 * A checked document → {@linkcode Config}: what only now can be seen, as it needs more than one
 * place of the file, or the environment.
 *
 * @module
 */
import type { Client, Config, OffRoute, RequestLimits, Route, Timeouts } from "./config.ts";
import { type EnvironmentSettings, readEnvironment } from "./environment.ts";
import type { ReadVariable, VariableUse } from "./interpolation.ts";
import { ModelLists } from "./model_lists.ts";
import { originOf } from "./origin.ts";
import { isInRoute, type Path, type Problem, shownName } from "./problem.ts";
import { modelsOf, type RawDocument } from "./raw_document.ts";
import { findKey, isCredentialName, makeRoute, type RawRoute, type RouteSetting } from "./route.ts";

/** Statuses that make the gateway try the next candidate, unless the user says otherwise. */
export const DEFAULT_RETRY_STATUS_CODES: readonly number[] = [412, 429, 500, 502, 503, 504];

const DEFAULT_TIMEOUTS: Timeouts = { connectMs: 5_000, idleMs: 60_000, bodyMs: 15_000 };
/** A long conversation with pictures is a few megabytes; no schema lies a hundred levels deep. */
const DEFAULT_LIMITS: RequestLimits = { bodyBytes: 50 * 1024 * 1024, depth: 512 };
const DEFAULT_MAX_ATTEMPTS = 10;

/** How reading a configuration sees the world. */
export interface LoadOptions {
  read: ReadVariable;
  /** What is wrong with the URL of a stub route; `undefined` when nothing is. */
  checkStubUrl: (url: URL) => string | undefined;
}

/** Builds a {@linkcode Config} from a checked document, collecting what only now can be seen. */
export class Builder {
  readonly problems: Problem[];
  readonly warnings: string[];
  readonly environment: EnvironmentSettings;
  readonly #options: LoadOptions;
  readonly #uses: VariableUse[];
  readonly #missing: VariableUse[];
  readonly #secrets = new Set<string>();
  readonly #offRoutes: OffRoute[] = [];

  constructor(
    options: LoadOptions,
    { uses, missing, problems }: {
      uses: VariableUse[];
      missing: VariableUse[];
      problems: readonly Problem[];
    },
  ) {
    this.#options = options;
    this.#uses = uses;
    this.#missing = missing;
    this.problems = [...problems];
    this.environment = readEnvironment(options.read);
    this.warnings = [...this.environment.warnings];
  }

  /** The configuration; what speaks against it is then among `problems`. */
  build(raw: RawDocument): Config {
    const { timeouts: overrides, connections } = this.environment;
    const timeouts = { ...DEFAULT_TIMEOUTS, ...raw.timeouts, ...overrides };
    const clients = this.#clients(raw);
    const hasClients = clients.length > 0;
    this.#rememberUserinfo(connections.proxy?.http);
    this.#rememberUserinfo(connections.proxy?.https);
    const routes = this.#withoutTwins(this.#routes(raw, { timeouts, hasClients }));
    if (routes.length === 0 && this.problems.length === 0) {
      this.problems.push({ path: ["routes"], message: "no route is left to answer anything" });
    }
    const models = [...new Set(routes.flatMap((route) => route.models))];
    const lists = new ModelLists(this.environment, this);
    return {
      host: this.environment.host ?? raw.host ?? "127.0.0.1",
      port: this.environment.port ?? raw.port ?? 8787,
      routes,
      offRoutes: this.#offRoutes,
      offModels: offModels(this.#offRoutes, models),
      routeCount: raw.routes?.length ?? 0,
      auto: lists.auto(raw, models),
      retryStatusCodes: new Set(
        this.environment.retryStatusCodes ?? raw.retryStatusCodes ?? DEFAULT_RETRY_STATUS_CODES,
      ),
      strictRetryList: raw.strictRetryList ?? false,
      replayAmbiguous: raw.replayAmbiguous ?? true,
      emptyIsFailure: raw.emptyIsFailure ?? true,
      chains: lists.chains(raw, routes, models),
      maxAttempts: raw.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
      notice: raw.notice ?? "comment",
      clients,
      allowedHosts: (raw.allowedHosts ?? []).map(hostName),
      timeouts,
      limits: { ...DEFAULT_LIMITS, ...raw.limits },
      connections,
      secrets: [...this.#secrets],
    };
  }

  #routes(
    raw: RawDocument,
    { timeouts, hasClients }: { timeouts: Timeouts; hasClients: boolean },
  ): Route[] {
    const defaults = { ...raw.auth, ...raw.global, ...raw.defaults };
    const forwardClientAuth = raw.forwardClientAuth ?? true;
    return (raw.routes ?? []).flatMap((own, index) => {
      const route = this.#route(own, { index, defaults, timeouts, forwardClientAuth, hasClients });
      return route ? [route] : [];
    });
  }

  #route(
    own: RawRoute,
    setting: Omit<RouteSetting, "url" | "key" | "origin" | "timeoutOverrides">,
  ): Route | undefined {
    const { index, defaults } = setting;
    const off = { index, name: own.name ?? `routes[${index}]`, models: modelsOf(own) };
    if ((own.enabled ?? defaults.enabled) === false) {
      this.#offRoutes.push(off);
      return undefined;
    }
    const missing = this.#missing.filter(({ path }) => isInRoute(path) && path[1] === index);
    const key = findKey(own, defaults, this.#options.read);
    const absent = missing[0]?.name ?? ("missing" in key ? key.missing : undefined);
    if (absent !== undefined) {
      this.warnings.push(offWarning(off.name, absent));
      this.#offRoutes.push({ ...off, variable: absent });
      return undefined;
    }
    const url = this.#url(own, index);
    if (!url) return undefined;
    const found = "missing" in key ? {} : key;
    const origin = originOf(own, { index, defaults, uses: this.#uses, variable: found.variable });
    const timeoutOverrides = this.environment.timeouts;
    const route = makeRoute(own, { ...setting, url, key: found.key, origin, timeoutOverrides });
    this.#rememberSecrets(route);
    this.#checkHeaders(own, route);
    const isNamed = route.models.length > 0 || route.isWildcard;
    if (!isNamed && !this.#hasProblem("routes", index, "models")) {
      this.#mustBeSet("routes", index, "model");
    }
    return route;
  }

  /** Says that a field is missing, unless it was there and wrong. */
  #mustBeSet(...path: Path): void {
    if (!this.#hasProblem(...path)) this.problems.push({ path, message: "missing" });
  }

  #hasProblem(...place: Path): boolean {
    return this.problems.some(({ path }) => place.every((step, depth) => path[depth] === step));
  }

  /** What no header can carry would make every request of the route fail. */
  #checkHeaders(own: RawRoute, { index, headers, credentials }: Route): void {
    for (const [name, value] of headers) {
      if (isHeader(name, value)) continue;
      const path = ["routes", index, "headers"];
      this.problems.push({ path, message: `"${name}" and its value cannot be sent as a header` });
    }
    if (!credentials) return;
    const { header = "authorization", prefix = "", key } = credentials;
    if (isHeader(header, prefix + key)) return;
    const field = isHeader(header, "") ? own.apiKeyEnv ? "apiKeyEnv" : "apiKey" : "authHeader";
    const message = "the key cannot be sent as a header: it holds a line break or such a character";
    this.problems.push({ path: ["routes", index, field], message });
  }

  #url(own: RawRoute, index: number): URL | undefined {
    const path = ["routes", index, "url"];
    if (own.url === undefined) {
      this.#mustBeSet(...path);
      return undefined;
    }
    const url = URL.parse(own.url);
    if (!url || !["http:", "https:", "stub:"].includes(url.protocol)) {
      const expected = "expected an http:, https: or stub: URL such as https://api.openai.com/v1";
      this.problems.push({ path, message: expected });
      return undefined;
    }
    const problem = url.protocol === "stub:" ? this.#options.checkStubUrl(url) : undefined;
    if (problem) this.problems.push({ path, message: problem });
    return url;
  }

  #rememberSecrets(route: Route): void {
    const { credentials, url } = route;
    if (credentials) this.#secrets.add(credentials.key);
    for (const [name, value] of route.headers) {
      if (isCredentialName(name)) this.#secrets.add(value.replace(/^[a-z]+\s+/i, "").trim());
    }
    this.#rememberUserinfo(url.href);
    if (url.protocol === "stub:") return;
    for (const value of url.searchParams.values()) this.#secrets.add(value);
    // A few providers want the key in the path.
    for (const { path, name } of this.#uses) {
      const isInUrl = path[1] === route.index && path[2] === "url" && isInRoute(path);
      if (isInUrl && isCredentialName(name)) this.#secrets.add(this.#options.read(name)!);
    }
  }

  #rememberUserinfo(url: string | undefined): void {
    const { username, password } = URL.parse(url ?? "") ?? {};
    for (const part of [username, password]) if (part) this.#secrets.add(decoded(part));
  }

  /** The same model at the same place with the same key is one candidate, not two. */
  #withoutTwins(routes: Route[]): Route[] {
    const seen = new Set<string>();
    return routes.filter((route) => {
      const isFirst = (model: string) => {
        const identity = JSON.stringify([route.url.href, route.credentials?.key, model]);
        const isTwin = seen.has(identity);
        seen.add(identity);
        if (isTwin) this.warnings.push(twinWarning(route, model));
        return !isTwin;
      };
      route.models = route.models.filter(isFirst);
      route.isWildcard = route.isWildcard && isFirst("*");
      return route.models.length > 0 || route.isWildcard;
    });
  }

  #clients(raw: RawDocument): Client[] {
    const fromFile = (raw.clients ?? []).flatMap((client, index): Client[] => {
      const key = client.key ?? (client.keyEnv ? this.#options.read(client.keyEnv)?.trim() : "");
      if (key) return [{ name: client.name, key }];
      const message = client.keyEnv
        ? `the environment variable ${client.keyEnv} is not set`
        : "expected key or keyEnv";
      this.problems.push({ path: ["clients", index], message });
      return [];
    });
    const fromVariable = this.environment.clientKeys.map((key, index) => ({
      name: `client-${index + 1}`,
      key,
    }));
    const clients = [...fromFile, ...fromVariable];
    clients.forEach(({ key }) => this.#secrets.add(key));
    return clients;
  }
}

/** What is said of a route that is off for want of a variable. */
export function offWarning(name: string, variable: string): string {
  return `Route ${shownName(name)} is off: the environment variable ${variable} is not set`;
}

/** The models that only routes without their variable would serve, and that variable. */
function offModels(routes: readonly OffRoute[], served: readonly string[]): Map<string, string> {
  const entries = routes.flatMap(({ models, variable }) =>
    variable === undefined ? [] : models.map((model) => [model, variable] as const)
  );
  return new Map(entries.filter(([model]) => !served.includes(model)));
}

function twinWarning(route: Route, model: string): string {
  return `Route ${shownName(route.name)} repeats ${
    shownName(model)
  } with the same url and key: counted once`;
}

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110, section 5.5: visible characters, spaces, tabs and the upper half of Latin-1. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function isHeader(name: string, value: string): boolean {
  return TOKEN.test(name) && FIELD_VALUE.test(value);
}

/** A host's name as URLs have it: in lower case, without the port that people copy along. */
function hostName(host: string): string {
  return URL.parse(`http://${host}`)?.hostname ?? host.toLowerCase();
}

/** A part of a URL as its author wrote it; a lone `%` stands for itself. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
