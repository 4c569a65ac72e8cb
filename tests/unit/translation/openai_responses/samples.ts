/**
 * Fixtures and small wire objects that the tests of this protocol share.
 *
 * @module
 */
import type { JsonObject } from "../../../../lib/base/json.ts";
import { checkedStream } from "../../../../lib/chat/grammar.ts";
import type { ChatRequest } from "../../../../lib/chat/request.ts";
import type { StreamEvent } from "../../../../lib/chat/stream_event.ts";
import { SseParser } from "../../../../lib/sse/parser.ts";
import type { AnswerContext, Quirks } from "../../../../lib/translation/codec.ts";
import { openaiResponses } from "../../../../lib/translation/openai_responses/codec.ts";

const FOLDER = new URL("../../../fixtures/openai_responses/", import.meta.url);

/** The names of all fixtures that end so. */
export function fixtureNames(ending: string): string[] {
  return [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
    .filter((name) => name.endsWith(ending)).sort();
}

/** A JSON fixture. */
export function jsonFixture(name: string): JsonObject {
  return JSON.parse(Deno.readTextFileSync(new URL(name, FOLDER)));
}

/** The canonical events of a stream fixture, which obey the grammar. */
export function eventsOfFixture(name: string): StreamEvent[] {
  return eventsOfBytes(Deno.readFileSync(new URL(name, FOLDER)));
}

/** The canonical events of these wire events, each written with its type as its name. */
export function eventsOf(...wire: JsonObject[]): StreamEvent[] {
  const text = wire.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join("");
  return eventsOfBytes(new TextEncoder().encode(text));
}

function eventsOfBytes(bytes: Uint8Array): StreamEvent[] {
  const parser = new SseParser();
  const decoder = openaiResponses.streamDecoder();
  const messages = [...parser.push(bytes), ...parser.end()];
  const events = [...messages.flatMap((message) => decoder.push(message)), ...decoder.end()];
  checkedStream(events);
  return events;
}

/** Events as short lines, for tests that ask what was said. */
export function told(events: readonly StreamEvent[]): string[] {
  return events.map((event) => {
    switch (event.type) {
      case "message-start":
        return `start ${event.id}`;
      case "block-start":
        return event.block.type === "tool-call"
          ? `${event.block.isFreeform ? "freeform" : "call"} ${event.block.id} ${event.block.name}`
          : event.block.type;
      case "block-delta":
        return `+${event.text}`;
      case "block-end":
        return event.signature === undefined ? "end" : `end ${event.signature.value}`;
      case "usage":
        return "usage";
      case "message-end":
        return `finish ${event.stopReason}`;
      case "error":
        return `error ${event.fault.code}`;
      default:
        return event satisfies never;
    }
  });
}

/** What answers are made with. */
export const context: AnswerContext = {
  id: "abc",
  createdAt: 1_700_000_000,
  model: "asked-for",
  includeUsage: false,
  estimatedInputTokens: 7,
};

/** The wire events that a client is sent for these canonical ones. */
export function streamOf(...events: StreamEvent[]): JsonObject[] {
  const encoder = openaiResponses.streamEncoder(context);
  return events.flatMap((event) => encoder.push(event)).map(({ event, data }) => {
    const parsed = JSON.parse(data);
    if (parsed.type !== event) throw new Error(`Event ${event} says that it is ${parsed.type}`);
    return parsed;
  });
}

/** A request of another protocol, as its decoder would leave it. */
export function chatRequest(fields: Partial<ChatRequest> = {}): ChatRequest {
  return {
    source: "openai_chat",
    model: "m",
    stream: false,
    messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
    ...fields,
  };
}

/** The body that such a request becomes. */
export function bodyOf(fields: Partial<ChatRequest>, quirks: Quirks = {}): JsonObject {
  return openaiResponses.encodeRequest(chatRequest(fields), quirks).body;
}

/** The losses of such a request, as short lines. */
export function lossesOf(fields: Partial<ChatRequest>, quirks: Quirks = {}): string[] {
  return openaiResponses.encodeRequest(chatRequest(fields), quirks).losses
    .map(({ field, how, changesMeaning }) => `${field} ${how}${changesMeaning ? "!" : ""}`);
}
