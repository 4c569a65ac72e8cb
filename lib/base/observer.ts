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
  /** An attempt failed, before or after the commit. `detail` is a short, redacted explanation. */
  attemptFailed(
    attempt: AttemptRecord & { requestId: string; protocol: Protocol; detail?: string },
  ): void;
  /** An attempt on a generation endpoint ended, well or not: health is made of these. */
  attemptEnded(attempt: AttemptRecord & { isOk: boolean }): void;
  switched(record: SwitchRecord): void;
  /** A request was answered; for a stream when its first byte left. */
  routed(record: RequestRecord): void;
  /** An upstream refused a parameter, which is left out or renamed from now on. */
  learned(record: { model: string; route: string; param: string; renamedTo?: string }): void;
  /** A request could not be translated. */
  refused(record: { requestId: string; protocol: Protocol; model: string; message: string }): void;
}
