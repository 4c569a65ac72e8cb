import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../../lib/base/error.ts";
import type { JsonObject } from "../../../../lib/base/json.ts";
import type { AssistantBlock, UserBlock } from "../../../../lib/chat/block.ts";
import type { Loss } from "../../../../lib/chat/loss.ts";
import type { ChatRequest, Message } from "../../../../lib/chat/request.ts";
import type { Quirks } from "../../../../lib/translation/codec.ts";
import { decodeRequest } from "../../../../lib/translation/anthropic_messages/request_decoder.ts";
import { encodeRequest } from "../../../../lib/translation/anthropic_messages/request_encoder.ts";
import { chatRequest } from "./samples.ts";

function text(words: string): { type: "text"; text: string } {
  return { type: "text", text: words };
}

function user(...content: UserBlock[]): Message {
  return { role: "user", content };
}

function assistant(...content: AssistantBlock[]): Message {
  return { role: "assistant", content };
}

function system(words: string): Message {
  return { role: "system", content: [text(words)] };
}

function call(id: string, input = "{}"): AssistantBlock {
  return { type: "tool-call", id, name: "run", input };
}

function result(toolCallId: string, words: string): UserBlock {
  return { type: "tool-result", toolCallId, content: [text(words)] };
}

/** The body for a request with these fields; it must be one that the protocol allows. */
function bodyOf(fields: Partial<ChatRequest>, quirks: Quirks = {}): JsonObject {
  const { body } = encodeRequest(chatRequest(fields), quirks);
  decodeRequest(JSON.parse(JSON.stringify(body)));
  return body;
}

function messagesOf(...messages: Message[]): unknown {
  return bodyOf({ messages }).messages;
}

function lossesOf(fields: Partial<ChatRequest>, quirks: Quirks = {}): Loss[] {
  return encodeRequest(chatRequest(fields), quirks).losses;
}

const TOOL = { type: "function", name: "run", parameters: { type: "object" } } as const;

describe("encodeRequest() writes turns", () => {
  it("with the system turns at the head at the top, and later ones in place", () => {
    const body = bodyOf({
      messages: [system("a"), system("b"), user(text("hi")), system("late"), user(text("go"))],
    });
    assertEquals(body.system, [text("a"), text("b")]);
    assertEquals(body.messages, [
      { role: "user", content: [text("hi"), text("<system>\nlate\n</system>"), text("go")] },
    ]);
  });

  it("with a system turn that stands alone as the user's", () => {
    const body = bodyOf({ messages: [system("Say hi.")] });
    assertEquals(body.system, undefined);
    assertEquals(body.messages, [{ role: "user", content: [text("Say hi.")] }]);
  });

  it("without text that has no visible character, and without the turns that held only that", () => {
    assertEquals(
      messagesOf(user(text("a"), text(" \n")), assistant(text("")), user(text("b"))),
      [{ role: "user", content: [text("a"), text("b")] }],
    );
  });

  it("with a placeholder when nothing is left", () => {
    assertEquals(messagesOf(user(text(""))), [
      { role: "user", content: [text("(The user sent no text.)")] },
    ]);
  });

  it("with the user first", () => {
    assertEquals(messagesOf(assistant(text("Welcome.")), user(text("hi"))), [
      { role: "user", content: [text("(The conversation begins with the assistant.)")] },
      { role: "assistant", content: [text("Welcome.")] },
      { role: "user", content: [text("hi")] },
    ]);
  });

  it("without white space at the end of a beginning of the answer", () => {
    assertEquals(messagesOf(user(text("a")), assistant(text("The answer is \n"))), [
      { role: "user", content: [text("a")] },
      { role: "assistant", content: [text("The answer is")] },
    ]);
  });

  it("without thoughts that are not Anthropic's own", () => {
    const own = { owner: "anthropic_messages", value: "sig" } as const;
    const messages = [
      user(text("a")),
      assistant(
        { type: "reasoning", text: "mine", signature: own },
        { type: "reasoning", text: "none" },
        { type: "reasoning", text: "x", signature: { owner: "openai_responses", value: "y" } },
        text("b"),
      ),
    ];
    assertEquals((bodyOf({ messages }).messages as JsonObject[])[1]?.content, [
      { type: "thinking", thinking: "mine", signature: "sig" },
      text("b"),
    ]);
    assertEquals(lossesOf({ messages }), [
      { field: "messages.reasoning_content", how: "dropped", changesMeaning: false },
    ]);
  });
});

