/**
 * The list of codecs.
 *
 * Each is loaded when it is first needed: a gateway whose clients and upstreams speak one protocol
 * passes bytes through, and starts sooner.
 *
 * @module
 */
import type { Protocol } from "../base/protocol.ts";
import type { Codec } from "./codec.ts";

const LOADERS: Readonly<Record<Protocol, () => Promise<Codec>>> = {
  openai_chat: async () => (await import("./openai_chat/codec.ts")).openaiChat,
  openai_responses: async () => (await import("./openai_responses/codec.ts")).openaiResponses,
  anthropic_messages: async () => (await import("./anthropic_messages/codec.ts")).anthropicMessages,
};

/** The codec of `protocol`; loaded once, however often it is asked for. */
export function loadCodec(protocol: Protocol): Promise<Codec> {
  return LOADERS[protocol]();
}
