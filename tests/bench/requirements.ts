/**
 * What the gateway must reach, what it aims at, and whether it does: pure.
 *
 * @module
 */
import type { ContenderName } from "./contenders/contender.ts";
import type { Growth } from "./growth.ts";
import type { FigureName, Measured } from "./rounds.ts";
import type { StartUp } from "./start_up.ts";

/** Everything that was measured; what was left out is absent. */
export interface Results {
  /** By the name of the workload. */
  workloads: ReadonlyMap<string, Measured>;
  growth?: Growth;
  startUp?: StartUp;
}

/** One requirement. */
export interface Requirement {
  title: string;
  /** The unit of the gateway's own figure. */
  unit: string;
  /** What the value is compared to, and how, for readers. */
  comparison: string;
  /** Whether a larger value is the better one. */
  isMoreBetter: boolean;
  must: number;
  aim: number;
  /** The gateway's own figure. */
  figure: (results: Results) => number | undefined;
  /** What has to hold `must`: mostly a ratio. */
  value: (results: Results) => number | undefined;
}

/** What came of a requirement. */
export type Verdict = "aim" | "must" | "missed" | "not measured";

/** A requirement with what was found. */
export interface Judged extends Omit<Requirement, "figure" | "value"> {
  figure: number | undefined;
  value: number | undefined;
  verdict: Verdict;
}

/** Holds the results against the requirements. */
export function judge(results: Results, requirements = REQUIREMENTS): Judged[] {
  return requirements.map((requirement) => {
    const figure = requirement.figure(results);
    const value = requirement.value(results);
    return { ...requirement, figure, value, verdict: verdictOn(requirement, value) };
  });
}

function verdictOn({ must, aim, isMoreBetter }: Requirement, value: number | undefined): Verdict {
  if (value === undefined || Number.isNaN(value)) return "not measured";
  const holds = (limit: number) => isMoreBetter ? value >= limit : value <= limit;
  if (holds(aim)) return "aim";
  return holds(must) ? "must" : "missed";
}

interface Comparison {
  title: string;
  workload: string;
  figure: FigureName;
  unit: string;
  peer: ContenderName;
  must: number;
  aim: number;
  isMoreBetter: boolean;
}

/** The gateway's figure as a multiple of a peer's. */
function timesPeer(comparison: Comparison): Requirement {
  const { title, unit, workload, figure, peer, must, aim, isMoreBetter } = comparison;
  const of = (results: Results, name: ContenderName) =>
    results.workloads.get(workload)?.of(name, figure);
  return {
    title,
    unit,
    comparison: `times ${peer}`,
    must,
    aim,
    isMoreBetter,
    figure: (results) => of(results, "gateway"),
    value: (results) => ratio(of(results, "gateway"), of(results, peer)),
  };
}

/** Undefined as soon as one side is. */
function ratio(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one / other;
}

/** What standing in between adds to the time of one answer. */
function addedUs(results: Results, name: ContenderName): number | undefined {
  const measured = results.workloads.get("one-by-one");
  const [own, direct] = [measured?.of(name, "p50Us"), measured?.of("direct", "p50Us")];
  return own === undefined || direct === undefined ? undefined : own - direct;
}

/** A value that stands for itself. */
function plain(
  requirement: Omit<Requirement, "figure" | "comparison" | "isMoreBetter">,
): Requirement {
  return { ...requirement, comparison: "as it is", isMoreBetter: false, figure: requirement.value };
}

/** The table. */
export const REQUIREMENTS: readonly Requirement[] = [
  timesPeer({
    title: "1 KB request, CPU",
    workload: "json",
    figure: "cpuUsPerRequest",
    unit: "µs a request",
    peer: "Portkey",
    must: 1 / 6,
    aim: 1 / 9,
    isMoreBetter: false,
  }),
  {
    title: "one at a time, added to the median",
    unit: "µs",
    comparison: "times nginx",
    must: 2,
    aim: 1.5,
    isMoreBetter: false,
    figure: (results) => addedUs(results, "gateway"),
    value: (results) => ratio(addedUs(results, "gateway"), addedUs(results, "nginx")),
  },
  timesPeer({
    title: "200 KB request",
    workload: "200kb",
    figure: "requestsPerSecond",
    unit: "requests/s",
    peer: "Portkey",
    must: 10,
    aim: 14,
    isMoreBetter: true,
  }),
  timesPeer({
    title: "4 MB request",
    workload: "4mb",
    figure: "requestsPerSecond",
    unit: "requests/s",
    peer: "Portkey",
    must: 6,
    aim: 9,
    isMoreBetter: true,
  }),
  timesPeer({
    title: "paced stream, CPU",
    workload: "paced-stream",
    figure: "cpuUsPerChunk",
    unit: "µs a chunk",
    peer: "nginx",
    must: 1.4,
    aim: 1.15,
    isMoreBetter: false,
  }),
  timesPeer({
    title: "burst stream",
    workload: "burst-stream",
    figure: "requestsPerSecond",
    unit: "streams/s",
    peer: "Portkey",
    must: 2,
    aim: 4,
    isMoreBetter: true,
  }),
  timesPeer({
    title: "paced Messages → Chat, CPU",
    workload: "paced-translation",
    figure: "cpuUsPerChunk",
    unit: "µs a chunk",
    peer: "claude-code-router",
    must: 0.6,
    aim: 0.45,
    isMoreBetter: false,
  }),
  timesPeer({
    title: "burst Messages → Chat",
    workload: "burst-translation",
    figure: "requestsPerSecond",
    unit: "streams/s",
    peer: "claude-code-router",
    must: 4,
    aim: 6,
    isMoreBetter: true,
  }),
  plain({
    title: "1,000 streams, p99 of their time",
    unit: "of the ideal",
    must: 1.05,
    aim: 1.03,
    value: ({ workloads }) => workloads.get("thousand-streams")?.of("gateway", "p99OfIdeal"),
  }),
  plain({
    title: "1,000 streams, memory",
    unit: "MiB",
    must: 300,
    aim: 200,
    value: ({ workloads }) => workloads.get("thousand-streams")?.of("gateway", "peakMiB"),
  }),
  {
    title: "start to first answer",
    unit: "ms",
    comparison: "times an empty program",
    must: 2,
    aim: 1.7,
    isMoreBetter: false,
    figure: ({ startUp }) => startUp?.gatewayMs,
    value: ({ startUp }) => ratio(startUp?.gatewayMs, startUp?.emptyMs),
  },
  plain({
    title: "idle memory",
    unit: "MiB",
    must: 60,
    aim: 45,
    value: ({ startUp }) => startUp?.idleMiB,
  }),
  plain({
    title: "1 to 100 routes with 1 to 50 models, CPU",
    unit: "most of least",
    must: 1.1,
    aim: 1.05,
    value: ({ growth }) => growth?.routes,
  }),
  plain({
    title: "history of 1,000 messages, CPU a message",
    unit: "of that at 100",
    must: 1.2,
    aim: 1.1,
    value: ({ growth }) => growth?.history,
  }),
];
