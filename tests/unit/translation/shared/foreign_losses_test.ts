/** What only a request's source understands, as losses. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Protocol } from "../../../../lib/base/protocol.ts";
import { type Loss, Losses } from "../../../../lib/chat/loss.ts";
import type { ChatRequest } from "../../../../lib/chat/request.ts";
import { addForeignLosses } from "../../../../lib/translation/foreign_losses.ts";

function lossesOf(request: Partial<ChatRequest>, target: Protocol): Loss[] {
  const losses = new Losses();
  const whole: ChatRequest = {
    source: "anthropic_messages",
    model: "m",
    stream: false,
    messages: [],
    ...request,
  };
  addForeignLosses(whole, { target, losses });
  return losses.list();
}

const dropped = (field: string, changesMeaning: boolean): Loss => ({
  field,
  how: "dropped",
  changesMeaning,
});

const full: Partial<ChatRequest> = {
  extras: { top_k: 5, metadata: { a: "b" }, thread: "t" },
  messages: [
    {
      role: "system",
      content: [
        { type: "text", text: "a", extras: { cache_control: { type: "ephemeral" } } },
        { type: "opaque", owner: "anthropic_messages", value: { type: "mid_conv_system" } },
      ],
    },
    {
      role: "user",
      extras: { odd: 1 },
      content: [
        { type: "text", text: "a", extras: { cache_control: { type: "ephemeral" } } },
        {
          type: "tool-result",
          toolCallId: "t",
          extras: { cache_control: {}, mood: "good" },
          content: [
            { type: "text", text: "a", extras: { citations: { enabled: true } } },
            { type: "opaque", owner: "anthropic_messages", value: { type: "search_result" } },
          ],
        },
      ],
    },
    {
      role: "assistant",
      content: [
        {
          type: "tool-call",
          id: "t",
          name: "n",
          input: "{}",
          extras: { caller: { type: "direct" } },
        },
        { type: "opaque", owner: "anthropic_messages", value: { type: "redacted_thinking" } },
        { type: "opaque", owner: "anthropic_messages", value: {} },
      ],
    },
  ],
  tools: [
    { type: "function", name: "f", extras: { input_examples: [{ a: 1 }] } },
    { type: "server", owner: "anthropic_messages", name: "web_search_20250305", value: {} },
  ],
  toolChoice: { type: "opaque", owner: "anthropic_messages", value: {} },
  reasoning: { extras: { display: "omitted" } },
  outputFormat: { type: "json_schema", schema: {}, extras: { flavour: 1 } },
};

describe("addForeignLosses()", () => {
  it("names every foreign part in the source's words, and whether it matters", () => {
    assertEquals(lossesOf(full, "openai_chat"), [
      dropped("top_k", true),
      dropped("metadata", false),
      dropped("thread", true),
      dropped("system.cache_control", false),
      dropped("system.mid_conv_system", true),
      dropped("messages.odd", true),
      dropped("messages.content.cache_control", false),
      dropped("messages.content.mood", true),
      dropped("messages.content.content.citations", false),
      dropped("messages.content.content.search_result", true),
      dropped("messages.content.caller", false),
      dropped("messages.content.redacted_thinking", false),
      dropped("messages.content.unknown", true),
      dropped("tools.input_examples", true),
      dropped("tools.web_search_20250305", true),
      dropped("tool_choice", true),
      dropped("thinking.display", false),
      dropped("output_config.format.flavour", true),
    ]);
  });

  it("finds nothing foreign in a request of the target's own protocol", () => {
    assertEquals(lossesOf(full, "anthropic_messages"), []);
  });

  it("finds nothing in fields that say what would hold without them", () => {
    const extras = {
      n: 1,
      logprobs: false,
      logit_bias: null,
      modalities: [],
      metadata: {},
      seed: 0,
    };
    assertEquals(lossesOf({ source: "openai_chat", extras }, "openai_responses"), [
      dropped("seed", true),
    ]);
  });

  it("tells items of a Responses request from the parts of its messages", () => {
    const opaque = (type: string) =>
      ({ type: "opaque", owner: "openai_responses", value: { type } }) as const;
    const content = [opaque("item_reference"), opaque("input_audio")];
    const messages = [{ role: "user" as const, content }];
    assertEquals(lossesOf({ source: "openai_responses", messages }, "openai_chat"), [
      dropped("input.item_reference", true),
      dropped("input.content.input_audio", true),
    ]);
  });

  it("notes each field once", () => {
    const content = [{ type: "text", text: "a", extras: { odd: 1 } } as const];
    const messages = [{ role: "user", content }, { role: "user", content }] as const;
    assertEquals(lossesOf({ messages: [...messages] }, "openai_chat"), [
      dropped("messages.content.odd", true),
    ]);
  });

  it("reads a field named __proto__ like any other", () => {
    const extras = JSON.parse('{"__proto__": 1}');
    assertEquals(lossesOf({ extras }, "openai_chat"), [dropped("__proto__", true)]);
  });
});
