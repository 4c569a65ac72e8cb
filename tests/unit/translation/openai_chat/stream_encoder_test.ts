/** The stream that a Chat client reads. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { isObject, type JsonObject, parseJson } from "../../../../lib/base/json.ts";
import type { StreamEvent } from "../../../../lib/chat/stream_event.ts";
import { openaiChat } from "../../../../lib/translation/openai_chat/codec.ts";
import { decoded, eventsOf, fixtureNames, outline } from "./fixture.ts";

function encode(events: readonly StreamEvent[], includeUsage = true): (JsonObject | string)[] {
  const encoder = openaiChat.streamEncoder({
    id: "abc",
    createdAt: 1_700_000_000,
    model: "asked",
    includeUsage,
    estimatedInputTokens: 0,
  });
  return events.flatMap((event) => encoder.push(event)).map(({ event, data }) => {
    assertEquals(event, "", "Chat streams have no event names");
    const value = parseJson(data);
    return isObject(value) ? value : data;
  });
}

/** The delta of a chunk. */
function deltaOf(message: JsonObject | string | undefined): unknown {
  const choices = isObject(message) ? message.choices : undefined;
  return Array.isArray(choices) && isObject(choices[0]) ? choices[0].delta : message;
}

const START: StreamEvent = { type: "message-start", id: "msg_1", model: "claude" };
const END: StreamEvent = { type: "message-end", stopReason: "end" };

function block(start: Extract<StreamEvent, { type: "block-start" }>["block"], ...texts: string[]) {
  return [
    { type: "block-start", block: start },
    ...texts.map((text) => ({ type: "block-delta", text }) as const),
    { type: "block-end" },
  ] as StreamEvent[];
}

describe("streamEncoder()", () => {
  it("writes whole chunks, the role in the first, the finish in one without content", () => {
    const head = {
      id: "msg_1",
      object: "chat.completion.chunk",
      created: 1_700_000_000,
      model: "claude",
    };
    const choice = (delta: JsonObject, finish: string | null = null) => ({
      ...head,
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
    assertEquals(encode([START, ...block({ type: "text" }, "a", "b"), END]), [
      choice({ role: "assistant", content: "" }),
      choice({ content: "a" }),
      choice({ content: "b" }),
      choice({}, "stop"),
      "[DONE]",
    ]);
  });

  it("names answer and model itself where the upstream did not", () => {
    const [first] = encode([{ type: "message-start", id: "", model: "" }]);
    assert(isObject(first));
    assertEquals([first.id, first.model], ["chatcmpl-abc", "asked"]);
  });

  it("writes each kind of text into its field", () => {
    const [, ...rest] = encode([
      START,
      ...block({ type: "reasoning" }, "hm"),
      ...block({ type: "refusal" }, "no"),
    ]);
    assertEquals(rest.map(deltaOf), [{ reasoning_content: "hm" }, { refusal: "no" }]);
  });

  it("numbers calls, and gives id, type and name once", () => {
    const [, ...rest] = encode([
      START,
      ...block({ type: "tool-call", id: "a", name: "f" }, '{"x"', ":1}"),
      ...block({ type: "tool-call", id: "b", name: "p", isFreeform: true }, "raw"),
    ]);
    const call = (fields: JsonObject) => ({ tool_calls: [fields] });
    assertEquals(rest.map(deltaOf), [
      call({ index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } }),
      call({ index: 0, function: { arguments: '{"x"' } }),
      call({ index: 0, function: { arguments: ":1}" } }),
      call({ index: 1, id: "b", type: "custom", custom: { name: "p", input: "" } }),
      call({ index: 1, custom: { input: "raw" } }),
    ]);
  });

  it("gives a call without input arguments that can be parsed", () => {
    const said = encode([START, ...block({ type: "tool-call", id: "a", name: "f" })]);
    assertEquals(deltaOf(said.at(-1)), {
      tool_calls: [{ index: 0, function: { arguments: "{}" } }],
    });
  });

  it("tells usage in a chunk without choices, to those who asked", () => {
    const events: StreamEvent[] = [
      START,
      { type: "usage", usage: { inputTokens: 5 } },
      { type: "usage", usage: { outputTokens: 2 } },
      END,
    ];
    const asked = encode(events).at(-2);
    assert(isObject(asked));
    assertEquals(asked.choices, []);
    assertEquals(asked.usage, { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 });
    const unasked = encode(events, false).at(-2);
    assert(isObject(unasked));
    assertEquals(unasked.usage, undefined);
    assertEquals(encode([START, END]).length, 3);
  });

  it("says stop behind words of refusal, else that a filter was met", () => {
    const refused: StreamEvent = { type: "message-end", stopReason: "refusal" };
    const finish = (...events: StreamEvent[]) =>
      JSON.stringify(encode([START, ...events, refused]).at(-2));
    assert(finish(...block({ type: "refusal" }, "no")).includes('"finish_reason":"stop"'));
    assert(finish().includes('"finish_reason":"content_filter"'));
  });

  it("writes a failure without [DONE]", () => {
    const fault = {
      kind: "upstream",
      status: 502,
      message: "m",
      code: "stream_interrupted",
    } as const;
    assertEquals(encode([START, { type: "error", fault }]).slice(1), [{
      error: { message: "m", type: "server_error", code: "stream_interrupted", param: null },
    }]);
  });

  it("leaves out what only another protocol understands", () => {
    const opaque = { type: "opaque", owner: "anthropic_messages", value: { type: "x" } } as const;
    assertEquals(encode([START, ...block(opaque)]).length, 1);
  });

  for (const name of fixtureNames(".stream.sse")) {
    it(`says the same as ${name}`, () => {
      const events = eventsOf(name);
      const encoder = openaiChat.streamEncoder({
        id: "abc",
        createdAt: 0,
        model: "asked",
        includeUsage: true,
        estimatedInputTokens: 0,
      });
      const heard = decoded(events.flatMap((event) => encoder.push(event)));
      assertEquals(gist(heard), gist(events.filter(isSayable)));
    });
  }
});

/** Chat has neither proofs of thoughts, nor the exact status of a failure. */
function gist(events: readonly StreamEvent[]): string {
  return outline(events).replaceAll(")signed", ")").replace(/error:\d+/, "error");
}

/** Chat clients are not sent the proofs of thoughts, so thoughts that are nothing else vanish. */
function isSayable(event: StreamEvent, i: number, events: readonly StreamEvent[]): boolean {
  const isSilent = (start?: StreamEvent, end?: StreamEvent) =>
    start?.type === "block-start" && start.block.type === "reasoning" && end?.type === "block-end";
  return !isSilent(event, events[i + 1]) && !isSilent(events[i - 1], event);
}
