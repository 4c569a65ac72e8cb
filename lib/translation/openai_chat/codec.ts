/**
 * OpenAI Chat Completions, as OpenAI and the many servers with its surface speak it.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/chat}
 * @module
 */
import type { Codec } from "../codec.ts";
import { decodeOpenAiError, encodeOpenAiError } from "../openai_error.ts";
import { decodeRequest } from "./request_decoder.ts";
import { encodeRequest } from "./request_encoder.ts";
import { decodeResponse } from "./response_decoder.ts";
import { encodeResponse } from "./response_encoder.ts";
import { ChatStreamDecoder } from "./stream_decoder.ts";
import { ChatStreamEncoder } from "./stream_encoder.ts";

/** The codec of Chat Completions. */
export const openaiChat: Codec = {
  protocol: "openai_chat",
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  decodeError: decodeOpenAiError,
  encodeError: (error) => encodeOpenAiError(error),
  streamDecoder: () => new ChatStreamDecoder(),
  streamEncoder: (context) => new ChatStreamEncoder(context),
};
