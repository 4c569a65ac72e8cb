/**
 * The `openclaw.json` of OpenClaw: its own providers, and the models that its agents use.
 *
 * @see {@link https://docs.openclaw.ai/gateway/config-tools/custom-providers}
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import { PROVIDERS } from "../providers.ts";
import type { RouteDraft } from "../route_file.ts";
import {
  carriedKey,
  type Imported,
  type Importer,
  type ImportOptions,
  objectAt,
  objectsAt,
  type SourceKey,
  textAt,
  textsOf,
  unique,
  unread,
} from "./imported.ts";

/** OpenClaw. */
export const openclawConfig: Importer = {
  name: "openclaw",
  title: "OpenClaw",
  accepts: (document) =>
    isObject(objectAt(document, "models")["providers"]) ||
    objectAt(objectAt(document, "agents"), "defaults")["model"] !== undefined,
  read,
};

/** Its adapters, as protocols of a route. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  "openai-completions": "openai",
  "openai-responses": "responses",
  "anthropic-messages": "anthropic",
  // Ollama's own protocol is not spoken here; the same server speaks OpenAI's.
  ollama: "openai",
  "google-generative-ai": "openai",
};

function read(document: JsonObject, options: ImportOptions): Imported {
  const agents = chainOf(document);
  const own = Object.entries(objectAt(objectAt(document, "models"), "providers"))
    .flatMap(([name, value]) => isObject(value) ? [routeOf(name, value, options)] : []);
  const routes = own.flatMap(({ route }) => route ? [route] : []);
  const builtIn = builtInRoutes(agents.refs, new Set(routes.map(({ name }) => name)));
  const served = new Set([...routes, ...builtIn.routes].flatMap(({ model }) => textsOf(model)));
  return {
    settings: agentSettings(agents.refs.map(modelOf).filter((name) => served.has(name))),
    routes: [...routes, ...builtIn.routes],
    notes: [...own.flatMap(({ notes }) => notes), ...builtIn.notes, ...agents.notes],
  };
}

function routeOf(
  name: string,
  provider: JsonObject,
  options: ImportOptions,
): { route?: RouteDraft; notes: string[] } {
  const api = textAt(provider, "api") ?? "openai-completions";
  const source = textAt(provider, "baseUrl");
  const models = unique(objectsAt(provider, "models").flatMap((one) => textsOf(one["id"])));
  if (source === undefined || !Object.hasOwn(PROTOCOLS, api)) {
    const reason = source === undefined ? "it has no baseUrl" : `its api ${api} is not spoken here`;
    return { notes: [`${name}: not carried: ${reason}`] };
  }
  if (models.length === 0) return { notes: [`${name}: not carried: it names no models`] };
  const url = api === "google-generative-ai" ? googleUrl(source) : source;
  const key = carriedKey(keyOf(provider["apiKey"]), { name, url, ...options });
  const headers = headersOf(objectAt(provider, "headers"));
  const compat = objectsAt(provider, "models").map((one) => objectAt(one, "compat"));
  const route: RouteDraft = {
    name,
    url,
    protocol: PROTOCOLS[api]!,
    ...key.fields,
    ...(provider["authHeader"] === true && api === "anthropic-messages"
      ? { authHeader: "authorization", authPrefix: "Bearer " }
      : {}),
    ...(Object.keys(headers.plain).length > 0 ? { headers: headers.plain } : {}),
    ...(compat.some((one) => one["maxTokensField"] === "max_completion_tokens")
      ? { maxTokensField: "max_completion_tokens" as const }
      : {}),
    ...(compat.some((one) => one["requiresReasoningContentOnAssistantMessages"] === true)
      ? { reasoningContent: true }
      : {}),
    model: models,
  };
  const known = ["api", "baseUrl", "models", "apiKey", "auth", "authHeader", "headers"];
  return {
    route,
    notes: [
      ...key.notes,
      ...headers.left.map((header) => `${name}: header ${header} is not copied: add it by hand`),
      ...unread(provider, known, name),
    ],
  };
}

/** Its own protocol is not spoken here; the same models answer at its OpenAI endpoint. */
function googleUrl(url: string): string {
  return /\/openai\/?$/.test(url) ? url : `${url.replace(/\/+$/, "")}/openai`;
}

