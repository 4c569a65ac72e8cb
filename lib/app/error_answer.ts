/**
 * The one place where an error becomes an answer, in the client's own protocol.
 *
 * @module
 */
import { GatewayError } from "../base/error.ts";
import type { Protocol } from "../base/protocol.ts";
import { codecOf } from "../translation/codecs.ts";

/** To whom an error is told. */
export interface ErrorClient {
  protocol: Protocol;
  requestId: string;
}

/** A failure that nobody foresaw, as the client may know it: without its message or its stack. */
export function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof RangeError && error.message.includes("call stack")) {
    return new GatewayError("invalid_request", "The request body is nested too deeply");
  }
  return new GatewayError("internal", "The gateway failed; its log says more", { cause: error });
}

/** Answers with an error. */
export function errorAnswer(
  error: GatewayError,
  { protocol, requestId }: ErrorClient,
): Response {
  const codec = codecOf(protocol);
  const response = Response.json(codec.encodeError(error, requestId), { status: error.status });
  const wait = error.details?.["retry_after_seconds"];
  if (typeof wait === "number") response.headers.set("retry-after", String(wait));
  return response;
}
