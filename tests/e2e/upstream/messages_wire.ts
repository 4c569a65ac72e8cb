/**
 * Messages as Anthropic serves it.
 *
 * @see {@link https://docs.anthropic.com/en/api/messages}
 * @module
 */
import {
  type Body,
  type Call,
  firstUnknown,
  type OfferedTool,
  type Said,
  torn,
  USED,
  type Wire,
  words,
} from "./wire.ts";

const FIELDS: ReadonlySet<string> = new Set([
  "container",
  "context_management",
  "inference_geo",
  "max_tokens",
  "mcp_servers",
  "messages",
  "metadata",
  "model",
  "output_config",
  "service_tier",
  "stop_sequences",
  "stream",
  "system",
  "temperature",
  "thinking",
  "tool_choice",
  "tools",
  "top_k",
  "top_p",
]);

/** What each block of a history may hold. */
const BLOCK_FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  text: new Set(["type", "text", "cache_control", "citations"]),
  image: new Set(["type", "source", "cache_control"]),
  document: new Set(["type", "source", "cache_control", "citations", "context", "title"]),
  thinking: new Set(["type", "thinking", "signature"]),
  redacted_thinking: new Set(["type", "data"]),
  tool_use: new Set(["type", "id", "name", "input", "cache_control", "caller"]),
  tool_result: new Set(["type", "tool_use_id", "content", "is_error", "cache_control"]),
};

const ROLES: ReadonlySet<string> = new Set(["user", "assistant", "system"]);

export const messagesWire: Wire = {
  problem(body, headers) {
    if (!headers.has("anthropic-version")) return "anthropic-version: header is required";
    const betas = new Set(headers.get("anthropic-beta")?.split(","));
    return fieldProblem(body) ?? betaProblem(body, betas) ?? toolProblem(body) ??
      historyProblem(body.messages);
  },

  asked(body) {
    const { messages, tools = [], tool_choice: choice = {} } = body;
    const last = messages.slice(messages.findLastIndex(isAssistant) + 1)
      .filter((message: Body) => !isSystem(message)).flatMap(blocksOf);
    return {
      model: body.model,
      isStream: body.stream === true,
      text: textOf(last),
      tools: choice.type === "none" ? [] : tools.map(offeredTool),
      isParallel: choice.disable_parallel_tool_use !== true,
      results: last.filter(({ type }: Body) => type === "tool_result")
        .map(({ content }: Body) => typeof content === "string" ? content : textOf(content ?? [])),
    };
  },

  whole({ text, calls }, body) {
    const content = calls.length > 0
      ? calls.map((call) => ({ ...emptyCall(call), input: JSON.parse(call.input) }))
      : [{ type: "text", text }];
    return { ...head(body), content, stop_reason: stopReason(calls), usage: usage(USED.output) };
  },

  events(said, body) {
    const message = { ...head(body), content: [], stop_reason: null, usage: usage(1) };
    const { calls } = said;
    return [
      event({ type: "message_start", message }),
      ...(calls.length > 0 ? calls.flatMap(callEvents) : textEvents(said)),
      event({
        type: "message_delta",
        delta: { stop_reason: stopReason(calls), stop_sequence: null },
        usage: { output_tokens: USED.output },
      }),
      event({ type: "message_stop" }),
    ];
  },

  error(status, message) {
    const error = { type: ERROR_TYPES[status] ?? "api_error", message };
    return { type: "error", error, request_id: "req_011CVh5mQ2xYt8Rk4Wn7Zp3L" };
  },

  callId: (number) => `toolu_01Xv4Rk9Wq2Ys7Tn5Mb8Lp${String(number).padStart(2, "0")}`,
};

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  429: "rate_limit_error",
  529: "overloaded_error",
};

function fieldProblem(body: Body): string | undefined {
  const unknown = firstUnknown(Object.keys(body), FIELDS);
  if (unknown) return `${unknown}: Extra inputs are not permitted`;
  if (body.max_tokens === undefined) return "max_tokens: Field required";
  if (!Number.isInteger(body.max_tokens) || body.max_tokens < 1) return "max_tokens: too small";
  if (body.temperature > 1) return "temperature: range: 0..1";
  if (!Array.isArray(body.messages) || body.messages.length === 0) {
    return "messages: at least one message is required";
  }
  return undefined;
}

/** What is only there for who asks for its beta. */
function betaProblem(
  { context_management: edits, tools = [], messages }: Body,
  betas: Set<string>,
) {
  if (edits && !betas.has("context-management-2025-06-27")) {
    return "context_management: Extra inputs are not permitted";
  }
  if (tools.some(isDeferred) && !betas.has("advanced-tool-use-2025-11-20")) {
    return "tools.0.custom.defer_loading: Extra inputs are not permitted";
  }
  const isMidway = [...betas].some((beta) => beta.startsWith("mid-conversation-"));
  if (messages.some(isSystem) && !isMidway) return "messages.0.role";
  return undefined;
}

