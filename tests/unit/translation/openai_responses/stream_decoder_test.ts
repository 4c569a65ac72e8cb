import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { JsonObject } from "../../../../lib/base/json.ts";
import { ResponseCollector } from "../../../../lib/chat/collect.ts";
import { openaiResponses } from "../../../../lib/translation/openai_responses/codec.ts";
import { eventsOf, eventsOfFixture, fixtureNames, jsonFixture, told } from "./samples.ts";

const HELLO = ["start resp_a1", "text", "+Hello", "+, ", "+world!", "end", "usage", "finish end"];

const created = { type: "response.created", response: { id: "r", model: "m" } };
const completed = { type: "response.completed", response: { id: "r", status: "completed" } };

function said(...wire: JsonObject[]): string[] {
  return told(eventsOf(created, ...wire, completed)).slice(1, -1);
}

const delta = (fields: JsonObject) => ({ type: "response.output_text.delta", ...fields });
const argumentsDelta = (fields: JsonObject) => ({
  type: "response.function_call_arguments.delta",
  ...fields,
});
const added = (output_index: number | undefined, item: JsonObject) => ({
  type: "response.output_item.added",
  ...(output_index === undefined ? {} : { output_index }),
  item,
});
const done = (output_index: number, item: JsonObject) => ({
  type: "response.output_item.done",
  output_index,
  item,
});
const call = (call_id: string, fields: JsonObject = {}) => ({
  type: "function_call",
  call_id,
  name: "f",
  ...fields,
});