/** `"${NAME}"`, `"NAME"`, `{source: "env", id: "NAME"}`, or the key itself. */
function keyOf(value: JsonValue | undefined): SourceKey {
  if (isObject(value)) {
    const id = textAt(value, "id");
    return value["source"] === "env" && id !== undefined ? { variable: id } : undefined;
  }
  const [text] = textsOf(value);
  if (text === undefined) return undefined;
  const variable = /^(?:\$\{(\w+)\}|([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+))$/.exec(text);
  return variable ? { variable: variable[1] ?? variable[2]! } : { value: text };
}

/** Headers that may be written down; what one of them holds could be a key. */
function headersOf(headers: JsonObject): { plain: Record<string, string>; left: string[] } {
  const plain: Record<string, string> = {};
  const left: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const isPlain = typeof value === "string" &&
      (/^\$\{\w+\}$/.test(value) || /^(?:user-agent|http-referer|x-title|.*version)$/i.test(name));
    if (isPlain) plain[name] = value;
    else left.push(name);
  }
  return { plain, left };
}

/** What the agents use, first choice first: `provider/model`. */
function chainOf(document: JsonObject): { refs: string[]; notes: string[] } {
  const agents = objectAt(document, "agents");
  const defaults = objectAt(agents, "defaults");
  const { model } = defaults;
  const refs = isObject(model)
    ? [...textsOf(model["primary"]), ...textsOf(model["fallbacks"])]
    : textsOf(model);
  const others = ["utilityModel", "imageModel", "pdfModel"].filter((key) =>
    defaults[key] !== undefined
  );
  const isMany = Object.keys(objectAt(agents, "entries")).length > 0 ||
    agents["list"] !== undefined;
  return {
    refs: unique(refs),
    notes: [
      ...others.map((key) =>
        `agents.defaults.${key}: stays in OpenClaw, which asks for it by name`
      ),
      ...(isMany
        ? ["agents: models of single agents stay in OpenClaw, which asks for them by name"]
        : []),
    ],
  };
}

function modelOf(ref: string): string {
  return ref.slice(ref.indexOf("/") + 1);
}

/** How OpenClaw calls providers that are known here by another name. */
const ALIASES: Readonly<Record<string, string>> = {
  google: "gemini",
  qwen: "dashscope",
  kimi: "moonshot",
};

/** Providers that it brings itself stand in no file; those that are known here get a route. */
function builtInRoutes(refs: readonly string[], own: ReadonlySet<string>) {
  const routes = new Map<string, RouteDraft>();
  const notes: string[] = [];
  for (const ref of refs) {
    const prefix = ref.split("/")[0]!;
    if (own.has(prefix) || !ref.includes("/")) continue;
    const name = Object.hasOwn(ALIASES, prefix) ? ALIASES[prefix] : prefix;
    const provider = PROVIDERS.find((one) => one.name === name);
    if (provider === undefined) {
      notes.push(`${ref}: not carried: the provider ${prefix} is not known here`);
      continue;
    }
    const route = routes.get(prefix) ?? {
      name: provider.name,
      url: provider.url,
      ...(provider.protocol ? { protocol: [...provider.protocol] } : {}),
      apiKeyEnv: provider.keyVariables[0],
      model: [],
    };
    (route.model as string[]).push(modelOf(ref));
    routes.set(prefix, route);
  }
  return { routes: [...routes.values()], notes };
}

function agentSettings(models: readonly string[]): JsonObject {
  const [first, ...rest] = models;
  if (first === undefined) return {};
  return {
    auto: { policy: "ordered", models: [...models] },
    ...(rest.length > 0 ? { fallback: { [first]: rest } } : {}),
  };
}
