import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../../lib/base/error.ts";
import type { JsonObject } from "../../../../lib/base/json.ts";
import type { ChatResponse } from "../../../../lib/chat/response.ts";
import {
  decodeResponse,
  encodeResponse,
} from "../../../../lib/translation/anthropic_messages/response.ts";
import { seal } from "../../../../lib/translation/sealed_state.ts";
import { CONTEXT, jsonTranscript } from "./samples.ts";

const ANSWERS = [
  "text.json",
  "thinking_and_tools.whole.json",
  "tool.json",
  "server_tool.json",
  "redacted_refusal.json",
  "stop_sequence.json",
  "compaction.json",
];

function response(fields: Partial<ChatResponse> = {}): ChatResponse {
  return {
    id: "chatcmpl-1",
    model: "up",
    content: [{ type: "text", text: "hi" }],
    stopReason: "end",
    usage: { inputTokens: 10, outputTokens: 2 },
    ...fields,
  };
}

describe("encodeResponse()", () => {
  for (const name of ANSWERS) {
    it(`writes ${name} as it came`, () => {
      const body = jsonTranscript(name);
      assertEquals(encodeResponse(decodeResponse(body), CONTEXT), body);
    });
  }

  it("writes a reason that has no canonical name as it came", () => {
    const body = { ...jsonTranscript("text.json"), stop_reason: "compaction" };
    assertEquals(encodeResponse(decodeResponse(body), CONTEXT).stop_reason, "compaction");
  });

  it("gives every answer of another protocol an id of its own, whatever the upstream's is", () => {
    const idOf = (id: string, request: string) =>
      encodeResponse(response({ id }), { ...CONTEXT, id: request }).id;
    assertEquals(idOf("chatcmpl-42", "a"), "msg_a");
    assertEquals(idOf("chatcmpl-42", "b"), "msg_b");
    assertEquals(idOf("", "c"), "msg_c");
    assertEquals(idOf("msg_01", "d"), "msg_01");
  });

  it("writes an answer of another protocol", () => {
    assertEquals(
      encodeResponse(
        response({
          content: [
            { type: "reasoning", text: "hm" },
            { type: "refusal", text: "no" },
            { type: "tool-call", id: "functions.a:0", name: "a", input: '{"x":1}' },
            { type: "tool-call", id: "c2", name: "b", input: '{"x":' },
            { type: "tool-call", id: "c3", name: "p", input: "free", isFreeform: true },
            { type: "opaque", owner: "openai_responses", value: { type: "x" } },
            { type: "image", source: { kind: "url", url: "https://e.com/a" } },
          ],
          usage: { inputTokens: 10, cacheReadTokens: 4, outputTokens: 2 },
          extras: { openai_chat: { system_fingerprint: "f" } },
        }),
        CONTEXT,
      ),
      {
        id: "msg_0123",
        type: "message",
        role: "assistant",
        model: "up",
        content: [
          { type: "thinking", thinking: "hm", signature: seal(undefined) },
          { type: "text", text: "no" },
          { type: "tool_use", id: "gwid_ZnVuY3Rpb25zLmE6MA", name: "a", input: { x: 1 } },
          { type: "tool_use", id: "c2", name: "b", input: { _raw: '{"x":' } },
          { type: "tool_use", id: "c3", name: "p", input: { input: "free" } },
        ],
        stop_reason: "tool_use",
        stop_sequence: null,
        usage: {
          input_tokens: 6,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 4,
          output_tokens: 2,
        },
      },
    );
  });

  it("guesses the prompt's size when the upstream did not count", () => {
    const usage = encodeResponse(response({ usage: {} }), CONTEXT).usage as JsonObject;
    assertEquals([usage.input_tokens, usage.output_tokens], [55, 0]);
  });

  it("names the answer and its model when the upstream did not", () => {
    const body = encodeResponse(response({ id: "", model: "" }), CONTEXT);
    assertEquals([body.id, body.model], ["msg_0123", "asked-for"]);
  });

  const reasons = [
    ["end", "end_turn"],
    ["max-tokens", "max_tokens"],
    ["stop-sequence", "stop_sequence"],
    ["tool-calls", "tool_use"],
    ["refusal", "refusal"],
    ["pause", "pause_turn"],
    ["context-overflow", "model_context_window_exceeded"],
  ] as const;
  for (const [stopReason, wire] of reasons) {
    it(`writes ${stopReason} as ${wire}, which reads the same`, () => {
      const body = encodeResponse(response({ stopReason }), CONTEXT);
      assertEquals(body.stop_reason, wire);
      assertEquals(decodeResponse(body).stopReason, stopReason);
    });
  }
});

describe("decodeResponse()", () => {
  it("adds what was read from and written to the cache to the prompt", () => {
    assertEquals(decodeResponse(jsonTranscript("text.json")).usage, {
      inputTokens: 2370,
      cacheReadTokens: 2048,
      cacheWriteTokens: 310,
      outputTokens: 21,
    });
  });

  it("reads bodies of servers that are less than exact", () => {
    assertEquals(decodeResponse({ content: "hi" }), {
      id: "",
      model: "",
      content: [{ type: "text", text: "hi" }],
      stopReason: "end",
      usage: {},
    });
    const odd = { content: [null, 5, { type: "text" }, { type: "tool_use", input: '{"a":1}' }] };
    assertEquals(decodeResponse(odd), {
      id: "",
      model: "",
      content: [
        { type: "text", text: "" },
        { type: "tool-call", id: "", name: "", input: '{"a":1}' },
      ],
      stopReason: "tool-calls",
      usage: {},
    });
  });

  it("refuses a body without an answer, with the words that it has instead", () => {
    const error = { type: "error", error: { type: "api_error", message: "Boom" } };
    const thrown = assertThrows(() => decodeResponse(error), GatewayError, "Boom");
    assertEquals(thrown.kind, "upstream");
    assertThrows(() => decodeResponse({ content: null }), GatewayError, "no content");
  });
});
