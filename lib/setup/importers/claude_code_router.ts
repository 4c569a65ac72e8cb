/**
 * The `config.json` of claude-code-router, as versions 1 and 2 keep it by hand.
 *
 * @see {@link https://github.com/musistudio/claude-code-router}
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
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
  variableName,
} from "./imported.ts";

/** claude-code-router. */
export const claudeCodeRouter: Importer = {
  name: "claude-code-router",
  title: "claude-code-router",
  accepts: (document) => providersOf(document).some((one) => textAt(one, "api_base_url")),
  read,
};

function providersOf(document: JsonObject): JsonObject[] {
  return [...objectsAt(document, "Providers"), ...objectsAt(document, "providers")];
}

const KNOWN = [
  ...["Providers", "providers", "Router", "fallback", "HOST", "PORT", "APIKEY", "API_TIMEOUT_MS"],
  // They concern its own process, or its own programs.
  ...["LOG", "LOG_LEVEL", "CLAUDE_PATH", "NON_INTERACTIVE_MODE", "StatusLine", "PROXY_URL"],
];

function read(document: JsonObject, options: ImportOptions): Imported {
  const drafts = providersOf(document).map((provider) => routeOf(provider, options));
  const router = routerOf(objectAt(document, "Router"));
  const chains = chainsOf(objectAt(document, "fallback"), router.models);
  const server = serverOf(document, options);
  return {
    settings: { ...server.settings, ...router.settings, ...chains },
    routes: drafts.map(({ route }) => route),
    notes: [
      ...drafts.flatMap(({ notes }) => notes),
      ...router.notes,
      ...server.notes,
      ...unread(document, KNOWN, "the file"),
    ],
  };
}

function routeOf(
  provider: JsonObject,
  options: ImportOptions,
): { route: RouteDraft; notes: string[] } {
  const name = textAt(provider, "name") ?? "unnamed";
  const url = baseUrl(textAt(provider, "api_base_url") ?? "");
  const key = carriedKey(keyOf(textAt(provider, "api_key")), { name, url, ...options });
  const transformer = transformed(provider, name);
  const route: RouteDraft = {
    name,
    url,
    ...transformer.fields,
    ...key.fields,
    model: textsOf(provider["models"]),
  };
  const known = ["name", "api_base_url", "api_key", "models", "transformer"];
  return { route, notes: [...key.notes, ...transformer.notes, ...unread(provider, known, name)] };
}

/** Gemini's own protocol is not spoken here; the same models answer at its OpenAI endpoint. */
function baseUrl(url: string): string {
  return url.replace(
    /^(https:\/\/generativelanguage\.googleapis\.com\/v1(?:beta)?)\/models\/?$/,
    "$1/openai",
  ).replace("/v1/openai", "/v1beta/openai");
}

/** `$NAME` and `${NAME}` are read from the environment. */
function keyOf(text: string | undefined): SourceKey {
  if (text === undefined) return undefined;
  const variable = /^\$\{?(\w+)\}?$/.exec(text)?.[1];
  return variable === undefined ? { value: text } : { variable };
}

/** What a transformer comes to: fields of a route, nothing, or a reason why it is not carried. */
const TRANSFORMERS: Readonly<Record<string, Partial<RouteDraft> | string>> = {
  anthropic: { protocol: "anthropic" },
  openai: {},
  "openai-response": { protocol: "responses" },
  deepseek: { reasoningContent: true },
  reasoning: { reasoningContent: true },
  maxcompletiontokens: { maxTokensField: "max_completion_tokens" },
  // What these mend, the gateway mends by itself, or learns from the first refusal.
  openrouter: {},
  gemini: {},
  groq: {},
  enhancetool: {},
  cleancache: {},
  cerebras: {},
  maxtoken: "limits of answers are left to the client and the upstream",
  tooluse: "a tool choice is not forced upon a model",
  sampling: "sampling is left to the client; `dropParams` can take a parameter away",
  forcereasoning: "reasoning is asked for by the client",
  customparams: "parameters are not added to requests",
  "vertex-gemini": "Vertex AI signs in with short-lived tokens, which routes do not have",
  "vertex-claude": "Vertex AI signs in with short-lived tokens, which routes do not have",
};

