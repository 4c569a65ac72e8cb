/**
 * The Anthropic Messages protocol, read and written.
 *
 * @module
 */
import type { Codec } from "../codec.ts";
import { decodeError, encodeError } from "./errors.ts";
import { decodeRequest } from "./request_decoder.ts";
import { encodeRequest } from "./request_encoder.ts";
import { decodeResponse, encodeResponse } from "./response.ts";
import { MessagesStreamDecoder } from "./stream_decoder.ts";
import { MessagesStreamEncoder } from "./stream_encoder.ts";
import { PROTOCOL } from "./wire.ts";

/** The codec of `anthropic_messages`. */
export const anthropicMessages: Codec = {
  protocol: PROTOCOL,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  decodeError,
  encodeError,
  streamDecoder: () => new MessagesStreamDecoder(),
  streamEncoder: (context) => new MessagesStreamEncoder(context),
};
