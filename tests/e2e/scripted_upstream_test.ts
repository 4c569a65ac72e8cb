import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CHAT_ENDPOINT, type Protocol } from "../../lib/base/protocol.ts";
import { answeringUpstream } from "./scripted_upstream.ts";
import { sharedByTests } from "./shared.ts";

// An upstream that takes everything would prove nothing about what the gateway sends.

const upstreams = sharedByTests((owned) =>
  Promise.resolve({
    openai_chat: owned.use(answeringUpstream({ protocol: "openai_chat" })),
    openai_responses: owned.use(answeringUpstream({ protocol: "openai_responses" })),
    anthropic_messages: owned.use(answeringUpstream({ protocol: "anthropic_messages" })),
  })
);

async function ask(protocol: Protocol, body: unknown): Promise<{ status: number; text: string }> {
  const response = await fetch(`${upstreams()[protocol].url}${CHAT_ENDPOINT[protocol]}`, {
    method: "POST",
    headers: { "anthropic-version": "2023-06-01" },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

const USER = { role: "user", content: "hello" };
const PARAMETERS = { type: "object", properties: {} };

const CHAT_TOOL = { type: "function", function: { name: "t", parameters: PARAMETERS } };
const CHAT_CALL = { id: "call_1", type: "function", function: { name: "t", arguments: "{}" } };
const CHAT_CALLED = { role: "assistant", content: null, tool_calls: [CHAT_CALL] };
const CHAT_RESULT = { role: "tool", tool_call_id: "call_1", content: "rain" };

const MESSAGES_TOOL = { name: "t", input_schema: PARAMETERS };
const TOOL_USE = { type: "tool_use", id: "toolu_1", name: "t", input: {} };
const TOOL_USED = { role: "assistant", content: [TOOL_USE] };
const TOOL_RESULT = { type: "tool_result", tool_use_id: "toolu_1", content: "rain" };

const FUNCTION_TOOL = { type: "function", name: "t", parameters: PARAMETERS };
const FUNCTION_CALL = { type: "function_call", call_id: "call_1", name: "t", arguments: "{}" };
const FUNCTION_OUTPUT = { type: "function_call_output", call_id: "call_1", output: "rain" };

const FREE_TOOL = { type: "custom", name: "t" };
const MORE_TOOLS = {
  type: "additional_tools",
  role: "developer",
  tools: [{ type: "namespace", name: "n", tools: [FREE_TOOL] }],
};
const FREE_CALL = {
  type: "custom_tool_call",
  call_id: "call_1",
  name: "t",
  namespace: "n",
  input: "x",
};
const FREE_OUTPUT = { type: "custom_tool_call_output", call_id: "call_1", output: "rain" };

function chat(messages: unknown[], rest = {}) {
  return { model: "m", messages, ...rest };
}

function messages(list: unknown[], rest = {}) {
  return { model: "m", max_tokens: 10, messages: list, ...rest };
}

function responses(input: unknown, rest = {}) {
  return { model: "m", input, ...rest };
}

const TAKEN: readonly [protocol: Protocol, what: string, body: unknown][] = [
  ["openai_chat", "words", chat([USER])],
  ["openai_chat", "a tool loop", chat([USER, CHAT_CALLED, CHAT_RESULT], { tools: [CHAT_TOOL] })],
  ["openai_responses", "words", responses("hello")],
  [
    "openai_responses",
    "a tool loop",
    responses([USER, FUNCTION_CALL, FUNCTION_OUTPUT], { tools: [FUNCTION_TOOL] }),
  ],
  [
    "openai_responses",
    "a loop of a free-text tool that stands in a group",
    responses([MORE_TOOLS, USER, FREE_CALL, FREE_OUTPUT]),
  ],
  ["anthropic_messages", "words", messages([USER])],
  [
    "anthropic_messages",
    "a tool loop",
    messages([USER, TOOL_USED, { role: "user", content: [TOOL_RESULT] }], {
      tools: [MESSAGES_TOOL],
    }),
  ],
];

const REFUSED: readonly [protocol: Protocol, what: string, body: unknown, says: string][] = [
  ["openai_chat", "an unknown field", chat([USER], { top_k: 1 }), "top_k"],
  ["openai_chat", "an orphan tool message", chat([USER, CHAT_RESULT]), "role 'tool'"],
  ["openai_chat", "an unanswered call", chat([USER, CHAT_CALLED]), "did not have response"],
  [
    "openai_chat",
    "tool_choice without tools",
    chat([USER], { tool_choice: "auto" }),
    "tool_choice",
  ],
  ["openai_chat", "no tools at all", chat([USER], { tools: [] }), "tools"],
  [
    "openai_chat",
    "both names of the limit",
    chat([USER], { max_tokens: 1, max_completion_tokens: 1 }),
    "max_tokens",
  ],
  [
    "openai_chat",
    "stream_options without a stream",
    chat([USER], { stream_options: { include_usage: true } }),
    "stream_options",
  ],
  ["openai_responses", "an unknown field", responses("hello", { max_tokens: 1 }), "max_tokens"],
  ["openai_responses", "an orphan output", responses([FUNCTION_OUTPUT]), "No tool call found"],
  ["openai_responses", "an unanswered call", responses([FUNCTION_CALL]), "No tool output found"],
  [
    "openai_responses",
    "a forced tool without tools",
    responses("hello", { tool_choice: "required" }),
    "tools",
  ],
  ["openai_responses", "a tiny limit", responses("hello", { max_output_tokens: 5 }), "16"],
  [
    "openai_responses",
    "input parts from the assistant",
    responses([{ role: "assistant", content: [{ type: "input_text", text: "x" }] }]),
    "input_text",
  ],
  [
    "openai_responses",
    "an item with another item's id",
    responses([{ ...USER, type: "message", id: "chatcmpl-1" }]),
    "msg_",
  ],
  ["anthropic_messages", "an unknown field", messages([USER], { n: 1 }), "n: Extra inputs"],
  ["anthropic_messages", "no max_tokens", { model: "m", messages: [USER] }, "Field required"],
  [
    "anthropic_messages",
    "an orphan result",
    messages([{ role: "user", content: [TOOL_RESULT] }]),
    "unexpected `tool_use_id`",
  ],
  ["anthropic_messages", "an unanswered call", messages([USER, TOOL_USED, USER]), "toolu_1"],
  [
    "anthropic_messages",
    "words before the results",
    messages([
      USER,
      TOOL_USED,
      { role: "user", content: [{ type: "text", text: "x" }, TOOL_RESULT] },
    ]),
    "immediately after",
  ],
  [
    "anthropic_messages",
    "tool_choice without tools",
    messages([USER], { tool_choice: { type: "auto" } }),
    "tool_choice",
  ],
  [
    "anthropic_messages",
    "a tool without a schema",
    messages([USER], { tools: [{ name: "t" }] }),
    "input_schema",
  ],
  [
    "anthropic_messages",
    "a deferred tool without its beta",
    messages([USER], { tools: [{ ...MESSAGES_TOOL, defer_loading: true }] }),
    "defer_loading",
  ],
  [
    "anthropic_messages",
    "edits of the context without their beta",
    messages([USER], { context_management: { edits: [] } }),
    "context_management",
  ],
  [
    "anthropic_messages",
    "a system turn without its beta",
    messages([USER, { role: "system", content: "x" }]),
    "role",
  ],
  [
    "anthropic_messages",
    "a thought without a signature",
    messages([USER, { role: "assistant", content: [{ type: "thinking", thinking: "x" }] }]),
    "signature",
  ],
  [
    "anthropic_messages",
    "empty words",
    messages([{ role: "user", content: [{ type: "text", text: "" }] }]),
    "non-empty",
  ],
  [
    "anthropic_messages",
    "a foreign id",
    messages([USER, { role: "assistant", content: [{ ...TOOL_USE, id: "functions.t:0" }] }]),
    "pattern",
  ],
];

describe("answeringUpstream()", () => {
  for (const [protocol, what, body] of TAKEN) {
    it(`takes ${what} in ${protocol}`, async () => {
      const { status, text } = await ask(protocol, body);
      assertEquals(status, 200, text);
    });
  }

  for (const [protocol, what, body, says] of REFUSED) {
    it(`refuses ${what} in ${protocol}`, async () => {
      const { status, text } = await ask(protocol, body);
      assertEquals(status, 400, text);
      assertStringIncludes(JSON.parse(text).error.message, says);
    });
  }
});
