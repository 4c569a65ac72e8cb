/** Requests and whole answers from one codec to another; the codecs here are plain. */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../../lib/base/error.ts";
import type { JsonObject } from "../../../../lib/base/json.ts";
import type { Protocol } from "../../../../lib/base/protocol.ts";
import type { ChatResponse } from "../../../../lib/chat/response.ts";
import {
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeAnswerAsStream,
  encodeRequest,
} from "../../../../lib/translation/translate.ts";
import type { Codec } from "../../../../lib/translation/codec.ts";
import { plainCodec } from "./plain_codec.ts";

const upstream = plainCodec("openai_chat");
const client = plainCodec("anthropic_messages");
const context = { id: "i", createdAt: 1, model: "m", includeUsage: false, estimatedInputTokens: 0 };
const response: ChatResponse = {
  id: "1",
  model: "small",
  content: [{ type: "text", text: "a" }],
  stopReason: "end",
  usage: {},
};

describe("decodeRequest()", () => {
  it("refuses a body that is not an object", () => {
    for (const body of [null, [], "a", 1, true]) {
      const error = assertThrows(
        () => decodeRequest(body, client),
        GatewayError,
        "expected an object",
      );
      assertEquals(error.status, 400);
    }
  });
});

describe("encodeRequest()", () => {
  it("names the upstream's model and hands the quirks on, and leaves the request as it is", () => {
    const request = decodeRequest({ source: "anthropic_messages", model: "auto" }, client);
    const quirks = { vision: false };
    const { body, headers } = encodeRequest(request, { upstream, model: "large", quirks });
    assertEquals(body, { source: "anthropic_messages", model: "large", quirks });
    assertEquals(headers, { protocol: "openai_chat" });
    assertEquals(request.model, "auto");
  });
});

describe("encodeRequest() of stored state", () => {
  const encode = (source: Protocol, extras: JsonObject, upstream: Codec) => () =>
    encodeRequest({ source, model: "m", stream: false, messages: [], extras }, {
      upstream,
      model: "m",
      quirks: {},
    });

  for (const field of ["previous_response_id", "conversation", "background", "prompt"]) {
    it(`refuses ${field} for an upstream of another protocol`, () => {
      const error = assertThrows(
        encode("openai_responses", { [field]: "x" }, client),
        GatewayError,
      );
      assertEquals([error.status, error.param], [400, field]);
      assertEquals(error.code, "unsupported_parameter");
    });
  }

  it("refuses thread in the words that SDKs act on", () => {
    const error = assertThrows(
      encode("anthropic_messages", { thread: "x" }, upstream),
      GatewayError,
    );
    const code = "thread_unsupported_request";
    assertEquals(error.code, code);
    assertEquals(error.details, { error_code: code, unsupported: ["thread"] });
  });

  it("lets fields pass that say nothing, or that the upstream's own protocol has", () => {
    encode("openai_responses", { background: false, conversation: null }, client)();
    encode("openai_chat", { previous_response_id: "x" }, client)();
    encode("anthropic_messages", { thread: "x" }, client)();
    encode("anthropic_messages", JSON.parse('{"__proto__": {"thread": 1}}'), upstream)();
  });
});

describe("decodeAnswer()", () => {
  it("reads an answer", () => {
    assertEquals(decodeAnswer(response as unknown as JsonObject, upstream), response);
  });

  it("throws what kind of thing came instead of an answer", () => {
    const words: [body: JsonObject | string | null | undefined, part: string][] = [
      [undefined, "no JSON"],
      [null, "null"],
      ["a", "a string"],
      [{}, "No content"],
      [{ error: null }, "No content"],
    ];
    for (const [body, part] of words) {
      const error = assertThrows(() => decodeAnswer(body, upstream), GatewayError, part);
      assertEquals(error.status, 502);
    }
  });

  it("throws the error that came with status 200", () => {
    const error = assertThrows(
      () => decodeAnswer({ error: "busy" }, upstream),
      GatewayError,
      "busy",
    );
    assertEquals([error.kind, error.status], ["unavailable", 503]);
  });
});

describe("encodeAnswer()", () => {
  it("writes the client's JSON", () => {
    const body = encodeAnswer(response, { client, context });
    assertEquals([body.context, body.content], ["i", response.content as unknown as JsonObject[]]);
  });
});

describe("encodeAnswerAsStream()", () => {
  it("writes a whole stream", () => {
    const stream = new TextDecoder().decode(encodeAnswerAsStream(response, { client, context }));
    const events = [...stream.matchAll(/^event: (.*)$/gm)].map(([, event]) => event);
    assertEquals(events, [
      "message-start",
      "block-start",
      "block-delta",
      "block-end",
      "message-end",
    ]);
  });
});
