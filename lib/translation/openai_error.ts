/**
 * The error object that both OpenAI protocols share, written for clients and read from upstreams.
 *
 * Writing is strict: `message`, `type`, `code` and `param` are always there, because SDKs read them
 * without asking. Reading takes every shape that servers with an OpenAI surface were seen to send:
 * an object, a bare text, a list with one object, FastAPI's `detail`, a wrapped error of the
 * provider behind an aggregator.
 *
 * @see {@link https://platform.openai.com/docs/guides/error-codes}
 * @module
 */
import { type ErrorKind, type GatewayError, kindOfStatus } from "../base/error.ts";
import { isObject, type JsonObject, type JsonValue, parseJson } from "../base/json.ts";
import type { UpstreamFault } from "../chat/response.ts";
import { contextOverflow } from "./context_overflow.ts";

/** The code by which agents know that they must shorten the conversation. */
const CONTEXT_OVERFLOW_CODE = "context_length_exceeded";

/** How each kind of failure is called; `code` is what it gets when it brings none. */
const WORDS_OF_KIND: Readonly<Record<ErrorKind, { type: string; code?: string }>> = {
  invalid_request: { type: "invalid_request_error" },
  authentication: { type: "authentication_error", code: "invalid_api_key" },
  billing: { type: "insufficient_quota", code: "insufficient_quota" },
  permission: { type: "permission_error" },
  not_found: { type: "not_found_error" },
  method_not_allowed: { type: "invalid_request_error", code: "method_not_allowed" },
  conflict: { type: "invalid_request_error" },
  too_large: { type: "invalid_request_error", code: "request_too_large" },
  unsupported_media_type: { type: "invalid_request_error", code: "unsupported_media_type" },
  unprocessable: { type: "invalid_request_error" },
  rate_limit: { type: "rate_limit_error", code: "rate_limit_exceeded" },
  internal: { type: "server_error", code: "server_error" },
  upstream: { type: "server_error", code: "server_error" },
  unavailable: { type: "server_error", code: "server_error" },
  timeout: { type: "server_error", code: "timeout" },
  overloaded: { type: "server_error", code: "server_is_overloaded" },
};

/**
 * The statuses that error words stand for, for an error that came inside a 200. Words of OpenAI,
 * of Anthropic and of Google, which all stand behind servers with an OpenAI surface.
 */
const STATUS_OF_WORD: ReadonlyMap<string, number> = new Map([
  ["invalid_request_error", 400],
  ["invalid_prompt", 400],
  ["INVALID_ARGUMENT", 400],
  ["FAILED_PRECONDITION", 400],
  [CONTEXT_OVERFLOW_CODE, 400],
  ["authentication_error", 401],
  ["invalid_api_key", 401],
  ["UNAUTHENTICATED", 401],
  ["billing_error", 402],
  ["insufficient_quota", 402],
  ["permission_error", 403],
  ["PERMISSION_DENIED", 403],
  ["not_found_error", 404],
  ["model_not_found", 404],
  ["NOT_FOUND", 404],
  ["request_too_large", 413],
  ["rate_limit_error", 429],
  ["rate_limit_exceeded", 429],
  ["too_many_requests", 429],
  ["RESOURCE_EXHAUSTED", 429],
  ["server_error", 500],
  ["api_error", 500],
  ["internal_server_error", 500],
  ["INTERNAL", 500],
  ["UNAVAILABLE", 503],
  ["service_unavailable", 503],
  ["timeout", 504],
  ["timeout_error", 504],
  ["DEADLINE_EXCEEDED", 504],
  ["overloaded_error", 529],
  ["server_is_overloaded", 529],
  ["slow_down", 529],
]);

/** The status of an error inside a 200 that says nothing about its kind. */
const UNNAMED_STATUS = 502;

/** How deep an error may be wrapped in others before the rest is left unread. */
const MAX_WRAPPING = 4;

/** The error body that an OpenAI client expects; the HTTP status is `error.status`. */
export function encodeOpenAiError(error: GatewayError): JsonObject {
  const words = WORDS_OF_KIND[error.kind];
  const overflow = contextOverflow(error) !== undefined;
  const body: JsonObject = {
    message: error.message,
    type: words.type,
    code: overflow ? CONTEXT_OVERFLOW_CODE : error.code ?? words.code ?? null,
    param: error.param ?? null,
  };
  if (error.details !== undefined) body.details = error.details as JsonObject;
  return { error: body };
}

