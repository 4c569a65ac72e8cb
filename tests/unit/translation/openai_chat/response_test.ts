/** Whole answers, from a Chat upstream and for a Chat client. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../../lib/base/error.ts";
import type { JsonObject } from "../../../../lib/base/json.ts";
import { ResponseCollector } from "../../../../lib/chat/collect.ts";
import type { ChatResponse } from "../../../../lib/chat/response.ts";
import type { AnswerContext } from "../../../../lib/translation/codec.ts";
import { openaiChat } from "../../../../lib/translation/openai_chat/codec.ts";
import { eventsOf, fixtureNames, jsonFixture } from "./fixture.ts";

const CONTEXT: AnswerContext = {
  id: "abc",
  createdAt: 1_700_000_000,
  model: "asked",
  includeUsage: false,
  estimatedInputTokens: 0,
};

const answers = fixtureNames(".json").filter((name) => !name.startsWith("request_"));

/** Answers that are written back in OpenAI's form: texts for lists and objects, nulls for gaps. */
const NORMALISED = new Set([
  "gemini_whole_calls",
  "mistral_thinking_parts",
  "whole_calls_without_ids",
]);

/** An answer without what only Chat has words for, as a stream has none of it. */
function bare(response: ChatResponse): ChatResponse {
  const { extras: _, ...rest } = response;
  const content = response.content.map((block) => {
    const copy = { ...block };
    if ("extras" in copy) delete copy.extras;
    return copy;
  });
  return { ...rest, content };
}

function decode(message: JsonObject, choice: JsonObject = {}): ChatResponse {
  return openaiChat.decodeResponse({
    id: "c1",
    model: "m1",
    choices: [{ index: 0, message, finish_reason: "stop", ...choice }],
  });
}

