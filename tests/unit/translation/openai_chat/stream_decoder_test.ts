/** What a Chat stream says, however its server writes it. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { JsonObject, JsonValue } from "../../../../lib/base/json.ts";
import type { SseMessage } from "../../../../lib/sse/parser.ts";
import { openaiChat } from "../../../../lib/translation/openai_chat/codec.ts";
import { chunk, chunks, decoded, eventsOf, fixtureNames, messagesOf, outline } from "./fixture.ts";

/** What each transcript says. Those with a `.json` of the same name are compared with that too. */
const OUTLINES: ReadonlyMap<string, string> = new Map([
  ["text", "start text( +Grüße +,  +Welt 🌍 ) usage end:end"],
  [
    "tool_call",
    'start call:call_abc:get_weather( +{"ci +ty":"Par\\"is}"} ) usage end:tool-calls',
  ],
  [
    "two_tools_interleaved",
    'start text( +Looking both up. ) call:call_a:weather( +{"city": +"Oslo" +} ) ' +
    'call:call_b:time( +{"zone":"CET"} ) usage end:tool-calls',
  ],
  [
    "gemini_whole_calls",
    'start reasoning( )signed call:function-call-1:weather( +{"city":"Oslo"} ) ' +
    'call:function-call-2:time( +{"zone":"CET"} ) usage end:tool-calls',
  ],
  ["deepseek_reasoning", "start reasoning( +Two and  +two. ) text( +Four +. ) usage end:end"],
  [
    "openrouter_signed_reasoning",
    "start reasoning( +I need  +the weather. )signed " +
    'call:toolu_01:weather( +{"city":"Oslo"} ) usage end:tool-calls',
  ],
  [
    "openrouter_encrypted_reasoning",
    'start reasoning( )signed call:tool_weather_1:weather( +{"city":"Oslo"} ) end:tool-calls',
  ],
  ["openrouter_error_inside", "start text( +Half error:502"],
  ["mistral_thinking_parts", "start reasoning( +Let me  +think. ) text( +Done +. ) usage end:end"],
  [
    "vllm_new_id_each_piece",
    'start call:chatcmpl-tool-1:alpha( +{"a":  +1} ) ' +
    "call:chatcmpl-tool-4:beta( +{} ) end:tool-calls",
  ],
  [
    "whole_calls_without_ids",
    'start call:call_chatcmpl-407_0:alpha( +{"a":1} ) ' +
    'call:call_chatcmpl-407_1:alpha( +{"a":2} ) call:call_chatcmpl-407_2:beta( +{} ) ' +
    "end:tool-calls",
  ],
  ["late_name_and_id", 'start call:call_late:alpha( +{"a":1} ) end:tool-calls'],
  [
    "text_inside_call",
    'start text( +First. ) call:call_x:alpha( +{"a": +1} ) text( +Between. +\n ) ' +
    "call:call_y:beta( +{} ) end:tool-calls",
  ],
  ["custom_tool", "start call:call_c:apply_patch( +*** Begin + Patch ) end:tool-calls"],
  ["function_call", 'start call:call_chatcmpl-Fx1_0:weather( +{"city":"Oslo"} ) end:tool-calls'],
  [
    "length_in_call",
    'start call:call_l:write( +{"text":"once upon ) usage end:max-tokens',
  ],
  ["refusal", "start refusal( +I cannot  +help with that. ) end:refusal"],
  ["generated_image", "start text( +Here: ) opaque( ) end:end"],
  ["azure_content_filter", "start text( +Some ) end:refusal"],
  ["no_done_no_space", "start text( +Hi + there ) end:end"],
  ["done_without_finish", "start text( +Half an ans error:502"],
  ["cut_in_call", 'start call:call_x:alpha( +{"a": error:502'],
  ["error_inside", "start text( +Half error:529"],
]);

