/**
 * Reads this protocol's transcripts.
 *
 * @module
 */
import type { JsonObject } from "../../../../lib/base/json.ts";
import { checkedStream } from "../../../../lib/chat/grammar.ts";
import type { StreamEvent } from "../../../../lib/chat/stream_event.ts";
import { type SseMessage, SseParser } from "../../../../lib/sse/parser.ts";
import { openaiChat } from "../../../../lib/translation/openai_chat/codec.ts";

const FOLDER = new URL("../../../fixtures/openai_chat/", import.meta.url);

/** The names of all transcripts that end in `ending`, without it. */
export function fixtureNames(ending: string): string[] {
  const names = [...Deno.readDirSync(FOLDER)].map((entry) => entry.name);
  return names.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length))
    .sort();
}

/** A JSON transcript. */
export function jsonFixture(name: string): JsonObject {
  return JSON.parse(Deno.readTextFileSync(new URL(`${name}.json`, FOLDER)));
}

/** The messages of a stream's transcript. */
export function messagesOf(name: string): SseMessage[] {
  const parser = new SseParser();
  const bytes = Deno.readFileSync(new URL(`${name}.stream.sse`, FOLDER));
  return [...parser.push(bytes), ...parser.end()];
}

/** The events that the decoder makes of a stream's messages; fails if they break the grammar. */
export function decoded(messages: readonly SseMessage[]): StreamEvent[] {
  const decoder = openaiChat.streamDecoder();
  const events = [...messages.flatMap((message) => decoder.push(message)), ...decoder.end()];
  checkedStream(events);
  return events;
}

/** The events of a stream's transcript. */
export function eventsOf(name: string): StreamEvent[] {
  return decoded(messagesOf(name));
}

/** The messages of a stream with these chunks, as JSON values or as data. */
export function chunks(...data: (JsonObject | string)[]): SseMessage[] {
  return data.map((one) => ({
    event: "",
    data: typeof one === "string" ? one : JSON.stringify(one),
  }));
}

/** A chunk with one choice. */
export function chunk(delta: JsonObject, finish: string | null = null): JsonObject {
  return { id: "c1", model: "m1", choices: [{ index: 0, delta, finish_reason: finish }] };
}

/** A short text for each event, for tables: `text(`, `+words`, `)`. */
export function outline(events: readonly StreamEvent[]): string {
  return events.map(outlineOf).join(" ");
}

function outlineOf(event: StreamEvent): string {
  switch (event.type) {
    case "message-start":
      return "start";
    case "block-start":
      return event.block.type === "tool-call"
        ? `call:${event.block.id}:${event.block.name}(`
        : `${event.block.type}(`;
    case "block-delta":
      return `+${event.text}`;
    case "block-end":
      return event.signature === undefined ? ")" : ")signed";
    case "usage":
      return "usage";
    case "message-end":
      return `end:${event.stopReason}`;
    case "error":
      return `error:${event.fault.status}`;
    default:
      return event satisfies never;
  }
}
