import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../../lib/base/error.ts";
import type { JsonObject } from "../../../../lib/base/json.ts";
import type { AssistantBlock } from "../../../../lib/chat/block.ts";
import type { ChatResponse } from "../../../../lib/chat/response.ts";
import { openaiResponses } from "../../../../lib/translation/openai_responses/codec.ts";
import { unseal } from "../../../../lib/translation/sealed_state.ts";
import { context, fixtureNames, jsonFixture } from "./samples.ts";

const { decodeResponse } = openaiResponses;

function answer(fields: Partial<ChatResponse> = {}): ChatResponse {
  return { id: "", model: "", content: [], stopReason: "end", usage: {}, ...fields };
}

function encode(fields: Partial<ChatResponse>): JsonObject {
  return JSON.parse(JSON.stringify(openaiResponses.encodeResponse(answer(fields), context)));
}

function outputOf(...content: AssistantBlock[]): JsonObject[] {
  return encode({ content }).output as JsonObject[];
}

const whole = fixtureNames(".json").filter((name) => !name.endsWith(".request.json"));

describe("decodeResponse()", () => {
  it("reads thoughts, words and calls with the figures of the answer", () => {
    const { extras: _, form: _form, content, ...rest } = decodeResponse(
      jsonFixture("agent_turn.json"),
    );
    assertEquals(rest, {
      id: "resp_a1",
      model: "gpt-5-2025-08-07",
      stopReason: "tool-calls",
      usage: {
        inputTokens: 900,
        cacheReadTokens: 512,
        cacheWriteTokens: 0,
        outputTokens: 80,
        reasoningTokens: 33,
      },
    });
    const bare = content.map((block) => "extras" in block ? { ...block, extras: 0 } : block);
    assertEquals(bare, [
      {
        type: "reasoning",
        text: "**Looking** around\n\n**Choosing** a file",
        signature: { owner: "openai_responses", value: "gAAA-finished" },
        extras: 0,
      },
      { type: "text", text: "I will read it.", extras: 0 },
      {
        type: "tool-call",
        id: "call_Read1",
        name: "read_file",
        input: '{"path":"a.txt"}',
        extras: 0,
      },
      {
        type: "tool-call",
        id: "call_Patch1",
        name: "apply_patch",
        input: "*** Begin Patch\n+x\n*** End Patch",
        isFreeform: true,
        extras: 0,
      },
    ]);
  });

  it("tells why an answer ended", () => {
    const reasons = ["text", "refusal", "max_tokens", "content_filter"].map((name) =>
      decodeResponse(jsonFixture(`${name}.json`)).stopReason
    );
    assertEquals(reasons, ["end", "refusal", "max-tokens", "refusal"]);
  });

  it("takes answers of servers that leave things out or write objects for texts", () => {
    const body = {
      output: [
        null,
        { content: "bare" },
        { type: "message", content: [{ text: "untyped" }, { type: "output_audio" }, 5] },
        { type: "function_call", arguments: { a: 1 } },
        { type: "reasoning", content: "raw" },
        { type: "future_item" },
      ],
      usage: { prompt_tokens: 3, completion_tokens: "many" },
    };
    const { content, usage, id } = decodeResponse(body);
    assertEquals(id, "");
    assertEquals(usage, { inputTokens: 3 });
    assertEquals(
      content.map((block) =>
        block.type === "tool-call"
          ? `${block.id} ${block.input}`
          : block.type === "opaque"
          ? `opaque ${block.value.type}`
          : block.type === "image"
          ? "image"
          : `${block.type} ${block.text}`
      ),
      [
        "text bare",
        "text untyped",
        "opaque output_audio",
        'call_2 {"a":1}',
        "reasoning raw",
        "opaque future_item",
      ],
    );
  });

  it("takes a text without any items", () => {
    const [block] = decodeResponse({ output_text: "Hi" }).content;
    assertEquals(block?.type === "text" && block.text, "Hi");
  });

  it("refuses a body that holds no answer", () => {
    const refused = (body: JsonObject) => {
      const error = assertThrows(() => decodeResponse(body), GatewayError);
      assertEquals(error.kind, "upstream");
      return [error.status, error.code, error.message];
    };
    assertEquals(refused({ status: "in_progress", output: [] }), [
      502,
      undefined,
      "Cannot read the upstream's answer: it is in_progress",
    ]);
    assertEquals(refused({ error: { message: "slow", code: "rate_limit_exceeded" } }), [
      429,
      "rate_limit_exceeded",
      "slow",
    ]);
    assertEquals(refused({})[0], 502);
  });
});

