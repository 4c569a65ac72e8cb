/** What a Chat upstream is sent for requests that came in another protocol. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../../lib/base/error.ts";
import type { JsonObject, JsonValue } from "../../../../lib/base/json.ts";
import type { ToolResultBlock } from "../../../../lib/chat/block.ts";
import type { Loss } from "../../../../lib/chat/loss.ts";
import type { ChatRequest, Message } from "../../../../lib/chat/request.ts";
import type { Quirks } from "../../../../lib/translation/codec.ts";
import { openaiChat } from "../../../../lib/translation/openai_chat/codec.ts";
import { writeState } from "../../../../lib/translation/openai_chat/reasoning_state.ts";

const USER: Message = { role: "user", content: [{ type: "text", text: "hi" }] };

function encode(fields: Partial<ChatRequest>, quirks: Quirks = {}) {
  const request: ChatRequest = {
    source: "anthropic_messages",
    model: "up",
    stream: false,
    messages: [USER],
    ...fields,
  };
  return openaiChat.encodeRequest(request, quirks);
}

function messages(list: Message[], quirks: Quirks = {}): JsonValue | undefined {
  return encode({ messages: list }, quirks).body.messages;
}

function dropped(field: string, changesMeaning: boolean): Loss {
  return { field, how: "dropped", changesMeaning };
}

function approximated(field: string, changesMeaning = false): Loss {
  return { field, how: "approximated", changesMeaning };
}

const text = (value: string) => ({ type: "text", text: value }) as const;
const picture = {
  type: "image",
  source: { kind: "base64", mediaType: "image/png", data: "AA==" },
} as const;
const pictureUrl = { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } };
const pdf = {
  type: "document",
  source: { kind: "base64", mediaType: "application/pdf", data: "BB==" },
} as const;

function turn(...ids: string[]): Message {
  const content = ids.map((id) =>
    ({ type: "tool-call", id, name: `f_${id}`, input: "{}" }) as const
  );
  return { role: "assistant", content };
}

function result(toolCallId: string, value: string): ToolResultBlock {
  return { type: "tool-result", toolCallId, content: [text(value)] };
}

function wireTurn(...ids: string[]): JsonObject {
  const calls = ids.map((id) => ({
    id,
    type: "function",
    function: { name: `f_${id}`, arguments: "{}" },
  }));
  return { role: "assistant", content: null, tool_calls: calls };
}

const wireResult = (id: string, content: string) => ({ role: "tool", tool_call_id: id, content });

describe("encodeRequest()", () => {
  it("writes system turns where they stand, and joins texts", () => {
    assertEquals(
      messages([
        { role: "system", content: [text("a"), text("b")] },
        USER,
        { role: "system", content: [text("c")], form: { role: "developer" } },
        { role: "user", content: [text("d"), text("e")] },
      ]),
      [
        { role: "system", content: "a\n\nb" },
        { role: "user", content: "hi" },
        { role: "system", content: "c" },
        { role: "user", content: "d\n\ne" },
      ],
    );
  });

  it("joins pieces of one text as they are, and apart what something stood between", () => {
    const call = { type: "tool-call", id: "a", name: "f", input: "" } as const;
    const wire = messages([{
      role: "assistant",
      content: [text("a"), text("b"), call, text("c")],
    }]);
    assertEquals((wire as JsonObject[])[0]?.content, "ab\n\nc");
  });

  it("writes parts only where there is more than text", () => {
    assertEquals(messages([{ role: "user", content: [text("see"), picture] }]), [
      { role: "user", content: [{ type: "text", text: "see" }, pictureUrl] },
    ]);
  });

  it("puts results directly behind their calls, and the user's words after them", () => {
    assertEquals(
      messages([
        USER,
        turn("a", "b"),
        {
          role: "user",
          content: [text("first"), result("b", "2"), result("a", "1"), text("last")],
        },
      ]),
      [
        { role: "user", content: "hi" },
        wireTurn("a", "b"),
        wireResult("a", "1"),
        wireResult("b", "2"),
        { role: "user", content: "first\n\nlast" },
      ],
    );
  });

  it("takes results from later turns too, and keeps a system turn between behind them", () => {
    assertEquals(
      messages([
        turn("a", "b"),
        { role: "user", content: [result("a", "1")] },
        { role: "system", content: [text("note")] },
        { role: "user", content: [result("b", "2")] },
      ]),
      [
        wireTurn("a", "b"),
        wireResult("a", "1"),
        wireResult("b", "2"),
        { role: "system", content: "note" },
      ],
    );
  });

  it("makes one turn of turns that nothing stands between", () => {
    assertEquals(
      messages([turn("a"), turn("b"), {
        role: "user",
        content: [result("a", "1"), result("b", "2")],
      }]),
      [wireTurn("a", "b"), wireResult("a", "1"), wireResult("b", "2")],
    );
  });

  it("shows pictures and files of results to the user turn that follows, before its words", () => {
    assertEquals(
      messages([
        turn("a", "b"),
        {
          role: "user",
          content: [
            { type: "tool-result", toolCallId: "a", content: [text("shot"), picture] },
            { type: "tool-result", toolCallId: "b", content: [pdf] },
            text("what is it?"),
          ],
        },
      ]),
      [
        wireTurn("a", "b"),
        wireResult("a", "shot"),
        wireResult("b", "The result is attached to the next message"),
        {
          role: "user",
          content: [
            pictureUrl,
            {
              type: "file",
              file: { filename: "document.pdf", file_data: "data:application/pdf;base64,BB==" },
            },
            { type: "text", text: "what is it?" },
          ],
        },
      ],
    );
  });

  it("makes a user turn for pictures of results when none follows", () => {
    const list = messages([
      turn("a"),
      { role: "user", content: [{ type: "tool-result", toolCallId: "a", content: [picture] }] },
      turn(),
    ]) as JsonObject[];
    assertEquals(list.map(({ role }) => role), ["assistant", "tool", "user", "assistant"]);
    assertEquals(list[2]?.content, [pictureUrl]);
  });

  it("gives a call without a result one that says so", () => {
    const { body, losses } = encode({ messages: [turn("a", "b"), USER] });
    const missing = "No result was given for this tool call";
    assertEquals(body.messages, [
      wireTurn("a", "b"),
      wireResult("a", missing),
      wireResult("b", missing),
      { role: "user", content: "hi" },
    ]);
    assertEquals(losses, [approximated("messages.content.tool_use")]);
  });

  it("tells a result without a call, or a second one, as the user's words", () => {
    const { body, losses } = encode({
      messages: [
        { role: "user", content: [result("x", "lost")] },
        turn("a"),
        { role: "user", content: [result("a", "1"), result("a", "again")] },
      ],
    });
    const orphan = "Result of a tool call that is not part of this conversation:";
    assertEquals(body.messages, [
      { role: "user", content: `${orphan}\n\nlost` },
      wireTurn("a"),
      wireResult("a", "1"),
      { role: "user", content: `${orphan}\n\nagain` },
    ]);
    assertEquals(losses, [approximated("messages.content.tool_result")]);
  });

  it("marks the result of a tool that failed, once", () => {
    const failed = (value: string): Message[] => [
      turn("a"),
      { role: "user", content: [{ ...result("a", value), isError: true }] },
    ];
    assertEquals(
      (messages(failed("no such file")) as JsonObject[])[1]?.content,
      "Error: no such file",
    );
    assertEquals(
      (messages(failed("<error>x</error>")) as JsonObject[])[1]?.content,
      "<error>x</error>",
    );
    assertEquals(encode({ messages: failed("x") }).losses, [
      approximated("messages.content.is_error"),
    ]);
  });

  it("fits tool-call ids to the upstream, and the same call twice to two ids", () => {
    const loop: Message[] = [
      turn("functions.ls:0"),
      { role: "user", content: [result("functions.ls:0", "1")] },
      turn("functions.ls:0"),
      { role: "user", content: [result("functions.ls:0", "2")] },
    ];
    const ids = (quirks: Quirks) =>
      (messages(loop, quirks) as JsonObject[]).map((one) =>
        one.tool_call_id ?? ((one.tool_calls as JsonObject[])[0]?.id as string)
      );
    const [call, reply, secondCall, secondReply] = ids({});
    assert(/^[a-zA-Z0-9_-]{1,64}$/.test(String(call)));
    assertEquals(reply, call);
    assert(secondCall !== call);
    assertEquals(secondReply, secondCall);
    for (const id of ids({ toolIdPattern: "^[a-zA-Z0-9]{9}$" })) {
      assert(/^[a-zA-Z0-9]{9}$/.test(String(id)));
    }
  });

  it("writes an empty turn of the model as an empty text", () => {
    assertEquals(messages([{ role: "assistant", content: [] }]), [
      { role: "assistant", content: "" },
    ]);
  });

  it("makes arguments JSON that servers can parse", () => {
    const argumentsOf = (input: string, isFreeform = false) => {
      const call = { type: "tool-call", id: "a", name: "f", input, isFreeform } as const;
      const [wire] = messages([{ role: "assistant", content: [call] }]) as JsonObject[];
      const [first] = wire?.tool_calls as JsonObject[];
      return (first?.function as JsonObject).arguments;
    };
    assertEquals(argumentsOf(""), "{}");
    assertEquals(argumentsOf('{"a": 1}'), '{"a": 1}');
    assertEquals(argumentsOf('{"a": '), '{"_raw":"{\\"a\\": "}');
    assertEquals(argumentsOf("*** Begin", true), '{"input":"*** Begin"}');
  });

  it("writes the model's words of refusal as words", () => {
    const { body, losses } = encode({
      source: "openai_responses",
      messages: [{ role: "assistant", content: [{ type: "refusal", text: "no" }] }],
    });
    assertEquals(body.messages, [{ role: "assistant", content: "no" }]);
    assertEquals(losses, [approximated("input.content.refusal")]);
  });

  it("tells texts of documents, and where a document is that Chat cannot carry", () => {
    const document = (source: { kind: "text"; text: string } | { kind: "url"; url: string }) =>
      encode({ messages: [{ role: "user", content: [{ type: "document", source, name: "N" }] }] });
    const known = document({ kind: "text", text: "words" });
    assertEquals(known.body.messages, [{ role: "user", content: "Document N:\nwords" }]);
    assertEquals(known.losses, []);
    const far = document({ kind: "url", url: "https://e.org/a.pdf" });
    assertEquals(far.body.messages, [
      { role: "user", content: "Document N:\nhttps://e.org/a.pdf" },
    ]);
    assertEquals(far.losses, [approximated("messages.content.document", true)]);
  });

  it("reports files that only another provider has", () => {
    const source = { kind: "file", id: "file_1" } as const;
    const { body, losses } = encode({
      messages: [{ role: "user", content: [{ type: "image", source }, text("hi")] }],
    });
    assertEquals(body.messages, [{ role: "user", content: "hi" }]);
    assertEquals(losses, [dropped("messages.content.image", true)]);
  });

  it("refuses pictures for a model that reads none, in results too", () => {
    const inResult: Message[] = [
      turn("a"),
      { role: "user", content: [{ type: "tool-result", toolCallId: "a", content: [picture] }] },
    ];
    for (const list of [[{ role: "user", content: [picture] } as Message], inResult]) {
      const error = assertThrows(() => messages(list, { vision: false }), GatewayError);
      assertEquals(error.code, "vision_unsupported");
      assertEquals(error.status, 400);
    }
  });
});

describe("encodeRequest() with thoughts", () => {
  const thought = {
    type: "reasoning",
    text: "hm",
    signature: { owner: "anthropic_messages", value: "s" },
  } as const;
  const call = { type: "tool-call", id: "a", name: "f", input: "{}" } as const;

  it("drops them, and says so", () => {
    const { body, losses } = encode({
      messages: [{ role: "assistant", content: [thought, text("x")] }],
    });
    assertEquals(body.messages, [{ role: "assistant", content: "x" }]);
    assertEquals(losses, [dropped("messages.content.thinking", false)]);
  });

  it("sends their text to an upstream that wants it", () => {
    const { body, losses } = encode(
      { messages: [{ role: "assistant", content: [thought, text("x")] }] },
      { reasoningContent: true },
    );
    assertEquals(body.messages, [{ role: "assistant", content: "x", reasoning_content: "hm" }]);
    assertEquals(losses, []);
  });

  it("gives a turn with calls some thoughts for an upstream that wants them", () => {
    const [wire] = messages([{ role: "assistant", content: [call] }], {
      reasoningContent: true,
    }) as JsonObject[];
    assertEquals(wire?.reasoning_content, " ");
    assertEquals(wire?.content, "");
  });

  const details = [{ type: "reasoning.text", text: "hm", signature: "s" }];
  const signature = writeState({ model: "up-2026-01-01", reasoningDetails: details });
  const extraContent = { google: { thought_signature: "g" } };
  const callState = writeState({ model: "up", extraContent });
  if (signature === undefined || callState === undefined) throw new Error("No state");
  const own: Message = {
    role: "assistant",
    content: [
      { type: "reasoning", text: "hm", signature },
      { type: "reasoning", text: "", signature: callState },
      call,
      { ...call, id: "b" },
    ],
  };

  it("gives the upstream back what it had given, in its place", () => {
    const { body, losses } = encode({
      messages: [own, { role: "user", content: [result("a", "1"), result("b", "2")] }],
    });
    const [wire] = body.messages as JsonObject[];
    assertEquals(wire?.reasoning_details, details);
    const [first, second] = wire?.tool_calls as JsonObject[];
    assertEquals(first?.extra_content, extraContent);
    assertEquals(second?.extra_content, undefined);
    assertEquals(losses, []);
  });

  it("gives no other model what one model had given", () => {
    const { body, losses } = encode({
      model: "other",
      messages: [own, { role: "user", content: [result("a", "1"), result("b", "2")] }],
    });
    const [wire] = body.messages as JsonObject[];
    assertEquals(wire?.reasoning_details, undefined);
    assertEquals((wire?.tool_calls as JsonObject[])[0]?.extra_content, undefined);
    assertEquals(losses, [dropped("messages.content.thinking", false)]);
  });
});

describe("encodeRequest() with tools", () => {
  const tool = { type: "function", name: "f", parameters: { type: "object" } } as const;
  const wireTool = { type: "function", function: { name: "f", parameters: { type: "object" } } };
  const server = {
    type: "server",
    owner: "anthropic_messages",
    name: "web_search_20250305",
    value: { type: "web_search_20250305", name: "web_search" },
  } as const;

  it("writes functions, with an empty schema where there is none", () => {
    const { body } = encode({ tools: [tool, { type: "function", name: "g" }] });
    assertEquals(body.tools, [
      wireTool,
      { type: "function", function: { name: "g", parameters: { type: "object", properties: {} } } },
    ]);
  });

  it("drops an empty list, and every word about it", () => {
    const { body, losses } = encode({
      tools: [server],
      toolChoice: { type: "required" },
      parallelToolCalls: false,
    });
    assertEquals(Object.keys(body).sort(), ["messages", "model"]);
    assertEquals(losses, [dropped("tools.web_search_20250305", true)]);
  });

  it("writes each choice, and forbids parallel calls", () => {
    const choice = (toolChoice: ChatRequest["toolChoice"]) =>
      encode({ tools: [tool], ...(toolChoice && { toolChoice }) }).body.tool_choice;
    assertEquals(choice({ type: "auto" }), "auto");
    assertEquals(choice({ type: "none" }), "none");
    assertEquals(choice({ type: "required" }), "required");
    assertEquals(choice({ type: "tool", name: "f" }), {
      type: "function",
      function: { name: "f" },
    });
    assertEquals(
      encode({ tools: [tool], parallelToolCalls: false }).body.parallel_tool_calls,
      false,
    );
    assertEquals(
      encode({ tools: [tool], parallelToolCalls: true }).body.parallel_tool_calls,
      undefined,
    );
  });

  it("forgets the choice of a tool that was dropped", () => {
    const { body, losses } = encode({
      tools: [tool, server],
      toolChoice: { type: "tool", name: "web_search" },
    });
    assertEquals(body.tool_choice, undefined);
    assert(losses.some(({ field }) => field === "tool_choice"));
  });

  it("writes a tool that takes free text as a function of one text, with its grammar", () => {
    const { body, losses } = encode({
      source: "openai_responses",
      tools: [{
        type: "freeform",
        name: "patch",
        description: "d",
        format: { type: "grammar", syntax: "lark", definition: "start: X" },
      }],
    });
    const description =
      "The whole input of the tool, as plain text that follows this grammar:\nstart: X";
    assertEquals(body.tools, [{
      type: "function",
      function: {
        name: "patch",
        description: "d",
        parameters: {
          type: "object",
          properties: { input: { type: "string", description } },
          required: ["input"],
          additionalProperties: false,
        },
      },
    }]);
    assertEquals(losses, [approximated("tools.custom")]);
  });
});

describe("encodeRequest() with parameters", () => {
  it("asks for the usage of every stream", () => {
    const { body } = encode({ stream: true });
    assertEquals(body.stream, true);
    assertEquals(body.stream_options, { include_usage: true });
    assertEquals(encode({}).body.stream_options, undefined);
  });

  it("writes the limit under the name that the route wants", () => {
    assertEquals(encode({ maxTokens: 5 }).body.max_tokens, 5);
    const { body } = encode({ maxTokens: 5 }, { maxTokensField: "max_completion_tokens" });
    assertEquals(body.max_completion_tokens, 5);
    assertEquals(body.max_tokens, undefined);
  });

  it("writes sampling parameters, and no empty list of stops", () => {
    const { body } = encode({ temperature: 0, topP: 1, stopSequences: ["a"] });
    assertEquals([body.temperature, body.top_p, body.stop], [0, 1, ["a"]]);
    assertEquals(encode({ stopSequences: [] }).body.stop, undefined);
  });

  for (
    const [effort, written, losses] of [
      ["none", undefined, [dropped("thinking.type", false)]],
      ["minimal", "low", [approximated("output_config.effort")]],
      ["low", "low", []],
      ["medium", "medium", []],
      ["high", "high", []],
      ["xhigh", "high", [approximated("output_config.effort")]],
      ["max", "high", [approximated("output_config.effort")]],
    ] as const
  ) {
    it(`writes the effort ${effort} as ${written}`, () => {
      const encoded = encode({ reasoning: { effort } });
      assertEquals(encoded.body.reasoning_effort, written);
      assertEquals(encoded.losses, [...losses]);
    });
  }

  it("keeps an effort of none that a Responses client asked for", () => {
    const { body } = encode({ source: "openai_responses", reasoning: { effort: "none" } });
    assertEquals(body.reasoning_effort, "none");
  });

  for (
    const [budgetTokens, effort] of [
      [1024, "low"],
      [4096, "low"],
      [4097, "medium"],
      [16384, "medium"],
      [31999, "high"],
    ] as const
  ) {
    it(`writes a budget of ${budgetTokens} tokens as effort ${effort}`, () => {
      const encoded = encode({ reasoning: { budgetTokens } });
      assertEquals(encoded.body.reasoning_effort, effort);
      assertEquals(encoded.losses, [approximated("thinking.budget_tokens")]);
    });
  }

  it("writes output formats, with a name for every schema", () => {
    const format = (outputFormat: NonNullable<ChatRequest["outputFormat"]>) =>
      encode({ outputFormat }).body.response_format;
    assertEquals(format({ type: "json_object" }), { type: "json_object" });
    const schema = { type: "object" };
    assertEquals(format({ type: "json_schema", schema }), {
      type: "json_schema",
      json_schema: { name: "response", schema },
    });
    assertEquals(format({ type: "json_schema", name: "n", schema, strict: true }), {
      type: "json_schema",
      json_schema: { name: "n", schema, strict: true },
    });
  });

  it("names the user, unless the name is too long for OpenAI", () => {
    assertEquals(encode({ userId: "u".repeat(64) }).body.user, "u".repeat(64));
    const { body, losses } = encode({ userId: "u".repeat(65) });
    assertEquals(body.user, undefined);
    assertEquals(losses, [dropped("metadata.user_id", false)]);
  });

  it("leaves out the parameters that a route does not take", () => {
    const { body, losses } = encode(
      { temperature: 0, stream: true },
      { dropParams: ["temperature", "stream_options", "absent"] },
    );
    assertEquals(Object.keys(body).sort(), ["messages", "model", "stream"]);
    assertEquals(losses, [dropped("temperature", true), dropped("stream_options", false)]);
  });

  it("leaves out a field of a parameter, where a route names it so", () => {
    const { body, losses } = encode(
      { stream: true },
      { dropParams: ["stream_options.include_usage"] },
    );
    assertEquals(body.stream_options, {});
    assertEquals(losses, [dropped("stream_options.include_usage", true)]);
  });

  it("writes nothing that only the source understands, and reports it", () => {
    const { body, losses } = encode({
      extras: { top_k: 5, metadata: { a: 1 } },
      messages: [{
        role: "user",
        content: [
          { ...text("hi"), extras: { cache_control: { type: "ephemeral" } } },
          { type: "opaque", owner: "anthropic_messages", value: { type: "search_result" } },
        ],
      }],
    });
    assertEquals(body, { model: "up", messages: [{ role: "user", content: "hi" }] });
    assertEquals(losses.map(({ field }) => field).sort(), [
      "messages.content.cache_control",
      "messages.content.search_result",
      "metadata",
      "top_k",
    ]);
  });
});

describe("encodeRequest() refuses", () => {
  it("a thread in the words by which Anthropic's SDK knows to send everything", () => {
    const error = assertThrows(
      () => encode({ extras: { thread: { type: "create" } } }),
      GatewayError,
      "thread",
    );
    assertEquals(error.status, 400);
    assertEquals(error.code, "thread_unsupported_request");
    assertEquals(error.details, {
      error_code: "thread_unsupported_request",
      unsupported: ["thread"],
    });
  });

  for (const field of ["previous_response_id", "conversation", "background", "prompt"]) {
    it(`${field}, which stands for what only OpenAI has`, () => {
      const error = assertThrows(
        () => encode({ source: "openai_responses", extras: { [field]: "x" } }),
        GatewayError,
        field,
      );
      assertEquals(error.status, 400);
      assertEquals(error.param, field);
    });
  }

  it("nothing of that when it is null or false", () => {
    encode({ source: "openai_responses", extras: { background: false, conversation: null } });
  });
});

describe("encodeRequest() for a Chat client", () => {
  it("keeps foreign-looking ids unless the route asks for others", () => {
    const body = {
      model: "m",
      messages: [
        {
          role: "assistant",
          tool_calls: [{ id: "x.y:0", type: "function", function: { name: "f", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: "x.y:0", content: "1" },
      ],
    };
    const request = openaiChat.decodeRequest(body);
    assertEquals(openaiChat.encodeRequest(request, {}).body, body);
    const fitted = openaiChat.encodeRequest(request, { toolIdPattern: "^[a-zA-Z0-9]{9}$" }).body;
    const [turn, reply] = fitted.messages as JsonObject[];
    const [call] = turn?.tool_calls as JsonObject[];
    assert(/^[a-zA-Z0-9]{9}$/.test(String(call?.id)));
    assertEquals(reply?.tool_call_id, call?.id);
  });
});
