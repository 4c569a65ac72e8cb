/**
 * A codec of no protocol at all, for tests of what joins two codecs: its wire is the canonical
 * form itself, as JSON, and each stream event is one SSE message named after the event's type.
 *
 * @module
 */
import { GatewayError, kindOfStatus } from "../../../../lib/base/error.ts";
import { isObject, type JsonObject, parseJson } from "../../../../lib/base/json.ts";
import type { Protocol } from "../../../../lib/base/protocol.ts";
import type { ChatRequest } from "../../../../lib/chat/request.ts";
import type { ChatResponse } from "../../../../lib/chat/response.ts";
import type { StreamEvent } from "../../../../lib/chat/stream_event.ts";
import type { Codec, StreamDecoder } from "../../../../lib/translation/codec.ts";

const json = (value: unknown) => value as JsonObject;

class PlainStreamDecoder implements StreamDecoder {
  #isOver = false;

  push({ data }: { data: string }): StreamEvent[] {
    const events = parseJson(data) as unknown as StreamEvent[];
    this.#isOver ||= events.some(({ type }) => type === "message-end" || type === "error");
    return events;
  }

  end(): StreamEvent[] {
    const fault = { kind: "upstream", status: 502, message: "cut" } as const;
    return this.#isOver ? [] : [{ type: "error", fault }];
  }
}

/** Such a codec, under the name of `protocol`. */
export function plainCodec(protocol: Protocol): Codec {
  return {
    protocol,
    decodeRequest: (body) => body as unknown as ChatRequest,
    encodeRequest: (request, quirks) => ({
      body: json({ ...request, quirks }),
      headers: { protocol },
      losses: [],
    }),
    decodeResponse(body) {
      if (body.content === undefined) throw new GatewayError("upstream", "No content");
      return body as unknown as ChatResponse;
    },
    encodeResponse: (response, context) => json({ ...response, context: context.id }),
    decodeError: (status, body) => ({
      kind: kindOfStatus(status < 400 ? 503 : status),
      status: status < 400 ? 503 : status,
      message: isObject(body) ? String(body.error) : "nothing",
      code: "c",
      param: "p",
    }),
    encodeError: ({ kind, message, code, param }, requestId) =>
      json({ kind, message, code, param, requestId }),
    streamDecoder: () => new PlainStreamDecoder(),
    streamEncoder: () => ({
      push: (event) =>
        event.type === "usage" ? [] : [{ event: event.type, data: JSON.stringify(event) }],
    }),
  };
}

/** The wire of a stream that says `events`, one SSE message each. */
export function plainStream(...events: StreamEvent[]): Uint8Array {
  const text = events.map((event) => `data: ${JSON.stringify([event])}\n\n`).join("");
  return new TextEncoder().encode(text);
}
