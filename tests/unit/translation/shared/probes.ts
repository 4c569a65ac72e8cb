/**
 * One small request for each thing that a protocol can say, under the name that the fidelity table
 * gives it.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../../../../lib/base/json.ts";
import type { Protocol } from "../../../../lib/base/protocol.ts";

/** The rows of one protocol's table, and the request that tries each. */
export type Probes = ReadonlyMap<string, JsonObject>;

const SCHEMA: JsonObject = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const PNG = "iVBORw0KGgo=";
const PNG_URL = `data:image/png;base64,${PNG}`;
const PDF = "JVBERi0xLjQ=";

function bodies(base: JsonObject, rows: Record<string, JsonObject>): Probes {
  return new Map(Object.entries(rows).map(([name, fields]) => [name, { ...base, ...fields }]));
}

// Anthropic Messages

const user = (...content: JsonValue[]): JsonObject => ({ role: "user", content });
const assistant = (...content: JsonValue[]): JsonObject => ({ role: "assistant", content });
const messages = (...turns: JsonValue[]): JsonObject => ({ messages: turns });

const claudeTool = { name: "weather", description: "The weather", input_schema: SCHEMA };
const toolUse = { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Oslo" } };
const claudeLoop = (result: JsonObject, ...before: JsonValue[]): JsonObject => ({
  tools: [claudeTool],
  ...messages(
    user({ type: "text", text: "Hi" }),
    assistant(...before, toolUse),
    user({ type: "tool_result", tool_use_id: "toolu_1", content: "Sunny", ...result }),
  ),
});
const base64 = (type: string, data: string) => ({ type: "base64", media_type: type, data });
const signature = "ErUBCkYIBBgCIkDx";

const CLAUDE = bodies({
  model: "m",
  max_tokens: 100,
  messages: [{ role: "user", content: "Hi" }],
}, {
  "`model`, `max_tokens`, `messages`, `stream`": { stream: true },
  "`system`": { system: [{ type: "text", text: "Be brief" }, { type: "text", text: "Really" }] },
  "`system` turns between others": messages(
    { role: "user", content: "Hi" },
    { role: "system", content: "Be brief" },
    { role: "assistant", content: "Hello" },
    { role: "user", content: "Go on" },
  ),
  "`image` by data or URL": messages(user(
    { type: "image", source: base64("image/png", PNG) },
    { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
  )),
  "`image`, `document` by file id": messages(user(
    { type: "image", source: { type: "file", file_id: "file_1" } },
    { type: "document", source: { type: "file", file_id: "file_1" } },
  )),
  "`document`: text": messages(user({
    type: "document",
    source: { type: "text", media_type: "text/plain", data: "Text" },
  })),
  "`document`: PDF data": messages(user(
    { type: "document", source: base64("application/pdf", PDF), title: "a.pdf" },
  )),
  "`document` by URL": messages(user({
    type: "document",
    source: { type: "url", url: "https://example.com/a.pdf" },
  })),
  "`cache_control`": messages(user({
    type: "text",
    text: "Hi",
    cache_control: { type: "ephemeral" },
  })),
  "`citations`": messages(user({
    type: "document",
    source: { type: "text", media_type: "text/plain", data: "Text" },
    citations: { enabled: true },
  })),
  "`tool_use`, `tool_result`": claudeLoop({}),
  "`tool_result` with an image": claudeLoop({
    content: [{ type: "image", source: base64("image/png", PNG) }],
  }),
  "`is_error`": claudeLoop({ is_error: true }),
  "`tool_use` without a result": messages(
    { role: "user", content: "Hi" },
    assistant(toolUse),
    { role: "user", content: "Never mind" },
  ),
  "`thinking` in the history": claudeLoop({}, { type: "thinking", thinking: "Hm", signature }),
  "`redacted_thinking`": claudeLoop({}, { type: "redacted_thinking", data: "x" }),
  "blocks of server tools": messages(
    { role: "user", content: "Hi" },
    assistant({ type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} }),
    { role: "user", content: "Go on" },
  ),
  "`tools` with a schema": { tools: [claudeTool] },
  "`tools[].strict`": { tools: [{ ...claudeTool, strict: true }] },
  "`tools[].input_examples`": { tools: [{ ...claudeTool, input_examples: [{ city: "Oslo" }] }] },
  "server tools": { tools: [{ type: "web_search_20250305", name: "web_search" }] },
  "`tool_choice`": { tools: [claudeTool], tool_choice: { type: "any" } },
  "`disable_parallel_tool_use`": {
    tools: [claudeTool],
    tool_choice: { type: "auto", disable_parallel_tool_use: true },
  },
  "`temperature`, `top_p`": { temperature: 0.5, top_p: 0.9 },
  "`top_k`": { top_k: 5 },
  "`stop_sequences`": { stop_sequences: ["END"] },
  "`thinking`: adaptive": { thinking: { type: "adaptive" } },
  "`thinking`: a budget": { max_tokens: 9000, thinking: { type: "enabled", budget_tokens: 4096 } },
  "`thinking`: disabled": { thinking: { type: "disabled" } },
  "`output_config.effort`": { output_config: { effort: "high" } },
  "`output_config.format`": { output_config: { format: { type: "json_schema", schema: SCHEMA } } },
  "`metadata.user_id`": { metadata: { user_id: "u" } },
  "`service_tier`": { service_tier: "auto" },
  "`context_management`": { context_management: { edits: [], other: 1 } },
  "`container`": { container: "container_1" },
  "`mcp_servers`": { mcp_servers: [{ type: "url", url: "https://example.com", name: "n" }] },
  "`thread`": { thread: "thread_1" },
});

// OpenAI Chat

const chatTool = { type: "function", function: { name: "weather", parameters: SCHEMA } };
const toolCall = {
  id: "call_1",
  type: "function",
  function: { name: "weather", arguments: '{"city":"Oslo"}' },
};
const chatLoop = (result: JsonObject, turn: JsonObject = {}): JsonObject => ({
  tools: [chatTool],
  ...messages(
    { role: "user", content: "Hi" },
    { role: "assistant", content: null, tool_calls: [toolCall], ...turn },
    { role: "tool", tool_call_id: "call_1", content: "Sunny", ...result },
  ),
});
const chatHistory = (turn: JsonObject): JsonObject =>
  messages(
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Hello", ...turn },
    { role: "user", content: "Go on" },
  );
const format = (name: string): JsonObject => ({
  type: "json_schema",
  json_schema: { name, schema: SCHEMA },
});
const customTool = { type: "custom", custom: { name: "patch", description: "Patches" } };

const CHAT = bodies({ model: "m", messages: [{ role: "user", content: "Hi" }] }, {
  "`model`, `messages`, `stream`": { stream: true },
  "`system`, `developer` turns at the head": messages(
    { role: "system", content: "Be brief" },
    { role: "developer", content: "Really" },
    { role: "user", content: "Hi" },
  ),
  "`system` turns between others": messages(
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Hello" },
    { role: "system", content: "Be brief" },
    { role: "user", content: "Go on" },
  ),
  "`name` of a turn": messages({ role: "user", content: "Hi", name: "ann" }),
  "`image_url`": messages(user(
    { type: "image_url", image_url: { url: PNG_URL } },
    { type: "image_url", image_url: { url: "https://example.com/a.png" } },
  )),
  "`image_url.detail`": messages(user({
    type: "image_url",
    image_url: { url: PNG_URL, detail: "low" },
  })),
  "`file`: PDF data": messages(user({
    type: "file",
    file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${PDF}` },
  })),
  "`input_audio`": messages(user({
    type: "input_audio",
    input_audio: { data: "UklGRg==", format: "wav" },
  })),
  "`tool_calls`, `tool` turns": chatLoop({}),
  "`tool_calls` whose arguments are no JSON": chatLoop({}, {
    tool_calls: [{ ...toolCall, function: { name: "weather", arguments: '{"city":' } }],
  }),
  "`tool_calls` without a result": chatHistory({ tool_calls: [toolCall] }),
  "`tool` turns without a call": messages(
    { role: "user", content: "Hi" },
    { role: "tool", tool_call_id: "call_1", content: "Sunny" },
  ),
  "`custom` calls": {
    tools: [customTool],
    ...messages(
      { role: "user", content: "Hi" },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "call_1", type: "custom", custom: { name: "patch", input: "*** Begin" } },
        ],
      },
      { role: "tool", tool_call_id: "call_1", content: "Done" },
    ),
  },
  "`refusal` in the history": chatHistory({ content: null, refusal: "No" }),
  "`reasoning_content` in the history": chatHistory({ reasoning_content: "Hm" }),
  "`audio` in the history": chatHistory({ audio: { id: "audio_1" } }),
  "`tools`: `function`": { tools: [chatTool] },
  "`tools`: `function`, `strict`": {
    tools: [{ type: "function", function: { name: "weather", parameters: SCHEMA, strict: true } }],
  },
  "`tools`: `custom`": { tools: [customTool] },
  "`tool_choice`": { tools: [chatTool], tool_choice: "required" },
  "`tool_choice`: `allowed_tools`": {
    tools: [chatTool],
    tool_choice: {
      type: "allowed_tools",
      allowed_tools: { mode: "auto", tools: [{ type: "function", function: { name: "weather" } }] },
    },
  },
  "`parallel_tool_calls`": { tools: [chatTool], parallel_tool_calls: false },
  "`max_tokens`, `max_completion_tokens`": { max_completion_tokens: 100 },
  "`temperature`, `top_p`": { temperature: 0.5, top_p: 0.9 },
  "`temperature` above 1": { temperature: 1.5 },
  "`stop`": { stop: ["END"] },
  "`response_format`: `json_schema`": { response_format: format("weather") },
  "`response_format`: `json_object`": { response_format: { type: "json_object" } },
  "`reasoning_effort`": { reasoning_effort: "high" },
  "`stream_options`": { stream: true, stream_options: { include_usage: true } },
  "`user`": { user: "u" },
  "`seed`": { seed: 1 },
  "`n` above 1": { n: 2 },
  "`logprobs`": { logprobs: true },
  "`logit_bias`": { logit_bias: { "50256": -100 } },
  "`frequency_penalty`, `presence_penalty`": { frequency_penalty: 0.5, presence_penalty: 0.5 },
  "`verbosity`": { verbosity: "low" },
  "`modalities`, `audio`": { modalities: ["text", "audio"], audio: { voice: "x", format: "wav" } },
  "`web_search_options`": { web_search_options: { search_context_size: "low" } },
  "`metadata`, `store`": { metadata: { a: "b" }, store: true },
  "`service_tier`": { service_tier: "flex" },
  "`prompt_cache_key`": { prompt_cache_key: "k" },
  "`prediction`": { prediction: { type: "content", content: "Hello" } },
});

// OpenAI Responses

const item = (role: string, type: string, text: string): JsonObject => ({
  type: "message",
  role,
  content: [{ type, text }],
});
const hi = item("user", "input_text", "Hi");
const input = (...items: JsonValue[]): JsonObject => ({ input: items });
const part = (value: JsonObject): JsonObject =>
  input({ type: "message", role: "user", content: [value] });
const responsesTool = { type: "function", name: "weather", parameters: SCHEMA, strict: false };
const functionCall = {
  type: "function_call",
  call_id: "call_1",
  name: "weather",
  arguments: '{"city":"Oslo"}',
};
const responsesLoop = (output: JsonValue, ...before: JsonValue[]): JsonObject => ({
  tools: [responsesTool],
  ...input(hi, ...before, functionCall, {
    type: "function_call_output",
    call_id: "call_1",
    output,
  }),
});

const RESPONSES = bodies({ model: "m", input: "Hi" }, {
  "`model`, `input`, `stream`": { stream: true },
  "`instructions`": { instructions: "Be brief" },
  "`developer`, `system` items at the head": input(item("developer", "input_text", "Be brief"), hi),
  "`developer`, `system` items between others": input(
    hi,
    item("assistant", "output_text", "Hello"),
    item("developer", "input_text", "Be brief"),
    hi,
  ),
  "`input_image` by data or URL": part({ type: "input_image", image_url: PNG_URL }),
  "`input_image.detail`": part({ type: "input_image", image_url: PNG_URL, detail: "low" }),
  "`input_image` by file id": part({ type: "input_image", file_id: "file_1" }),
  "`input_file`: PDF data": part({
    type: "input_file",
    filename: "a.pdf",
    file_data: `data:application/pdf;base64,${PDF}`,
  }),
  "`input_file` by URL": part({ type: "input_file", file_url: "https://example.com/a.pdf" }),
  "`function_call`, `function_call_output`": responsesLoop("Sunny"),
  "`function_call_output` with an image": responsesLoop([
    { type: "input_image", image_url: PNG_URL },
  ]),
  "`function_call` without an output": input(hi, functionCall, hi),
  "`function_call_output` without a call": input(hi, {
    type: "function_call_output",
    call_id: "call_1",
    output: "Sunny",
  }),
  "`custom_tool_call`, its output": {
    tools: [{ type: "custom", name: "patch" }],
    ...input(
      hi,
      { type: "custom_tool_call", call_id: "call_1", name: "patch", input: "*** Begin" },
      { type: "custom_tool_call_output", call_id: "call_1", output: "Done" },
    ),
  },
  "`reasoning` items": responsesLoop("Sunny", {
    type: "reasoning",
    id: "rs_1",
    summary: [{ type: "summary_text", text: "Hm" }],
    encrypted_content: "gAAAAAB",
  }),
  "`refusal` in the history": input(
    hi,
    { type: "message", role: "assistant", content: [{ type: "refusal", refusal: "No" }] },
    hi,
  ),
  "ids and `status` of items": input({ ...hi, id: "msg_1", status: "completed" }),
  "`item_reference`": input({ type: "item_reference", id: "msg_1" }, hi),
  "items of other tools": input(
    hi,
    { type: "web_search_call", id: "ws_1", status: "completed" },
    hi,
  ),
  "`tools`: `function`": { tools: [responsesTool] },
  "`tools`: `function`, `strict`": { tools: [{ ...responsesTool, strict: true }] },
  "`tools`: `custom`": { tools: [{ type: "custom", name: "patch", description: "Patches" }] },
  "other tools": { tools: [{ type: "web_search" }] },
  "`tool_choice`": { tools: [responsesTool], tool_choice: "required" },
  "`tool_choice`: others": {
    tools: [responsesTool],
    tool_choice: {
      type: "allowed_tools",
      mode: "auto",
      tools: [{ type: "function", name: "weather" }],
    },
  },
  "`parallel_tool_calls`": { tools: [responsesTool], parallel_tool_calls: false },
  "`max_output_tokens`": { max_output_tokens: 100 },
  "`temperature`, `top_p`": { temperature: 0.5, top_p: 0.9 },
  "`reasoning.effort`": { reasoning: { effort: "high" } },
  "`reasoning.summary`": { reasoning: { summary: "auto" } },
  "`text.format`: `json_schema`": {
    text: { format: { type: "json_schema", name: "weather", schema: SCHEMA } },
  },
  "`text.format`: `json_object`": { text: { format: { type: "json_object" } } },
  "`text.verbosity`": { text: { verbosity: "low" } },
  "`user`": { user: "u" },
  "`store`, `include`, `metadata`": {
    store: false,
    include: ["reasoning.encrypted_content"],
    metadata: { a: "b" },
  },
  "`prompt_cache_key`, `client_metadata`": { prompt_cache_key: "k", client_metadata: { a: "b" } },
  "`service_tier`": { service_tier: "flex" },
  "`truncation`": { truncation: "auto" },
  "`top_logprobs`": { top_logprobs: 2 },
  "`max_tool_calls`": { max_tool_calls: 2 },
  "`prompt`": { prompt: { id: "pmpt_1" } },
  "`background`": { background: true },
  "`conversation`": { conversation: "conv_1" },
  "`previous_response_id`": { previous_response_id: "resp_1" },
});

/** All probes, by the protocol that they are written in. */
export const PROBES: Readonly<Record<Protocol, Probes>> = {
  anthropic_messages: CLAUDE,
  openai_chat: CHAT,
  openai_responses: RESPONSES,
};
