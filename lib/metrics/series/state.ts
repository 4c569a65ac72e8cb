/**
 * What is going on at this moment.
 *
 * @module
 */
import { gauge } from "../gauge.ts";
import type { Snapshot } from "../snapshot.ts";

const REASONS = ["failure", "directed", "key-rejected"] as const;
/** More candidates than this are only counted. */
const MAX_CANDIDATES = 1_000;

/** Streams under way. */
export const openStreams = gauge({
  name: "gateway_open_streams",
  help: "Streamed answers that have begun and not ended",
  read: ({ openStreamCount }) => openStreamCount,
});

/** Requests under way that nobody has answered. */
export const waitingRequests = gauge({
  name: "gateway_waiting_requests",
  help: "Requests whose answer has not begun",
  read: ({ waitingRequestCount }) => waitingRequestCount,
});

/** How many rest, and why. */
export const cooldowns = gauge({
  name: "gateway_cooldowns_active",
  help: "Candidates that rest, by reason: their failure, their upstream's word, their refused key",
  labels: ["reason"],
  read: ({ candidates }) =>
    REASONS.map((reason) => ({
      labels: [reason],
      value: candidates.filter(({ rest }) => rest?.reason === reason).length,
    })),
});

/** Who rests, and for how long. */
export const resting = gauge({
  name: "gateway_candidate_rest_seconds",
  help: "How much longer a candidate rests; 0 while it may be asked",
  labels: ["model", "route"],
  read: ({ candidates }) =>
    distinct(candidates).slice(0, MAX_CANDIDATES).map(({ model, route, rest }) => ({
      labels: [model, route],
      value: (rest?.remainingMs ?? 0) / 1000,
    })),
});

/** Two routes may have one name; a family must not hold the same labels twice. */
function distinct(candidates: Snapshot["candidates"]): Snapshot["candidates"] {
  const byName = new Map(candidates.map((one) => [JSON.stringify([one.model, one.route]), one]));
  return [...byName.values()];
}

/** Lines that nobody will read. */
export const droppedLogLines = gauge({
  name: "gateway_log_lines_dropped_total",
  type: "counter",
  help: "Log lines that were dropped, as what they are written to was too slow or gone",
  read: ({ droppedLogLineCount }) => droppedLogLineCount,
});
