/**
 * Places in JSON as people name them: `$.metadata.user_id`, `messages[*].id`, `$..cache_control`.
 *
 * The part of JSONPath (RFC 9535) that names fields and elements; no filters, no slices.
 *
 * @module
 */
import { isObject, type JsonValue } from "../base/json.ts";

/** One step of a path; `deep`: from here on at any depth. */
type Step = { key: string } | { index: number } | { any: true } | { deep: true };

/** A path that was understood. */
export type JsonPath = readonly Step[];

/** `..`, `.name`, `[*]`, `[0]`, `['name']`; the dot before the first name may be missing. */
const STEP = /(\.\.)|(?:\.|(?<=\.\.)|^)(?:(\*)|([\w-]+))|\[(?:(\*)|(\d+)|'([^']*)'|"([^"]*)")\]/y;

/** Reads a path; `undefined` when it is none. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const source = text.replace(/^\$/, "");
  const steps: Step[] = [];
  for (STEP.lastIndex = 0; STEP.lastIndex < source.length;) {
    const match = STEP.exec(source);
    if (!match) return undefined;
    const [, deep, anyName, name, anyElement, index, ...quoted] = match;
    if (deep) steps.push({ deep: true });
    else if (anyName ?? anyElement) steps.push({ any: true });
    else if (index !== undefined) steps.push({ index: Number(index) });
    else steps.push({ key: name ?? quoted.find((one) => one !== undefined)! });
  }
  const last = steps.at(-1);
  return last === undefined || "deep" in last ? undefined : steps;
}

/** What stands at a place afterwards; `undefined`: nothing. */
export type Replace = (value: JsonValue) => JsonValue | undefined;

/** The value with another one at each of the places that the path names. */
export function replaceAt(value: JsonValue, path: JsonPath, replace: Replace): JsonValue {
  return replaced(value, path, replace) ?? null;
}

function replaced(value: JsonValue, path: JsonPath, replace: Replace): JsonValue | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return replace(value);
  const isDeep = "deep" in step;
  const below = (key: string | number, child: JsonValue) => {
    const isMeant = !isDeep && takes(step, key);
    if (isDeep) return replaced(child, path, replace);
    return isMeant ? replaced(child, rest, replace) : child;
  };
  const children = withChildren(value, below);
  return isDeep && rest.length > 0 ? replaced(children, rest, replace) : children;
}

function takes(step: Step, key: string | number): boolean {
  if ("any" in step) return true;
  return "key" in step ? step.key === key : "index" in step && step.index === key;
}

type Below = (key: string | number, child: JsonValue) => JsonValue | undefined;

function withChildren(value: JsonValue, below: Below): JsonValue {
  if (Array.isArray(value)) {
    return value.map((child, index) => below(index, child)).filter((one) => one !== undefined);
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, child]) =>
    [key, child === undefined ? undefined : below(key, child)] as const
  );
  return Object.fromEntries(entries.filter(([, child]) => child !== undefined));
}
