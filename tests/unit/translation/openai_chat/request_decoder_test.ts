/** What a Chat request means, and what is refused. */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../../lib/base/error.ts";
import type { JsonObject, JsonValue } from "../../../../lib/base/json.ts";
import { openaiChat } from "../../../../lib/translation/openai_chat/codec.ts";
import { fitToolCallId } from "../../../../lib/translation/tool_call_id.ts";
import { fixtureNames, jsonFixture } from "./fixture.ts";

const USER = { role: "user", content: "hi" };

function decode(fields: JsonObject) {
  return openaiChat.decodeRequest({ model: "m", messages: [USER], ...fields });
}

function decodeMessages(...messages: JsonObject[]) {
  return openaiChat.decodeRequest({ model: "m", messages }).messages;
}

describe("decodeRequest()", () => {
  for (const name of fixtureNames(".json").filter((one) => one.startsWith("request_"))) {
    it(`keeps all of ${name}, so that it is written back equal and without losses`, () => {
      const body = jsonFixture(name);
      const before = structuredClone(body);
      const { body: written, losses } = openaiChat.encodeRequest(
        openaiChat.decodeRequest(body),
        {},
      );
      assertEquals(written, before);
      assertEquals(losses, []);
      assertEquals(body, before, "The client's body was changed");
    });
  }

  it("keeps a field named __proto__ as a field", () => {
    const body = JSON.parse(
      '{"model":"m","messages":[{"role":"user","content":"hi","__proto__":{"a":1}}],"__proto__":{"b":2}}',
    );
    const { body: written } = openaiChat.encodeRequest(openaiChat.decodeRequest(body), {});
    assertEquals(JSON.stringify(Object.keys(written).sort()), '["__proto__","messages","model"]');
    assertEquals(written, body);
  });

  it("reads the parameters", () => {
    const request = decode({
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 5,
      temperature: 0.5,
      top_p: 0.9,
      stop: ["x"],
      parallel_tool_calls: false,
      reasoning_effort: "low",
      user: "u",
      seed: 1,
    });
    assertEquals(request.stream, true);
    assertEquals(request.includeUsage, true);
    assertEquals(request.maxTokens, 5);
    assertEquals(request.temperature, 0.5);
    assertEquals(request.topP, 0.9);
    assertEquals(request.stopSequences, ["x"]);
    assertEquals(request.parallelToolCalls, false);
    assertEquals(request.reasoning?.effort, "low");
    assertEquals(request.userId, "u");
    assertEquals(request.extras, { seed: 1 });
  });

  it("takes an absent stream as false, and a single stop as a list", () => {
    const request = decode({ stop: "x" });
    assertEquals(request.stream, false);
    assertEquals(request.stopSequences, ["x"]);
  });

  it("reads OpenRouter's object reasoning", () => {
    const { reasoning } = decode({ reasoning: { max_tokens: 2000, exclude: true } });
    assertEquals(reasoning?.budgetTokens, 2000);
    assertEquals(reasoning?.isVisible, false);
  });

  it("keeps an effort that it does not know as a field of Chat", () => {
    const request = decode({ reasoning_effort: "default" });
    assertEquals(request.reasoning, undefined);
    assertEquals(request.extras, { reasoning_effort: "default" });
  });

  it("reads output formats, also a schema beside json_object", () => {
    const format = (value: JsonObject) => decode({ response_format: value }).outputFormat;
    assertEquals(format({ type: "text" }), undefined);
    assertEquals(format({ type: "json_object" }), { type: "json_object" });
    const schema = { type: "object" };
    assertEquals(format({ type: "json_object", schema }), { type: "json_schema", schema });
    assertEquals(
      format({ type: "json_schema", json_schema: { name: "a", schema, strict: true } }),
      { type: "json_schema", name: "a", schema, strict: true },
    );
  });

  it("reads the words for tool_choice", () => {
    const choice = (value: JsonValue) => decode({ tool_choice: value }).toolChoice;
    assertEquals(choice("auto"), { type: "auto" });
    assertEquals(choice("none"), { type: "none" });
    assertEquals(choice("required"), { type: "required" });
    assertEquals(choice("any"), { type: "required" });
    const named = { type: "function", function: { name: "f" } };
    assertEquals(choice(named), { type: "tool", name: "f" });
    const allowed = { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [] } };
    assertEquals(choice(allowed), { type: "opaque", owner: "openai_chat", value: allowed });
  });

  it("reads tools of all kinds", () => {
    const { tools } = decode({
      tools: [
        { type: "function", function: { name: "f", description: "d", parameters: {} } },
        { type: "custom", custom: { name: "c" } },
        { type: "web_search", web_search: {} },
      ],
    });
    assertEquals(tools, [
      { type: "function", name: "f", description: "d", parameters: {} },
      { type: "freeform", name: "c" },
      {
        type: "server",
        owner: "openai_chat",
        name: "web_search",
        value: { type: "web_search", web_search: {} },
      },
    ]);
  });

  it("reads images and files, also a PDF that is sent as an image", () => {
    const [message] = decodeMessages({
      role: "user",
      content: [
        { type: "image_url", image_url: { url: "data:image/png;base64,AA==", detail: "low" } },
        { type: "image_url", image_url: { url: "https://e.org/a.png" } },
        { type: "image_url", image_url: { url: "data:application/pdf;base64,BB==" } },
        { type: "file", file: { file_data: "data:application/pdf;base64,CC==", filename: "c" } },
        { type: "image_url", image_url: { url: "data:image/svg+xml,<svg/>" } },
      ],
    });
    const sources = message?.content.map((block) => {
      const { type } = block;
      return type === "image" || type === "document" ? [type, block.source] : [type];
    });
    assertEquals(sources, [
      ["image", { kind: "base64", mediaType: "image/png", data: "AA==" }],
      ["image", { kind: "url", url: "https://e.org/a.png" }],
      ["document", { kind: "base64", mediaType: "application/pdf", data: "BB==" }],
      ["document", { kind: "base64", mediaType: "application/pdf", data: "CC==" }],
      ["image", { kind: "url", url: "data:image/svg+xml,<svg/>" }],
    ]);
  });

  it("joins results that follow each other into one turn, apart from what the user says", () => {
    const messages = decodeMessages(
      {
        role: "assistant",
        tool_calls: ["a", "b"].map((id) => ({
          id,
          type: "function",
          function: { name: "f", arguments: "{}" },
        })),
      },
      { role: "tool", tool_call_id: "a", content: "1" },
      { role: "tool", tool_call_id: "b", content: "2" },
      USER,
    );
    assertEquals(messages.map(({ role }) => role), ["assistant", "user", "user"]);
    assertEquals(messages[1]?.content.map(({ type }) => type), ["tool-result", "tool-result"]);
    assertEquals(messages[2]?.content, [{ type: "text", text: "hi" }]);
  });

  it("puts thoughts before words and words before calls", () => {
    const [message] = decodeMessages({
      role: "assistant",
      content: "w",
      reasoning_content: "t",
      tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
    });
    assertEquals(message?.content, [
      { type: "reasoning", text: "t" },
      { type: "text", text: "w" },
      { type: "tool-call", id: "a", name: "f", input: "{}" },
    ]);
  });

  it("restores tool-call ids that the gateway made fit", () => {
    const id = fitToolCallId("functions.ls:0", "^[a-zA-Z0-9_-]{1,64}$");
    const messages = decodeMessages(
      { role: "assistant", tool_calls: [{ id, function: { name: "f", arguments: "" } }] },
      { role: "tool", tool_call_id: id, content: "1" },
    );
    const [call, result] = messages.map(({ content }) => content[0]);
    assertEquals(call?.type === "tool-call" && call.id, "functions.ls:0");
    assertEquals(result?.type === "tool-result" && result.toolCallId, "functions.ls:0");
  });
});

