/**
 * What is wrong with a configuration, and where.
 *
 * @module
 */
import { shownWord } from "../base/nearest.ts";

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

/** The beginning of a name that the user chose, such as a model's or a header's. */
const CHOSEN_NAME = /^[^:\s?]{0,64}/;

/**
 * Writes the place of a problem.
 *
 * Where the blank behind a colon was forgotten (`{apiKey:sk-…}`), YAML reads key and value as one
 * key, so only the beginning of a key that nobody knows is shown.
 */
export function placeText({ path, atKey }: Problem): string {
  const shown = path.map((step, depth) => {
    if (typeof step === "number") return step;
    if (atKey && depth === path.length - 1) return shownWord(step);
    return shownName(step);
  });
  return pathText(shown);
}

/** A name that the user chose, no more of it than one would have. */
export function shownName(name: string): string {
  const [start] = CHOSEN_NAME.exec(name)!;
  return start === name ? name : `${start}…`;
}

/** Whether a path leads into one of the routes. */
export function isInRoute(path: Path): boolean {
  return path[0] === "routes" && typeof path[1] === "number";
}
