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

/** The beginning of a key that may be a mistyped one, and not yet what was meant as its value. */
const KEY_WORD = /^[a-z_-]{0,20}/i;
/** Of a name that the user chose, such as a model's or a header's. */
const CHOSEN_NAME = /^[^:\s]{0,64}/;

/**
 * Writes the place of a problem.
 *
 * Where the blank behind a colon was forgotten (`{apiKey:sk-…}`), YAML reads key and value as one
 * key, so only the beginning of a key that nobody knows is shown.
 */
export function placeText({ path, atKey }: Problem): string {
  const shown = path.map((step, depth) => {
    if (typeof step === "number") return step;
    const [start] = (atKey && depth === path.length - 1 ? KEY_WORD : CHOSEN_NAME).exec(step)!;
    return start === step ? step : `${start}…`;
  });
  return pathText(shown);
}

/** Whether a path leads into one of the routes. */
export function isInRoute(path: Path): boolean {
  return path[0] === "routes" && typeof path[1] === "number";
}