/**
 * Reads the error that an upstream with an OpenAI surface sent.
 *
 * @param status The HTTP status; below 400 when the error came inside a success, and then the
 *   fault's status is the one that its words stand for.
 * @param body The parsed body, or `undefined` when it was not JSON.
 */
export function decodeOpenAiError(status: number, body: JsonValue | undefined): UpstreamFault {
  const found = readError(body, 0);
  const faultStatus = status >= 400 ? status : found.status ?? UNNAMED_STATUS;
  const fault: UpstreamFault = {
    kind: kindOfStatus(faultStatus),
    status: faultStatus,
    message: found.message ?? `The upstream answered with status ${status} and no message`,
  };
  if (found.code !== undefined) fault.code = found.code;
  if (found.param !== undefined) fault.param = found.param;
  return fault;
}

/** What an error object says; every field is absent when it does not. */
interface FoundError {
  message?: string;
  code?: string;
  param?: string;
  status?: number;
}

function readError(value: JsonValue | undefined, depth: number): FoundError {
  if (depth > MAX_WRAPPING) return {};
  if (typeof value === "string") return value === "" ? {} : { message: value };
  if (Array.isArray(value)) return readError(value[0], depth + 1);
  if (!isObject(value)) return {};
  const inner = value.error ?? value.errors;
  if (inner !== undefined && inner !== null && inner !== false) {
    // Fields beside the wrapper (`{error: "Not Found", message: …}`) say more.
    return joined(readError(inner, depth + 1), readObject(value));
  }
  const found = readObject(value);
  const wrapped = readWrapped(value, depth);
  return wrapped === undefined ? found : joined(found, wrapped);
}

function readObject(value: JsonObject): FoundError {
  const found: FoundError = {};
  const message = messageOf(value);
  if (message !== undefined) found.message = message;
  const code = codeOf(value);
  if (code !== undefined) found.code = code;
  if (typeof value.param === "string") found.param = value.param;
  const status = statusOf(value);
  if (status !== undefined) found.status = status;
  return found;
}

function messageOf(value: JsonObject): string | undefined {
  for (const candidate of [value.message, value.msg, value.detail]) {
    if (typeof candidate === "string" && candidate !== "") return candidate;
    // FastAPI reports a list of `{loc, msg}`; some servers nest `{message: {message}}`.
    const first = Array.isArray(candidate) ? candidate[0] : candidate;
    if (typeof first === "string" && first !== "") return first;
    if (!isObject(first)) continue;
    const nested = [first.message, first.msg].find((one) => typeof one === "string" && one !== "");
    if (nested !== undefined) return nested as string;
  }
  return undefined;
}

/** A machine-readable name; OpenAI's `…_error` types are classes, not codes. */
function codeOf(value: JsonObject): string | undefined {
  const { code, status, type } = value;
  if (typeof code === "string" && code !== "") return code;
  if (typeof status === "string" && status !== "") return status;
  const isName = typeof type === "string" && type !== "" && type !== "error" &&
    !type.endsWith("_error");
  return isName ? type : undefined;
}

function statusOf(value: JsonObject): number | undefined {
  for (const word of [value.code, value.status, value.type]) {
    if (typeof word !== "string" && typeof word !== "number") continue;
    const status = STATUS_OF_WORD.get(String(word)) ?? Number(word);
    if (Number.isInteger(status) && status >= 400 && status <= 599) return status;
  }
  return undefined;
}

/** OpenRouter puts the error of the provider behind it into `metadata.raw`, often as JSON text. */
function readWrapped(value: JsonObject, depth: number): FoundError | undefined {
  const raw = isObject(value.metadata) ? value.metadata.raw : undefined;
  if (raw === undefined || raw === null) return undefined;
  return readError(typeof raw === "string" ? parseJson(raw) ?? raw : raw, depth + 1);
}

/** Both errors as one: the first's fields, filled up with the second's, and both messages. */
function joined(first: FoundError, second: FoundError): FoundError {
  const messages = [first.message, second.message].filter((one) => one !== undefined);
  if (messages.length === 0) return { ...second, ...first };
  return { ...second, ...first, message: [...new Set(messages)].join(": ") };
}
