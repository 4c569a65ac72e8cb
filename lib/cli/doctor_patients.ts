/**
 * Who is examined: the routes and models that a command line names.
 *
 * @module
 */
import type { Config, OffRoute, Route } from "../config/config.ts";
import { type Candidate, candidateOf } from "../routing/candidate.ts";
import { unknownWord } from "./unknown_word.ts";

/** What the command line names; nothing means everything. */
export interface Named {
  routes: readonly string[];
  models: readonly string[];
}

/** A route that is not examined. */
export interface PassedOver {
  route: string;
  reason: string;
  /** Whether it cannot answer anybody. */
  isOff: boolean;
}

/** Who is examined, and who is not; or what is wrong with the names. */
export type Patients =
  | { candidates: Candidate[]; passedOver: PassedOver[] }
  | { misuse: string };

/** The candidates that are meant: without a name, the first model of every route. */
export function patientsOf(config: Config, { routes, models }: Named): Patients {
  const names = [...config.routes, ...config.offRoutes].map(({ name }) => name);
  const wrong = routes.find((name) => !names.includes(name));
  if (wrong !== undefined) return { misuse: unknownWord("route", wrong, [...new Set(names)]) };
  const isMeant = ({ name }: { name: string }) => routes.length === 0 || routes.includes(name);
  const meant = config.routes.filter(isMeant);
  const unknown = models.find((model) => !meant.some((route) => serves(route, model)));
  if (unknown !== undefined) {
    const known = [...new Set(meant.flatMap((route) => route.models))];
    return { misuse: unknownWord("model", unknown, known) };
  }
  const candidates = meant.flatMap((route) =>
    modelsOf(route, models).map((model) => candidateOf(route, model))
  );
  const passedOver = [
    ...meant.filter((route) => models.length === 0 && route.models.length === 0).map((
      { name },
    ) => ({
      route: name,
      reason: "not examined, as it takes any model: name one with --model",
      isOff: false,
    })),
    ...config.offRoutes.filter(isMeant).flatMap(offReason),
  ];
  return { candidates, passedOver };
}

function modelsOf(route: Route, named: readonly string[]): string[] {
  return named.length === 0 ? route.models.slice(0, 1) : named.filter((one) => serves(route, one));
}

function serves(route: Route, model: string): boolean {
  return route.models.includes(model) || route.isWildcard;
}

/** A route that its owner switched off is nobody's concern. */
function offReason({ name, variable }: OffRoute): PassedOver[] {
  if (variable === undefined) return [];
  return [{ route: name, reason: `off: ${variable} is not set`, isOff: true }];
}
