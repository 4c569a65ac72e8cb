/**
 * What an examination of one model of one route comes to.
 *
 * @module
 */
import type { Protocol } from "../base/protocol.ts";
import type { Route, RouteQuirks } from "../config/config.ts";
import type { Candidate } from "../routing/candidate.ts";
import { CAPABILITIES, type CapabilityName, type Finding, type Findings } from "./capability.ts";

/** Something to write into the configuration, and why. */
export interface Prescription {
  /** What is to hold beside what the route has. */
  quirks: RouteQuirks;
  /** What the upstream speaks, when it is not what the route says. */
  protocols?: Protocol[];
  /** The upstream's words that led to it, by key. */
  reasons: Record<string, string>;
}

/** What was found out about one model of one route. */
export interface Examination {
  route: Route;
  model: string;
  /** What was spoken with it. */
  protocol: Protocol;
  findings: Readonly<Record<CapabilityName, Finding>>;
  prescription: Prescription;
  requestCount: number;
  ms: number;
  /** Whether the upstream asked to be left alone. */
  isResting: boolean;
  /** Whether it answers, and was still not asked everything. */
  isCutShort: boolean;
}

/** An examination that was not begun. */
export function notExamined({ route, model }: Candidate, reason: string): Examination {
  return {
    route,
    model,
    protocol: route.protocols[0]!,
    findings: allFindings({}, reason),
    prescription: { quirks: {}, reasons: {} },
    requestCount: 0,
    ms: 0,
    isResting: false,
    isCutShort: false,
  };
}

/** Every finding; what is missing could not be told for one reason. */
export function allFindings(findings: Findings, reason: string): Record<CapabilityName, Finding> {
  const entries = CAPABILITIES.map(({ name }) => [
    name,
    findings[name] ?? { verdict: "unknown", reason },
  ]);
  return Object.fromEntries(entries);
}
