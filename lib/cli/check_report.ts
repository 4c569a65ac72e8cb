/**
 * What a configuration amounts to: where each route's requests go, who answers to which name, and
 * what can never be reached.
 *
 * Made with the functions that requests go through, so that it cannot say anything else than they
 * do. Pure.
 *
 * @module
 */
import { CHAT_ENDPOINT, type Protocol } from "../base/protocol.ts";
import type { Config, OffRoute, Route, RouteQuirks } from "../config/config.ts";
import { offWarning } from "../config/builder.ts";
import type { LocatedProblem } from "../config/load.ts";
import { isCredentialName } from "../config/route.ts";
import { isAuto, Router } from "../routing/router.ts";
import { endpointUrl } from "../upstream/endpoint_url.ts";
import { upstreamHeaders } from "../upstream/upstream_headers.ts";
import {
  clientCredentials,
  isStandIn,
  protocolWord,
  shownUrl,
  withoutSecrets,
} from "./shown_route.ts";

/** One of a route's protocols, and where requests in it go. */
export interface EndpointReport {
  protocol: string;
  url: string;
  /** The headers that say who is asking, with words in the place of keys. */
  auth: Record<string, string>;
}

/** A route that answers. */
export interface RouteReport {
  name: string;
  endpoints: EndpointReport[];
  /** Whether the file says the protocols; else they were read from the URL. */
  isProtocolSaid: boolean;
  /** Whether the URL is one endpoint rather than a base. */
  isFixedUrl: boolean;
  /** In the file's words: `"*"` is among them. */
  models: string[];
  /** The headers that the file adds and that say nothing of who is asking. */
  headers: Record<string, string>;
  weight: number;
  fallback: string[];
  quirks: RouteQuirks;
}

/** A candidate for a name. */
export interface CandidateReport {
  model: string;
  route: string;
}

/** Who answers to a name. */
export interface ModelReport {
  name: string;
  candidates: CandidateReport[];
  /** Who is asked when all of them failed. */
  fallback: CandidateReport[];
}

/** How `model: auto` chooses. */
export interface AutoReport {
  policy: Config["auto"]["policy"];
  sticky: boolean;
  /** In the order of a gateway that was just started. */
  models: string[];
}

/** Everything about a configuration that can be read. */
export interface ConfigReport {
  routes: RouteReport[];
  offRoutes: OffRoute[];
  models: ModelReport[];
  auto: AutoReport;
  /** What is right, and still not what anybody would expect. */
  notes: string[];
}

/** Everything about a checked configuration. */
export function configReport(config: Config): ConfigReport {
  const router = new Router(config);
  const models = modelReports(config, router);
  const auto = autoReport(config, router);
  return {
    routes: config.routes.map(routeReport),
    offRoutes: config.offRoutes,
    models,
    auto,
    notes: notesOn(config, models),
  };
}

/** The routes that are off for want of a variable: `start` goes on without them. */
export function offProblems(offRoutes: readonly OffRoute[]): LocatedProblem[] {
  return offRoutes.flatMap(({ name, variable, position }) =>
    variable === undefined
      ? []
      : [{ ...(position ? { position } : {}), message: offWarning(name, variable) }]
  );
}

function routeReport(route: Route): RouteReport {
  const { headers } = withoutSecrets(route);
  return {
    name: route.name,
    endpoints: route.protocols.map((protocol) => endpointReport(route, protocol)),
    isProtocolSaid: route.origin.isProtocolSaid,
    isFixedUrl: route.isFixed,
    models: [...route.models, ...(route.isWildcard ? ["*"] : [])],
    headers: Object.fromEntries(headers.filter(([name]) => !isCredentialName(name))),
    weight: route.weight,
    fallback: route.fallback,
    quirks: route.quirks,
  };
}

