/**
 * Takes parameters that an upstream does not know out of a body.
 *
 * @module
 */
import { isObject, type JsonObject } from "../base/json.ts";
import type { Losses } from "../chat/loss.ts";

/**
 * Takes parameters out of `body`, each as a loss.
 *
 * @param names As {@linkcode dropParam} takes them.
 */
export function dropParams(
  body: JsonObject,
  names: readonly string[] = [],
  { harmless, losses }: {
    /** Parameters without which the answer would say the same. */
    harmless: ReadonlySet<string>;
    losses: Losses;
  },
): void {
  for (const name of names) {
    if (dropParam(body, name)) losses.add(name, "dropped", !harmless.has(name));
  }
}

/**
 * Takes one parameter out of `body`, which is changed in place; objects in it are not.
 *
 * @param name A field of the body, or the path to a field of one of its fields:
 *   `reasoning.summary`.
 * @returns Whether it was there.
 */
export function dropParam(body: JsonObject, name: string): boolean {
  if (Object.hasOwn(body, name)) return delete body[name];
  const [outer = "", key] = name.split(".", 2);
  const inner = key !== undefined && Object.hasOwn(body, outer) ? body[outer] : undefined;
  if (key === undefined || !isObject(inner) || !Object.hasOwn(inner, key)) return false;
  const { [key]: _, ...rest } = inner;
  body[outer] = rest;
  return true;
}
