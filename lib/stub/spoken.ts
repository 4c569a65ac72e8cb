/**
 * What a stub says, as bytes of the protocol in which it was asked.
 *
 * @module
 */
import { GatewayError } from "../base/error.ts";
import type { JsonObject } from "../base/json.ts";
import { CHAT_ENDPOINT, type Protocol, PROTOCOLS } from "../base/protocol.ts";
import { expandResponse } from "../chat/expand.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { ChatResponse, UpstreamFault } from "../chat/response.ts";
import type { StreamEvent } from "../chat/stream_event.ts";
import type { SseMessage } from "../sse/parser.ts";
import { writeSse } from "../sse/writer.ts";
import { decodePrompt } from "../translation/anthropic_messages/request_decoder.ts";
import type { StreamEncoder } from "../translation/codec.ts";
import { codecOf } from "../translation/codecs.ts";
import { estimateTokens } from "../translation/token_estimate.ts";
import { answerTo } from "./answer.ts";
import { embeddingsFor } from "./embeddings.ts";
import type { PlainAnswer, WireHeader } from "./wire.ts";

const encoder = new TextEncoder();

/** One request, as far as a stub needs it. */
export interface Question {
  /** The path below the version segment: `/chat/completions`. */
  endpoint: string;
  body: JsonObject;
  /** Some text that no other answer has, for ids. */
  id: string;
}

/** How the text of a stream is cut into deltas; a word each when nothing is said. */
export interface Cutting {
  /** Characters per delta. */
  chunkSize?: number;
  /** Deltas per block. */
  chunks?: number;
}

/** Makes an answer from the request and what the stub would say by itself. */
export type Script = (request: ChatRequest, own: ChatResponse) => ChatResponse;

/** A stream that comes to a fault. */
export interface Failing {
  /** How many events come before. */
  after: number;
  fault: UpstreamFault;
}

/** What is said, in which pieces, and up to where. */
export interface Speech {
  script?: Script | undefined;
  cutting?: Cutting | undefined;
  failing?: Failing | undefined;
}

/** The protocol of a chat endpoint, and of what lies below it. */
export function protocolOf(endpoint: string): Protocol {
  return PROTOCOLS.find((one) => endpoint.startsWith(CHAT_ENDPOINT[one])) ?? "openai_chat";
}

/** Whether a stub has words of its own for an endpoint. */
export function speaksAt(endpoint: string): boolean {
  return isChatEndpoint(endpoint) || endpoint === "/embeddings" ||
    endpoint === "/messages/count_tokens";
}

/** Whether an endpoint is one of the three for conversations. */
export function isChatEndpoint(endpoint: string): boolean {
  return PROTOCOLS.some((one) => endpoint === CHAT_ENDPOINT[one]);
}

/** Answers a request; one that its protocol forbids gets that protocol's 400. */
export function speak(question: Question, speech: Speech = {}): PlainAnswer {
  try {
    if (!isChatEndpoint(question.endpoint)) return sideAnswer(question);
    return chatAnswer(question, speech);
  } catch (error) {
    if (error instanceof GatewayError) return errorAnswer(question, error);
    throw error;
  }
}

function chatAnswer(question: Question, speech: Speech): PlainAnswer {
  const codec = codecOf(protocolOf(question.endpoint));
  const request = codec.decodeRequest(question.body);
  const context = {
    id: question.id,
    createdAt: 0,
    model: request.model,
    includeUsage: request.includeUsage ?? false,
    estimatedInputTokens: estimateTokens(request),
  };
  const own = answerTo(request, { id: question.id, inputTokens: context.estimatedInputTokens });
  const answer = speech.script?.(request, own) ?? own;
  if (!request.stream) return jsonAnswer(question, codec.encodeResponse(answer, context));
  const events = expandResponse(answer).flatMap((event) => inDeltas(event, speech.cutting));
  const messages = messagesOf(codec.streamEncoder(context), events, speech.failing);
  const chunks = messages.map((message) => encoder.encode(writeSse(message)));
  const headers = [["content-type", "text/event-stream"], ...idHeaders(question)] as const;
  return { status: 200, headers, chunks, isStream: true };
}

function messagesOf(
  stream: StreamEncoder,
  events: readonly StreamEvent[],
  failing: Failing | undefined,
): SseMessage[] {
  if (failing === undefined) return events.flatMap((event) => stream.push(event));
  const messages: SseMessage[] = [];
  for (const event of events) {
    if (messages.length >= failing.after) break;
    messages.push(...stream.push(event));
  }
  const { after, fault } = failing;
  return [...messages.slice(0, after), ...stream.push({ type: "error", fault })];
}

/** Everything beside the chat endpoints that a stub can answer. */
function sideAnswer(question: Question): PlainAnswer {
  const { endpoint, body } = question;
  if (endpoint === "/embeddings") return jsonAnswer(question, embeddingsFor(body));
  if (endpoint === "/messages/count_tokens") {
    return jsonAnswer(question, { input_tokens: estimateTokens(decodePrompt(body)) });
  }
  throw new GatewayError("not_found", `The stub does not serve ${endpoint}`);
}

/** An error in the shape of the protocol that was spoken. */
export function errorAnswer(question: Question, error: GatewayError): PlainAnswer {
  const body = codecOf(protocolOf(question.endpoint)).encodeError(error, `req_${question.id}`);
  return { ...jsonAnswer(question, body), status: error.status };
}

/** A body of JSON. */
function jsonAnswer(question: Question, body: JsonObject): PlainAnswer {
  return {
    status: 200,
    headers: [["content-type", "application/json"], ...idHeaders(question)],
    chunks: [encoder.encode(JSON.stringify(body))],
    isStream: false,
  };
}

/** What the SDKs show as the request's id: OpenAI's header, and Anthropic's. */
function idHeaders({ endpoint, id }: Question): WireHeader[] {
  const name = protocolOf(endpoint) === "anthropic_messages" ? "request-id" : "x-request-id";
  return [[name, `req_${id}`]];
}

/** A model's words come one after the other. */
function inDeltas(event: StreamEvent, cutting: Cutting = {}): StreamEvent[] {
  if (event.type !== "block-delta") return [event];
  return cut(event.text, cutting).map((text) => ({ type: "block-delta", text }));
}

function cut(text: string, { chunkSize, chunks }: Cutting): string[] {
  const size = chunkSize ?? (chunks === undefined ? undefined : Math.ceil(text.length / chunks));
  if (size === undefined) return text.match(/\s*\S+\s*$|\s*\S+/g) ?? [text];
  // By code points: half of a surrogate pair cannot be written as UTF-8.
  const points = [...text];
  const pieces: string[] = [];
  for (let at = 0; at < points.length; at += size) {
    pieces.push(points.slice(at, at + size).join(""));
  }
  return pieces;
}
