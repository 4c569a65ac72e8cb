import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../../lib/base/error.ts";
import type { JsonObject, JsonValue } from "../../../../lib/base/json.ts";
import {
  decodePrompt,
  decodeRequest,
} from "../../../../lib/translation/anthropic_messages/request_decoder.ts";
import { encodeRequest } from "../../../../lib/translation/anthropic_messages/request_encoder.ts";
import { openaiChat } from "../../../../lib/translation/openai_chat/codec.ts";
import { seal } from "../../../../lib/translation/sealed_state.ts";
import { jsonTranscript, messagesBody } from "./samples.ts";

/** Bodies that are refused: the fields beside the least body, and the message. */
const REFUSED: readonly (readonly [JsonObject, string])[] = [
  [{ model: 5 }, "model: expected a string, got a number"],
  [{ max_tokens: null }, "max_tokens: missing"],
  [{ max_tokens: "16" }, "max_tokens: expected a number, got a string"],
  [{ max_tokens: 1.5 }, "max_tokens: expected a whole number, 0 or more, got 1.5"],
  [{ max_tokens: -1 }, "max_tokens: expected a whole number, 0 or more, got -1"],
  [{ messages: {} }, "messages: expected an array, got an object"],
  [{ messages: [] }, "messages: expected at least one message"],
  [{ messages: ["hi"] }, "messages[0]: expected an object, got a string"],
  [{ stream: "yes" }, "stream: expected a boolean, got a string"],
  [{ temperature: [] }, "temperature: expected a number, got an array"],
  [{ top_p: "1" }, "top_p: expected a number, got a string"],
  [{ stop_sequences: "END" }, "stop_sequences: expected an array, got a string"],
  [{ stop_sequences: [1] }, "stop_sequences[0]: expected a string, got a number"],
  [{ system: 1 }, "system: expected a string or an array, got a number"],
  [{ system: [{ type: "text" }] }, "system[0].text: missing"],
  [{ metadata: "u" }, "metadata: expected an object, got a string"],
  [{ metadata: { user_id: 1 } }, "metadata.user_id: expected a string, got a number"],
  [{ tools: {} }, "tools: expected an array, got an object"],
  [{ tools: [{ type: 1 }] }, "tools[0].type: expected a string, got a number"],
  [{ tools: [{ input_schema: {} }] }, "tools[0].name: missing"],
  [
    { tools: [{ name: "a", input_schema: [] }] },
    "tools[0].input_schema: expected an object, got an array",
  ],
  [{ tool_choice: "auto" }, "tool_choice: expected an object, got a string"],
  [{ tool_choice: {} }, "tool_choice.type: missing"],
  [{ tool_choice: { type: "tool" } }, "tool_choice.name: missing"],
  [
    { tool_choice: { type: "auto", disable_parallel_tool_use: 1 } },
    "tool_choice.disable_parallel_tool_use: expected a boolean, got a number",
  ],
  [{ thinking: true }, "thinking: expected an object, got a boolean"],
  [{ thinking: {} }, "thinking.type: missing"],
  [{ thinking: { type: "enabled" } }, "thinking.budget_tokens: missing"],
  [{ output_config: [] }, "output_config: expected an object, got an array"],
  [{ output_config: { effort: 3 } }, "output_config.effort: expected a string, got a number"],
  [{ output_config: { format: { type: "json_schema" } } }, "output_config.format.schema: missing"],
  [{ output_format: { schema: {} } }, "output_format.type: missing"],
];

/** Turns that are refused: the turn, and the message. */
const REFUSED_TURNS: readonly (readonly [JsonObject, string])[] = [
  [{ content: "x" }, "messages[0].role: missing"],
  [
    { role: "tool", content: "x" },
    'messages[0].role: expected one of user, assistant, system, got "tool"',
  ],
  [{ role: "user" }, "messages[0].content: missing"],
  [
    { role: "user", content: null },
    "messages[0].content: expected a string or an array, got null",
  ],
  [{ role: "system" }, "messages[0].content: missing"],
  [
    { role: "user", content: [{ type: "tool_use", id: "a", name: "b", input: {} }] },
    "messages[0].content[0]: a tool_use block can only stand in an assistant turn",
  ],
  [
    { role: "assistant", content: [{ type: "tool_result", tool_use_id: "a" }] },
    "messages[0].content[0]: a tool_result block can only stand in a user turn",
  ],
];

