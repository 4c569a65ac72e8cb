/**
 * The gate: a minute of load that only a gross regression fails.
 *
 * Processor time depends on the machine and on who else uses it, so nothing is judged by itself. The
 * gateway's cost is told as a multiple of the cost of a fixed program, `reference.ts`, in the same
 * rounds.
 *
 * @module
 */
import { median, written } from "./quantity.ts";
import type { FigureName, Measured } from "./rounds.ts";
import type { Table } from "./table.ts";
import { type Workload, WORKLOADS } from "./workloads.ts";

/** How much of each workload a minute allows. */
const LOADS: Readonly<Record<string, Pick<Workload, "requests"> & Partial<Workload>>> = {
  json: { requests: { direct: 5_000, nginx: 5_000, reference: 4_000, gateway: 4_000 } },
  "200kb": { requests: { direct: 500, reference: 400, gateway: 600 } },
  "burst-stream": { requests: { direct: 1_000, nginx: 500, reference: 400, gateway: 500 } },
  "burst-translation": { requests: { direct: 1_000, reference: 400, gateway: 400 } },
  "paced-stream": {
    upstream: { chunks: 50, paceMs: 20 },
    requests: { direct: 100, nginx: 200, reference: 200, gateway: 200 },
  },
};

/** What the gate measures: the bench's own workloads, less of them. */
export const QUICK_WORKLOADS: readonly Workload[] = WORKLOADS.flatMap((workload) => {
  const load = LOADS[workload.name];
  return load ? [{ ...workload, ...load }] : [];
});

interface Limit {
  workload: string;
  figure: FigureName;
  /** At most so many times the reference. */
  times: number;
}

/**
 * About twice what was measured when they were set, on a machine that was busy with other things:
 * 2.8, 1.8, 2.4, 2.7 and 1.7.
 */
export const LIMITS: readonly Limit[] = [
  { workload: "json", figure: "cpuUsPerRequest", times: 5 },
  { workload: "200kb", figure: "cpuUsPerRequest", times: 3.5 },
  { workload: "burst-stream", figure: "cpuUsPerRequest", times: 4.5 },
  { workload: "burst-translation", figure: "cpuUsPerRequest", times: 5 },
  { workload: "paced-stream", figure: "cpuUsPerChunk", times: 3.2 },
];

/** Holds what was measured against the limits. */
export function judgeQuick(
  workloads: ReadonlyMap<string, Measured>,
  limits = LIMITS,
): { table: Table; isGood: boolean } {
  const rows = limits.flatMap((limit) => {
    const measured = workloads.get(limit.workload);
    return measured
      ? [{ ...limit, times: timesReference(measured, limit.figure), most: limit.times }]
      : [];
  });
  const isGood = rows.length > 0 && rows.every(({ times, most }) => times <= most);
  const table = [
    ["workload", "times the reference", "at most", ""],
    ...rows.map(({ workload, times, most }) => [
      workload,
      written(times),
      written(most),
      times <= most ? "holds" : "FAILED",
    ]),
  ];
  return { table, isGood };
}

/** In the middle of the rounds: each compares two runs that lie beside each other. */
function timesReference(measured: Measured, figure: FigureName): number {
  const reference = measured.all("reference", figure);
  return median(measured.all("gateway", figure).map((cost, round) => cost / reference[round]!));
}