describe("streamDecoder()", () => {
  it("reads text as it grows, and the figures at the end", () => {
    const events = eventsOfFixture("text.stream.sse");
    assertEquals(told(events), HELLO);
    assertEquals(events.at(-2), {
      type: "usage",
      usage: {
        inputTokens: 12,
        cacheReadTokens: 5,
        cacheWriteTokens: 0,
        outputTokens: 4,
        reasoningTokens: 0,
      },
    });
  });

  it("reads thoughts with their proof, and calls of both kinds", () => {
    assertEquals(told(eventsOfFixture("agent_turn.stream.sse")), [
      "start resp_a1",
      "reasoning",
      "+**Looking",
      "+** around",
      "+\n\n**Choosing** a file",
      "end gAAA-finished",
      "text",
      "+I will ",
      "+read it.",
      "end",
      "call call_Read1 read_file",
      '+{"path"',
      '+:"a.txt"}',
      "end",
      "freeform call_Patch1 apply_patch",
      "+*** Begin Patch\n",
      "++x\n",
      "+*** End Patch",
      "end",
      "usage",
      "finish tool-calls",
    ]);
  });

  it("tells interleaved calls one after the other", () => {
    assertEquals(told(eventsOfFixture("interleaved_calls.stream.sse")), [
      "start resp_a1",
      "call call_a first",
      '+{"n":',
      "+1}",
      "end",
      "call call_b second",
      '+{"n":2}',
      "end",
      "usage",
      "finish tool-calls",
    ]);
  });

  for (
    const name of ["types_only_in_event_names", "types_only_in_data"]
  ) {
    it(`reads ${name}.stream.sse as any other`, () => {
      assertEquals(told(eventsOfFixture(`${name}.stream.sse`)), HELLO);
    });
  }

  for (const name of ["items_whole", "only_completed"]) {
    it(`finds the items of ${name}.stream.sse, which were not streamed`, () => {
      assertEquals(told(eventsOfFixture(`${name}.stream.sse`)), [
        "start resp_a1",
        "reasoning",
        "+Thinking",
        "end gAAA-x",
        "call call_a first",
        '+{"n":1}',
        "end",
        "text",
        "+Done.",
        "end",
        "usage",
        "finish tool-calls",
      ]);
    });
  }

  it("tells nothing twice when ids change in every event", () => {
    assertEquals(told(eventsOfFixture("ids_change.stream.sse")), [
      "start resp_a1",
      "text",
      "+Hello",
      "+!",
      "end",
      "call call_a first",
      '+{"n":',
      "+1}",
      "end",
      "usage",
      "finish tool-calls",
    ]);
  });

  it("finds items by id where a server gives no index", () => {
    assertEquals(told(eventsOfFixture("no_indices.stream.sse")), [
      "start resp_a1",
      "call call_a first",
      '+{"n":',
      "+1}",
      "end",
      "text",
      "+Done",
      "+.",
      "end",
      "usage",
      "finish tool-calls",
    ]);
  });

  it("passes over events that it does not know, and tells server tools as opaque", () => {
    assertEquals(told(eventsOfFixture("unknown_events.stream.sse")), [
      "start resp_a1",
      "text",
      "+Hi",
      "end",
      "usage",
      "finish end",
    ]);
    assertEquals(told(eventsOfFixture("web_search.stream.sse")).slice(1, 6), [
      "opaque",
      "end",
      "text",
      "+Sunny.",
      "end",
    ]);
  });

  it("tells why an answer ended", () => {
    const last = ["refusal", "max_tokens", "content_filter"].map((name) =>
      told(eventsOfFixture(`${name}.stream.sse`)).at(-1)
    );
    assertEquals(last, ["finish refusal", "finish max-tokens", "finish refusal"]);
  });

  it("tells failures with the status that their words stand for", () => {
    const faults = ["failed", "error_event", "error_nested", "cut"].map((name) => {
      const last = eventsOfFixture(`${name}.stream.sse`).at(-1);
      return last?.type === "error" && [last.fault.kind, last.fault.status, last.fault.code];
    });
    assertEquals(faults, [
      ["rate_limit", 429, "rate_limit_exceeded"],
      ["internal", 500, "server_error"],
      ["billing", 402, "insufficient_quota"],
      ["upstream", 502, "stream_interrupted"],
    ]);
  });

  for (const stream of fixtureNames(".stream.sse")) {
    const answer = stream.replace(".stream.sse", ".json");
    if (!fixtureNames(".json").includes(answer)) continue;
    it(`reads the same in ${stream} and ${answer}`, () => {
      const collector = new ResponseCollector();
      for (const event of eventsOfFixture(stream)) collector.push(event);
      const { extras: _, form: _form, ...whole } = openaiResponses.decodeResponse(
        jsonFixture(answer),
      );
      const bare = JSON.stringify(whole, (key, value) => key === "extras" ? undefined : value);
      assertEquals(collector.response() as unknown, JSON.parse(bare));
    });
  }

  it("begins a message, a thought and a call that were not announced", () => {
    assertEquals(
      said(
        { type: "response.reasoning_text.delta", output_index: 0, delta: "Hm." },
        delta({ output_index: 1, delta: "Hi" }),
        argumentsDelta({ output_index: 2, delta: "{}" }),
        done(2, call("c")),
      ),
      ["reasoning", "+Hm.", "end", "text", "+Hi", "end", "call c f", "+{}", "end"],
    );
  });

  it("takes words that name neither item nor part for the latest item's", () => {
    assertEquals(
      said(added(undefined, { type: "message" }), delta({ delta: "a" }), delta({ delta: "b" })),
      [
        "text",
        "+a",
        "+b",
        "end",
      ],
    );
  });

  it("takes words after the end of a part for another part", () => {
    const part = { output_index: 0, content_index: 0 };
    const growing = [
      delta({ ...part, delta: "a" }),
      { type: "response.output_text.done", ...part, text: "a" },
      delta({ ...part, delta: "b" }),
    ];
    const message = { type: "message", content: [{ text: "a" }, { text: "b" }] };
    const expected = ["text", "+a", "end", "text", "+b", "end"];
    assertEquals(said(...growing), expected);
    assertEquals(said(...growing, done(0, message)), expected);
  });

  it("takes an index that is used again for another item", () => {
    assertEquals(
      said(done(0, call("c1", { arguments: "1" })), done(0, call("c2", { arguments: "2" }))),
      [
        "call c1 f",
        "+1",
        "end",
        "call c2 f",
        "+2",
        "end",
      ],
    );
  });

  it("keeps the arguments of a call until its name is known", () => {
    assertEquals(
      said(
        added(0, { type: "function_call", call_id: "c" }),
        argumentsDelta({ output_index: 0, delta: "{}" }),
        done(0, call("c", { arguments: "{}" })),
      ),
      ["call c f", "+{}", "end"],
    );
  });

  it("takes arguments that come as an object", () => {
    assertEquals(said(done(0, call("c", { arguments: { a: 1 } }))), [
      "call c f",
      '+{"a":1}',
      "end",
    ]);
  });

  it("says nothing of words and thoughts that are empty", () => {
    assertEquals(
      said(
        done(0, { type: "reasoning", summary: [] }),
        added(1, { type: "message" }),
        delta({ output_index: 1, delta: "" }),
        done(1, { type: "message", content: [{ type: "output_text", text: "" }] }),
      ),
      [],
    );
  });

  it("reports JSON that is none, and reads nothing after it", () => {
    const decoder = openaiResponses.streamDecoder();
    assertEquals(told(decoder.push({ event: "", data: "{" })), ["error stream_interrupted"]);
    assertEquals(decoder.push({ event: "", data: JSON.stringify(completed) }), []);
    assertEquals(decoder.end(), []);
  });

  it("reads an error that has no type", () => {
    const [event] = openaiResponses.streamDecoder().push({
      event: "",
      data: '{"error":{"message":"busy","code":503}}',
    });
    assertEquals(event, {
      type: "error",
      fault: { kind: "unavailable", status: 503, message: "busy" },
    });
  });

  it("gives up on output that waits without bound", () => {
    const decoder = openaiResponses.streamDecoder();
    const push = (one: JsonObject) => decoder.push({ event: "", data: JSON.stringify(one) });
    push(added(0, call("c1")));
    push(added(1, call("c2")));
    const piece = "x".repeat(1_000_000);
    const ends = Array.from(
      { length: 6 },
      () => push(argumentsDelta({ output_index: 1, delta: piece })),
    );
    assertEquals(ends.flatMap(told), ["error stream_interrupted"]);
  });
});
