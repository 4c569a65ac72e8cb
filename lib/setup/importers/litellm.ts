/**
 * The `config.yaml` of the LiteLLM proxy.
 *
 * There a name stands for deployments, which may be called otherwise upstream. Here a model has one
 * name: the upstream's. So names are followed to what they stand for, also in fallbacks.
 *
 * @see {@link https://docs.litellm.ai/docs/proxy/configs}
 * @module
 */
import type { JsonObject } from "../../base/json.ts";
import { isCredentialName } from "../../config/route.ts";
import { providerAt } from "../providers.ts";
import type { RouteDraft } from "../route_file.ts";
import {
  carriedKey,
  type Imported,
  type Importer,
  type ImportOptions,
  isLocal,
  objectAt,
  objectsAt,
  type SourceKey,
  textAt,
  textsOf,
  unique,
  unread,
} from "./imported.ts";
import { chainsOf, type Deployment, namesOf, renamed } from "./litellm_names.ts";
import { litellmModel, type LitellmPlace } from "./litellm_providers.ts";

/** The LiteLLM proxy. */
export const litellm: Importer = {
  name: "litellm",
  title: "LiteLLM",
  accepts: (document) => objectsAt(document, "model_list").length > 0,
  read,
};

const KNOWN = ["model_list", "router_settings", "litellm_settings", "general_settings"];

function read(document: JsonObject, options: ImportOptions): Imported {
  const notes: string[] = [];
  const deployments = objectsAt(document, "model_list")
    .flatMap((entry) => deploymentOf(entry, { ...options, notes }))
    .sort((a, b) => a.order - b.order);
  const names = namesOf(deployments);
  const router = objectAt(document, "router_settings");
  const general = objectAt(document, "litellm_settings");
  const clients = clientsOf(objectAt(document, "general_settings"), { ...options, notes });
  const fallback = chainsOf([router, general], { names, notes });
  notes.push(...renamed(names), ...settingNotes(document), ...unread(document, KNOWN, "the file"));
  return {
    settings: {
      ...(clients.length > 0 ? { clients } : {}),
      ...policyOf(router, notes),
      ...(Object.keys(fallback).length > 0 ? { fallback } : {}),
      ...timeoutsOf(router, general),
    },
    routes: joined(deployments.map(({ route }) => route)),
    notes: unique(notes),
  };
}

type Reading = ImportOptions & { notes: string[] };

/** What of a deployment is read; limits by the minute are the upstream's to hold. */
const PARAMS = [
  ...["model", "api_base", "base_url", "api_key", "weight", "order", "custom_llm_provider"],
  ...["extra_headers", "headers", "api_version", "timeout"],
];

function deploymentOf(entry: JsonObject, reading: Reading): Deployment[] {
  const { notes } = reading;
  const alias = textAt(entry, "model_name") ?? "unnamed";
  const params = objectAt(entry, "litellm_params");
  const text = textAt(params, "model") ?? alias;
  const found = litellmModel(text, textAt(params, "custom_llm_provider"));
  const url = "reason" in found ? undefined : urlOf(params, found.place);
  if ("reason" in found || url === undefined) {
    const reason = "reason" in found ? found.reason : "it has no api_base";
    notes.push(`${alias}: not carried: ${reason}`);
    return [];
  }
  notes.push(...unread(params, PARAMS, alias));
  const model = found.model.includes("*") ? "*" : found.model;
  if (model !== found.model) notes.push(`${alias}: a pattern becomes "*", every name left over`);
  const { order } = params;
  return [{
    alias,
    model,
    route: routeOf({ params, place: found.place, url, name: nameOf(url, text), model }, reading),
    order: typeof order === "number" ? order : Number.MAX_SAFE_INTEGER,
  }];
}

interface Parts {
  params: JsonObject;
  place: LitellmPlace;
  url: string;
  name: string;
  model: string;
}

function routeOf({ params, place, url, name, model }: Parts, reading: Reading): RouteDraft {
  const key = carriedKey(keyOf(params, place, url), { ...reading, name, url });
  reading.notes.push(...key.notes);
  const isOwnPlace = baseOf(params) === undefined;
  const { weight, timeout } = params;
  return {
    name,
    url,
    // Elsewhere, OpenAI's protocol does not mean that its second one is spoken too.
    ...(place.protocol && (isOwnPlace || place.protocol === "anthropic")
      ? { protocol: place.protocol }
      : {}),
    ...(place.authHeader ? { authHeader: place.authHeader } : {}),
    ...key.fields,
    ...headersOf(params, name, reading.notes),
    ...(typeof weight === "number" && weight > 0 ? { weight: wholeWeight(weight) } : {}),
    ...(typeof timeout === "number" && timeout > 0
      ? { timeouts: { requestMs: Math.round(timeout * 1000) } }
      : {}),
    model: [model],
  };
}

/** Shares are fractions there as often as not, and whole numbers here. */
function wholeWeight(weight: number): number {
  return Number.isInteger(weight) ? weight : Math.max(1, Math.round(weight * 100));
}