describe("encodeRequest() writes calls and results", () => {
  it("with the results of a turn together, in the order of its calls, before the words", () => {
    assertEquals(
      messagesOf(
        user(text("go")),
        assistant(call("a"), call("b")),
        user(text("and?"), result("b", "2")),
        user(result("a", "1")),
      ),
      [
        { role: "user", content: [text("go")] },
        {
          role: "assistant",
          content: [
            { type: "tool_use", id: "a", name: "run", input: {} },
            { type: "tool_use", id: "b", name: "run", input: {} },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "a", content: [text("1")] },
            { type: "tool_result", tool_use_id: "b", content: [text("2")] },
            text("and?"),
          ],
        },
      ],
    );
  });

  it("with a result that came late right after its call", () => {
    assertEquals(
      messagesOf(
        user(text("go")),
        assistant(call("a")),
        user(text("wait")),
        assistant(text("ok")),
        user(result("a", "1")),
      ),
      [
        { role: "user", content: [text("go")] },
        { role: "assistant", content: [{ type: "tool_use", id: "a", name: "run", input: {} }] },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "a", content: [text("1")] },
            text("wait"),
          ],
        },
        { role: "assistant", content: [text("ok")] },
      ],
    );
  });

  it("with two turns of calls kept apart by the results of the first", () => {
    const messages = messagesOf(
      user(text("go")),
      assistant(call("a")),
      user(result("a", "1")),
      assistant(call("b")),
      user(result("b", "2")),
    ) as JsonObject[];
    assertEquals(messages.map(({ role }) => role), [
      "user",
      "assistant",
      "user",
      "assistant",
      "user",
    ]);
  });

  it("with an error in place of a result that is missing", () => {
    const messages = [user(text("go")), assistant(call("a"))];
    assertEquals((bodyOf({ messages }).messages as JsonObject[])[2], {
      role: "user",
      content: [{
        type: "tool_result",
        tool_use_id: "a",
        content: "No result was given for this call.",
        is_error: true,
      }],
    });
    assertEquals(lossesOf({ messages, tools: [TOOL] }), [
      { field: "messages.tool_calls", how: "approximated", changesMeaning: true },
    ]);
  });

  it("with a result without a call as text", () => {
    const messages = [user(result("ghost", "boo"))];
    assertEquals(bodyOf({ messages }).messages, [
      { role: "user", content: [text("Result of the tool call ghost:"), text("boo")] },
    ]);
    assertEquals(lossesOf({ messages }), [
      { field: "messages.role.tool", how: "approximated", changesMeaning: true },
    ]);
  });

  it("with a second result for one call as text", () => {
    const messages = messagesOf(
      user(text("go")),
      assistant(call("a")),
      user(result("a", "1"), result("a", "again")),
    ) as { content: JsonObject[] }[];
    assertEquals(messages[2]?.content.map(({ type }) => type), ["tool_result", "text", "text"]);
  });

  it("with an id of its own for each of two calls that share one", () => {
    const messages = messagesOf(
      user(text("go")),
      assistant(call("call_0")),
      user(result("call_0", "1")),
      assistant(call("call_0")),
      user(result("call_0", "2")),
    ) as { content: JsonObject[] }[];
    const [first, second] = [messages[1]?.content[0]?.id, messages[3]?.content[0]?.id];
    assertEquals(first === second, false);
    assertEquals(messages[4]?.content[0]?.tool_use_id, second);
  });

  it("with the images of a result inside it", () => {
    const image = { type: "image", source: { kind: "url", url: "https://e.com/a.png" } } as const;
    const messages = messagesOf(
      user(text("go")),
      assistant(call("a")),
      user({ type: "tool-result", toolCallId: "a", isError: true, content: [text("x"), image] }),
    ) as JsonObject[];
    assertEquals(messages[2]?.content, [{
      type: "tool_result",
      tool_use_id: "a",
      content: [text("x"), { type: "image", source: { type: "url", url: "https://e.com/a.png" } }],
      is_error: true,
    }]);
  });

  const inputs: readonly (readonly [string, JsonObject, boolean])[] = [
    ["", {}, true],
    ['{"a":1}', { a: 1 }, true],
    ['"{\\"a\\":1}"', { a: 1 }, true],
    ['{"a":', { _raw: '{"a":' }, false],
    ["[1]", { _raw: "[1]" }, false],
    ["null", { _raw: "null" }, false],
  ];
  for (const [input, expected, isExact] of inputs) {
    it(`with the input ${JSON.stringify(input)} as an object`, () => {
      const messages = [user(text("x")), assistant(call("a", input)), user(result("a", "1"))];
      const wire = bodyOf({ messages }).messages as { content: JsonObject[] }[];
      assertEquals(wire[1]?.content[0]?.input, expected);
      const fields = lossesOf({ messages, tools: [TOOL] }).map(({ field }) => field);
      assertEquals(fields, isExact ? [] : ["messages.tool_calls.arguments"]);
    });
  }

  it("with definitions made up for a history whose tools are gone, which may not be called", () => {
    const messages = [user(text("x")), assistant(call("a")), user(result("a", "1"))];
    const body = bodyOf({ messages });
    assertEquals(body.tools, [
      { name: "run", input_schema: { type: "object", properties: {} } },
    ]);
    assertEquals(body.tool_choice, { type: "none" });
  });

  it("with free text as the one property of a function", () => {
    const patch: AssistantBlock = {
      type: "tool-call",
      id: "a",
      name: "patch",
      input: "*** Begin",
      isFreeform: true,
    };
    const body = bodyOf({
      tools: [{ type: "freeform", name: "patch", format: { type: "grammar", definition: "g" } }],
      messages: [user(text("x")), assistant(patch), user(result("a", "1"))],
    });
    assertEquals(body.tools, [{
      name: "patch",
      description: "The text follows this grammar:\ng",
      input_schema: {
        type: "object",
        properties: { input: { type: "string", description: "The whole input, as text." } },
        required: ["input"],
      },
    }]);
    const messages = body.messages as { content: JsonObject[] }[];
    assertEquals(messages[1]?.content[0]?.input, { input: "*** Begin" });
  });
});