/** Blocks that are refused: the role, the block, and the message after the block's place. */
const REFUSED_BLOCKS: readonly (readonly [string, JsonValue, string])[] = [
  ["user", 1, ": expected an object, got a number"],
  ["user", {}, ".type: missing"],
  ["user", { type: "text", text: 5 }, ".text: expected a string, got a number"],
  ["user", { type: "image" }, ".source: missing"],
  ["user", { type: "image", source: {} }, ".source.type: missing"],
  ["user", { type: "image", source: { type: "url" } }, ".source.url: missing"],
  [
    "user",
    { type: "image", source: { type: "base64", media_type: "image/png", data: 1 } },
    ".source.data: expected a string, got a number",
  ],
  [
    "user",
    { type: "document", title: 1, source: { type: "text", data: "" } },
    ".title: expected a string, got a number",
  ],
  [
    "user",
    { type: "document", source: { type: "content", content: [{ type: "text" }] } },
    ".source.content[0].text: missing",
  ],
  ["user", { type: "tool_result" }, ".tool_use_id: missing"],
  [
    "user",
    { type: "tool_result", tool_use_id: "a", is_error: "no" },
    ".is_error: expected a boolean, got a string",
  ],
  [
    "user",
    { type: "tool_result", tool_use_id: "a", content: [{ type: "text", text: 1 }] },
    ".content[0].text: expected a string, got a number",
  ],
  ["assistant", { type: "thinking" }, ".thinking: missing"],
  ["assistant", { type: "tool_use", id: "a", name: "b" }, ".input: missing"],
  [
    "assistant",
    { type: "tool_use", id: "a", name: "b", input: "{}" },
    ".input: expected an object, got a string",
  ],
];

function refusal(body: JsonObject): GatewayError {
  return assertThrows(() => decodeRequest(body), GatewayError);
}

