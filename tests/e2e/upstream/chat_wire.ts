/**
 * Chat Completions as OpenAI serves it.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/chat}
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
  "audio",
  "frequency_penalty",
  "function_call",
  "functions",
  "logit_bias",
  "logprobs",
  "max_completion_tokens",
  "max_tokens",
  "messages",
  "metadata",
  "modalities",
  "model",
  "n",
  "parallel_tool_calls",
  "prediction",
  "presence_penalty",
  "prompt_cache_key",
  "prompt_cache_retention",
  "reasoning_effort",
  "response_format",
  "safety_identifier",
  "seed",
  "service_tier",
  "stop",
  "store",
  "stream",
  "stream_options",
  "temperature",
  "tool_choice",
  "tools",
  "top_logprobs",
  "top_p",
  "user",
  "verbosity",
  "web_search_options",
]);

const PARTS: ReadonlySet<string> = new Set([
  "text",
  "image_url",
  "input_audio",
  "file",
  "refusal",
]);

const MAX_CALL_ID = 40;

export const chatWire: Wire = {
  problem(body) {
    return fieldProblem(body) ?? toolProblem(body) ?? historyProblem(body.messages);
  },

  asked(body) {
    const { messages, tools = [], tool_choice: choice } = body;
    const lastTurn = messages.slice(messages.findLastIndex(isAssistant) + 1);
    return {
      model: body.model,
      isStream: body.stream === true,
      text: textOf(messages.findLast(({ role }: Body) => role === "user")?.content),
      tools: choice === "none" ? [] : tools.map(offeredTool),
      isParallel: body.parallel_tool_calls !== false,
      results: lastTurn.filter(({ role }: Body) => role === "tool")
        .map(({ content }: Body) => textOf(content)),
    };
  },

  whole({ text, calls }, body) {
    return {
      ...head("chat.completion", body),
      choices: [{
        index: 0,
        message: {
          role: "assistant",
          content: calls.length > 0 ? null : text,
          ...(calls.length > 0 ? { tool_calls: calls.map(wholeCall) } : {}),
          refusal: null,
          annotations: [],
        },
        logprobs: null,
        finish_reason: finishReason(calls),
      }],
      usage: usage(),
    };
  },

  events(said, body) {
    const isUsageAsked = body.stream_options?.include_usage === true;
    const chunk = (choices: Body[]): Body => ({
      ...head("chat.completion.chunk", body),
      choices,
      ...(isUsageAsked ? { usage: null } : {}),
      obfuscation: "x7Qp",
    });
    const chunks = deltas(said).map((delta) => chunk([choice(delta, null)]));
    chunks.push(chunk([choice({}, finishReason(said.calls))]));
    if (isUsageAsked) chunks.push({ ...chunk([]), usage: usage() });
    return [...chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`), "data: [DONE]\n\n"];
  },

  error(status, message) {
    const type = status === 429
      ? "requests"
      : status >= 500
      ? "server_error"
      : "invalid_request_error";
    const code = status === 401 ? "invalid_api_key" : null;
    return { error: { message, type, param: null, code } };
  },

  callId: (number) => `call_Zk3rVq8yTn2mXw5pLs7Hd0${String(number).padStart(2, "0")}`,
};

function fieldProblem(body: Body): string | undefined {
  const unknown = firstUnknown(Object.keys(body), FIELDS);
  if (unknown) return `Unrecognized request argument supplied: ${unknown}`;
  if (typeof body.model !== "string") return "you must provide a model parameter";
  if (!Array.isArray(body.messages) || body.messages.length === 0) {
    return "Invalid 'messages': empty array. Expected an array with minimum length 1.";
  }
  if (body.max_tokens !== undefined && body.max_completion_tokens !== undefined) {
    return "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
  }
  if (body.stream_options && body.stream !== true) {
    return "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
  }
  return undefined;
}

function toolProblem({ tools, tool_choice: choice, parallel_tool_calls: parallel }: Body) {
  if (tools === undefined) {
    if (choice !== undefined) return "'tool_choice' is only allowed when 'tools' are specified.";
    if (parallel !== undefined) {
      return "'parallel_tool_calls' is only allowed when 'tools' are specified.";
    }
    return undefined;
  }
  if (tools.length === 0) return "Invalid 'tools': empty array.";
  const at = tools.findIndex((tool: Body) =>
    tool.type !== "function" || !/^[a-zA-Z0-9_-]{1,64}$/.test(tool.function?.name ?? "")
  );
  return at === -1 ? undefined : `Invalid 'tools[${at}]'.`;
}

/** Each tool message answers a call just made, and each call has its answer. */
function historyProblem(messages: Body[]): string | undefined {
  let open: string[] = [];
  for (const [index, message] of messages.entries()) {
    const place = `messages.[${index}]`;
    if (message.role === "tool") {
      if (!open.includes(message.tool_call_id)) {
        return `Invalid parameter: ${place}: messages with role 'tool' must be a response to a ` +
          "preceeding message with 'tool_calls'.";
      }
      open = open.filter((id) => id !== message.tool_call_id);
    } else {
      if (open.length > 0) return unanswered(open);
      open = (message.tool_calls ?? []).map(({ id }: Body) => id);
    }
    const problem = messageProblem(message);
    if (problem) return `${place}: ${problem}`;
  }
  return open.length > 0 ? unanswered(open) : undefined;
}

