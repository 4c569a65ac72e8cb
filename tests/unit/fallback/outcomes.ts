/**
 * Endings of attempts for tests.
 *
 * @module
 */
import { GatewayError, kindOfStatus } from "../../../lib/base/error.ts";
import type { UpstreamFault } from "../../../lib/chat/response.ts";
import type { Outcome } from "../../../lib/fallback/outcome.ts";

const NO_BYTES = new Uint8Array(0);

/** A whole answer, with content unless it is empty. */
export function answered({ isEmpty = false } = {}): Outcome {
  const body = { kind: "whole", bytes: NO_BYTES, usage: {} } as const;
  const answer = { status: 200, headers: new Headers(), body, losses: [], isEmpty };
  return { kind: "answered", answer };
}

/** An upstream that says no. */
export function refused(
  status: number,
  { fault = {}, headers = {} }: {
    fault?: Partial<UpstreamFault>;
    headers?: Record<string, string>;
  } = {},
): Outcome {
  return {
    kind: "status",
    status,
    headers: new Headers(headers),
    bytes: NO_BYTES,
    fault: { kind: kindOfStatus(status), status, message: "no", ...fault },
  };
}

/** A request that cannot be written for the upstream. */
export function untranslatable(code?: string): Outcome {
  const error = new GatewayError("invalid_request", "no", code === undefined ? {} : { code });
  return { kind: "untranslatable", error };
}
