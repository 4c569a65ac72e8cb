/**
 * Joins two codecs: what a client sent for an upstream, what an upstream answered for the client.
 *
 * Every step goes through the canonical conversation, and each half is a function of its own: a
 * request is decoded once and encoded for as many upstreams as are asked, and an answer is looked
 * at between its two halves. Streams are in `stream_translation.ts`. Pure.
 *
 * @module
 */
import { GatewayError } from "../base/error.ts";
import { isObject, type JsonObject, type JsonValue, typeName } from "../base/json.ts";
import { expandResponse } from "../chat/expand.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { ChatResponse } from "../chat/response.ts";
import type { AnswerContext, Codec, EncodedRequest, Quirks } from "./codec.ts";
import { faultError } from "./fault.ts";
import { refuseStoredState } from "./stored_state.ts";
import { withFreeformCalls } from "./freeform_calls.ts";
import { StreamWriting } from "./stream_writing.ts";

const NONE: ReadonlySet<string> = new Set();

/** To whom an answer goes. */
export interface AnswerTarget {
  /** The codec of the protocol in which the client asked. */
  client: Codec;
  context: AnswerContext;
}

/**
 * Reads a client's body.
 *
 * @throws {GatewayError} `invalid_request`, naming the place, for a body the protocol forbids.
 */
export function decodeRequest(body: JsonValue, client: Codec): ChatRequest {
  if (isObject(body)) return client.decodeRequest(body);
  throw new GatewayError(
    "invalid_request",
    `Cannot read the request body: expected an object, got ${typeName(body)}`,
  );
}

/**
 * Writes a request for one upstream, under the name by which that upstream knows the model.
 *
 * @throws {GatewayError} `invalid_request` for what can be neither carried nor left out.
 */
export function encodeRequest(
  request: ChatRequest,
  { upstream, model, quirks }: { upstream: Codec; model: string; quirks: Quirks },
): EncodedRequest {
  if (upstream.protocol !== request.source) refuseStoredState(request);
  return upstream.encodeRequest({ ...request, model }, quirks);
}

/**
 * Reads an upstream's whole answer.
 *
 * @param body The parsed body; `undefined` when it was not JSON.
 * @throws {GatewayError} For a body that holds no answer: its own error's kind when it holds one,
 *   else `upstream`.
 */
export function decodeAnswer(body: JsonValue | undefined, upstream: Codec): ChatResponse {
  if (!isObject(body)) {
    const what = body === undefined ? "no JSON" : typeName(body);
    throw new GatewayError("upstream", `Cannot read the upstream's answer: it is ${what}`);
  }
  try {
    return upstream.decodeResponse(body);
  } catch (error) {
    // Some servers report a failure with status 200; what it says is worth more than its shape.
    if (!(error instanceof GatewayError) || !body.error) throw error;
    throw faultError(upstream.decodeError(200, body));
  }
}

/** Writes a whole answer as the client's JSON. */
export function encodeAnswer(
  response: ChatResponse,
  { client, context }: AnswerTarget,
): JsonObject {
  return client.encodeResponse(withFreeformCalls(response, context.freeformTools ?? NONE), context);
}

/** Writes a whole answer as the bytes of a stream, for a client that asked for one. */
export function encodeAnswerAsStream(
  response: ChatResponse,
  { client, context }: AnswerTarget,
): Uint8Array<ArrayBuffer> {
  const whole = withFreeformCalls(response, context.freeformTools ?? NONE);
  return new StreamWriting(client, context).push(expandResponse(whole));
}