describe("streamDecoder()", () => {
  for (const name of fixtureNames(".stream.sse")) {
    it(`reads ${name}`, () => {
      assertEquals(outline(eventsOf(name)), OUTLINES.get(name) ?? "no outline");
    });

    it(`ends no prefix of ${name} well before its finish was seen`, () => {
      const messages = messagesOf(name);
      const finish = messages.findIndex(({ data }) => /"finish_reason":"/.test(data));
      for (let length = 0; length <= messages.length; length++) {
        const last = decoded(messages.slice(0, length)).at(-1);
        const isProven = finish !== -1 && length > finish;
        assert(last?.type === "error" || isProven, `${length} messages end well`);
      }
    });
  }

  const finish = chunk({}, "stop");
  const piece = (call: JsonObject) => chunk({ tool_calls: [call] });
  const whole = (name: string, fields: JsonObject = {}) => ({
    function: { name, arguments: "{}" },
    ...fields,
  });

  /** Chunks, and what they say between start and end. */
  const CALLS: readonly [string, JsonObject[], string][] = [
    [
      "calls that all have index 0 but ids of their own",
      [
        piece({ index: 0, id: "a", function: { name: "f", arguments: "{}" } }),
        piece({ index: 0, id: "b", function: { name: "g", arguments: "{}" } }),
      ],
      "call:a:f( +{} ) call:b:g( +{} )",
    ],
    [
      "two calls of one name with one index within one chunk",
      [chunk({ tool_calls: [whole("f", { index: 0 }), whole("f", { index: 0 })] })],
      "call:call_c1_0:f( +{} ) call:call_c1_1:f( +{} )",
    ],
    [
      "calls of one id with indices of their own, the second under another id",
      [
        piece({ index: 0, id: "a", function: { name: "f", arguments: "{}" } }),
        piece({ index: 1, id: "a", function: { name: "f", arguments: "" } }),
        piece({ index: 1, function: { arguments: "{}" } }),
      ],
      "call:a:f( +{} ) call:call_c1_1:f( +{} )",
    ],
    [
      "a name that is repeated with every piece",
      [
        piece({ index: 0, id: "a", function: { name: "f", arguments: "" } }),
        piece({ index: 0, id: "a", function: { name: "f", arguments: '{"x":' } }),
        piece({ index: 0, function: { name: "f", arguments: "1}" } }),
      ],
      'call:a:f( +{"x": +1} )',
    ],
    [
      "pieces without an index behind a call without one",
      [
        piece({ id: "a", function: { name: "f" } }),
        piece({ function: { arguments: '{"x":' } }),
        piece({ id: "a", function: { arguments: "1}" } }),
        piece({ id: "b", function: { name: "g", arguments: "{}" } }),
      ],
      'call:a:f( +{"x": +1} ) call:b:g( +{} )',
    ],
    [
      "an index that appears only behind the first piece",
      [
        piece({ id: "a", function: { name: "f" } }),
        piece({ index: 0, function: { arguments: "{}" } }),
      ],
      "call:a:f( +{} )",
    ],
    [
      "an index that is a text",
      [
        piece({ index: "0", id: "a", function: { name: "f", arguments: "{}" } }),
        piece({ index: "1", id: "b", function: { name: "g", arguments: "{}" } }),
      ],
      "call:a:f( +{} ) call:b:g( +{} )",
    ],
    [
      "an id that is empty at first, and empty again later",
      [
        piece({ index: 0, id: "", function: { name: "f", arguments: "" } }),
        piece({ index: 0, id: "a", function: { arguments: '{"x":' } }),
        piece({ index: 0, id: "", function: { name: "", arguments: "1}" } }),
      ],
      'call:a:f( +{"x": +1} )',
    ],
    [
      "a call without an id as soon as its input is whole",
      [piece({ index: 0, function: { name: "f", arguments: "{}" } })],
      "call:call_c1_0:f( +{} )",
    ],
    [
      "calls without input one after the other",
      [
        piece({ index: 0, id: "a", function: { name: "f", arguments: "" } }),
        piece({ index: 1, id: "b", function: { name: "g", arguments: "" } }),
      ],
      "call:a:f( ) call:b:g( )",
    ],
    [
      "a call that never gets a name",
      [piece({ index: 0, id: "a", function: { arguments: "{}" } })],
      "call:a:( +{} )",
    ],
    [
      "empty pieces as nothing",
      [piece({}), piece({ index: 0, function: {} }), chunk({ tool_calls: [null, "x", 5] })],
      "",
    ],
    [
      "name and arguments beside where they belong",
      [piece({ index: 0, id: "a", name: "f", arguments: { x: [1] } })],
      'call:a:f( +{"x":[1]} )',
    ],
    [
      "a call that is not in a list",
      [chunk({ tool_calls: { index: 0, id: "a", function: { name: "f", arguments: "{}" } } })],
      "call:a:f( +{} )",
    ],
    [
      "braces in texts as no end",
      [
        piece({ index: 0, id: "a", function: { name: "f", arguments: '{"x":"}\\"}' } }),
        piece({ index: 1, id: "b", function: { name: "g", arguments: "{}" } }),
        piece({ index: 0, function: { arguments: '"}' } }),
      ],
      'call:a:f( +{"x":"}\\"} +"} ) call:b:g( +{} )',
    ],
    [
      "three calls whose pieces alternate, in the order of their beginnings",
      [
        piece({ index: 2, id: "c", function: { name: "h", arguments: "[" } }),
        piece({ index: 0, id: "a", function: { name: "f", arguments: "{" } }),
        piece({ index: 1, id: "b", function: { name: "g", arguments: "{" } }),
        piece({ index: 0, function: { arguments: "}" } }),
        piece({ index: 2, function: { arguments: "]" } }),
        piece({ index: 1, function: { arguments: "}" } }),
      ],
      "call:c:h( +[ +] ) call:a:f( +{} ) call:b:g( +{ +} )",
    ],
    [
      "thoughts behind words as a block of their own",
      [
        chunk({ content: "a" }),
        chunk({ reasoning: "b" }),
        chunk({ content: "c" }),
      ],
      "text( +a ) reasoning( +b ) text( +c )",
    ],
    [
      "the same thought in several fields once",
      [chunk({ reasoning_content: "a", reasoning: "a" })],
      "reasoning( +a )",
    ],
    [
      "blank text alone as nothing, and before words as part of them",
      [
        chunk({ content: "\n" }),
        chunk({ reasoning_content: "hm" }),
        chunk({ content: "\n" }),
        chunk({ content: "a" }),
        chunk({ content: "" }),
        chunk({ content: " " }),
      ],
      "reasoning( +hm ) text( +\na +  )",
    ],
    [
      "another choice as nothing",
      [
        { choices: [{ index: 1, delta: { content: "other" } }, { index: 0, delta: {} }] },
        { choices: [{ index: 1, delta: {}, finish_reason: "length" }] },
      ],
      "",
    ],
    ["a message where the delta would be", [{
      id: "c1",
      choices: [{ index: 0, message: { role: "assistant", content: "a" } }],
    }], "text( +a )"],
  ];

  for (const [what, list, expected] of CALLS) {
    it(`reads ${what}`, () => {
      const said = outline(decoded(chunks(...list, finish, "[DONE]")));
      const end = /call:/.test(expected) ? "end:tool-calls" : "end:end";
      assertEquals(said, ["start", expected, end].filter((one) => one !== "").join(" "));
    });
  }

  it("sends the pieces of the first call while they come", () => {
    const decoder = openaiChat.streamDecoder();
    const list = chunks(
      piece({ index: 0, id: "a", function: { name: "f", arguments: '{"x"' } }),
      piece({ index: 0, function: { arguments: ":1}" } }),
      piece({ index: 1, id: "b", function: { name: "g", arguments: "{" } }),
    );
    assertEquals(list.map((message) => outline(decoder.push(message))), [
      'start call:a:f( +{"x"',
      "+:1}",
      ") call:b:g( +{",
    ]);
  });

  const BEHIND: readonly [string, (JsonObject | string)[], string][] = [
    ["a [DONE] between spaces", ["  [DONE] "], "start end:end"],
    ["an empty message", ["", " ", "[DONE]"], "start end:end"],
    ["garbage behind the finish", ["{oops"], "start end:end"],
    ["a failure behind the finish", [{ error: { message: "late" } }], "start end:end"],
    [
      "usage behind the finish",
      [{ choices: [], usage: { prompt_tokens: 1 } }],
      "start usage end:end",
    ],
    ["words behind the finish", [chunk({ content: "late" })], "start text( +late ) end:end"],
  ];

  for (const [what, list, expected] of BEHIND) {
    it(`still ends well with ${what}`, () => {
      assertEquals(outline(decoded(chunks(finish, ...list))), expected);
    });
  }

  it("finds usage where Groq and Moonshot put it", () => {
    const usage = { prompt_tokens: 5, completion_tokens: 1 };
    for (
      const last of [
        { ...finish, x_groq: { id: "r", usage } },
        { choices: [{ index: 0, delta: {}, finish_reason: "stop", usage }] },
      ]
    ) {
      const events = decoded(chunks(last as JsonObject));
      assertEquals(events.at(-2), { type: "usage", usage: { inputTokens: 5, outputTokens: 1 } });
    }
  });

  it("tells the latest totals once, where a server reports them with every chunk", () => {
    const report = (completion: number) => ({
      ...chunk({ content: "a" }),
      usage: { prompt_tokens: 5, completion_tokens: completion },
    });
    const events = decoded(chunks(report(1), report(2), finish));
    assertEquals(events.filter(({ type }) => type === "usage"), [
      { type: "usage", usage: { inputTokens: 5, outputTokens: 2 } },
    ]);
  });

  it("makes no progress of a role, of empty deltas, or of a chunk without choices", () => {
    const decoder = openaiChat.streamDecoder();
    const list = chunks(
      { id: "", choices: [], prompt_filter_results: [] },
      chunk({ role: "assistant", content: "" }),
      chunk({ content: null, reasoning_content: "", reasoning_details: [], tool_calls: [] }),
      chunk({ content: "\n" }),
    );
    const events = list.flatMap((message) => decoder.push(message));
    assertEquals(events, [{ type: "message-start", id: "c1", model: "m1" }]);
  });
});

describe("streamDecoder() tells a failure of", () => {
  const FAULTS: readonly [string, SseMessage[], number, string][] = [
    ["nothing at all", [], 502, "ended before"],
    ["a [DONE] alone", chunks("[DONE]"), 502, "ended before"],
    ["a message that is not JSON", chunks("{oops"), 502, "not a JSON object"],
    ["a message that is a number", chunks("5"), 502, "not a JSON object"],
    ["an error object", chunks({ error: { message: "m", type: "rate_limit_error" } }), 429, "m"],
    ["an error that is a text", chunks({ error: "m" }), 502, "m"],
    ["Gemini's list", chunks('[{"error":{"code":503,"message":"m"}}]'), 503, "m"],
    ["vLLM's error", chunks({ object: "error", message: "m", code: 400 }), 400, "m"],
    ["an event named error", [{ event: "error", data: '{"detail":"m"}' }], 502, "m"],
    ["a finish that is an error", chunks(chunk({}, "error")), 502, "error"],
    [
      "a finish for want of resources",
      chunks(chunk({}, "insufficient_system_resource")),
      529,
      "ran",
    ],
  ];

  for (const [what, messages, status, part] of FAULTS) {
    it(what, () => {
      const last = decoded(messages).at(-1);
      assert(last?.type === "error");
      assertEquals(last.fault.status, status);
      assert(last.fault.message.includes(part), last.fault.message);
    });
  }

  it("more waiting blocks than a sane answer has", () => {
    const open = chunk({
      tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: "{" } }],
    });
    const waiting = chunk({
      tool_calls: [{ index: 1, id: "b", function: { name: "g", arguments: "x".repeat(1 << 20) } }],
    });
    const events = decoded(chunks(open, ...Array(9).fill(waiting)));
    assertEquals(events.at(-1)?.type, "error");
  });

  it("more calls than a sane answer has", () => {
    const calls = Array.from({ length: 5000 }, (_, index) => ({
      index,
      id: `c${index}`,
      function: { name: "f", arguments: "{}" },
    }));
    assertEquals(decoded(chunks(chunk({ tool_calls: calls }))).at(-1)?.type, "error");
  });
});

