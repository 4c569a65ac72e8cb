/**
 * What the gateway tells about its work, to whoever listens: the log, the metrics.
 *
 * @module
 */
import type { Protocol } from "./protocol.ts";

/** One upstream HTTP request, as headers and logs tell it. */
export interface AttemptRecord {
  model: string;
  route: string;
  /** The upstream's status; absent when there was none. */
  status?: number;
  /** A word for a failure without a telling status: `timeout`, `reset`, `malformed`, … */
  reason?: string;
  ms: number;
}

/** One finished request. */
export interface RequestRecord {
  requestId: string;
  protocol: Protocol;
  endpoint: string;
  /** The model that the client asked for. */
  requestedModel: string;
  /** The last candidate tried; absent when none was. */
  model?: string;
  route?: string;
  status: number;
  attempts: readonly AttemptRecord[];
  ms: number;
  isStream: boolean;
  losses: readonly string[];
}

/** Tokens of one answer, as its upstream counted them; what it did not say is absent. */
export interface TokenCounts {
  /** All of the prompt, what a cache held included. */
  inputTokens?: number;
  cacheReadTokens?: number;
  cacheWriteTokens?: number;
  /** All of the answer, thoughts included. */
  outputTokens?: number;
  reasoningTokens?: number;
}

/** The end of a request that was told as routed. */
export interface FinishRecord {
  requestId: string;
  protocol: Protocol;
  /** The candidate that answered, or the last that was tried; absent when none was. */
  model?: string;
  route?: string;
  isStream: boolean;
  /** From the request's arrival to the last byte that was handed over. */
  ms: number;
  usage: TokenCounts;
}

/** A request that was turned away before any candidate was looked for. */
export interface RejectRecord {
  requestId: string;
  /** In whose shape the client was told. */
  protocol: Protocol;
  /** The path below the version segment; absent for a path outside the API. */
  endpoint?: string;
  status: number;
  /** The error's code, or its kind where it has none. */
  code: string;
  /** What the client was told. */
  message: string;
  ms: number;
}

/** One change of candidate within a request. */
export interface SwitchRecord {
  requestId: string;
  protocol: Protocol;
  fromModel: string;
  fromRoute: string;
  toModel: string;
  toRoute: string;
  status?: number;
  reason?: string;
}

/** Hears what happens. Implementations must not throw, and must not wait. */
export interface Observer {
  /**
   * An attempt failed, before or after the commit. `detail` is a short, redacted explanation;
   * `isCommitted`: its answer had begun to reach the client.
   */
  attemptFailed(
    attempt: AttemptRecord & {
      requestId: string;
      protocol: Protocol;
      detail?: string;
      isCommitted?: boolean;
    },
  ): void;
  /** An attempt on a generation endpoint ended, well or not: health is made of these. */
  attemptEnded(attempt: AttemptRecord & { isOk: boolean }): void;
  switched(record: SwitchRecord): void;
  /** A request was answered; for a stream when its first byte left. */
  routed(record: RequestRecord): void;
  /** The answer to a routed request reached its end, well or not: told once for each. */
  finished(record: FinishRecord): void;
  /** A request was turned away with an error of the gateway's own. */
  rejected(record: RejectRecord): void;
  /** The configuration's file was read anew; `isTaken`: what it says is now in use. */
  reloaded(record: { isTaken: boolean }): void;
  /** A request found no next attempt, as too many lately failed. */
  heldBack(record: { requestId: string; protocol: Protocol }): void;
  /** An upstream refused a parameter, which is left out or renamed from now on. */
  learned(record: { model: string; route: string; param: string; renamedTo?: string }): void;
  /** A request could not be translated. */
  refused(record: { requestId: string; protocol: Protocol; model: string; message: string }): void;
}
