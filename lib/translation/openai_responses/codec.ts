/**
 * The codec of the OpenAI Responses protocol.
 *
 * @module
 */
import type { Codec } from "../codec.ts";
import { decodeOpenAiError, encodeOpenAiError } from "../openai_error.ts";
import { PROTOCOL } from "./form.ts";
import { decodeRequest } from "./request_decoder.ts";
import { encodeRequest } from "./request_encoder.ts";
import { decodeResponse } from "./response_decoder.ts";
import { encodeResponse } from "./response_encoder.ts";
import { ResponsesStreamDecoder } from "./stream_decoder.ts";
import { ResponsesStreamEncoder } from "./stream_encoder.ts";

/** OpenAI Responses, read and written. */
export const openaiResponses: Codec = {
  protocol: PROTOCOL,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  decodeError: decodeOpenAiError,
  encodeError: encodeOpenAiError,
  streamDecoder: () => new ResponsesStreamDecoder(),
  streamEncoder: (context) => new ResponsesStreamEncoder(context),
};
