/**
 * Short ways to write down what the tests of this codec need.
 *
 * @module
 */
import type { JsonObject } from "../../../../lib/base/json.ts";
import type { ChatRequest } from "../../../../lib/chat/request.ts";
import type { StreamEvent } from "../../../../lib/chat/stream_event.ts";
import { checkedStream } from "../../../../lib/chat/grammar.ts";
import { SseParser } from "../../../../lib/sse/parser.ts";
import type { AnswerContext } from "../../../../lib/translation/codec.ts";
import { MessagesStreamDecoder } from "../../../../lib/translation/anthropic_messages/stream_decoder.ts";

/** A file of the transcripts, as text. */
export function transcript(name: string): string {
  const url = new URL(`../../../fixtures/anthropic_messages/${name}`, import.meta.url);
  return Deno.readTextFileSync(url);
}

/** A JSON transcript. */
export function jsonTranscript(name: string): JsonObject {
  return JSON.parse(transcript(name));
}

/** The events of a stream's text, which must obey the grammar. */
export function eventsOf(text: string): StreamEvent[] {
  const decoder = new MessagesStreamDecoder();
  const parser = new SseParser();
  const messages = [...parser.push(new TextEncoder().encode(text)), ...parser.end()];
  const events = messages.flatMap((message) => decoder.push(message));
  events.push(...decoder.end());
  checkedStream(events);
  return events;
}

/** The events of a stream given as the data of its messages. */
export function eventsOfData(...data: (JsonObject | string)[]): StreamEvent[] {
  const text = data.map((one) => typeof one === "string" ? one : JSON.stringify(one));
  return eventsOf(text.map((one) => `data: ${one}\n\n`).join(""));
}

/** A Messages request with these fields beside the least that is allowed. */
export function messagesBody(fields: JsonObject = {}): JsonObject {
  return { model: "m", max_tokens: 16, messages: [{ role: "user", content: "hi" }], ...fields };
}

/** A request that came from a Chat client. */
export function chatRequest(fields: Partial<ChatRequest> = {}): ChatRequest {
  return {
    source: "openai_chat",
    model: "claude-sonnet-4-6",
    stream: false,
    messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    ...fields,
  };
}

/** What an encoder of answers is told. */
export const CONTEXT: AnswerContext = {
  id: "0123",
  createdAt: 1_700_000_000,
  model: "asked-for",
  includeUsage: false,
  estimatedInputTokens: 55,
};