describe("encodeRequest() writes pictures and documents", () => {
  const sources: readonly (readonly [string, UserBlock, JsonObject | undefined])[] = [
    [
      "a picture in a URL of its bytes",
      { type: "image", source: { kind: "url", url: "data:image/jpg;base64,AAAA" } },
      { type: "image", source: { type: "base64", media_type: "image/jpeg", data: "AAAA" } },
    ],
    ["a picture that the source's vendor holds", {
      type: "image",
      source: { kind: "file", id: "f" },
    }, undefined],
    ["a picture in a URL that is not base64", {
      type: "image",
      source: { kind: "url", url: "data:image/svg+xml,<svg/>" },
    }, undefined],
    [
      "a PDF",
      {
        type: "document",
        name: "a.pdf",
        source: { kind: "base64", mediaType: "application/pdf", data: "AAAA" },
      },
      {
        type: "document",
        source: { type: "base64", media_type: "application/pdf", data: "AAAA" },
        title: "a.pdf",
      },
    ],
    [
      "text as bytes",
      {
        type: "document",
        source: { kind: "url", url: "data:text/csv;charset=utf-8;base64,YSxi" },
      },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "a,b" } },
    ],
    ["text", { type: "document", source: { kind: "text", text: "t" } }, {
      type: "document",
      source: { type: "text", media_type: "text/plain", data: "t" },
    }],
    [
      "a document by its address",
      { type: "document", source: { kind: "url", url: "https://e.com/a.pdf" } },
      { type: "document", source: { type: "url", url: "https://e.com/a.pdf" } },
    ],
    ["a document of another kind", {
      type: "document",
      source: { kind: "base64", mediaType: "application/msword", data: "AAAA" },
    }, undefined],
  ];
  for (const [name, block, wire] of sources) {
    it(`such as ${name}${wire === undefined ? ", which is lost" : ""}`, () => {
      const messages = [user(text("x"), block)];
      assertEquals(bodyOf({ messages }).messages, [
        { role: "user", content: wire === undefined ? [text("x")] : [text("x"), wire] },
      ]);
      assertEquals(
        lossesOf({ messages }),
        wire === undefined
          ? [{ field: `messages.content.${block.type}`, how: "dropped", changesMeaning: true }]
          : [],
      );
    });
  }

  it("but refuses pictures for an upstream that cannot read them", () => {
    const image: UserBlock = { type: "image", source: { kind: "url", url: "https://e.com/a" } };
    const request = chatRequest({ messages: [user(image)] });
    const error = assertThrows(() => encodeRequest(request, { vision: false }), GatewayError);
    assertEquals([error.status, error.code], [400, "vision_unsupported"]);
  });
});

