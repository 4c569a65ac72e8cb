import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../lib/base/error.ts";
import { joinBytes } from "../../../lib/base/exchange.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { JsonBody } from "../../../lib/base/json_body.ts";
import type { Protocol } from "../../../lib/base/protocol.ts";
import { loadConfig } from "../../../lib/config/load.ts";
import { RequestWriter } from "../../../lib/fallback/request_writer.ts";
import { candidateOf } from "../../../lib/routing/candidate.ts";
import { seal } from "../../../lib/translation/sealed_state.ts";

function writerOf(
  protocol: Protocol,
  body: JsonObject,
  { isStrict = false, text = JSON.stringify(body) } = {},
): RequestWriter {
  return new RequestWriter({
    id: "r",
    protocol,
    endpoint: "/x",
    query: "",
    headers: new Headers(),
    body: new JsonBody(new TextEncoder().encode(text), { value: body }),
    model: String(body.model),
    isStream: false,
    isStrict,
    receivedAtMs: 0,
    signal: new AbortController().signal,
  });
}

function candidate(url: string, more = "") {
  const { config } = loadConfig(`routes:\n  - {url: '${url}', model: up${more}}\n`, {
    read: () => undefined,
    checkStubUrl: () => undefined,
  });
  return candidateOf(config!.routes[0]!, "up");
}

function written(writer: RequestWriter, url: string, more = ""): JsonObject {
  const one = candidate(url, more);
  const { pieces } = writer.write(one, one.route.quirks);
  return JSON.parse(new TextDecoder().decode(joinBytes(pieces)));
}

const CHAT = "http://127.0.0.1/v1";
const MESSAGES = "http://127.0.0.1/anthropic";
const PIXEL = "data:image/png;base64,iVBORw0KGgo=";
const WITH_IMAGE: JsonObject = {
  model: "auto",
  messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: PIXEL } }] }],
};

describe("A request for an upstream:", () => {
  it("RequestWriter.write() changes nothing but the model for the client's own protocol", () => {
    const text = '{ "model" : "auto", "messages":[] , "x": 1e2 }';
    const exact = writerOf("openai_chat", JSON.parse(text), { text });
    const { pieces } = exact.write(candidate(CHAT), {});
    const expected = '{ "model" : "up", "messages":[] , "x": 1e2 }';
    assertEquals(new TextDecoder().decode(joinBytes(pieces)), expected);
  });

  it("RequestWriter.write() leaves parameters out, and renames, as the quirks say", () => {
    const body = { model: "auto", messages: [], max_tokens: 5, seed: 1 };
    const quirks = ", maxTokensField: max_completion_tokens, dropParams: [seed]";
    assertEquals(written(writerOf("openai_chat", body), CHAT, quirks), {
      model: "up",
      messages: [],
      max_completion_tokens: 5,
    });
  });

  it("RequestWriter.write() refuses an image for a model without vision, translated or not", () => {
    for (const url of [CHAT, MESSAGES]) {
      const error = assertThrows(
        () => written(writerOf("openai_chat", WITH_IMAGE), url, ", vision: false"),
        GatewayError,
        "cannot read images",
      );
      assertEquals(error.code, "vision_unsupported");
    }
  });

  it("RequestWriter.write() takes out the thoughts that this gateway sealed", () => {
    const thought = { type: "thinking", thinking: "Hm", signature: seal(undefined) };
    const body = {
      model: "auto",
      max_tokens: 5,
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: [thought, { type: "text", text: "Hello" }] },
        { role: "user", content: "Go on" },
      ],
    };
    const { messages } = written(writerOf("anthropic_messages", body), MESSAGES) as {
      messages: JsonObject[];
    };
    assertEquals(messages[1]!.content, [{ type: "text", text: "Hello" }]);
  });

  it("RequestWriter.write() takes sealed reasoning items out for a Responses upstream", () => {
    const own = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "theirs" };
    const sealed = { ...own, encrypted_content: seal(undefined) };
    const body = { model: "auto", input: [own, sealed, { role: "user", content: "Hi" }] };
    const { input } = written(writerOf("openai_responses", body), `${CHAT}/responses`);
    assertEquals(input, [own, { role: "user", content: "Hi" }]);
  });

  it("RequestWriter.write() refuses a loss that changes the meaning when the call is strict", () => {
    const body = {
      model: "auto",
      messages: [{ role: "user", content: "Hi" }],
      logit_bias: { a: 1 },
    };
    const error = assertThrows(
      () => written(writerOf("openai_chat", body, { isStrict: true }), MESSAGES),
      GatewayError,
      "logit_bias",
    );
    assertEquals(error.code, "translation_loss");
    assertEquals(written(writerOf("openai_chat", body), MESSAGES).model, "up");
  });
});
