/**
 * `routes.yml` text → checked {@linkcode Config}, with every problem at once.
 *
 * Pure: the text and the way to read a variable are handed in.
 *
 * @module
 */
import { isObject } from "../base/json.ts";
import { redactor } from "../base/redaction.ts";
import { Builder, type LoadOptions } from "./builder.ts";
import type { Config } from "./config.ts";
import { type Locate, locator, parseDocument, type Position } from "./document.ts";
import { interpolate, type VariableUse } from "./interpolation.ts";
import { isInRoute, type Path, placeText, type Problem } from "./problem.ts";
import { rightPart } from "./raw_document.ts";
import { readScalars } from "./scalar_variable.ts";
import { DOCUMENT } from "./schema.ts";

/** A problem with the place where it stands; `undefined` when it is in the environment. */
export interface LocatedProblem {
  position?: Position;
  /** The path that the message begins with: `routes[1].url`; absent where there is none. */
  key?: string;
  message: string;
}

/** What reading gave: a configuration only when there are no problems. */
export interface LoadedConfig {
  config?: Config;
  problems: LocatedProblem[];
  warnings: string[];
}

/**
 * Reads and checks a configuration.
 *
 * @param text The file.
 * @param options How to read variables and check stub URLs.
 * @returns The configuration, or everything that is wrong with it; warnings in both cases.
 */
export function loadConfig(text: string, options: LoadOptions): LoadedConfig {
  const parsed = parseDocument(text);
  if ("problem" in parsed) return { problems: [parsed.problem], warnings: [] };
  // A bare list is the short form: just the routes.
  const isShort = Array.isArray(parsed.value);
  const document = isShort ? { routes: parsed.value } : parsed.value;
  const inserted = new Set<string>();
  const { value, isTooLarge, found: uses, missing } = interpolate(document, (name) => {
    const found = options.read(name);
    if (found) inserted.add(found);
    return found;
  });
  if (isTooLarge) return { problems: [TOO_LARGE], warnings: [] };
  const asText = DOCUMENT.check(value, []);
  // What a value is wrong for is not known while its variable is missing.
  const unfilled = new Set(missing.map(({ path }) => JSON.stringify(path)));
  const isFilled = ({ path }: Problem) => !unfilled.has(JSON.stringify(path));
  const isReread = readScalars({ source: document, value }, asText);
  const problems = [
    ...(isReread ? DOCUMENT.check(value, []) : asText).filter(isFilled),
    ...missing.filter((one) => !isInRoute(one.path)).map(missingProblem),
  ];
  const builder = new Builder(options, { uses, missing, problems });
  const isReadable = isObject(value) && problems.length <= MAX_PROBLEMS;
  const config = isReadable ? builder.build(rightPart(value, problems)) : undefined;
  // What came from a variable is likely to be a secret, wherever it was put.
  const redact = redactor([...inserted]);
  let locate: Locate | undefined;
  const placeOf = (path: Path, atKey?: boolean) => {
    locate ??= locator(text);
    return locate(isShort ? path.slice(1) : path, atKey);
  };
  for (const off of config?.offRoutes ?? []) off.position = placeOf(["routes", off.index]);
  const located = builder.problems.slice(0, MAX_PROBLEMS).map((one) => {
    const key = redact(placeText(one) || "the file");
    const position = placeOf(one.path, one.atKey);
    return { position, key, message: `${key}: ${redact(one.message)}` };
  }).sort((one, other) => inFileOrder(one.position, other.position));
  const all = [...located, ...builder.environment.problems.map((message) => ({ message }))];
  return {
    ...(config && all.length === 0 ? { config } : {}),
    problems: all,
    warnings: builder.warnings.map(redact),
  };
}

/** A file with more of them is no configuration at all. */
const MAX_PROBLEMS = 100;

const TOO_LARGE: LocatedProblem = {
  position: { line: 1, column: 1 },
  message: "the file: it holds more than 100000 values",
};

/** People mend a file from its top. */
function inFileOrder(one: Position, other: Position): number {
  return one.line - other.line || one.column - other.column;
}

function missingProblem({ path, name }: VariableUse): Problem {
  return { path, message: `the environment variable ${name} is not set` };
}
