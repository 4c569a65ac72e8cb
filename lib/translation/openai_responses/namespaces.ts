/**
 * Names of tools that stand in a namespace, as one name and back.
 *
 * Codex groups tools as `{type: "namespace", name, tools}` and finds a called tool by both names;
 * other protocols have one flat list. The joined name is made only of characters that every
 * protocol takes, with a separator that nobody writes by chance.
 *
 * @module
 */

const SEPARATOR = "_-_";

/** The length that tool names may have everywhere. */
const MAX_NAME_LENGTH = 64;

/** The one name for `name` in `namespace`; `undefined` when it would be too long. */
export function joinNamespace(namespace: string, name: string): string | undefined {
  const joined = `${namespace}${SEPARATOR}${name}`;
  return joined.length <= MAX_NAME_LENGTH ? joined : undefined;
}

/** The parts of a name that may be a joined one, as the fields of a call. */
export function splitNamespace(joined: string): { name: string; namespace?: string } {
  const at = joined.indexOf(SEPARATOR);
  if (at <= 0) return { name: joined };
  return { name: joined.slice(at + SEPARATOR.length), namespace: joined.slice(0, at) };
}
