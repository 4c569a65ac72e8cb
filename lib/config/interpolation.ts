/**
 * `${NAME}` in values of the configuration, read from the environment.
 *
 * @module
 */
import { isObject } from "../base/json.ts";
import type { Path } from "./problem.ts";

/** Reads a variable; `undefined` when it is not set. */
export type ReadVariable = (name: string) => string | undefined;

/** A place of the document, and the variable that its value asks for. */
export interface VariableUse {
  path: Path;
  name: string;
}

/**
 * Deeper or larger documents than this are no configuration: a few aliases make one of any size,
 * or one that holds itself. What is deeper becomes `null`, where the schema has nothing to say.
 */
const MAX_DEPTH = 32;
const MAX_NODES = 100_000;
const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * Replaces every `${NAME}` in the strings of `value`. An empty variable counts as not set.
 *
 * @returns The new value, whether it was too large to be read to its end, and the variables that
 *   were found and that are missing, each with the place that asks.
 */
export function interpolate(
  value: unknown,
  read: ReadVariable,
): { value: unknown; isTooLarge: boolean; found: VariableUse[]; missing: VariableUse[] } {
  const found: VariableUse[] = [];
  const missing: VariableUse[] = [];
  let nodes = 0;
  const walk = (node: unknown, path: Path): unknown => {
    if (path.length >= MAX_DEPTH || ++nodes > MAX_NODES) return null;
    if (typeof node === "string") {
      return node.includes("${") ? replaceIn(node, path) : node;
    }
    if (Array.isArray(node)) return node.map((one, index) => walk(one, [...path, index]));
    if (!isObject(node)) return node;
    return Object.fromEntries(
      Object.entries(node).map(([key, one]) => [key, walk(one, [...path, key])]),
    );
  };
  const replaceIn = (text: string, path: Path) =>
    text.replace(VARIABLE, (whole, name: string) => {
      const value = read(name);
      (value ? found : missing).push({ path, name });
      return value || whole;
    });
  const filled = walk(value, []);
  return { value: filled, isTooLarge: nodes > MAX_NODES, found, missing };
}
