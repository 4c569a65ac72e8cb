import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../../lib/base/error.ts";
import type { JsonObject, JsonValue } from "../../../../lib/base/json.ts";
import type { Message } from "../../../../lib/chat/request.ts";
import { openaiResponses } from "../../../../lib/translation/openai_responses/codec.ts";
import { seal } from "../../../../lib/translation/sealed_state.ts";
import { fitToolCallId } from "../../../../lib/translation/tool_call_id.ts";
import { jsonFixture } from "./samples.ts";

function decode(fields: JsonObject) {
  return openaiResponses.decodeRequest({ model: "m", input: "Hi", ...fields });
}

/** Turns without what only this codec reads. */
function turns(input: JsonValue): unknown[] {
  return decode({ input }).messages.map(bare);
}

function bare(message: Message): unknown {
  return JSON.parse(JSON.stringify(message, (key, value) => key === "form" ? undefined : value));
}

describe("decodeRequest()", () => {
  it("reads a string as one user turn and instructions as the first system turn", () => {
    assertEquals(decode({ instructions: "Be brief." }).messages.map(bare), [
      { role: "system", content: [{ type: "text", text: "Be brief." }] },
      { role: "user", content: [{ type: "text", text: "Hi" }] },
    ]);
  });

  it("joins what the model made into one turn, and outputs of tools into another", () => {
    const input = [
      { role: "user", content: "Go." },
      { type: "reasoning", summary: [{ type: "summary_text", text: "Hm." }] },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "Yes." }] },
      { type: "function_call", call_id: "c1", name: "f", arguments: "{}" },
      { type: "custom_tool_call", call_id: "c2", name: "g", input: "free" },
      { type: "function_call_output", call_id: "c1", output: "one" },
      { type: "custom_tool_call_output", call_id: "c2", output: "two" },
      { role: "user", content: "And?" },
    ];
    assertEquals(turns(input), [
      { role: "user", content: [{ type: "text", text: "Go." }] },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "Hm." },
          { type: "text", text: "Yes." },
          { type: "tool-call", id: "c1", name: "f", input: "{}" },
          { type: "tool-call", id: "c2", name: "g", input: "free", isFreeform: true },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool-result", toolCallId: "c1", content: [{ type: "text", text: "one" }] },
          { type: "tool-result", toolCallId: "c2", content: [{ type: "text", text: "two" }] },
        ],
      },
      { role: "user", content: [{ type: "text", text: "And?" }] },
    ]);
  });

  it("reads images and files by where their bytes are", () => {
    const content = [
      { type: "input_image", image_url: "data:image/png;base64,aWk=", detail: "low" },
      { type: "input_image", image_url: "https://example.com/a.png" },
      { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,aWk=" },
      { type: "input_file", filename: "b.md", file_data: "aWk=" },
      { type: "input_file", file_id: "file-1" },
    ];
    assertEquals(turns([{ role: "user", content }]), [{
      role: "user",
      content: [
        {
          type: "image",
          source: { kind: "base64", mediaType: "image/png", data: "aWk=" },
          detail: "low",
        },
        { type: "image", source: { kind: "url", url: "https://example.com/a.png" } },
        {
          type: "document",
          source: { kind: "base64", mediaType: "application/pdf", data: "aWk=" },
          name: "a.pdf",
        },
        {
          type: "document",
          source: { kind: "base64", mediaType: "text/markdown", data: "aWk=" },
          name: "b.md",
        },
        { type: "document", source: { kind: "file", id: "file-1" } },
      ],
    }]);
  });

  it("keeps items and parts that it does not know as opaque blocks of their side", () => {
    const call = { type: "local_shell_call", call_id: "c" };
    const output = { type: "local_shell_call_output", output: "{}" };
    const part = { type: "input_audio", input_audio: {} };
    const opaque = (value: JsonObject) => ({ type: "opaque", owner: "openai_responses", value });
    assertEquals(turns([call, output, { role: "user", content: [part] }]), [
      { role: "assistant", content: [opaque(call)] },
      { role: "user", content: [opaque(output)] },
      { role: "user", content: [opaque(part)] },
    ]);
  });

  it("reads what agents tell each other as words, unless it is encrypted", () => {
    const told = (...payload: JsonObject[]) => ({
      type: "agent_message",
      id: "amsg_1",
      author: "/root",
      recipient: "/root/a",
      content: [{ type: "input_text", text: "Payload:\n" }, ...payload],
    });
    const payload = (encrypted_content: string) => ({
      type: "encrypted_content",
      encrypted_content,
    });
    const output = { type: "function_call_output", call_id: "c", output: "done" };
    const plain = told(payload("Look at the tests"));
    const secret = told(payload("gAAAAABpJFe1x-Kq"));
    const picture = told({ type: "input_image", image_url: "https://example.com/a.png" });
    assertEquals(turns([output, plain, secret, picture]), [{
      role: "user",
      content: [
        { type: "tool-result", toolCallId: "c", content: [{ type: "text", text: "done" }] },
        { type: "text", text: "Payload:\nLook at the tests" },
        { type: "opaque", owner: "openai_responses", value: secret },
        { type: "opaque", owner: "openai_responses", value: picture },
      ],
    }]);
    const body = { model: "m", input: [output, plain, secret, picture] };
    assertEquals(openaiResponses.encodeRequest(decode(body), {}).body, body);
  });

  it("keeps an encrypted thought as its own and restores a sealed one", () => {
    const foreign = { owner: "anthropic_messages", value: "sig" } as const;
    const thought = (encrypted_content: string) => ({
      type: "reasoning",
      summary: [],
      encrypted_content,
    });
    const input = [thought("gAAA"), thought(seal(foreign)), thought(seal(undefined))];
    assertEquals(turns(input), [{
      role: "assistant",
      content: [
        { type: "reasoning", text: "", signature: { owner: "openai_responses", value: "gAAA" } },
        { type: "reasoning", text: "", signature: foreign },
        { type: "reasoning", text: "" },
      ],
    }]);
  });

  it("restores the id of a call that was made to fit", () => {
    const call_id = fitToolCallId("functions.f:0", "^[a-zA-Z0-9_-]+$");
    const [turn] = decode({
      input: [{ type: "function_call", call_id, name: "f", arguments: "" }],
    }).messages;
    const [block] = turn?.content ?? [];
    assertEquals(block?.type === "tool-call" && block.id, "functions.f:0");
  });

  it("takes a namespace apart into tools with joined names, and joins the names of its calls", () => {
    const request = openaiResponses.decodeRequest(jsonFixture("codex.request.json"));
    assertEquals(request.tools?.map(({ type, name }) => `${type} ${name}`), [
      "function exec_command",
      "freeform apply_patch",
      "function multi_agent_v1_-_spawn_agent",
      "function multi_agent_v1_-_wait_agent",
      "server web_search",
      "server local_shell",
      "function late_tool",
      "server image_generation",
    ]);
    const calls = request.messages.flatMap((message) =>
      message.content.flatMap((block) => block.type === "tool-call" ? [block.name] : [])
    );
    assertEquals(calls, ["exec_command", "multi_agent_v1_-_spawn_agent", "apply_patch"]);
  });

  it("reads the settings that other protocols have too", () => {
    const { messages: _, form: _form, ...request } = decode({
      stream: true,
      tools: [{ type: "function", name: "f", parameters: { type: "object" }, strict: true }],
      tool_choice: { type: "function", name: "f" },
      parallel_tool_calls: false,
      max_output_tokens: 50,
      temperature: 0.5,
      top_p: 0.9,
      reasoning: { effort: "low", summary: "auto" },
      text: { format: { type: "json_schema", name: "n", schema: {}, strict: true } },
      user: "u",
    });
    const bareRequest = JSON.parse(JSON.stringify(request));
    delete bareRequest.reasoning.form;
    assertEquals(bareRequest, {
      source: "openai_responses",
      model: "m",
      stream: true,
      tools: [{ type: "function", name: "f", parameters: { type: "object" }, strict: true }],
      toolChoice: { type: "tool", name: "f" },
      parallelToolCalls: false,
      maxTokens: 50,
      temperature: 0.5,
      topP: 0.9,
      reasoning: { effort: "low", isVisible: true },
      outputFormat: { type: "json_schema", name: "n", schema: {}, strict: true },
      userId: "u",
    });
  });

  it("keeps what only this protocol has in extras", () => {
    const { extras } = decode({
      store: false,
      previous_response_id: "resp_1",
      background: true,
      text: { verbosity: "low" },
      metadata: null,
      include: [],
    });
    assertEquals(extras, {
      store: false,
      previous_response_id: "resp_1",
      background: true,
      "text.verbosity": "low",
    });
  });

  it("takes an effort that it does not know as an extra", () => {
    assertEquals(decode({ reasoning: { effort: "ultra" } }).reasoning, {
      extras: { effort: "ultra" },
    });
  });
});

