/**
 * What an importer gives: a draft of `routes.yml`, and everything that it could not carry.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import { isLoopback } from "../../base/listen_address.ts";
import { providerAt } from "../providers.ts";
import type { RouteDraft } from "../route_file.ts";

/** What came of a file. */
export interface Imported {
  settings: JsonObject;
  routes: RouteDraft[];
  /** What has no place here, or another one: a sentence each, without a secret. */
  notes: string[];
}

/** Whether keys that stand in the source are carried over as they are. */
export interface ImportOptions {
  keepsKeys: boolean;
}

/** Reads one format. */
export interface Importer {
  name: string;
  title: string;
  /** Whether a document is one of this format. */
  accepts(document: JsonObject): boolean;
  read(document: JsonObject, options: ImportOptions): Imported;
}

/** The key part of a route, and what is to be said of it. */
export interface CarriedKey {
  fields: Pick<RouteDraft, "apiKey" | "apiKeyEnv" | "forwardClientAuth">;
  notes: string[];
}

/** What is known of a key: its text, or the variable that holds it. */
export type SourceKey = { value: string } | { variable: string } | undefined;

/** Words that stand where a key is wanted and none is needed. */
const PLACEHOLDER =
  /^(?:|any|none|null|empty|dummy|no-?key|not-?needed|ollama(?:-local)?|lm-?studio|local|x+|sk-?x*|your[-_ ].*|<.*>)$/i;

/** The fields for a key; one that stands in the source gets a variable, unless keys are kept. */
export function carriedKey(
  key: SourceKey,
  { name, url, keepsKeys }: { name: string; url: string } & ImportOptions,
): CarriedKey {
  if (key !== undefined && "variable" in key) {
    return { fields: { apiKeyEnv: key.variable }, notes: [] };
  }
  const isReal = key !== undefined && !PLACEHOLDER.test(key.value.trim());
  if (!isReal && isLocal(url)) return { fields: { forwardClientAuth: false }, notes: [] };
  if (isReal && keepsKeys) return { fields: { apiKey: key.value }, notes: [] };
  const variable = variableFor(name, url);
  const notes = isReal
    ? [`${name}: the key in the source is not copied; set ${variable}, or import with --keep-keys`]
    : [`${name}: the source has no key; set ${variable}`];
  return { fields: { apiKeyEnv: variable }, notes };
}

/** Whether a URL leads to this machine. */
export function isLocal(url: string): boolean {
  const hostname = URL.parse(url)?.hostname ?? "";
  return isLoopback(hostname) || hostname === "host.docker.internal";
}

/** The usual variable of a provider's host, else one made of the route's name. */
function variableFor(name: string, url: string): string {
  const usual = providerAt(URL.parse(url)?.hostname ?? "")?.keyVariables[0];
  return usual ?? variableName(`${name}_API_KEY`);
}

/** A name for a variable. */
export function variableName(text: string): string {
  const name = text.toUpperCase().replace(/[^A-Z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return /^\d/.test(name) ? `KEY_${name}` : name;
}

/** The text at a key; `undefined` when there is none. */
export function textAt(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The object at a key; an empty one when there is none. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : {};
}

/** The objects in the list at a key. */
export function objectsAt(object: JsonObject, key: string): JsonObject[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The texts in a list, or a text alone. */
export function textsOf(value: JsonValue | undefined): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((one): one is string => typeof one === "string" && one !== "");
}

/** Each once, in order. */
export function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** Says which keys of an object nothing was made of. */
export function unread(
  object: JsonObject,
  known: readonly string[],
  where: string,
): string[] {
  const left = Object.keys(object).filter((key) => !known.includes(key));
  return left.length === 0 ? [] : [`${where}: not carried: ${left.join(", ")}`];
}
