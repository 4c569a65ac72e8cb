import type Anthropic from "@anthropic-ai/sdk";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { sharedByTests } from "../shared.ts";
import { MAX_TOKENS, QUESTION } from "./client.ts";
import { conformanceScene, modelOf } from "./scene.ts";
import { COUNTED } from "./upstream.ts";

const scene = sharedByTests(conformanceScene);

const NATIVE = modelOf("anthropic_messages", "thinks");
const PARAMS = {
  max_tokens: MAX_TOKENS,
  thinking: { type: "enabled" as const, budget_tokens: 2048 },
};

describe("countTokens()", () => {
  for (const first of ["openai_chat", "openai_responses", "anthropic_messages"] as const) {
    it(`counts a conversation whose thoughts came from ${first}`, async () => {
      const { anthropic } = scene();
      const question: Anthropic.MessageParam = { role: "user", content: QUESTION };
      const model = modelOf(first, "thinks");
      const { content } = await anthropic.messages.create({
        ...PARAMS,
        model,
        messages: [question],
      });
      assertEquals(content.map(({ type }) => type), ["thinking", "text"]);
      const messages = [question, { role: "assistant" as const, content }, question];
      const { data, response } = await anthropic.messages
        .countTokens({ model: NATIVE, messages, thinking: PARAMS.thinking }).withResponse();
      assertEquals(data.input_tokens, COUNTED);
      assertEquals(response.headers.get("x-gateway-estimated"), null);
    });
  }

  it("is refused for a body that does not say that it is JSON", async () => {
    const response = await scene().gateway.fetch("/v1/messages/count_tokens", {
      method: "POST",
      headers: { "content-type": "text/plain" },
      body: JSON.stringify({ model: NATIVE, messages: [{ role: "user", content: QUESTION }] }),
    });
    assertEquals(response.status, 415);
    assertEquals((await response.json()).type, "error");
  });
});
