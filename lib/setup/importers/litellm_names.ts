/**
 * The names of LiteLLM: what each stands for, and the chains of fallbacks between them.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import type { RouteDraft } from "../route_file.ts";
import { textsOf, unique } from "./imported.ts";

/** One deployment, as a route with one model. */
export interface Deployment {
  /** The name that clients ask for. */
  alias: string;
  model: string;
  route: RouteDraft;
  order: number;
}

/** What each name stands for: models, in the order in which they are tried. */
export type Names = ReadonlyMap<string, readonly string[]>;

/** What every name stands for. */
export function namesOf(deployments: readonly Deployment[]): Names {
  const names = new Map<string, string[]>();
  for (const { alias, model } of deployments) {
    names.set(alias, unique([...names.get(alias) ?? [], model]));
  }
  return names;
}

/** Says which models have another name here. */
export function renamed(names: Names): string[] {
  return [...names].filter(([alias, models]) => !models.includes(alias) && !models.includes("*"))
    .map(([alias, [model]]) => `${alias}: clients ask for ${model} instead, its name upstream`);
}

/** The chains of fallbacks, with every name replaced by what it stands for. */
export function chainsOf(
  sources: readonly JsonObject[],
  { names, notes }: { names: Names; notes: string[] },
): JsonObject {
  const chains = new Map<string, string[]>();
  const extend = (alias: string, more: readonly string[]) => {
    const models = alias === "*" ? ["*"] : modelsNamed(alias, names);
    const [first] = models;
    if (first === undefined) return;
    const chain = unique([...models.slice(1), ...chains.get(first) ?? [], ...more]);
    const left = chain.filter((model) => model !== first && model !== "*");
    if (left.length > 0) chains.set(first, left);
  };
  for (const alias of names.keys()) extend(alias, []);
  for (const source of sources) {
    for (const [alias, targets] of pairsOf(source["fallbacks"])) {
      const unknown = [alias, ...targets].filter((one) => alias !== "*" && !names.has(one));
      if (unknown.length > 0) {
        notes.push(`fallbacks: not carried: ${unknown.join(", ")}: no such model`);
      }
      extend(alias, targets.flatMap((target) => modelsNamed(target, names)));
    }
    const rest = textsOf(source["default_fallbacks"]);
    if (rest.length > 0) extend("*", rest.flatMap((target) => modelsNamed(target, names)));
  }
  return Object.fromEntries(chains);
}

function modelsNamed(alias: string, names: Names): readonly string[] {
  return (names.get(alias) ?? []).filter((model) => model !== "*");
}

/** `[{a: [b]}, {c: [d]}]` */
function pairsOf(value: JsonValue | undefined): [string, string[]][] {
  const list = Array.isArray(value) ? value : [value];
  return list.flatMap((one) =>
    isObject(one)
      ? Object.entries(one).map(([key, targets]): [string, string[]] => [key, textsOf(targets)])
      : []
  );
}
