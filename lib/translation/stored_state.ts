/**
 * Requests that hold only a part of their conversation, the rest being stored at the upstream that
 * their protocol belongs to.
 *
 * An upstream of another protocol has no such store. Leaving the field out would ask it about a
 * conversation that it has never seen, so such a request is refused, in words that clients act on.
 *
 * @module
 */
import { GatewayError } from "../base/error.ts";
import type { Protocol } from "../base/protocol.ts";
import type { ChatRequest } from "../chat/request.ts";

/** The fields that stand for something stored, as the source protocol names them. */
const STORED_STATE: Readonly<Record<Protocol, readonly string[]>> = {
  anthropic_messages: ["thread"],
  openai_responses: ["previous_response_id", "conversation", "background", "prompt"],
  openai_chat: [],
};

/** The code by which Anthropic's SDKs know that they must send the whole history instead. */
const THREAD_CODE = "thread_unsupported_request";

/**
 * Refuses a request that needs what only its source protocol's upstream has.
 *
 * @throws {GatewayError} `invalid_request`, naming the field.
 */
export function refuseStoredState(request: ChatRequest): void {
  const { source, extras = {} } = request;
  const field = STORED_STATE[source].find((key) => extras[key] && Object.hasOwn(extras, key));
  if (field === undefined) return;
  const message = `Cannot send ${field} to this model: its upstream keeps no state between ` +
    "requests; send the whole conversation in one request";
  throw new GatewayError("invalid_request", message, {
    param: field,
    ...(field === "thread"
      ? { code: THREAD_CODE, details: { error_code: THREAD_CODE, unsupported: [field] } }
      : { code: "unsupported_parameter" }),
  });
}