describe("encodeResponse()", () => {
  for (const name of whole) {
    it(`gives ${name} again`, () => {
      const body = jsonFixture(name);
      const written = openaiResponses.encodeResponse(decodeResponse(body), context);
      assertEquals(JSON.parse(JSON.stringify(written)), body);
    });
  }

  it("writes every field that clients read without asking", () => {
    const usage = { inputTokens: 9, cacheReadTokens: 4, outputTokens: 3, reasoningTokens: 1 };
    assertEquals(encode({ content: [{ type: "text", text: "Hi" }], usage }), {
      id: "resp_abc",
      object: "response",
      created_at: 1_700_000_000,
      status: "completed",
      background: false,
      error: null,
      incomplete_details: null,
      instructions: null,
      max_output_tokens: null,
      model: "asked-for",
      output: [{
        id: "msg_abc_0",
        type: "message",
        status: "completed",
        role: "assistant",
        content: [{ type: "output_text", text: "Hi", annotations: [], logprobs: [] }],
      }],
      parallel_tool_calls: true,
      previous_response_id: null,
      reasoning: { effort: null, summary: null },
      store: false,
      temperature: null,
      text: { format: { type: "text" } },
      tool_choice: "auto",
      tools: [],
      top_p: null,
      truncation: "disabled",
      usage: {
        input_tokens: 9,
        input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
        output_tokens: 3,
        output_tokens_details: { reasoning_tokens: 1 },
        total_tokens: 12,
      },
      metadata: {},
    });
  });

  it("writes neighbouring words as parts of one message and all else as items", () => {
    const output = outputOf(
      { type: "text", text: "a" },
      { type: "refusal", text: "b" },
      { type: "tool-call", id: "f:0", name: "multi_-_spawn", input: "" },
      { type: "tool-call", id: "c", name: "patch", input: "free", isFreeform: true },
      { type: "text", text: "c" },
      { type: "image", source: { kind: "base64", mediaType: "image/png", data: "aWk=" } },
      { type: "opaque", owner: "anthropic_messages", value: { type: "x" } },
    );
    assertEquals(output.map(({ type, id }) => `${type} ${id}`), [
      "message msg_abc_0",
      "function_call fc_abc_1",
      "custom_tool_call ctc_abc_2",
      "message msg_abc_3",
      "image_generation_call ig_abc_4",
    ]);
    assertEquals((output[0]?.content as JsonObject[]).map(({ type }) => type), [
      "output_text",
      "refusal",
    ]);
    const { id: _, ...call } = output[1]!;
    assertEquals(call, {
      type: "function_call",
      status: "completed",
      arguments: "{}",
      call_id: "gwid_Zjow",
      name: "spawn",
      namespace: "multi",
    });
  });

  it("seals a proof that is not its own, and the lack of one", () => {
    const foreign = { owner: "anthropic_messages", value: "sig" } as const;
    const own = { owner: "openai_responses", value: "gAAA" } as const;
    const sealed = outputOf(
      { type: "reasoning", text: "Hm.", signature: foreign },
      { type: "reasoning", text: "", signature: own },
      { type: "reasoning", text: "" },
    ).map(({ encrypted_content }) => String(encrypted_content));
    assertEquals(unseal(sealed[0]!), { state: foreign });
    assertEquals(sealed[1], "gAAA");
    assertEquals(unseal(sealed[2]!), {});
  });

  it("says that an answer is incomplete, and its last item with it", () => {
    const content = [
      { type: "text", text: "a" },
      { type: "tool-call", id: "c", name: "f", input: '{"a' },
    ] as const;
    const { status, incomplete_details, output } = encode({
      content: [...content],
      stopReason: "max-tokens",
    });
    assertEquals([status, incomplete_details], ["incomplete", { reason: "max_output_tokens" }]);
    assertEquals((output as JsonObject[]).map((item) => item.status), ["completed", "incomplete"]);
  });

  it("calls an answer complete that declines in words of its own", () => {
    const status = (type: "text" | "refusal") =>
      encode({ content: [{ type, text: "No." }], stopReason: "refusal" }).status;
    assertEquals([status("refusal"), status("text")], ["completed", "incomplete"]);
  });

  it("reports the estimate when the upstream did not count the prompt", () => {
    assertEquals((encode({}).usage as JsonObject).input_tokens, 7);
  });
});