function endpointReport(route: Route, protocol: Protocol): EndpointReport {
  const client = new Headers([clientCredentials(protocol)]);
  const isAuth = (name: string) => name === route.credentials?.header || isCredentialName(name);
  const headers = upstreamHeaders({ route: withoutSecrets(route), protocol, client });
  return {
    protocol: protocolWord(protocol),
    url: shownUrl(endpointUrl(route, CHAT_ENDPOINT[protocol])),
    auth: Object.fromEntries(
      [...headers].filter(([name, value]) => isAuth(name) && isStandIn(value)),
    ),
  };
}

function modelReports(config: Config, router: Router): ModelReport[] {
  const names = router.models.filter((name) => !isAuto(name));
  const reports = names.map((name) => modelReport(name, router));
  const wildcards = config.routes.filter(({ isWildcard }) => isWildcard);
  if (wildcards.length === 0) return reports;
  const candidates = wildcards.map(({ name }) => ({ model: "*", route: name }));
  return [...reports, { name: "*", candidates, fallback: fallbackOfRest(config, router) }];
}

function modelReport(name: string, router: Router): ModelReport {
  const all = router.plan({ model: name }).candidates
    .map(({ model, route }) => ({ model, route: route.name }));
  const candidates = all.filter(({ model }) => model === name);
  return { name, candidates, fallback: all.filter(({ model }) => model !== name) };
}

/** Who is asked after the routes for the rest: the chain for all. */
function fallbackOfRest({ chains }: Config, router: Router): CandidateReport[] {
  return (chains.get("*") ?? []).flatMap((model) => modelReport(model, router).candidates);
}

function autoReport({ auto }: Config, router: Router): AutoReport {
  const { policy, sticky } = auto;
  const isServed = auto.models.some((model) => isPlanned(model, router));
  const order = isServed ? router.plan({ model: "auto" }).candidates : [];
  return { policy, sticky, models: [...new Set(order.map(({ model }) => model))] };
}

function isPlanned(model: string, router: Router): boolean {
  try {
    return router.plan({ model }).candidates.some((candidate) => candidate.model === model);
  } catch {
    // Nobody serves it: then it is not planned.
    return false;
  }
}

function notesOn(config: Config, models: readonly ModelReport[]): string[] {
  return [
    ...reservedNames(config),
    ...sharedNames(models),
    ...similarNames(models),
    ...namesOfNobody(config),
    ...candidatesTooMany(config, models),
  ];
}

function reservedNames({ routes }: Config): string[] {
  return routes.flatMap(({ name, models }) =>
    models.filter(isAuto).map((model) =>
      `"${model}" of route ${name} cannot be asked for by name: auto stands for all models`
    )
  );
}

function sharedNames(models: readonly ModelReport[]): string[] {
  return models.filter(({ candidates }) => candidates.length > 1).map(({ name, candidates }) => {
    const routes = candidates.map(({ route }) => route).join(", ");
    return `"${name}" is served by ${candidates.length} routes, asked in this order: ${routes}`;
  });
}

/** Names compare exactly, so two that people take for one are two. */
function similarNames(models: readonly ModelReport[]): string[] {
  const known = new Map<string, string>();
  return models.flatMap(({ name }) => {
    const plain = name.trim().toLowerCase();
    const twin = known.get(plain);
    known.set(plain, twin ?? name);
    return twin === undefined
      ? []
      : [`"${twin}" and "${name}" are two models: names compare exactly`];
  });
}

function namesOfNobody({ auto, chains, offModels }: Config): string[] {
  const off = (name: string) => offModels.has(name);
  const inChains = [...chains].flatMap(([model, chain]) =>
    chain.filter(off).map((name) => `"${name}" in the fallback of "${model}" is off: not asked`)
  );
  const inAuto = auto.models.filter(off).map((name) =>
    `"${name}" in auto.models is off: not asked`
  );
  return [...inAuto, ...inChains];
}

function candidatesTooMany({ maxAttempts }: Config, models: readonly ModelReport[]): string[] {
  return models.flatMap(({ name, candidates, fallback }) => {
    const count = candidates.length + fallback.length;
    if (count <= maxAttempts) return [];
    return [`a request asks at most ${maxAttempts} of the ${count} candidates of "${name}"`];
  });
}
