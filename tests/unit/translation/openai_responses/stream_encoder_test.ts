import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { JsonObject } from "../../../../lib/base/json.ts";
import { checkedStream } from "../../../../lib/chat/grammar.ts";
import type { BlockStart, StreamEvent } from "../../../../lib/chat/stream_event.ts";
import { openaiResponses } from "../../../../lib/translation/openai_responses/codec.ts";
import { seal } from "../../../../lib/translation/sealed_state.ts";
import { context, eventsOf, eventsOfFixture, fixtureNames, streamOf } from "./samples.ts";

const start: StreamEvent = { type: "message-start", id: "", model: "" };
const usage: StreamEvent = { type: "usage", usage: { inputTokens: 5, outputTokens: 2 } };
const end: StreamEvent = { type: "message-end", stopReason: "end" };

function block(block: BlockStart, ...texts: string[]): StreamEvent[] {
  return [
    { type: "block-start", block },
    ...texts.map((text): StreamEvent => ({ type: "block-delta", text })),
    { type: "block-end" },
  ];
}

const call = (id: string): BlockStart => ({ type: "tool-call", id, name: "f" });

/** Wire events without what is the same in all. */
function bare(events: JsonObject[]): JsonObject[] {
  return events.map(({ sequence_number: _, ...rest }) => rest);
}

