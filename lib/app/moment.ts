/**
 * The state of this moment, gathered for those who look: `/metrics` and the dashboard.
 *
 * @module
 */
import type { CandidateState, Snapshot } from "../metrics/snapshot.ts";
import { candidateOf } from "../routing/candidate.ts";
import type { Gateway } from "./gateway.ts";
import { Relay } from "./relay.ts";

/** Every model of every route by name, and its rest. */
export function candidateStates({ state }: Gateway): CandidateState[] {
  return state.config.routes.flatMap((route) =>
    route.models.map((model) => {
      const rest = state.fallback.restOf(candidateOf(route, model));
      return { model, route: route.name, ...(rest ? { rest } : {}) };
    })
  );
}

/** What metrics read when somebody asks for them. */
export function snapshotOf(gateway: Gateway): Snapshot {
  const { process, configuration, openStreams, version } = gateway;
  const openStreamCount = [...openStreams].filter((one) => one instanceof Relay).length;
  return {
    version,
    startedAtMs: process.startedAtMs,
    uptimeMs: process.uptimeMs(),
    process: process.memory(),
    openStreamCount,
    waitingRequestCount: openStreams.size - openStreamCount,
    candidates: candidateStates(gateway),
    droppedLogLineCount: process.droppedLogLineCount(),
    configLoadedAtMs: configuration.loadedAtMs,
    configProblemCount: configuration.problems.length,
  };
}
