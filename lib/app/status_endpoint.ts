/**
 * `GET /gateway/status`: all that the dashboard shows, as JSON. Names and figures only: no key, no
 * prompt, no answer, and of a URL nothing but its host.
 *
 * @module
 */
import type { Config, Route } from "../config/config.ts";
import { isCredentialName } from "../config/route.ts";
import type { ModelHealth } from "../metrics/health.ts";
import type { MetricFigures } from "../metrics/metrics.ts";
import type { RecentRequest, RecentSwitch } from "../metrics/recent.ts";
import type { CandidateState, ProcessFigures } from "../metrics/snapshot.ts";
import type { TrafficMinute } from "../metrics/traffic.ts";
import type { Gateway } from "./gateway.ts";
import { candidateStates, snapshotOf } from "./moment.ts";
import type { Handler } from "./request_context.ts";

/** A model at a route: its health, its rest, its last attempts. */
export interface ModelStatus extends ModelHealth {
  rest: CandidateState["rest"] | null;
  /** Milliseconds of its last attempts, the oldest first; negative for those that failed. */
  trail: readonly number[];
}

/** A route as it may be shown. */
export interface RouteStatus {
  name: string;
  /** The upstream's host and port; for a stub its behaviour. */
  host: string;
  protocols: string[];
  models: string[];
  isWildcard: boolean;
  /** Where its key comes from: a variable, the file, a header of its own, the client, nowhere. */
  auth: { from: "variable" | "file" | "header" | "client" | "none"; variable?: string };
}

/** The whole answer. */
export interface GatewayStatus {
  status: "ok" | "stopping";
  version: string;
  /** Times of day are in milliseconds since the epoch, by the gateway's own clock. */
  nowMs: number;
  startedAtMs: number;
  uptimeMs: number;
  process: ProcessFigures;
  openStreams: number;
  waitingRequests: number;
  /** Whether clients must show a key of the gateway's own. */
  needsKey: boolean;
  config: {
    source: string;
    loadedAtMs: number;
    /** Why what the file says now is not in use. */
    problems: readonly string[];
    offRoutes: { name: string; models: string[]; variable?: string }[];
  };
  auto: { policy: string; models: string[] };
  models: ModelStatus[];
  routes: RouteStatus[];
  requests: RecentRequest[];
  switches: RecentSwitch[];
  /** Requests of the last hour by the minute, the oldest first. */
  traffic: TrafficMinute[];
  metrics: MetricFigures[];
}

/** Answers with the status of this moment. */
export const status: Handler = (context, gateway): Response =>
  context.json(statusOf(gateway), 200, {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });

function statusOf(gateway: Gateway): GatewayStatus {
  const { state: { config }, version, recent, metrics, process } = gateway;
  const snapshot = snapshotOf(gateway);
  return {
    status: gateway.isStopping ? "stopping" : "ok",
    version,
    nowMs: gateway.clock.epochMs(),
    startedAtMs: process.startedAtMs,
    uptimeMs: snapshot.uptimeMs,
    process: snapshot.process,
    openStreams: snapshot.openStreamCount,
    waitingRequests: snapshot.waitingRequestCount,
    needsKey: config.clients.length > 0,
    config: configStatus(gateway),
    auto: { policy: config.auto.policy, models: config.auto.models },
    models: modelStatuses(gateway),
    routes: config.routes.map(routeStatus),
    requests: recent.requests(),
    switches: recent.switches(),
    traffic: recent.traffic(),
    metrics: metrics.figures(snapshot),
  };
}

function configStatus({ state: { config }, configuration }: Gateway): GatewayStatus["config"] {
  return { ...configuration, offRoutes: config.offRoutes.map(offRoute) };
}

function offRoute({ name, models, variable }: Config["offRoutes"][number]) {
  return { name, models, ...(variable === undefined ? {} : { variable }) };
}

function modelStatuses(gateway: Gateway): ModelStatus[] {
  const states = candidateStates(gateway);
  const keyOf = ({ model, route }: { model: string; route: string }) =>
    JSON.stringify([model, route]);
  // Where two routes share a name, the one that rests is the one to know of.
  const rests = new Map(states.filter(({ rest }) => rest).map((one) => [keyOf(one), one.rest]));
  return gateway.health.table(states).map((line) => ({
    ...line,
    rest: rests.get(keyOf(line)) ?? null,
    trail: gateway.recent.trailOf(line.model, line.route),
  }));
}

function routeStatus(route: Route): RouteStatus {
  const { name, url, protocols, models, isWildcard } = route;
  const host = url.protocol === "stub:" ? url.protocol + url.pathname : url.host;
  return { name, host, protocols, models, isWildcard, auth: authOf(route) };
}

function authOf({ credentials, origin, headers, forwardsClientAuth }: Route): RouteStatus["auth"] {
  const variable = origin.keyVariable;
  if (credentials && variable !== undefined) return { from: "variable", variable };
  if (credentials) return { from: "file" };
  if (forwardsClientAuth) return { from: "client" };
  const header = headers.find(([name]) => isCredentialName(name))?.[0];
  if (header === undefined) return { from: "none" };
  const headerVariable = origin.headerVariables[header];
  return { from: "header", ...(headerVariable === undefined ? {} : { variable: headerVariable }) };
}
