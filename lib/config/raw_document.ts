/**
 * The document after its types were checked, before anything was made of it.
 *
 * @module
 */
import { isObject } from "../base/json.ts";
import type { AutoSettings, Config, RequestLimits, Timeouts } from "./config.ts";
import { isInRoute, type Problem } from "./problem.ts";
import { asList, type RawRoute } from "./route.ts";

/** The document after its types were checked. */
export interface RawDocument {
  host?: string;
  port?: number;
  defaults?: RawRoute;
  global?: RawRoute;
  auth?: RawRoute;
  retryStatusCodes?: number[];
  strictRetryList?: boolean;
  replayAmbiguous?: boolean;
  emptyIsFailure?: boolean;
  fallback?: string[] | Record<string, string[]>;
  maxAttempts?: number;
  auto?: Partial<AutoSettings>;
  notice?: Config["notice"];
  forwardClientAuth?: boolean;
  clients?: { name: string; key?: string; keyEnv?: string }[];
  allowedHosts?: string[];
  timeouts?: Partial<Timeouts>;
  limits?: Partial<RequestLimits>;
  /** Absent only when something was wrong with it. */
  routes?: RawRoute[];
}

/**
 * The document without the fields that are wrong, so that the rest can be checked further and all
 * problems are told at once: of a route its own fields, otherwise those of the top level.
 */
export function rightPart(document: object, problems: readonly Problem[]): RawDocument {
  for (const { path } of problems) {
    const place = path.slice(0, isInRoute(path) ? 3 : 1);
    let holder = document as Record<string | number, unknown>;
    for (const step of place.slice(0, -1)) holder = holder[step] as typeof holder;
    delete holder[place.at(-1)!];
  }
  return withoutNulls(document) as RawDocument;
}

/** `key:` with nothing behind it is how YAML says null; people mean "not set". */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const set = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(set.map(([key, one]) => [key, withoutNulls(one)]));
}

/** Every model that the file names, those of routes that are off included. */
export function namedModels({ routes = [] }: RawDocument): string[] {
  return routes.flatMap(modelsOf);
}

/** The models of one entry, under both names of the field. */
export function modelsOf({ model, models }: RawRoute): string[] {
  return [...asList(model), ...asList(models)];
}