describe("streamEncoder()", () => {
  it("writes the whole sequence of events for words", () => {
    const events = streamOf(start, ...block({ type: "text" }, "Hel", "lo"), usage, end);
    const of = { item_id: "msg_abc_0", output_index: 0, content_index: 0 };
    const part = (text: string) => ({ type: "output_text", text, annotations: [], logprobs: [] });
    const item = (status: string, content: JsonObject[]) => ({
      id: "msg_abc_0",
      type: "message",
      status,
      role: "assistant",
      content,
    });
    assertEquals(bare(events.slice(2, -1)), [
      { type: "response.output_item.added", output_index: 0, item: item("in_progress", []) },
      { type: "response.content_part.added", ...of, part: part("") },
      { type: "response.output_text.delta", ...of, delta: "Hel", logprobs: [] },
      { type: "response.output_text.delta", ...of, delta: "lo", logprobs: [] },
      { type: "response.output_text.done", ...of, text: "Hello", logprobs: [] },
      { type: "response.content_part.done", ...of, part: part("Hello") },
      {
        type: "response.output_item.done",
        output_index: 0,
        item: item("completed", [part("Hello")]),
      },
    ]);
  });

  it("counts the events from zero", () => {
    const events = streamOf(start, ...block({ type: "text" }, "Hi"), end);
    assertEquals(events.map((event) => event.sequence_number), [...events.keys()]);
  });

  it("begins and ends with the response, at last with all items and figures", () => {
    const events = streamOf(start, ...block({ type: "text" }, "Hi"), usage, end);
    const responses = events.flatMap(({ type, response }) => response ? [{ type, response }] : []);
    assertEquals(responses.map(({ type }) => type), [
      "response.created",
      "response.in_progress",
      "response.completed",
    ]);
    const [first, , last] = responses.map(({ response }) => response as JsonObject);
    assertEquals([first?.id, first?.status, first?.model, first?.output, first?.usage], [
      "resp_abc",
      "in_progress",
      "asked-for",
      [],
      null,
    ]);
    const content = [{ type: "text", text: "Hi" }] as const;
    const whole = openaiResponses.encodeResponse({
      id: "",
      model: "",
      content: [...content],
      stopReason: "end",
      usage: { inputTokens: 5, outputTokens: 2 },
    }, context);
    assertEquals(last as JsonObject, JSON.parse(JSON.stringify(whole)));
  });

  it("writes a thought as a summary that ends with its proof", () => {
    const signature = { owner: "anthropic_messages", value: "sig" } as const;
    const events = streamOf(
      start,
      { type: "block-start", block: { type: "reasoning" } },
      { type: "block-delta", text: "Hm" },
      { type: "block-delta", text: "." },
      { type: "block-end", signature },
      end,
    );
    const of = { item_id: "rs_abc_0", output_index: 0, summary_index: 0 };
    const part = (text: string) => ({ type: "summary_text", text });
    assertEquals(bare(events.slice(2, -1)), [
      {
        type: "response.output_item.added",
        output_index: 0,
        item: { id: "rs_abc_0", type: "reasoning", summary: [] },
      },
      { type: "response.reasoning_summary_part.added", ...of, part: part("") },
      { type: "response.reasoning_summary_text.delta", ...of, delta: "Hm" },
      { type: "response.reasoning_summary_text.delta", ...of, delta: "." },
      { type: "response.reasoning_summary_text.done", ...of, text: "Hm." },
      { type: "response.reasoning_summary_part.done", ...of, part: part("Hm.") },
      {
        type: "response.output_item.done",
        output_index: 0,
        item: {
          id: "rs_abc_0",
          type: "reasoning",
          summary: [part("Hm.")],
          encrypted_content: seal(signature),
        },
      },
    ]);
  });

  it("writes calls of both kinds, and arguments for a call without any", () => {
    const freeform: BlockStart = { type: "tool-call", id: "c2", name: "g", isFreeform: true };
    const events = streamOf(start, ...block(call("f:0")), ...block(freeform, "x"), end);
    const item = {
      id: "fc_abc_0",
      type: "function_call",
      call_id: "gwid_Zjow",
      name: "f",
    };
    const custom = { id: "ctc_abc_1", type: "custom_tool_call", call_id: "c2", name: "g" };
    const first = { item_id: "fc_abc_0", output_index: 0 };
    const second = { item_id: "ctc_abc_1", output_index: 1 };
    assertEquals(bare(events.slice(2, -1)), [
      {
        type: "response.output_item.added",
        output_index: 0,
        item: { ...item, status: "in_progress", arguments: "" },
      },
      { type: "response.function_call_arguments.delta", ...first, delta: "{}" },
      { type: "response.function_call_arguments.done", ...first, name: "f", arguments: "{}" },
      {
        type: "response.output_item.done",
        output_index: 0,
        item: { ...item, status: "completed", arguments: "{}" },
      },
      {
        type: "response.output_item.added",
        output_index: 1,
        item: { ...custom, status: "in_progress", input: "" },
      },
      { type: "response.custom_tool_call_input.delta", ...second, delta: "x" },
      { type: "response.custom_tool_call_input.done", ...second, input: "x" },
      {
        type: "response.output_item.done",
        output_index: 1,
        item: { ...custom, status: "completed", input: "x" },
      },
    ]);
  });

  it("writes neighbouring words as parts of one message", () => {
    const events = streamOf(
      start,
      ...block({ type: "text" }, "a"),
      ...block({ type: "refusal" }, "b"),
      end,
    );
    const parts = events.filter(({ type }) => type === "response.content_part.done");
    assertEquals(parts.map(({ item_id, content_index }) => [item_id, content_index]), [
      ["msg_abc_0", 0],
      ["msg_abc_0", 1],
    ]);
    assertEquals(events.filter(({ type }) => type === "response.output_item.done").length, 1);
  });

  it("passes its own opaque items on and leaves out foreign ones", () => {
    const value = { type: "web_search_call", id: "ws_1" };
    const events = streamOf(
      start,
      ...block({ type: "opaque", owner: "openai_responses", value }),
      ...block({ type: "opaque", owner: "anthropic_messages", value }),
      end,
    );
    assertEquals(bare(events.slice(2, -1)), [
      { type: "response.output_item.added", output_index: 0, item: value },
      { type: "response.output_item.done", output_index: 0, item: value },
    ]);
  });

  it("says that a cut answer is incomplete, and its last item with it", () => {
    const cut: StreamEvent = { type: "message-end", stopReason: "max-tokens" };
    const events = streamOf(
      start,
      ...block({ type: "text" }, "a"),
      ...block(call("c"), '{"a'),
      cut,
    );
    const items = events.filter(({ type }) => type === "response.output_item.done");
    assertEquals(items.map(({ item }) => (item as JsonObject).status), ["completed", "incomplete"]);
    const last = events.at(-1);
    assertEquals(last?.type, "response.incomplete");
    assertEquals((last?.response as JsonObject).incomplete_details, {
      reason: "max_output_tokens",
    });
  });

  it("ends with a failed response that keeps the finished items", () => {
    const fault = {
      kind: "upstream",
      status: 502,
      message: "cut",
      code: "stream_interrupted",
    } as const;
    const events = streamOf(
      start,
      ...block(call("c"), "{}"),
      { type: "block-start", block: { type: "text" } },
      { type: "block-delta", text: "half" },
      { type: "error", fault },
    );
    const { type, response } = events.at(-1) ?? {};
    const { status, error, output } = response as JsonObject;
    assertEquals([type, status, error], ["response.failed", "failed", {
      code: "stream_interrupted",
      message: "cut",
    }]);
    assertEquals((output as JsonObject[]).map((item) => item.type), ["function_call"]);
  });

  it("tells an error before the beginning also as a bare error", () => {
    const fault = { kind: "invalid_request", status: 400, message: "no" } as const;
    const events = streamOf({ type: "error", fault });
    assertEquals(events.map(({ type }) => type), ["error", "response.failed"]);
    assertEquals(bare(events)[0], { type: "error", code: null, message: "no", param: null });
    assertEquals(((events[1]?.response as JsonObject).error as JsonObject).code, "invalid_prompt");
  });

  for (const name of fixtureNames(".stream.sse")) {
    it(`writes ${name} so that it is read as the same again`, () => {
      const said = eventsOfFixture(name);
      const heard = eventsOf(...streamOf(...said));
      checkedStream(heard);
      assertEquals(gist(heard), gist(said));
    });
  }
});

/** Events without where words are cut, and without figures and seals that are filled in. */
function gist(events: readonly StreamEvent[]): string {
  return events.map((event) => {
    if (event.type === "block-delta") return event.text;
    if (event.type === "block-end" && event.signature?.value === seal(undefined)) {
      return '\n{"type":"block-end"}';
    }
    if (event.type === "error") return `\nerror ${event.fault.code}`;
    return event.type === "usage" ? "" : `\n${JSON.stringify(event)}`;
  }).join("");
}