describe("decodeRequest()", () => {
  for (const [fields, message] of REFUSED) {
    it(`refuses ${JSON.stringify(fields)}`, () => {
      const error = refusal(messagesBody(fields));
      assertEquals([error.status, error.message], [400, message]);
      assertEquals(error.param, message.slice(0, message.indexOf(": ")));
    });
  }

  for (const [turn, message] of REFUSED_TURNS) {
    it(`refuses the turn ${JSON.stringify(turn)}`, () => {
      assertEquals(refusal(messagesBody({ messages: [turn] })).message, message);
    });
  }

  for (const [role, block, message] of REFUSED_BLOCKS) {
    it(`refuses the ${role} block ${JSON.stringify(block)}`, () => {
      const filler = { type: "text", text: "x" };
      const turns = [{ role: "user", content: "x" }, { role, content: [filler, block] }];
      assertEquals(
        refusal(messagesBody({ messages: turns })).message,
        `messages[1].content[1]${message}`,
      );
    });
  }

  it("refuses input that is nested deeper than it can be written", () => {
    const input = JSON.parse('{"0":'.repeat(100_000) + "1" + "}".repeat(100_000));
    const content = [{ type: "tool_use", id: "a", name: "b", input }];
    const error = refusal(messagesBody({ messages: [{ role: "assistant", content }] }));
    assertEquals(error.message, "messages[0].content[0].input: nested too deeply");
  });

  it("reads turns, tools and settings into their canonical form", () => {
    const request = decodeRequest(jsonTranscript("agent_turn.request.json"));
    assertEquals(request.messages.map(({ role }) => role), [
      "system",
      "user",
      "system",
      "assistant",
      "user",
    ]);
    assertEquals(request.messages[3]?.content.map(({ type }) => type), [
      "reasoning",
      "text",
      "tool-call",
      "tool-call",
    ]);
    assertEquals(request.tools?.map(({ type }) => type), ["function", "function", "server"]);
    assertEquals(request.reasoning?.effort, "high");
    assertEquals(request.userId, "user_1_account__session_2");
    assertEquals(Object.keys(request.extras ?? {}), ["context_management"]);
  });

  it("reads a call's input as text", () => {
    const call = { type: "tool_use", id: "a", name: "b", input: { x: [1, "é"] } };
    const request = decodeRequest(messagesBody({
      messages: [{ role: "assistant", content: [call] }],
    }));
    assertEquals(request.messages[0]?.content, [
      { type: "tool-call", id: "a", name: "b", input: '{"x":[1,"é"]}' },
    ]);
  });

  it("names the tools that a search found to every protocol", () => {
    const found = (tool_name: string) => ({ type: "tool_reference", tool_name });
    const result = {
      type: "tool_result",
      tool_use_id: "a",
      content: [found("WebFetch"), { ...found("Monitor"), cache_control: { type: "ephemeral" } }],
    };
    const call = { type: "tool_use", id: "a", name: "ToolSearch", input: { query: "fetch" } };
    const body = messagesBody({
      messages: [{ role: "assistant", content: [call] }, { role: "user", content: [result] }],
    });
    const request = decodeRequest(body);
    assertEquals(encodeRequest(request, {}).body.messages, body.messages);
    const { body: chat } = openaiChat.encodeRequest(request, {});
    assertEquals(
      (chat.messages as JsonObject[]).at(-1)?.content,
      "The tool WebFetch can be called now.\n\nThe tool Monitor can be called now.",
    );
  });

  it("reads a budget, switched off thinking, and an effort that is not known yet", () => {
    const reasoning = (fields: JsonObject) => {
      const { form: _, ...rest } = decodeRequest(messagesBody(fields)).reasoning ?? {};
      return rest;
    };
    assertEquals(reasoning({ thinking: { type: "enabled", budget_tokens: 2048 } }), {
      budgetTokens: 2048,
      isVisible: true,
    });
    assertEquals(reasoning({ thinking: { type: "disabled" }, output_config: { effort: "high" } }), {
      effort: "none",
    });
    assertEquals(reasoning({ output_config: { effort: "ultra" } }), {});
    assertEquals(reasoning({ thinking: { type: "adaptive", display: "omitted" } }), {
      isVisible: false,
    });
  });

  it("takes thoughts for ones to be read, unless the client says otherwise", () => {
    for (const thinking of [{ type: "adaptive" }, { type: "adaptive", display: "summarized" }]) {
      assertEquals(decodeRequest(messagesBody({ thinking })).reasoning?.isVisible, true);
    }
  });

  it("reads a thread that goes on with nothing new", () => {
    const thread = { type: "continue", previous_message_id: "msg_1" };
    assertEquals(decodeRequest(messagesBody({ thread, messages: [] })).messages, []);
  });

  it("restores an id that was fitted to a client's rule", () => {
    const id = "gwid_ZnVuY3Rpb25zLmxzOjA";
    const request = decodeRequest(messagesBody({
      messages: [
        { role: "assistant", content: [{ type: "tool_use", id, name: "ls", input: {} }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: "a" }] },
      ],
    }));
    const [call, result] = request.messages.map(({ content }) => content[0]);
    assertEquals(call?.type === "tool-call" && call.id, "functions.ls:0");
    assertEquals(result?.type === "tool-result" && result.toolCallId, "functions.ls:0");
  });

  it("restores the state that a seal carries", () => {
    const state = { owner: "openai_responses", value: "gAAA" } as const;
    const thought = { type: "thinking", thinking: "t", signature: seal(state) };
    const unsigned = { type: "thinking", thinking: "u", signature: seal(undefined) };
    const request = decodeRequest(messagesBody({
      messages: [{ role: "assistant", content: [thought, unsigned] }],
    }));
    assertEquals(request.messages[0]?.content, [
      { type: "reasoning", text: "t", signature: state },
      { type: "reasoning", text: "u" },
    ]);
  });

  it("keeps a field named __proto__ as a plain field", () => {
    const body: JsonObject = JSON.parse(
      '{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}],"__proto__":{"a":1}}',
    );
    const request = decodeRequest(body);
    assertEquals(Object.keys(request.extras ?? {}), ["__proto__"]);
    assertEquals(
      JSON.stringify(encodeRequest(request, {}).body).includes('"__proto__":{"a":1}'),
      true,
    );
  });
});