describe("encodeRequest() writes settings", () => {
  it("with a limit always, since the API demands one", () => {
    assertEquals(bodyOf({}).max_tokens, 8192);
    assertEquals(bodyOf({}, { defaultMaxTokens: 100 }).max_tokens, 100);
    assertEquals(bodyOf({ maxTokens: 7 }, { defaultMaxTokens: 100 }).max_tokens, 7);
  });

  it("with the version of the API as a header", () => {
    assertEquals(encodeRequest(chatRequest(), {}).headers, { "anthropic-version": "2023-06-01" });
  });

  const choices: readonly (readonly [string, Partial<ChatRequest>, JsonObject | undefined])[] = [
    ["no choice", {}, undefined],
    ["auto", { toolChoice: { type: "auto" } }, { type: "auto" }],
    ["none", { toolChoice: { type: "none" }, parallelToolCalls: false }, { type: "none" }],
    ["required", { toolChoice: { type: "required" } }, { type: "any" }],
    ["one tool", { toolChoice: { type: "tool", name: "run" } }, { type: "tool", name: "run" }],
    ["a tool that is not there", { toolChoice: { type: "tool", name: "gone" } }, undefined],
    ["parallel calls", { parallelToolCalls: true }, undefined],
    ["no parallel calls", { parallelToolCalls: false }, {
      type: "auto",
      disable_parallel_tool_use: true,
    }],
    ["one required call", { toolChoice: { type: "required" }, parallelToolCalls: false }, {
      type: "any",
      disable_parallel_tool_use: true,
    }],
    ["no tools", { tools: [], toolChoice: { type: "required" } }, undefined],
    ["a foreign choice", {
      toolChoice: { type: "opaque", owner: "openai_chat", value: {} },
    }, undefined],
  ];
  for (const [name, fields, expected] of choices) {
    it(`with ${name} as ${JSON.stringify(expected)}`, () => {
      assertEquals(bodyOf({ tools: [TOOL], ...fields }).tool_choice, expected);
    });
  }

  it("with temperatures inside the API's range", () => {
    assertEquals(bodyOf({ temperature: 0.3 }).temperature, 0.3);
    assertEquals(bodyOf({ temperature: 1.7 }).temperature, 1);
    assertEquals(lossesOf({ temperature: 1.7 }), [
      { field: "temperature", how: "approximated", changesMeaning: true },
    ]);
  });

  it("with only one of temperature and top_p for Claude, which refuses both", () => {
    const both = { temperature: 0.5, topP: 0.9 };
    assertEquals(bodyOf(both).top_p, undefined);
    assertEquals(bodyOf({ ...both, model: "glm-4.6" }).top_p, 0.9);
    assertEquals(bodyOf({ topP: 0.9 }).top_p, 0.9);
    assertEquals(lossesOf({ temperature: 0.5, topP: 1 }), []);
  });

  it("without stop sequences of white space", () => {
    assertEquals(bodyOf({ stopSequences: ["\n", "END"] }).stop_sequences, ["END"]);
    assertEquals(bodyOf({ stopSequences: ["\n"] }).stop_sequences, undefined);
    assertEquals(lossesOf({ stopSequences: ["\n"] })[0]?.field, "stop");
  });

  it("with the user's name, unless it is longer than the API takes", () => {
    assertEquals(bodyOf({ userId: "u" }).metadata, { user_id: "u" });
    assertEquals(bodyOf({ userId: "u".repeat(257) }).metadata, undefined);
  });

  it("with a schema for the answer, and a loss for JSON without one", () => {
    const schema = { type: "object", properties: { a: { type: "string" } } };
    const body = bodyOf({ outputFormat: { type: "json_schema", name: "n", schema } });
    assertEquals(body.output_config, {
      format: { type: "json_schema", schema: { ...schema, additionalProperties: false } },
    });
    assertEquals(lossesOf({ outputFormat: { type: "json_object" } }), [
      { field: "response_format", how: "dropped", changesMeaning: true },
    ]);
  });

  it("without what only the source's upstreams understand", () => {
    const request: Partial<ChatRequest> = {
      extras: { seed: 1, store: true },
      tools: [
        TOOL,
        { type: "server", owner: "openai_responses", name: "web_search", value: {} },
      ],
    };
    assertEquals((bodyOf(request).tools as JsonObject[]).length, 1);
    assertEquals(bodyOf(request).seed, undefined);
    assertEquals(lossesOf(request), [
      { field: "seed", how: "dropped", changesMeaning: true },
      { field: "store", how: "dropped", changesMeaning: false },
      { field: "tools.web_search", how: "dropped", changesMeaning: true },
    ]);
  });

  it("without the parameters that the upstream does not take", () => {
    const quirks = { dropParams: ["temperature", "metadata", "top_k"] };
    const fields = { temperature: 0.5, userId: "u" };
    assertEquals(bodyOf(fields, quirks).temperature, undefined);
    assertEquals(lossesOf(fields, quirks), [
      { field: "temperature", how: "dropped", changesMeaning: true },
      { field: "metadata", how: "dropped", changesMeaning: false },
    ]);
  });

  it("without a field of a parameter, where the route names it so", () => {
    const quirks = { dropParams: ["metadata.user_id"] };
    assertEquals(bodyOf({ userId: "u" }, quirks).metadata, {});
  });
});

