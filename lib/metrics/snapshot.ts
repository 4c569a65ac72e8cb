/**
 * What is looked at when somebody reads the metrics, rather than counted before.
 *
 * @module
 */

/** A candidate of the configuration, and its rest. */
export interface CandidateState {
  model: string;
  route: string;
  /** Absent while it may be asked. */
  rest?: {
    reason: "failure" | "directed" | "key-rejected";
    /** How much longer, in milliseconds. */
    remainingMs: number;
    status?: number;
  };
}

/** The process, as the operating system and its runtime see it. */
export interface ProcessFigures {
  residentBytes: number;
  heapUsedBytes: number;
}

/** The state of one moment. */
export interface Snapshot {
  version: string;
  /** Wall clock, in milliseconds since the epoch. */
  startedAtMs: number;
  uptimeMs: number;
  process: ProcessFigures;
  /** Streams whose answers have begun and not ended. */
  openStreamCount: number;
  /** Requests whose answers have not begun. */
  waitingRequestCount: number;
  candidates: readonly CandidateState[];
  droppedLogLineCount: number;
  /** When the configuration in use was loaded: wall clock, in milliseconds since the epoch. */
  configLoadedAtMs: number;
  /** What is wrong with the file as it stands now; 0 when it is the one in use. */
  configProblemCount: number;
}
