/**
 * What a protocol's codec does. Everything in a codec is pure: ids and times are handed in.
 *
 * @module
 */
import type { GatewayError } from "../base/error.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { Protocol } from "../base/protocol.ts";
import type { Loss } from "../chat/loss.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { ChatResponse, UpstreamFault } from "../chat/response.ts";
import type { StreamEvent } from "../chat/stream_event.ts";
import type { SseMessage } from "../sse/parser.ts";

/** What an upstream needs that its protocol's specification does not say. */
export interface Quirks {
  /** The name under which a Chat upstream takes the answer's limit. Default: `max_tokens`. */
  maxTokensField?: "max_tokens" | "max_completion_tokens";
  /** Whether a Chat upstream wants earlier thoughts back as `reasoning_content`. */
  reasoningContent?: boolean;
  /** Wire names of top-level parameters that must not be sent. */
  dropParams?: readonly string[];
  /** What the upstream's tool-call ids must match, as a regular expression's source. */
  toolIdPattern?: string;
  /** `false`: the upstream cannot read images. */
  vision?: boolean;
  /** The `max_tokens` sent to an upstream that requires it when the client gave none. */
  defaultMaxTokens?: number;
}

/** A request body for an upstream, and what could not be carried into it. */
export interface EncodedRequest {
  body: JsonObject;
  /** Headers that belong to the protocol itself, such as `anthropic-version`. */
  headers: Record<string, string>;
  losses: Loss[];
}

/** What an answer's encoder must know beside the answer. */
export interface AnswerContext {
  /** For an answer that brings no id of its own: some unique text, without a prefix. */
  id: string;
  /** When the answer was made, in whole seconds since the epoch. */
  createdAt: number;
  /** The model that the client asked for, for an answer that does not name one. */
  model: string;
  /** Whether a Chat client asked for the usage chunk at the end of its stream. */
  includeUsage: boolean;
  /** The freeform tools that the client declared; other protocols call them wrapped in JSON. */
  freeformTools?: ReadonlySet<string>;
  /** Takes the items of a finished Responses answer, to which its client may only refer later. */
  rememberItems?: (items: readonly JsonObject[]) => void;
  /** The number of the first message, in a protocol that counts them. Default: 0. */
  firstNumber?: number;
  /** A guess at the prompt's size, for protocols that report it before the upstream did. */
  estimatedInputTokens: number;
}

/** Reads one streamed answer. One instance per answer. */
export interface StreamDecoder {
  /** Reads one SSE message. Never throws; what cannot be read becomes an `error` event. */
  push(message: SseMessage): StreamEvent[];
  /** Says that no more bytes come; an answer that was not finished ends in an `error` event. */
  end(): StreamEvent[];
  /** The number that the next message has, in a protocol that counts them. */
  readonly nextNumber?: number;
}

/** Writes one streamed answer. One instance per answer. */
export interface StreamEncoder {
  /** The SSE messages that say `event`; none when the protocol has no words for it. */
  push(event: StreamEvent): SseMessage[];
}

/** One protocol, read and written. */
export interface Codec {
  readonly protocol: Protocol;
  /** @throws {GatewayError} `invalid_request`, naming the place, for a body the protocol forbids. */
  decodeRequest(body: JsonObject): ChatRequest;
  /** @throws {GatewayError} `invalid_request` for what can be neither carried nor left out. */
  encodeRequest(request: ChatRequest, quirks: Quirks): EncodedRequest;
  /** @throws {GatewayError} `upstream` for a body that holds no answer. */
  decodeResponse(body: JsonObject): ChatResponse;
  encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject;
  /** Reads an error answer; `body` is `undefined` when it was not JSON. */
  decodeError(status: number, body: JsonValue | undefined): UpstreamFault;
  encodeError(error: GatewayError, requestId: string): JsonObject;
  streamDecoder(): StreamDecoder;
  streamEncoder(context: AnswerContext): StreamEncoder;
}
