/**
 * What is wrong with a configuration, and where.
 *
 * @module
 */

/** A place in the document: the keys and indices that lead to it. */
export type Path = readonly (string | number)[];

/** One thing that is wrong. Messages never hold the value of a secret. */
export interface Problem {
  path: Path;
  message: string;
  /** Whether the place is the key itself rather than its value. */
  atKey?: boolean;
}

/** Writes a path as a person would: `routes[1].url`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** Whether a path leads into one of the routes. */
export function isInRoute(path: Path): boolean {
  return path[0] === "routes" && typeof path[1] === "number";
}