/** Values that no field expects. */
const ODD: readonly JsonValue[] = [null, true, -1, 1e999, "x", "", [], [null], [[]], {}, { x: {} }];

/** Every place in a chunk, to be filled with each of them. */
const PLACES = [
  (value: JsonValue) => ({ choices: value }),
  (value: JsonValue) => ({ choices: [value] }),
  (value: JsonValue) => ({ choices: [{ index: value, delta: { content: "a" } }] }),
  (value: JsonValue) => ({ choices: [{ delta: value }] }),
  (value: JsonValue) => ({ choices: [{ delta: {}, finish_reason: value }] }),
  (value: JsonValue) => ({ id: value, model: value, choices: [{ delta: {} }] }),
  (value: JsonValue) => ({ usage: value, x_groq: value, choices: [] }),
  (value: JsonValue) => ({ usage: { prompt_tokens: value, prompt_tokens_details: value } }),
  (value: JsonValue) => ({ error: value }),
  (value: JsonValue) => ({ error: { message: value, code: value, type: value } }),
  ...[
    "content",
    "refusal",
    "reasoning",
    "reasoning_content",
    "reasoning_details",
    "tool_calls",
    "function_call",
    "images",
    "audio",
  ].map((field) => (value: JsonValue) => ({ choices: [{ delta: { [field]: value } }] })),
  ...["index", "id", "type", "function", "custom", "extra_content"].map((field) =>
  (
    value: JsonValue,
  ) => ({
    choices: [{ delta: { tool_calls: [{ id: "a", function: { name: "f" }, [field]: value }] } }],
  })),
  ...["name", "arguments"].map((field) => (value: JsonValue) => ({
    choices: [{ delta: { tool_calls: [{ id: "a", function: { name: "f", [field]: value } }] } }],
  })),
  (value: JsonValue) => ({ choices: [{ delta: { content: [value] } }] }),
  (value: JsonValue) => ({
    choices: [{ delta: { content: [{ type: "thinking", thinking: value }] } }],
  }),
  (value: JsonValue) => ({
    choices: [{ delta: { reasoning_details: [{ data: value, text: value }] } }],
  }),
];

describe("streamDecoder()", () => {
  it("is lawful with odd values in any place", () => {
    for (const place of PLACES) {
      for (const value of ODD) {
        const odd = place(value) as JsonObject;
        decoded(chunks(odd));
        decoded(chunks(chunk({ content: "a" }), odd, chunk({}, "stop")));
      }
    }
  });
});