const text = (part: JsonObject) => ({ messages: [{ role: "user", content: [part] }] });
const call = (value: JsonValue) => ({ messages: [{ role: "assistant", tool_calls: [value] }] });

/** Each wrong body, and the message that names its place. */
const WRONG: readonly [JsonObject, string][] = [
  [{ model: null }, "model: missing"],
  [{ model: 1 }, "model: expected a string, got a number"],
  [{ messages: null }, "messages: missing"],
  [{ messages: {} }, "messages: expected an array, got an object"],
  [{ messages: [] }, "messages: expected at least one message"],
  [{ messages: ["x"] }, "messages[0]: expected an object, got a string"],
  [{ messages: [{}] }, "messages[0].role: missing"],
  [
    { messages: [{ role: "robot", content: "" }] },
    'messages[0].role: expected one of system, developer, user, assistant, tool, function, got "robot"',
  ],
  [{ messages: [{ role: "user" }] }, "messages[0].content: missing"],
  [
    { messages: [{ role: "user", content: 1 }] },
    "messages[0].content: expected a string or an array, got a number",
  ],
  [{ messages: [{ role: "user", content: "x", name: 1 }] }, "messages[0].name: expected a string"],
  [
    { messages: [{ role: "system", content: {} }] },
    "messages[0].content: expected a string or an array, got an object",
  ],
  [{ messages: [{ role: "tool", content: "x" }] }, "messages[0].tool_call_id: missing"],
  [text({ text: "x" }), "messages[0].content[0].type: missing"],
  [text({ type: "text" }), "messages[0].content[0].text: missing"],
  [
    text({ type: "text", text: 7 }),
    "messages[0].content[0].text: expected a string, got a number",
  ],
  [
    text({ type: "image_url", image_url: {} }),
    "messages[0].content[0].image_url.url: missing",
  ],
  [
    text({ type: "image_url", image_url: { url: "x", detail: 1 } }),
    "messages[0].content[0].image_url.detail: expected a string, got a number",
  ],
  [text({ type: "file", file: [] }), "messages[0].content[0].file: expected an object"],
  [
    text({ type: "input_audio", input_audio: { data: 1 } }),
    "messages[0].content[0].input_audio.data: expected a string",
  ],
  [call(1), "messages[0].tool_calls[0]: expected an object, got a number"],
  [call({ function: { name: "f", arguments: "" } }), "messages[0].tool_calls[0].id: missing"],
  [call({ id: "a" }), "messages[0].tool_calls[0].function: missing"],
  [
    call({ id: "a", type: "magic" }),
    'messages[0].tool_calls[0].type: expected one of function, custom, got "magic"',
  ],
  [
    call({ id: "a", function: { name: "f", arguments: {} } }),
    "messages[0].tool_calls[0].function.arguments: expected a string, got an object",
  ],
  [
    { messages: [{ role: "assistant", refusal: 1 }] },
    "messages[0].refusal: expected a string",
  ],
  [
    { messages: [{ role: "assistant", function_call: "x" }] },
    "messages[0].function_call: expected an object, got a string",
  ],
  [{ stream: "yes" }, "stream: expected a boolean, got a string"],
  [{ stream_options: { include_usage: 1 } }, "stream_options.include_usage: expected a boolean"],
  [{ tools: {} }, "tools: expected an array, got an object"],
  [{ tools: [{ type: "function" }] }, "tools[0].function: missing"],
  [{ tools: [{ type: "function", function: {} }] }, "tools[0].function.name: missing"],
  [
    { tools: [{ type: "function", function: { name: "f", parameters: "{}" } }] },
    "tools[0].function.parameters: expected an object, got a string",
  ],
  [{ tools: [{ type: "custom", custom: { name: 1 } }] }, "tools[0].custom.name: expected a string"],
  [{ functions: [{}] }, "functions[0].name: missing"],
  [{ tool_choice: 1 }, "tool_choice: expected a string or an object, got a number"],
  [{ tool_choice: "maybe" }, "tool_choice: expected one of auto, none, required, any or an object"],
  [{ tool_choice: { type: "function" } }, "tool_choice.function: missing"],
  [{ function_call: 1 }, "function_call: expected a string or an object"],
  [{ parallel_tool_calls: 1 }, "parallel_tool_calls: expected a boolean"],
  [{ max_tokens: "10" }, "max_tokens: expected a number, got a string"],
  [{ max_completion_tokens: [] }, "max_completion_tokens: expected a number, got an array"],
  [{ temperature: "hot" }, "temperature: expected a number"],
  [{ top_p: {} }, "top_p: expected a number"],
  [{ stop: 1 }, "stop: expected a string or an array, got a number"],
  [{ stop: ["a", 1] }, "stop[1]: expected a string, got a number"],
  [{ reasoning_effort: 3 }, "reasoning_effort: expected a string"],
  [{ reasoning: "high" }, "reasoning: expected an object"],
  [{ response_format: "json" }, "response_format: expected an object"],
  [{ response_format: {} }, "response_format.type: missing"],
  [{ response_format: { type: "json_schema" } }, "response_format.json_schema: missing"],
  [
    { response_format: { type: "json_schema", json_schema: { schema: "x" } } },
    "response_format.json_schema.schema: expected an object",
  ],
  [{ user: 1 }, "user: expected a string"],
  [{ n: "1" }, "n: expected a number"],
  [{ logprobs: 1 }, "logprobs: expected a boolean"],
  [{ metadata: "x" }, "metadata: expected an object"],
  [{ modalities: "text" }, "modalities: expected an array"],
  [{ verbosity: 1 }, "verbosity: expected a string"],
];

describe("decodeRequest() refuses", () => {
  for (const [fields, problem] of WRONG) {
    it(`${JSON.stringify(fields)}`, () => {
      const error = assertThrows(() => decode(fields), GatewayError, problem);
      assertEquals(error.status, 400);
      assertEquals(error.param, problem.slice(0, problem.indexOf(":")));
    });
  }
});