describe("encodeRequest() writes the wish to think", () => {
  const wishes: readonly (readonly [string, Partial<ChatRequest>, JsonObject])[] = [
    ["nothing", { reasoning: {} }, {}],
    ["an effort for a model that takes efforts", { reasoning: { effort: "high" } }, {
      thinking: { type: "adaptive" },
      output_config: { effort: "high" },
    }],
    ["an effort that the model's generation lacks", { reasoning: { effort: "xhigh" } }, {
      thinking: { type: "adaptive" },
      output_config: { effort: "high" },
    }],
    ["an effort of a later generation", {
      model: "anthropic/claude-opus-4.8",
      reasoning: { effort: "xhigh" },
    }, { thinking: { type: "adaptive" }, output_config: { effort: "xhigh" } }],
    ["thoughts that are to be read", { reasoning: { effort: "minimal", isVisible: true } }, {
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "low" },
    }],
    ["a budget as an effort", { reasoning: { budgetTokens: 10_000 } }, {
      thinking: { type: "adaptive" },
      output_config: { effort: "medium" },
    }],
    ["an effort as a budget", {
      model: "claude-haiku-4-5",
      maxTokens: 32_000,
      reasoning: { effort: "high" },
    }, { thinking: { type: "enabled", budget_tokens: 16_384 } }],
    ["a budget that leaves room for the answer", {
      model: "deepseek-chat",
      maxTokens: 4_000,
      reasoning: { effort: "max" },
    }, { thinking: { type: "enabled", budget_tokens: 3_000 } }],
    ["no thinking where there is no room", {
      model: "claude-haiku-4-5",
      maxTokens: 1_500,
      reasoning: { effort: "low" },
    }, {}],
    ["no thinking for a model that cannot", {
      model: "claude-3-5-sonnet-20241022",
      reasoning: { effort: "low" },
    }, {}],
    ["that it is off", { reasoning: { effort: "none" } }, { thinking: { type: "disabled" } }],
    ["only an effort before a forced call", {
      reasoning: { effort: "high" },
      tools: [TOOL],
      toolChoice: { type: "required" },
    }, { output_config: { effort: "high" } }],
  ];
  for (const [name, fields, expected] of wishes) {
    it(`such as ${name}`, () => {
      const { thinking, output_config } = bodyOf(fields);
      assertEquals(JSON.parse(JSON.stringify({ thinking, output_config })), expected);
    });
  }

  it("without a temperature, which the API then refuses", () => {
    const fields: Partial<ChatRequest> = {
      reasoning: { effort: "low" },
      temperature: 0.2,
      topP: 0.5,
    };
    assertEquals([bodyOf(fields).temperature, bodyOf(fields).top_p], [undefined, undefined]);
    assertEquals(bodyOf({ ...fields, temperature: 1, topP: 0.97 }).top_p, 0.97);
    assertEquals(lossesOf(fields), [
      { field: "temperature", how: "dropped", changesMeaning: true },
      { field: "top_p", how: "dropped", changesMeaning: true },
    ]);
  });

  it("not with a budget while a turn goes on that began without a thought of Claude's", () => {
    const fields: Partial<ChatRequest> = {
      model: "claude-sonnet-4-5",
      reasoning: { effort: "low" },
      tools: [TOOL],
      messages: [user(text("x")), assistant(call("a")), user(result("a", "1"))],
    };
    assertEquals(bodyOf(fields).thinking, undefined);
    assertEquals(bodyOf({ ...fields, model: "kimi-k2" }).thinking, {
      type: "enabled",
      budget_tokens: 2_048,
    });
    assertEquals(lossesOf(fields), [
      { field: "reasoning_effort", how: "dropped", changesMeaning: true },
    ]);
  });
});
