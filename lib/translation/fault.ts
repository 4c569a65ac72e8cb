/**
 * An upstream's report of failure as an error that a client is told about, and the reports that
 * the gateway itself makes about an upstream's answer.
 *
 * @module
 */
import { GatewayError, type GatewayErrorOptions } from "../base/error.ts";
import type { Redact } from "../base/redaction.ts";
import type { UpstreamFault } from "../chat/response.ts";

/** The code of a stream that broke off or cannot be read any further. */
export const STREAM_INTERRUPTED = "stream_interrupted";

/** The error that tells a client of `fault`, in the upstream's words. */
export function faultError(fault: UpstreamFault): GatewayError {
  const options: GatewayErrorOptions = { status: fault.status };
  if (fault.code !== undefined) options.code = fault.code;
  if (fault.param !== undefined) options.param = fault.param;
  return new GatewayError(fault.kind, fault.message, options);
}

/** The longest message of an upstream that a client is shown, in UTF-16 units. */
const MAX_ERROR_MESSAGE = 2048;

/** The same, fit to be shown: without secrets, and cut. */
export function toldError(fault: UpstreamFault, redact: Redact): GatewayError {
  const shown = (text: string) => redact(text).slice(0, MAX_ERROR_MESSAGE).toWellFormed();
  const told = { ...fault, message: shown(fault.message) };
  if (fault.code !== undefined) told.code = shown(fault.code);
  if (fault.param !== undefined) told.param = shown(fault.param);
  return faultError(told);
}

/**
 * The fault of an answer that is not what its protocol says, or that is not whole.
 *
 * Inside a stream there is no status to go by: OpenClaw asks again when it reads "upstream error",
 * and gives up when it reads nothing that it knows.
 */
export function brokenAnswer(what: string): UpstreamFault {
  const message = `Upstream error: ${what}`;
  return { kind: "upstream", status: 502, message, code: STREAM_INTERRUPTED };
}
