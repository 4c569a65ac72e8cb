/**
 * A route and a model that could answer a request.
 *
 * @module
 */
import type { Route } from "../config/config.ts";

/** One way to answer. */
export interface Candidate {
  route: Route;
  /** The model's name as it is sent upstream. */
  model: string;
  /** What cooldowns are kept by: the same for the same route and model across reloads. */
  id: string;
}

/** Makes a candidate of a route and one of its models. */
export function candidateOf(route: Route, model: string): Candidate {
  return {
    route,
    model,
    id: JSON.stringify([route.url.href, model, route.credentials?.key ?? ""]),
  };
}
