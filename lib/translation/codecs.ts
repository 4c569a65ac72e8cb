/**
 * The list of codecs.
 *
 * Imported, not loaded on demand: a bundler lays statically imported modules out flat, which the
 * runtime caches compiled; those behind a dynamic import are compiled anew at every start.
 *
 * @module
 */
import type { Protocol } from "../base/protocol.ts";
import { anthropicMessages } from "./anthropic_messages/codec.ts";
import type { Codec } from "./codec.ts";
import { openaiChat } from "./openai_chat/codec.ts";
import { openaiResponses } from "./openai_responses/codec.ts";

const CODECS: Readonly<Record<Protocol, Codec>> = {
  openai_chat: openaiChat,
  openai_responses: openaiResponses,
  anthropic_messages: anthropicMessages,
};

/** The codec of `protocol`. */
export function codecOf(protocol: Protocol): Codec {
  return CODECS[protocol];
}