function baseOf(params: JsonObject): string | undefined {
  return textAt(params, "api_base") ?? textAt(params, "base_url");
}

function urlOf(params: JsonObject, { url, authHeader }: LitellmPlace): string | undefined {
  const base = interpolated(baseOf(params) ?? url);
  // Azure's resources speak OpenAI's own protocol below this path, for every deployment.
  const isAzure = authHeader !== undefined && base?.includes(".openai.azure.com");
  return isAzure ? base!.replace(/(\/openai(\/v1)?)?\/*$/, "/openai/v1") : base;
}

/** `os.environ/NAME` is a variable wherever it stands. */
const VARIABLE = /^os\.environ\/(\w+)$/;

function interpolated(text: string | undefined): string | undefined {
  return text?.replace(VARIABLE, "${$1}");
}

function sourceKey(text: string): SourceKey {
  const variable = VARIABLE.exec(text)?.[1];
  return variable === undefined ? { value: text } : { variable };
}

function keyOf(params: JsonObject, { variable }: LitellmPlace, url: string): SourceKey {
  const text = textAt(params, "api_key");
  if (text !== undefined) return sourceKey(text);
  return variable === undefined || isLocal(url) ? undefined : { variable };
}

/** The name of a route: its provider, or its host where the provider may be anywhere. */
function nameOf(url: string, model: string): string {
  const prefix = model.includes("/") ? model.split("/")[0]! : "";
  const host = URL.parse(url)?.hostname;
  const known = host === undefined ? undefined : providerAt(host)?.name;
  return known ?? (isLocal(url) || host === undefined ? prefix || "local" : host);
}

function headersOf(params: JsonObject, name: string, notes: string[]): Partial<RouteDraft> {
  const headers: Record<string, string> = {};
  const given = { ...objectAt(params, "headers"), ...objectAt(params, "extra_headers") };
  for (const [header, value] of Object.entries(given)) {
    if (typeof value !== "string") continue;
    if (VARIABLE.test(value)) headers[header] = interpolated(value)!;
    else if (!isCredentialName(header)) headers[header] = value;
    else notes.push(`${name}: header ${header} is not copied: add it by hand`);
  }
  return Object.keys(headers).length > 0 ? { headers } : {};
}

/** Routes that differ in nothing but their model are one; others that share a name get a number. */
function joined(routes: readonly RouteDraft[]): RouteDraft[] {
  const byRest = new Map<string, RouteDraft>();
  const taken = new Map<string, number>();
  for (const { model, ...rest } of routes) {
    const key = JSON.stringify(rest);
    const same = byRest.get(key);
    if (same !== undefined) {
      same.model = unique([...textsOf(same.model), ...textsOf(model)]);
      continue;
    }
    const count = (taken.get(rest.name) ?? 0) + 1;
    taken.set(rest.name, count);
    // The models last, as in every route that is written by hand.
    byRest.set(key, {
      ...rest,
      name: count === 1 ? rest.name : `${rest.name}-${count}`,
      model: model!,
    });
  }
  return [...byRest.values()];
}

const POLICIES: Readonly<Record<string, string | undefined>> = {
  "simple-shuffle": undefined,
  "latency-based-routing": "least-latency",
};

function policyOf(router: JsonObject, notes: string[]): JsonObject {
  const strategy = textAt(router, "routing_strategy");
  if (strategy === undefined) return {};
  if (!Object.hasOwn(POLICIES, strategy)) {
    notes.push(`router_settings.routing_strategy ${strategy}: not carried: auto goes round robin`);
    return {};
  }
  const policy = POLICIES[strategy];
  return policy === undefined ? {} : { auto: { policy } };
}

function timeoutsOf(router: JsonObject, general: JsonObject): JsonObject {
  const seconds = router["timeout"] ?? general["request_timeout"];
  return typeof seconds === "number" && seconds > 0
    ? { timeouts: { requestMs: Math.round(seconds * 1000) } }
    : {};
}

function clientsOf(general: JsonObject, { keepsKeys, notes }: Reading): JsonObject[] {
  const text = textAt(general, "master_key");
  if (text === undefined) return [];
  const key = sourceKey(text);
  const name = "litellm";
  if (key && "variable" in key) return [{ name, keyEnv: key.variable }];
  if (keepsKeys) return [{ name, key: text }];
  notes.push(
    "general_settings.master_key: not copied; set LITELLM_MASTER_KEY to the key of clients",
  );
  return [{ name, keyEnv: "LITELLM_MASTER_KEY" }];
}

/** Sections beside the models, and what of each is read. */
const SECTIONS: readonly (readonly [string, readonly string[]])[] = [
  ["router_settings", ["fallbacks", "default_fallbacks", "routing_strategy", "timeout"]],
  // The gateway leaves parameters out by itself that an upstream refuses.
  ["litellm_settings", ["fallbacks", "default_fallbacks", "request_timeout", "drop_params"]],
  ["general_settings", ["master_key"]],
];

function settingNotes(document: JsonObject): string[] {
  return SECTIONS.flatMap(([name, known]) => unread(objectAt(document, name), known, name));
}
