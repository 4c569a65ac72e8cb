/**
 * A client's request to a chat endpoint, read and ready to be tried at candidates.
 *
 * @module
 */
import { badRequest } from "../base/error.ts";
import { type JsonObject, typeName } from "../base/json.ts";
import type { JsonBody } from "../base/json_body.ts";
import type { Protocol } from "../base/protocol.ts";

/** One request of a client. */
export interface ChatCall {
  /** Our own id of the request. */
  id: string;
  /** The protocol that the client speaks. */
  protocol: Protocol;
  /** The path below the version segment. */
  endpoint: string;
  /** The query string, with its `?`; empty when there is none. */
  query: string;
  headers: Headers;
  body: JsonBody;
  /** The model as the client named it. */
  model: string;
  isStream: boolean;
  /** Whether a translation that changes the meaning is refused. */
  isStrict: boolean;
  /** When the request came, on the monotonic clock. */
  receivedAtMs: number;
  /** Takes the items of an answer to which the client may only refer later. */
  rememberItems?: (items: readonly JsonObject[]) => void;
  /** Aborted when the client leaves. */
  signal: AbortSignal;
}

/**
 * The model that a body names.
 *
 * @throws {GatewayError} `invalid_request` when it names none.
 */
export function modelOf({ model }: JsonObject): string {
  if (model === undefined || model === null) throw badRequest("model", "missing");
  if (typeof model !== "string") {
    throw badRequest("model", `expected a string, got ${typeName(model)}`);
  }
  if (model.trim() === "") {
    throw badRequest("model", "expected a model's name, got an empty string");
  }
  return model;
}

/**
 * Whether a body asks for a stream.
 *
 * @throws {GatewayError} `invalid_request` for what is neither yes nor no.
 */
export function isStream({ stream }: JsonObject): boolean {
  if (stream === undefined || stream === null || typeof stream === "boolean") {
    return stream === true;
  }
  throw badRequest("stream", `expected a boolean, got ${typeName(stream)}`);
}
