/**
 * An answer on its way back: clients send what they were told with their next request, and what it
 * stood for must then be known again.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { JsonObject, JsonValue } from "../../lib/base/json.ts";
import { parseJson } from "../../lib/base/json.ts";
import type { Protocol } from "../../lib/base/protocol.ts";
import type { AssistantBlock } from "../../lib/chat/block.ts";
import type { ChatResponse } from "../../lib/chat/response.ts";
import { decodeRequest } from "../../lib/translation/translate.ts";
import { CODECS } from "./corpus.ts";
import { inputOf } from "./gist.ts";
import { context } from "./laws.ts";
import { FREEFORM } from "./made_up.ts";

/** The next request of a client that was told `body`. */
const NEXT_REQUEST: Readonly<Record<Protocol, (body: JsonObject) => JsonObject>> = {
  openai_chat: ({ choices }) => ({
    model: "m",
    messages: [{ role: "user", content: "Hi" }, (choices as { message: JsonValue }[])[0]!.message],
  }),
  openai_responses: ({ output }) => ({
    model: "m",
    input: [{ role: "user", content: "Hi" }, ...output as JsonValue[]],
  }),
  anthropic_messages: ({ content }) => ({
    model: "m",
    max_tokens: 1,
    messages: [{ role: "user", content: "Hi" }, { role: "assistant", content: content! }],
  }),
};

/** Calls with their ids, and thoughts with their proofs, survive the way to any client and back. */
export function comesBack(response: ChatResponse): void {
  for (const client of CODECS) {
    const body = JSON.parse(JSON.stringify(client.encodeResponse(response, context)));
    const { messages } = decodeRequest(NEXT_REQUEST[client.protocol](body), client);
    const blocks = messages.flatMap(({ role, content }) => role === "assistant" ? content : []);
    assertEquals(callsOf(blocks), callsOf(response.content), `calls by ${client.protocol}`);
    // Chat has one field for all thoughts, and none for their proofs.
    if (client.protocol === "openai_chat") continue;
    assertEquals(proofsOf(blocks), proofsOf(response.content), `proofs by ${client.protocol}`);
  }
}

function callsOf(blocks: readonly AssistantBlock[]): JsonValue[] {
  return blocks.flatMap((block) => {
    if (block.type !== "tool-call") return [];
    const input = inputOf(block, block.input, FREEFORM);
    return [[block.id, block.name, FREEFORM.has(block.name) ? input : parseJson(input) ?? null]];
  });
}

function proofsOf(blocks: readonly AssistantBlock[]): JsonValue[] {
  return blocks.flatMap((block) =>
    block.type === "reasoning" && block.signature !== undefined
      ? [[block.text, block.signature.owner, block.signature.value]]
      : []
  );
}