const user = (part: JsonValue) => ({ input: [{ role: "user", content: [part] }] });

const WRONG: [fields: JsonObject, message: string][] = [
  [{ model: 5 }, "model: expected a string, got a number"],
  [{ model: null }, "model: missing"],
  [{ input: 5 }, "input: expected a string or an array, got a number"],
  [{ input: ["x"] }, "input[0]: expected an object, got a string"],
  [{ input: [{}] }, "input[0].type: missing"],
  [{ input: [{ type: 5 }] }, "input[0].type: expected a string, got a number"],
  [{ input: [{ type: "message" }] }, "input[0].role: missing"],
  [
    { input: [{ role: "tool", content: "" }] },
    'input[0].role: expected one of user, assistant, system, developer, got "tool"',
  ],
  [{ input: [{ role: "user" }] }, "input[0].content: missing"],
  [
    { input: [{ role: "user", content: 5 }] },
    "input[0].content: expected a string or an array, got a number",
  ],
  [
    { input: [{ role: "user", content: "", id: 5 }] },
    "input[0].id: expected a string, got a number",
  ],
  [user("x"), "input[0].content[0]: expected an object, got a string"],
  [user({}), "input[0].content[0].type: missing"],
  [
    user({ type: "input_text", text: 5 }),
    "input[0].content[0].text: expected a string, got a number",
  ],
  [user({ type: "input_text" }), "input[0].content[0].text: missing"],
  [
    user({ type: "input_text", text: "", annotations: {} }),
    "input[0].content[0].annotations: expected an array, got an object",
  ],
  [
    user({ type: "input_image", image_url: { url: "x" } }),
    "input[0].content[0].image_url: expected a string, got an object",
  ],
  [user({ type: "input_image" }), "input[0].content[0]: expected image_url or file_id"],
  [user({ type: "input_file" }), "input[0].content[0]: expected file_data, file_url or file_id"],
  [{ input: [{ type: "function_call", name: "f", arguments: "" }] }, "input[0].call_id: missing"],
  [
    { input: [{ type: "function_call", call_id: "c", name: "f", arguments: {} }] },
    "input[0].arguments: expected a string, got an object",
  ],
  [
    { input: [{ type: "custom_tool_call", call_id: "c", name: "f", input: null }] },
    "input[0].input: missing",
  ],
  [{ input: [{ type: "function_call_output", output: "" }] }, "input[0].name: missing"],
  [
    { input: [{ type: "function_call_output", call_id: "c", output: {} }] },
    "input[0].output: expected a string or an array, got an object",
  ],
  [
    { input: [{ type: "reasoning", summary: [{ text: 5 }] }] },
    "input[0].summary[0].text: expected a string, got a number",
  ],
  [
    { input: [{ type: "reasoning", encrypted_content: {} }] },
    "input[0].encrypted_content: expected a string, got an object",
  ],
  [
    { input: [{ type: "additional_tools", tools: [{ type: "function" }] }] },
    "input[0].tools[0].name: missing",
  ],
  [{ instructions: [] }, "instructions: expected a string, got an array"],
  [{ tools: {} }, "tools: expected an array, got an object"],
  [{ tools: [{ type: "function", name: 5 }] }, "tools[0].name: expected a string, got a number"],
  [
    { tools: [{ type: "function", function: { name: "f", parameters: "x" } }] },
    "tools[0].function.parameters: expected an object, got a string",
  ],
  [
    { tools: [{ type: "custom", name: "f", format: "x" }] },
    "tools[0].format: expected an object, got a string",
  ],
  [
    { tools: [{ type: "namespace", name: "n", tools: [{ type: "function" }] }] },
    "tools[0].tools[0].name: missing",
  ],
  [{ tool_choice: 5 }, "tool_choice: expected a string or an object, got a number"],
  [{ tool_choice: { type: "function" } }, "tool_choice.name: missing"],
  [{ max_output_tokens: "5" }, "max_output_tokens: expected a number, got a string"],
  [{ parallel_tool_calls: 1 }, "parallel_tool_calls: expected a boolean, got a number"],
  [{ stream: "true" }, "stream: expected a boolean, got a string"],
  [{ reasoning: "high" }, "reasoning: expected an object, got a string"],
  [{ reasoning: { effort: 5 } }, "reasoning.effort: expected a string, got a number"],
  [{ text: { format: "json" } }, "text.format: expected an object, got a string"],
  [{ text: { format: { type: "json_schema" } } }, "text.format.schema: missing"],
  [{ text: { verbosity: 5 } }, "text.verbosity: expected a string, got a number"],
  [{ include: [5] }, "include[0]: expected a string, got a number"],
  [{ store: "no" }, "store: expected a boolean, got a string"],
  [{ conversation: 5 }, "conversation: expected a string or an object, got a number"],
];

describe("decodeRequest() refuses", () => {
  for (const [fields, message] of WRONG) {
    it(`with "${message}"`, () => {
      const error = assertThrows(() => decode(fields), GatewayError);
      assertEquals(error.message, message);
      assertEquals(error.kind, "invalid_request");
      assertEquals(error.param, message.slice(0, message.indexOf(": ")));
    });
  }
});