describe("decodePrompt()", () => {
  it("reads a request that only wants to be counted", () => {
    const { max_tokens: _, ...body } = messagesBody();
    assertEquals(decodePrompt(body).maxTokens, undefined);
  });
});

/** Bodies beside the transcripts that must come out as they came in. */
const IDENTICAL: Readonly<Record<string, JsonObject>> = {
  "an empty system prompt": { system: "" },
  "an empty system list": { system: [] },
  "a system prompt of blocks": { system: [{ type: "text", text: "a" }] },
  "a stream that is declined": { stream: false },
  "fields that are null": { system: null, temperature: null, tools: null, metadata: null },
  "a nested field that is null": { metadata: { user_id: null }, output_config: { effort: null } },
  "objects without fields": { metadata: {}, output_config: {} },
  "an empty turn": { messages: [{ role: "user", content: "" }] },
  "empty text": { messages: [{ role: "user", content: [{ type: "text", text: "" }] }] },
  "empty lists": { tools: [], stop_sequences: [] },
  "unknown names for known fields": {
    output_config: { effort: "ultra", format: { type: "grammar", grammar: "x" } },
    thinking: { type: "between_tools", display: "updates" },
    tool_choice: { type: "one_of", names: ["a"], disable_parallel_tool_use: true },
  },
  "the former place of the format": {
    output_format: { type: "json_schema", schema: {}, name: "n" },
  },
  "both places of the format": {
    output_format: { type: "json_schema", schema: { a: 1 } },
    output_config: { format: { type: "json_schema", schema: { b: 2 } } },
  },
  "parallel calls that are allowed": {
    tool_choice: { type: "any", disable_parallel_tool_use: false, note: "x" },
  },
  "ids that occur twice, do not fit, or were fitted": {
    messages: [
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "a", name: "b", input: {} },
          { type: "tool_use", id: "a", name: "b", input: {} },
          { type: "tool_use", id: "functions.b:0", name: "b", input: {} },
          { type: "tool_use", id: "gwid_YWJj", name: "b", input: {} },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "gwid_YWJj" }] },
    ],
  },
};

describe("encodeRequest() of a Messages request", () => {
  for (const name of ["agent_turn.request.json", "everything.request.json"]) {
    it(`writes ${name} as it came, without a loss`, () => {
      const body = jsonTranscript(name);
      const encoded = encodeRequest(decodeRequest(body), {});
      assertEquals(encoded.body, body);
      assertEquals(encoded.losses, []);
    });
  }

  for (const [name, fields] of Object.entries(IDENTICAL)) {
    it(`writes ${name} as it came`, () => {
      const body = messagesBody(fields);
      const encoded = encodeRequest(decodeRequest(body), {});
      assertEquals(encoded.body, body);
      assertEquals(encoded.losses, []);
    });
  }

  it("fits ids to the upstream's rule when it has one", () => {
    const body = messagesBody({
      messages: [
        { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "b", input: {} }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1" }] },
      ],
    });
    const { messages } =
      encodeRequest(decodeRequest(body), { toolIdPattern: "^[a-zA-Z0-9]{9}$" }).body;
    const [call, result] = (messages as { content: JsonObject[] }[]).map(({ content }) =>
      content[0]
    );
    assertEquals(String(call?.id).length, 9);
    assertEquals(result?.tool_use_id, call?.id);
  });

  it("drops thoughts that are another protocol's, and keeps the turn", () => {
    const thought = { type: "thinking", thinking: "t", signature: seal(undefined) };
    const body = messagesBody({ messages: [{ role: "assistant", content: [thought] }] });
    const encoded = encodeRequest(decodeRequest(body), {});
    assertEquals(encoded.body.messages, [
      { role: "assistant", content: [{ type: "text", text: "(no answer)" }] },
    ]);
    assertEquals(encoded.losses, [
      { field: "messages.content.thinking", how: "dropped", changesMeaning: false },
    ]);
  });
});
