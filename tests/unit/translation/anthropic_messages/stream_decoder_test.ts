import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { JsonObject } from "../../../../lib/base/json.ts";
import { ResponseCollector } from "../../../../lib/chat/collect.ts";
import type { ChatResponse } from "../../../../lib/chat/response.ts";
import type { StreamEvent } from "../../../../lib/chat/stream_event.ts";
import { decodeResponse } from "../../../../lib/translation/anthropic_messages/response.ts";
import { MessagesStreamDecoder } from "../../../../lib/translation/anthropic_messages/stream_decoder.ts";
import { eventsOf, eventsOfData, jsonTranscript, transcript } from "./samples.ts";

const OWNER = "anthropic_messages";
const STOP = { type: "message_stop" };

function start(index: number, content_block: JsonObject): JsonObject {
  return { type: "content_block_start", index, content_block };
}

function delta(index: number, type: string, fields: JsonObject): JsonObject {
  return { type: "content_block_delta", index, delta: { type, ...fields } };
}

function stop(index: number): JsonObject {
  return { type: "content_block_stop", index };
}

function collected(events: readonly StreamEvent[]): ChatResponse | undefined {
  const collector = new ResponseCollector();
  for (const event of events) collector.push(event);
  return collector.response();
}

function contentOf(...data: JsonObject[]): ChatResponse["content"] | undefined {
  return collected(eventsOfData(...data, STOP))?.content;
}