function unanswered(ids: string[]): string {
  return "An assistant message with 'tool_calls' must be followed by tool messages responding to " +
    `each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids}`;
}

function messageProblem({ role, content, tool_calls: calls }: Body): string | undefined {
  if (!["system", "developer", "user", "assistant", "tool"].includes(role)) return "role";
  if (Array.isArray(content)) {
    if (content.length === 0) return "content: empty array";
    const unknown = firstUnknown(content.map(({ type }) => type), PARTS);
    if (unknown) return `content: unknown part ${unknown}`;
  } else if (typeof content !== "string" && !(role === "assistant" && calls)) {
    return "content: expected a string or an array";
  }
  return calls === undefined ? undefined : callsProblem(calls);
}

function callsProblem(calls: Body[]): string | undefined {
  if (calls.length === 0) return "tool_calls: empty array";
  for (const call of calls) {
    if (call.id.length > MAX_CALL_ID) return "tool_calls: id: string too long";
    if (call.type !== "function") return "tool_calls: type";
    if (typeof call.function.arguments !== "string") return "tool_calls: function.arguments";
  }
  return undefined;
}

function offeredTool({ function: { name, parameters } }: Body): OfferedTool {
  return { name, parameters };
}

function isAssistant({ role }: Body): boolean {
  return role === "assistant";
}

function textOf(content: Body): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(({ text = "" }: Body) => text).join("");
}

function head(object: string, { model }: Body) {
  return {
    id: "chatcmpl-CqY4b1Dm2Kx9Tn5Wv8Rs3Zp6Lj",
    object,
    created: 1_764_000_000,
    model: `${model}-2026-01-01`,
    service_tier: "default",
    system_fingerprint: "fp_50cad350e4",
  };
}

function usage() {
  return {
    prompt_tokens: USED.input,
    completion_tokens: USED.output,
    total_tokens: USED.input + USED.output,
    prompt_tokens_details: { cached_tokens: USED.cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function finishReason(calls: Call[]): string {
  return calls.length > 0 ? "tool_calls" : "stop";
}

function wholeCall({ id, name, input }: Call) {
  return { id, type: "function", function: { name, arguments: input } };
}

function choice(delta: Body, finish: string | null) {
  return { index: 0, delta, logprobs: null, finish_reason: finish };
}

function deltas({ text, calls }: Said): Body[] {
  if (calls.length === 0) {
    const first = { role: "assistant", content: "", refusal: null };
    return [first, ...words(text).map((content) => ({ content }))];
  }
  return [
    { role: "assistant", content: null, refusal: null },
    ...calls.flatMap(({ id, name, input }, index) => [
      { tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] },
      ...torn(input).map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ]),
  ];
}