function isDeferred(tool: Body): boolean {
  return tool.defer_loading === true;
}

function isAssistant({ role }: Body): boolean {
  return role === "assistant";
}

function isSystem({ role }: Body): boolean {
  return role === "system";
}

function toolProblem({ tools, tool_choice: choice }: Body): string | undefined {
  if (!tools?.length) {
    return choice ? "tool_choice may only be specified while providing tools" : undefined;
  }
  for (const [index, tool] of tools.entries()) {
    if (tool.input_schema?.type !== "object") {
      return `tools.${index}.custom.input_schema: Field required`;
    }
    const known = new Set([
      "name",
      "description",
      "input_schema",
      "type",
      "cache_control",
      "strict",
      "defer_loading",
      "eager_input_streaming",
    ]);
    const unknown = firstUnknown(Object.keys(tool), known);
    if (unknown) return `tools.${index}.custom.${unknown}: Extra inputs are not permitted`;
  }
  return undefined;
}

/** Results stand first in the message after their calls, one for each. */
function historyProblem(messages: Body[]): string | undefined {
  let open: string[] = [];
  for (const [index, message] of messages.entries()) {
    const place = `messages.${index}`;
    if (!ROLES.has(message.role)) return `${place}.role`;
    const blocks = blocksOf(message);
    const problem = blocks.map(blockProblem).find((one) => one);
    if (problem) return `${place}.content: ${problem}`;
    const results = blocks.filter(({ type }) => type === "tool_result");
    const orphan = results.find(({ tool_use_id: id }) => !open.includes(id));
    if (orphan) {
      return `${place}.content: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ` +
        `${orphan.tool_use_id}. Each \`tool_result\` block must have a corresponding \`tool_use\` ` +
        "block in the previous message.";
    }
    const leading = blocks.slice(0, open.length).filter(({ type }) => type === "tool_result");
    if (leading.length < open.length) return `${place}: ${unanswered(open)}`;
    open = blocks.filter(({ type }) => type === "tool_use").map(({ id }) => id);
    if (new Set(open).size < open.length) return `${place}: \`tool_use\` ids must be unique`;
  }
  return open.length > 0 ? unanswered(open) : undefined;
}

function unanswered(ids: string[]): string {
  return "`tool_use` ids were found without `tool_result` blocks immediately after: " +
    `${ids.join(", ")}.`;
}

function blockProblem(block: Body): string | undefined {
  const known = BLOCK_FIELDS[block.type];
  if (!known) return `Input tag '${block.type}' found`;
  const unknown = firstUnknown(Object.keys(block), known);
  if (unknown) return `${block.type}.${unknown}: Extra inputs are not permitted`;
  if (block.type === "text" && block.text === "") return "text content blocks must be non-empty";
  if (block.type === "thinking" && !block.signature) return "thinking.signature: Field required";
  const isId = /^[a-zA-Z0-9_-]+$/.test(block.id ?? block.tool_use_id ?? "x");
  return isId ? undefined : `${block.type}.id: String should match pattern '^[a-zA-Z0-9_-]+$'`;
}

function offeredTool({ name, input_schema: parameters }: Body): OfferedTool {
  return { name, parameters };
}

function blocksOf({ content }: Body): Body[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

function textOf(blocks: Body[]): string {
  return blocks.map(({ text = "" }) => text).join("");
}

function head({ model }: Body) {
  return {
    id: "msg_01QnT5xWv8Yk2Rb7Zs4Mp9Lc",
    type: "message",
    role: "assistant",
    model: `${model}-20260101`,
    stop_sequence: null,
  };
}

function usage(output: number) {
  return {
    input_tokens: USED.input - USED.cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: USED.cached,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: output,
    service_tier: "standard",
  };
}

function stopReason(calls: Call[]): string {
  return calls.length > 0 ? "tool_use" : "end_turn";
}

function emptyCall({ id, name }: Call) {
  return { type: "tool_use", id, name, input: {} };
}

function event(data: Body): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

function textEvents({ text }: Said): string[] {
  return [
    event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
    event({ type: "ping" }),
    ...words(text).map((piece) =>
      event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: piece } })
    ),
    event({ type: "content_block_stop", index: 0 }),
  ];
}

function callEvents(call: Call, index: number): string[] {
  const delta = (piece: string) =>
    event({
      type: "content_block_delta",
      index,
      delta: { type: "input_json_delta", partial_json: piece },
    });
  return [
    event({ type: "content_block_start", index, content_block: emptyCall(call) }),
    delta(""),
    ...torn(call.input).map(delta),
    event({ type: "content_block_stop", index }),
  ];
}