describe("MessagesStreamDecoder", () => {
  for (
    const name of [
      "text",
      "tool",
      "server_tool",
      "redacted_refusal",
      "stop_sequence",
      "compaction",
    ]
  ) {
    it(`reads ${name} as the same answer as its whole form`, () => {
      const whole = decodeResponse(jsonTranscript(`${name}.json`));
      const { extras: _, ...rest } = whole;
      const content = whole.content.map((block) => {
        if (block.type === "opaque") return block;
        const { extras: _, ...bare } = block;
        return bare;
      });
      const response = collected(eventsOf(transcript(`${name}.stream.sse`)));
      assertEquals(response, { ...rest, content } as ChatResponse);
    });
  }

  it("reads a thought with its proof, and calls as the model wrote them", () => {
    const response = collected(eventsOf(transcript("thinking_and_tools.stream.sse")));
    assertEquals(response?.content.map((block) => block.type === "tool-call" ? block.input : ""), [
      "",
      "",
      '{"city": "Paris"}',
      '{"city": "Lyon","unit": "c"}',
      "{}",
    ]);
    const [thought] = response?.content ?? [];
    assertEquals(thought?.type === "reasoning" && thought.signature?.owner, OWNER);
    assertEquals(response?.usage, {
      inputTokens: 472,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 96,
      reasoningTokens: 11,
    });
  });

  it("reads blocks that a server mixes one after the other", () => {
    const response = collected(eventsOf(transcript("interleaved.stream.sse")));
    assertEquals(response?.content, [
      { type: "text", text: "Now " },
      { type: "tool-call", id: "call_a", name: "read", input: '{"path":"a"}' },
      { type: "tool-call", id: "call_b", name: "read", input: '{"path":"b"}' },
      { type: "text", text: "both." },
    ]);
    assertEquals(response?.usage.inputTokens, 77);
  });

  it("reads a stream without its start, its stops, and the deltas of its blocks", () => {
    const response = collected(eventsOf(transcript("no_stops_no_start.stream.sse")));
    assertEquals(response?.content, [
      { type: "reasoning", text: "Hm. Yes." },
      { type: "text", text: "Here: 42" },
      { type: "tool-call", id: "call_1", name: "add", input: '{"a":1,"b":2}' },
    ]);
    assertEquals(response?.stopReason, "tool-calls");
  });

  it("reads the type of an event from its data when the stream names none", () => {
    const response = collected(eventsOf(transcript("data_only_no_space.stream.sse")));
    assertEquals([response?.model, response?.content], ["glm-4.6", [{ type: "text", text: "ok" }]]);
  });

  it("reads the type of an event from its name when its data has none", () => {
    const decoder = new MessagesStreamDecoder();
    const events = decoder.push({ event: "message_stop", data: "{}" });
    assertEquals(events.at(-1), { type: "message-end", stopReason: "end" });
  });

  it("reports an error inside the stream with the status that its type stands for", () => {
    const events = eventsOf(transcript("overloaded_at_start.stream.sse"));
    assertEquals(events, [{
      type: "error",
      fault: { kind: "overloaded", status: 529, message: "Overloaded", code: "overloaded_error" },
    }]);
    assertEquals(eventsOf(transcript("error_after_text.stream.sse")).at(-1)?.type, "error");
    const foreign = eventsOfData({ error: { message: "Boom", code: 500 } }).at(-1);
    assertEquals(foreign?.type === "error" && foreign.fault.message, "Boom");
  });

  for (const name of ["cut_in_text", "cut_before_stop"]) {
    it(`reports ${name} as truncated`, () => {
      const last = eventsOf(transcript(`${name}.stream.sse`)).at(-1);
      assertEquals(last?.type === "error" && last.fault.code, "stream_interrupted");
    });
  }

  it("reports what is no JSON object, once", () => {
    for (const data of ["<html>", "5", "null", "[]", '{"type":']) {
      const events = eventsOfData(data, STOP);
      assertEquals(events.map(({ type }) => type), ["error"]);
    }
  });

  it("ignores everything after the end", () => {
    const events = eventsOfData(STOP, start(0, { type: "text", text: "x" }), "<", STOP);
    assertEquals(events.map(({ type }) => type), ["message-start", "message-end"]);
  });

  it("takes the same answer's start once", () => {
    const begin = { type: "message_start", message: { id: "a", model: "m" } };
    const events = eventsOfData(begin, begin, STOP);
    assertEquals(events.map(({ type }) => type), ["message-start", "message-end"]);
  });

  it("ignores a start that says again what is open", () => {
    const call = start(0, { type: "tool_use", id: "a", name: "f", input: {} });
    const piece = (partial_json: string) => delta(0, "input_json_delta", { partial_json });
    assertEquals(contentOf(call, call, piece('{"x"'), call, piece(":1}"), stop(0)), [
      { type: "tool-call", id: "a", name: "f", input: '{"x":1}' },
    ]);
  });

  it("tells two calls apart whose server counts both as the first block", () => {
    const call = (id: string) => start(0, { type: "tool_use", id, name: "f", input: {} });
    const piece = delta(0, "input_json_delta", { partial_json: "{}" });
    const ids = contentOf(call("a"), piece, call("b"), piece)?.map((block) =>
      block.type === "tool-call" && block.id
    );
    assertEquals(ids, ["a", "b"]);
  });

  it("drops input that belongs to no call", () => {
    assertEquals(contentOf(delta(3, "input_json_delta", { partial_json: "{}" })), []);
  });

  it("opens a block for words without one", () => {
    assertEquals(contentOf(delta(0, "text_delta", { text: "hi" })), [{ type: "text", text: "hi" }]);
  });

  it("holds usage back until the block is over", () => {
    const usage = { type: "message_delta", delta: {}, usage: { output_tokens: 3 } };
    const events = eventsOfData(start(0, { type: "text", text: "a" }), usage, stop(0), STOP);
    assertEquals(events.map(({ type }) => type), [
      "message-start",
      "block-start",
      "block-delta",
      "block-end",
      "usage",
      "message-end",
    ]);
  });

  it("does not let a later zero replace a count", () => {
    const first = { input_tokens: 9, cache_read_input_tokens: 50 };
    const begin = { type: "message_start", message: { usage: first } };
    const last = { input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 4 };
    const end = { type: "message_delta", delta: {}, usage: last };
    const usage = collected(eventsOfData(begin, end, STOP))?.usage;
    assertEquals(usage, { inputTokens: 59, cacheReadTokens: 50, outputTokens: 4 });
  });

  it("ends a block when its stop comes, not when the next begins", () => {
    const decoder = new MessagesStreamDecoder();
    const push = (data: JsonObject) => decoder.push({ event: "", data: JSON.stringify(data) });
    push(start(0, { type: "text", text: "a" }));
    assertEquals(push(stop(0)), [{ type: "block-end" }]);
  });

  it("says nothing of a prompt that the server counts as zero tokens", () => {
    const begin = { type: "message_start", message: { usage: { input_tokens: 0 } } };
    assertEquals(collected(eventsOfData(begin, STOP))?.usage.inputTokens, undefined);
  });

  it("reads why the answer stopped", () => {
    const reasonOf = (stop_reason: string | null, ...before: JsonObject[]) =>
      collected(eventsOfData(...before, { type: "message_delta", delta: { stop_reason } }, STOP))
        ?.stopReason;
    assertEquals(reasonOf("end_turn"), "end");
    assertEquals(reasonOf("pause_turn"), "pause");
    assertEquals(reasonOf("model_context_window_exceeded"), "context-overflow");
    assertEquals(reasonOf("something_new"), "end");
    assertEquals(reasonOf(null, start(0, { type: "tool_use", id: "a", name: "f" })), "tool-calls");
    assertEquals(
      reasonOf("max_tokens", start(0, { type: "tool_use", id: "a", name: "f" })),
      "max-tokens",
    );
  });

  it("never throws on values of odd types", () => {
    const odd = [null, 1, "x", [], {}, { type: 5 }];
    for (const one of odd) {
      eventsOfData(
        { type: "message_start", message: one },
        { type: "content_block_start", index: one, content_block: one },
        { type: "content_block_delta", index: one, delta: one },
        delta(0, "text_delta", { text: one }),
        start(1, { type: "tool_use", id: one, name: one, input: one }),
        delta(1, "input_json_delta", { partial_json: one }),
        delta(1, "signature_delta", { signature: one }),
        { type: "content_block_stop", index: one },
        { type: "message_delta", delta: one, usage: one },
        { type: one },
        STOP,
      );
    }
  });

  it("gives up on a stream that mixes more than it may hold back", () => {
    const decoder = new MessagesStreamDecoder();
    const push = (data: JsonObject) => decoder.push({ event: "", data: JSON.stringify(data) });
    push(start(0, { type: "tool_use", id: "a", name: "f" }));
    push(start(1, { type: "text", text: "" }));
    const text = "x".repeat(1_000_000);
    let last: StreamEvent | undefined;
    for (let i = 0; i < 20 && last === undefined; i++) {
      last = push(delta(1, "text_delta", { text })).at(-1);
    }
    assertEquals(last?.type, "error");
  });
});
