/**
 * The type of a value in the words of YAML, whose readers know no arrays and objects.
 *
 * @module
 */

/** Names the type of `value`, with its article, for messages: "a string", "a mapping", "nothing". */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return `a ${typeof value}`;
}