describe("decodeResponse()", () => {
  for (const name of answers) {
    it(`reads in ${name} what its stream says`, () => {
      const collector = new ResponseCollector();
      for (const event of eventsOf(name)) collector.push(event);
      assertEquals(collector.response(), bare(openaiChat.decodeResponse(jsonFixture(name))));
    });
  }

  for (const name of answers.filter((one) => !NORMALISED.has(one))) {
    it(`keeps all of ${name} for a Chat client`, () => {
      const body = jsonFixture(name);
      assertEquals(openaiChat.encodeResponse(openaiChat.decodeResponse(body), CONTEXT), body);
    });
  }

  it("keeps further choices for a Chat client", () => {
    const body = {
      ...jsonFixture("text"),
      choices: [
        ...(jsonFixture("text").choices as JsonObject[]),
        { index: 1, message: { role: "assistant", content: "other" }, finish_reason: "stop" },
      ],
    };
    assertEquals(openaiChat.encodeResponse(openaiChat.decodeResponse(body), CONTEXT), body);
  });

  for (
    const [reason, hasCall, expected] of [
      ["stop", false, "end"],
      ["stop", true, "tool-calls"],
      ["tool_calls", true, "tool-calls"],
      ["function_call", true, "tool-calls"],
      ["length", false, "max-tokens"],
      ["length", true, "max-tokens"],
      ["MAX_TOKENS", false, "max-tokens"],
      ["model_length", false, "max-tokens"],
      ["content_filter", false, "refusal"],
      ["content_filter", true, "refusal"],
      ["something_new", false, "end"],
      ["something_new", true, "tool-calls"],
      [null, false, "end"],
    ] as const
  ) {
    it(`reads ${reason} ${hasCall ? "with" : "without"} a call as ${expected}`, () => {
      const call = { id: "a", function: { name: "f", arguments: "{}" } };
      const message: JsonObject = { content: "x", ...(hasCall && { tool_calls: [call] }) };
      assertEquals(decode(message, { finish_reason: reason }).stopReason, expected);
    });
  }

  it("reads the stop sequence that vLLM names", () => {
    const { stopReason, stopSequence } = decode({ content: "x" }, { stop_reason: "END" });
    assertEquals([stopReason, stopSequence], ["stop-sequence", "END"]);
    assertEquals(decode({ content: "x" }, { stop_reason: 128001 }).stopReason, "end");
  });

  for (
    const [wire, usage] of [
      [
        { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
        { inputTokens: 5, outputTokens: 2 },
      ],
      [{ prompt_tokens: 5, completion_tokens: 2, total_tokens: 17 }, {
        inputTokens: 5,
        outputTokens: 12,
      }],
      [{ prompt_tokens: 5, prompt_cache_hit_tokens: 3 }, { inputTokens: 5, cacheReadTokens: 3 }],
      [{ prompt_tokens: 5, cached_tokens: 3 }, { inputTokens: 5, cacheReadTokens: 3 }],
      [{ prompt_tokens: "5", completion_tokens: -1 }, {}],
      [null, {}],
      ["x", {}],
    ] as const
  ) {
    it(`reads the usage ${JSON.stringify(wire)}`, () => {
      const response = openaiChat.decodeResponse({
        choices: [{ message: { content: "x" } }],
        usage: wire,
      });
      assertEquals(response.usage, usage);
    });
  }

  it("takes whatever has a message, with no ids, types or fields at all", () => {
    const response = openaiChat.decodeResponse({ choices: [{ message: {} }] });
    assertEquals(bare(response), {
      id: "",
      model: "",
      content: [],
      stopReason: "end",
      usage: {},
    });
    const odd = { content: 5, tool_calls: ["x", {}, { name: "flat", arguments: [1] }], refusal: 1 };
    assertEquals(bare(decode(odd)).content, [
      { type: "tool-call", id: "call_c1_0", name: "flat", input: "[1]" },
    ]);
    assertEquals(bare(openaiChat.decodeResponse({ choices: [{ text: "old" }] })).content, [
      { type: "text", text: "old" },
    ]);
  });

  it("gives calls that share an id two", () => {
    const call = { id: "a", function: { name: "f", arguments: "{}" } };
    const ids = decode({ tool_calls: [call, call] }).content.map((block) =>
      block.type === "tool-call" && block.id
    );
    assertEquals(ids, ["a", "call_c1_1"]);
  });

  it("takes words of refusal for a refusal, whatever the finish reason", () => {
    assertEquals(decode({ content: null, refusal: "no" }).stopReason, "refusal");
    assertEquals(decode({ refusal: "no" }, { finish_reason: "length" }).stopReason, "max-tokens");
  });

  it("takes no blank text for content", () => {
    assertEquals(decode({ content: "\n" }).content, []);
  });

  for (
    const [body, status, part] of [
      [{}, 502, "no message"],
      [{ choices: [] }, 502, "no message"],
      [{ choices: [{ finish_reason: "stop" }] }, 502, "no message"],
      [{ choices: "x" }, 502, "no message"],
      [{ error: { message: "slow down", type: "rate_limit_error" } }, 429, "slow down"],
      [
        {
          choices: [{
            message: { content: "ha" },
            finish_reason: "error",
            error: { code: 503, message: "gone" },
          }],
        },
        503,
        "gone",
      ],
      [
        { choices: [{ message: {}, finish_reason: "insufficient_system_resource" }] },
        529,
        "resources",
      ],
    ] as const
  ) {
    it(`refuses ${JSON.stringify(body)} as ${status}`, () => {
      const wire = structuredClone(body) as unknown as JsonObject;
      const error = assertThrows(() => openaiChat.decodeResponse(wire), GatewayError, part);
      assertEquals(error.status, status);
    });
  }
});

describe("encodeResponse()", () => {
  const RESPONSE: ChatResponse = {
    id: "msg_1",
    model: "claude",
    content: [
      { type: "reasoning", text: "hm", signature: { owner: "anthropic_messages", value: "s" } },
      { type: "text", text: "Look" },
      { type: "text", text: "ing." },
      { type: "tool-call", id: "toolu_1", name: "f", input: '{"a":1}' },
      { type: "tool-call", id: "toolu_2", name: "g", input: "" },
      { type: "tool-call", id: "toolu_3", name: "p", input: "raw", isFreeform: true },
      { type: "opaque", owner: "anthropic_messages", value: { type: "server_tool_use" } },
    ],
    stopReason: "tool-calls",
    usage: { inputTokens: 9, cacheReadTokens: 4, outputTokens: 3, reasoningTokens: 1 },
  };

  it("writes an answer of another protocol", () => {
    assertEquals(openaiChat.encodeResponse(RESPONSE, CONTEXT), {
      id: "msg_1",
      object: "chat.completion",
      created: 1_700_000_000,
      model: "claude",
      choices: [{
        index: 0,
        message: {
          role: "assistant",
          content: "Looking.",
          refusal: null,
          reasoning_content: "hm",
          tool_calls: [
            { id: "toolu_1", type: "function", function: { name: "f", arguments: '{"a":1}' } },
            { id: "toolu_2", type: "function", function: { name: "g", arguments: "{}" } },
            { id: "toolu_3", type: "custom", custom: { name: "p", input: "raw" } },
          ],
        },
        logprobs: null,
        finish_reason: "tool_calls",
      }],
      usage: {
        prompt_tokens: 9,
        completion_tokens: 3,
        total_tokens: 12,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    });
  });

  it("names answer and model itself where the upstream did not, and leaves unknown usage out", () => {
    const empty = { ...RESPONSE, id: "", model: "", content: [], usage: {} };
    const body = openaiChat.encodeResponse(empty, CONTEXT);
    assertEquals([body.id, body.model], ["chatcmpl-abc", "asked"]);
    assert(!("usage" in body));
    const [choice] = body.choices as JsonObject[];
    assertEquals((choice?.message as JsonObject).content, "");
  });

  for (
    const [stopReason, word] of [
      ["end", "stop"],
      ["max-tokens", "length"],
      ["stop-sequence", "stop"],
      ["tool-calls", "tool_calls"],
      ["refusal", "content_filter"],
      ["pause", "stop"],
      ["context-overflow", "length"],
    ] as const
  ) {
    it(`writes ${stopReason} as ${word}`, () => {
      const body = openaiChat.encodeResponse({ ...RESPONSE, stopReason }, CONTEXT);
      assertEquals((body.choices as JsonObject[])[0]?.finish_reason, word);
    });
  }
});

describe("encodeResponse() of a refusal", () => {
  const refused: ChatResponse = {
    id: "r",
    model: "m",
    content: [],
    stopReason: "refusal",
    usage: {},
  };
  const choice = (response: ChatResponse) =>
    (openaiChat.encodeResponse(response, CONTEXT).choices as JsonObject[])[0];

  it("says stop where the model's words are told, else that a filter was met", () => {
    const told = choice({ ...refused, content: [{ type: "refusal", text: "no" }] });
    assertEquals(told?.finish_reason, "stop");
    assertEquals((told?.message as JsonObject).refusal, "no");
    assertEquals(choice(refused)?.finish_reason, "content_filter");
  });
});

describe("decodeError() and encodeError()", () => {
  it("keep kind, message, code and param", () => {
    const error = new GatewayError("rate_limit", "Slow down", { code: "c", param: "p" });
    const body = openaiChat.encodeError(error, "request-1");
    assertEquals(body, {
      error: { message: "Slow down", type: "rate_limit_error", code: "c", param: "p" },
    });
    const fault = openaiChat.decodeError(429, body);
    assertEquals(fault, {
      kind: "rate_limit",
      status: 429,
      message: "Slow down",
      code: "c",
      param: "p",
    });
  });
});
