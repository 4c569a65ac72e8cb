/**
 * Whether a stream's bytes prove that the upstream finished, found without any codec: what codecs
 * are measured against.
 *
 * @module
 */
import { isObject, type JsonObject, parseJson } from "../../lib/base/json.ts";
import type { Protocol } from "../../lib/base/protocol.ts";
import { SseParser } from "../../lib/sse/parser.ts";

const TERMINAL = ["response.completed", "response.incomplete", "response.failed", "response.done"];

const IS_PROOF: Readonly<Record<Protocol, (data: JsonObject, event: string) => boolean>> = {
  openai_chat: ({ choices }) =>
    Array.isArray(choices) &&
    choices.some((choice) => isObject(choice) && !!choice.finish_reason),
  openai_responses: ({ type }, event) =>
    TERMINAL.includes(String(type)) || TERMINAL.includes(event),
  anthropic_messages: ({ type }, event) => type === "message_stop" || event === "message_stop",
};

/** Whether somewhere in `bytes` stands what proves an answer of `protocol` to be finished. */
export function provesCompletion(bytes: Uint8Array, protocol: Protocol): boolean {
  const parser = new SseParser();
  return [...parser.push(bytes), ...parser.end()].some(({ event, data }) => {
    const value = parseJson(data);
    return IS_PROOF[protocol](isObject(value) ? value : {}, event);
  });
}