function transformed(
  provider: JsonObject,
  name: string,
): { fields: Partial<RouteDraft>; notes: string[] } {
  const transformer = objectAt(provider, "transformer");
  const perModel = Object.keys(transformer).filter((key) => key !== "use");
  const used = [transformer, ...perModel.map((key) => objectAt(transformer, key))]
    .flatMap((one) => Array.isArray(one["use"]) ? one["use"] : []).map(transformerName);
  const fields: Partial<RouteDraft> = {};
  const notes: string[] = [];
  for (const one of unique(used)) {
    const meaning = Object.hasOwn(TRANSFORMERS, one.toLowerCase())
      ? TRANSFORMERS[one.toLowerCase()]!
      : "it is not known here";
    if (typeof meaning === "string") {
      notes.push(`${name}: transformer ${one} is not carried: ${meaning}`);
    } else Object.assign(fields, meaning);
  }
  return { fields, notes };
}

/** `"name"`, or `["name", {options}]`. */
function transformerName(entry: JsonValue): string {
  const [name] = textsOf(Array.isArray(entry) ? entry[0] : entry);
  return name ?? "without a name";
}

/** `provider,model` */
function modelOf(place: string): string {
  const comma = place.indexOf(",");
  return comma === -1 ? place : place.slice(comma + 1).trim();
}

/** What each kind of request is called there, and how it is asked for here. */
const KINDS: Readonly<Record<string, string>> = {
  background:
    "set ANTHROPIC_DEFAULT_HAIKU_MODEL to it in Claude Code, which asks for small tasks by it",
  think: "choose it in Claude Code with /model, or ask for it by name",
  longContext: "choose it by name when a conversation gets long",
  webSearch: "ask for it by name",
  image: "ask for it by name",
};

function routerOf(router: JsonObject) {
  const places = Object.entries(router)
    .filter((entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "");
  const models = unique(
    [...places.filter(([kind]) => kind === "default"), ...places]
      .filter(([kind]) => kind === "default" || Object.hasOwn(KINDS, kind))
      .map(([, place]) => modelOf(place)),
  );
  const notes = places.filter(([kind]) => Object.hasOwn(KINDS, kind)).map(([kind, place]) =>
    `Router.${kind}: requests are not told apart by kind; ${modelOf(place)} stands behind the ` +
    `others in auto. ${capital(KINDS[kind]!)}`
  );
  const known = [...Object.keys(KINDS), "default", "longContextThreshold"];
  return {
    models,
    settings: models.length > 0 ? { auto: { policy: "ordered", models } } : {},
    notes: [...notes, ...unread(router, known, "Router")],
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Chains by kind of request: here they hang on the model that the kind had. */
function chainsOf(fallback: JsonObject, [first]: readonly string[]): JsonObject {
  const chain = textsOf(fallback["default"]).map(modelOf);
  return first === undefined || chain.length === 0 ? {} : { fallback: { [first]: chain } };
}

function serverOf(document: JsonObject, { keepsKeys }: ImportOptions) {
  const { HOST: host, PORT: port, API_TIMEOUT_MS: timeout } = document;
  const key = keyOf(textAt(document, "APIKEY"));
  const variable = key && "variable" in key ? key.variable : variableName("ccr_client_key");
  const client = key && "value" in key && keepsKeys
    ? { name: "claude-code", key: key.value }
    : { name: "claude-code", keyEnv: variable };
  const requestMs = Number(timeout);
  const proxy = textAt(document, "PROXY_URL");
  return {
    settings: {
      ...(typeof host === "string" && host !== "" ? { host } : {}),
      ...(isPort(port) ? { port: Number(port) } : {}),
      ...(key ? { clients: [client] } : {}),
      ...(Number.isInteger(requestMs) && requestMs > 0 ? { timeouts: { requestMs } } : {}),
    },
    notes: [
      ...(key && !("key" in client) && "value" in key
        ? [`APIKEY: not copied; set ${variable} to the key that clients send`]
        : []),
      ...(proxy === undefined
        ? []
        : ["PROXY_URL: not carried: set HTTPS_PROXY for the gateway to it"]),
    ],
  };
}

function isPort(value: JsonValue | undefined): boolean {
  return !isObject(value) && Number.isInteger(Number(value)) && Number(value) > 0 &&
    Number(value) < 65_536;
}
