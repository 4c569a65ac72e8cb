/**
 * Failures on this protocol's wire, both ways.
 *
 * @see {@link https://platform.claude.com/docs/en/api/errors}
 * @module
 */
import {
  type ErrorKind,
  type GatewayError,
  kindOfStatus,
  STATUS_OF_KIND,
} from "../../base/error.ts";
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import type { UpstreamFault } from "../../chat/response.ts";
import { contextOverflow, overflowMessage } from "../context_overflow.ts";

const TYPE_OF_KIND: Readonly<Record<ErrorKind, string>> = {
  invalid_request: "invalid_request_error",
  authentication: "authentication_error",
  billing: "billing_error",
  permission: "permission_error",
  not_found: "not_found_error",
  method_not_allowed: "invalid_request_error",
  conflict: "conflict_error",
  too_large: "request_too_large",
  unsupported_media_type: "invalid_request_error",
  unprocessable: "invalid_request_error",
  rate_limit: "rate_limit_error",
  internal: "api_error",
  upstream: "api_error",
  unavailable: "api_error",
  timeout: "timeout_error",
  overloaded: "overloaded_error",
};

const KIND_OF_TYPE: ReadonlyMap<JsonValue | undefined, ErrorKind> = new Map<
  JsonValue | undefined,
  ErrorKind
>([
  ["invalid_request_error", "invalid_request"],
  ["authentication_error", "authentication"],
  ["billing_error", "billing"],
  ["permission_error", "permission"],
  ["not_found_error", "not_found"],
  ["conflict_error", "conflict"],
  ["request_too_large", "too_large"],
  ["rate_limit_error", "rate_limit"],
  ["timeout_error", "timeout"],
  ["overloaded_error", "overloaded"],
  ["api_error", "internal"],
]);

/** Anthropic says 400 when the account is empty; only the words tell it from a bad request. */
const EMPTY_ACCOUNT = "credit balance is too low";

/**
 * Reads an error answer, or the data of an `error` event.
 *
 * @param status The HTTP status; below 400 for an error inside a success, whose type then decides.
 * @param body The parsed body; `undefined` when it was not JSON.
 */
export function decodeError(status: number, body: JsonValue | undefined): UpstreamFault {
  const error = errorObject(body);
  const message = errorMessage(error, body) ?? `The upstream answered ${status} without a message`;
  const named = KIND_OF_TYPE.get(error.type);
  const isStatusTelling = status >= 400;
  const kind = isStatusTelling ? kindOfStatus(status) : named ?? "upstream";
  const code = errorCode(error);
  const param = error.param;
  return {
    kind: message.includes(EMPTY_ACCOUNT) ? "billing" : kind,
    status: isStatusTelling ? status : STATUS_OF_KIND[kind],
    message,
    ...(code !== undefined && { code }),
    ...(typeof param === "string" && { param }),
  };
}

function errorObject(body: JsonValue | undefined): JsonObject {
  // Some servers wrap the object into a list of one.
  const outer = Array.isArray(body) ? body[0] : body;
  if (!isObject(outer)) return {};
  return isObject(outer.error) ? outer.error : outer;
}

function errorMessage(error: JsonObject, body: JsonValue | undefined): string | undefined {
  const found = [error.message, error.detail, error.error, body]
    .find((value) => typeof value === "string" && value !== "");
  return typeof found === "string" ? found : undefined;
}

function errorCode({ details, code, type }: JsonObject): string | undefined {
  const found = [isObject(details) ? details.error_code : undefined, code, type]
    .find((value) => typeof value === "string" || typeof value === "number");
  return found === undefined ? undefined : String(found);
}

/** What an error body is made from: the gateway's own failures and those of upstreams. */
type Failure = Pick<GatewayError, "kind" | "message"> & {
  code?: string | undefined;
  details?: Record<string, unknown> | undefined;
};

/** The inner `error` object, in the words of this protocol. */
export function errorWire(failure: Failure): JsonObject {
  const overflow = contextOverflow(failure);
  if (overflow !== undefined) {
    const hasFigures = overflow.tokens !== undefined || overflow.maximum !== undefined;
    const said = hasFigures ? "" : `: ${failure.message}`;
    return { type: "invalid_request_error", message: overflowMessage(overflow) + said };
  }
  return {
    type: TYPE_OF_KIND[failure.kind],
    message: failure.message,
    ...(failure.details !== undefined && { details: failure.details as JsonObject }),
  };
}

/** Writes an error answer. */
export function encodeError(error: GatewayError, requestId: string): JsonObject {
  return { type: "error", error: errorWire(error), request_id: requestId };
}
