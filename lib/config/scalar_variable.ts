/**
 * Numbers and switches that are wholly one `${NAME}`: variables are text, and `port: ${PORT}` means
 * what it would mean if the variable's text stood there.
 *
 * @module
 */
import { isObject } from "../base/json.ts";
import { parseDocument } from "./document.ts";
import type { Path, Problem } from "./problem.ts";

const WHOLE_VARIABLE = /^\$\{\w+\}$/;
/** Numbers and switches are short; what is longer need not be read. */
const MAX_LENGTH = 32;

/** A document with its variables as the file has them, and filled in. */
export interface FilledDocument {
  source: unknown;
  value: unknown;
}

/**
 * Reads as a number or switch what is wrong as a text; changes `value`.
 *
 * @param problems What is wrong with `value` so far.
 * @returns Whether anything was changed, so that it has to be checked anew.
 */
export function readScalars({ source, value }: FilledDocument, problems: Problem[]): boolean {
  let hasChanged = false;
  for (const { path } of problems) {
    const asked = valueAt(source, path);
    const holder = valueAt(value, path.slice(0, -1));
    if (typeof asked !== "string" || !WHOLE_VARIABLE.test(asked) || !isHolder(holder)) continue;
    const scalar = scalarOf(String(holder[path.at(-1)!]));
    if (scalar === undefined) continue;
    holder[path.at(-1)!] = scalar;
    hasChanged = true;
  }
  return hasChanged;
}

function scalarOf(text: string): number | boolean | undefined {
  const parsed = text.length > MAX_LENGTH ? {} : parseDocument(text);
  const value = "value" in parsed ? parsed.value : undefined;
  return typeof value === "number" || typeof value === "boolean" ? value : undefined;
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => isHolder(value) && Object.hasOwn(value, step) ? value[step] : undefined,
    document,
  );
}

function isHolder(value: unknown): value is Record<string | number, unknown> {
  return Array.isArray(value) || isObject(value);
}
