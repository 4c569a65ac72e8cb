/**
 * Responses as OpenAI serves it.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/responses}
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
  "background",
  "client_metadata",
  "conversation",
  "include",
  "input",
  "instructions",
  "max_output_tokens",
  "max_tool_calls",
  "metadata",
  "model",
  "parallel_tool_calls",
  "previous_response_id",
  "prompt",
  "prompt_cache_key",
  "prompt_cache_retention",
  "reasoning",
  "safety_identifier",
  "service_tier",
  "store",
  "stream",
  "stream_options",
  "temperature",
  "text",
  "tool_choice",
  "tools",
  "top_logprobs",
  "top_p",
  "truncation",
  "user",
]);

const MIN_OUTPUT_TOKENS = 16;
const MAX_CALL_ID = 64;

/** What the id of an item may begin with. */
const ID_PREFIXES: Readonly<Record<string, readonly string[]>> = {
  message: ["msg_"],
  function_call: ["fc_"],
  function_call_output: ["fc_", "fco_"],
  reasoning: ["rs_"],
  additional_tools: ["at_"],
  agent_message: ["am_"],
  custom_tool_call: ["ctc_"],
  custom_tool_call_output: ["ctco_"],
};

/** The parts that each role may say. */
const PARTS: Readonly<Record<string, ReadonlySet<string>>> = {
  assistant: new Set(["output_text", "refusal"]),
  user: new Set(["input_text", "input_image", "input_file", "input_audio"]),
  system: new Set(["input_text", "input_image", "input_file"]),
  developer: new Set(["input_text", "input_image", "input_file"]),
};

const CALLS: ReadonlySet<string> = new Set(["function_call", "custom_tool_call"]);
const OUTPUTS: ReadonlySet<string> = new Set(["function_call_output", "custom_tool_call_output"]);

export const responsesWire: Wire = {
  problem(body) {
    return fieldProblem(body) ?? toolProblem(body) ?? inputProblem(itemsOf(body));
  },

  asked(body) {
    const { tool_choice: choice } = body;
    const items = itemsOf(body);
    const isOurs = ({ type, role }: Body) => CALLS.has(type) || role === "assistant";
    const lastTurn = items.slice(items.findLastIndex(isOurs) + 1);
    return {
      model: body.model,
      isStream: body.stream === true,
      text: textOf(items.findLast(({ role }) => role === "user")?.content),
      tools: choice === "none" ? [] : offeredTools(body),
      isParallel: body.parallel_tool_calls !== false,
      results: lastTurn.filter(({ type }) => OUTPUTS.has(type))
        .map(({ output }) => textOf(output)),
    };
  },

  whole(said, body) {
    return { ...response(body), status: "completed", output: outputOf(said), usage: usage() };
  },

  events(said, body) {
    const begun = { ...response(body), status: "in_progress", output: [], usage: null };
    const output = outputOf(said);
    const events = [
      { type: "response.created", response: begun },
      { type: "response.in_progress", response: begun },
      ...output.flatMap((item, index) =>
        item.type === "message" ? messageEvents(item, index) : callEvents(item, index)
      ),
      {
        type: "response.completed",
        response: { ...begun, status: "completed", output, usage: usage() },
      },
    ];
    return events.map((one, sequence_number) =>
      `event: ${one.type}\ndata: ${JSON.stringify({ ...one, sequence_number })}\n\n`
    );
  },

  error(status, message) {
    const type = status >= 500 ? "server_error" : "invalid_request_error";
    const code = status === 401 ? "invalid_api_key" : null;
    return { error: { message, type, param: null, code } };
  },

  callId: (number) => `call_Hs6wLd2nQv9xTk4ZbPm7Yr1${String(number).padStart(2, "0")}`,
};

function fieldProblem(body: Body): string | undefined {
  const unknown = firstUnknown(Object.keys(body), FIELDS);
  if (unknown) return `Unknown parameter: '${unknown}'.`;
  if (body.max_output_tokens < MIN_OUTPUT_TOKENS) {
    return `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= ` +
      `${MIN_OUTPUT_TOKENS}.`;
  }
  if (body.input === undefined) return "Missing required parameter: 'input'.";
  return undefined;
}

function toolProblem({ tools = [], tool_choice: choice = "auto" }: Body): string | undefined {
  if (tools.length === 0 && choice !== "auto" && choice !== "none") {
    return "Tool choices other than 'auto' are only allowed when 'tools' are specified.";
  }
  const at = tools.findIndex(({ type, name }: Body) => type === "function" && !name);
  return at === -1 ? undefined : `Missing required parameter: 'tools[${at}].name'.`;
}

/** Each output belongs to a call before it, and each call has its output. */
function inputProblem(items: Body[]): string | undefined {
  const open = new Set<string>();
  for (const [index, item] of items.entries()) {
    const problem = itemProblem(item);
    if (problem) return `Invalid 'input[${index}]${problem}`;
    if (CALLS.has(item.type)) open.add(item.call_id);
    if (!OUTPUTS.has(item.type) || open.delete(item.call_id)) continue;
    return `No tool call found for function call output with call_id ${item.call_id}.`;
  }
  const [unanswered] = open;
  return unanswered === undefined
    ? undefined
    : `No tool output found for function call ${unanswered}.`;
}

function itemProblem(item: Body): string | undefined {
  const { type = "message", id, call_id: callId, role, content } = item;
  const prefixes = ID_PREFIXES[type];
  if (prefixes === undefined) return `.type': unknown value '${type}'.`;
  if (id !== undefined && !prefixes.some((prefix) => id.startsWith(prefix))) {
    return `.id': '${id}'. Expected an ID that begins with '${prefixes[0]}'.`;
  }
  if (callId?.length > MAX_CALL_ID) return ".call_id': string too long.";
  if (type === "function_call" && typeof item.arguments !== "string") return ".arguments'.";
  if (type !== "message" || !Array.isArray(content)) return undefined;
  const unknown = firstUnknown(content.map((part: Body) => part.type), PARTS[role] ?? new Set());
  return unknown === undefined ? undefined : `.content': '${unknown}' from ${role}.`;
}

/** Those of the request, and those that its conversation brought; groups taken apart. */
function offeredTools(body: Body): OfferedTool[] {
  const inserted = itemsOf(body).filter(({ type }) => type === "additional_tools")
    .flatMap(({ tools }) => tools);
  return [...body.tools ?? [], ...inserted].flatMap((tool) =>
    tool.type === "namespace"
      ? tool.tools.map((one: Body) => ({ ...offeredTool(one), namespace: tool.name }))
      : tool.name === undefined
      ? []
      : [offeredTool(tool)]
  );
}

function offeredTool({ name, parameters }: Body): OfferedTool {
  return { name, ...(parameters ? { parameters } : {}) };
}

function itemsOf({ input }: Body): Body[] {
  return typeof input === "string" ? [{ role: "user", content: input }] : input;
}

function textOf(content: Body): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(({ text = "" }: Body) => text).join("");
}

function response(body: Body) {
  const { model, tools = [], tool_choice = "auto", parallel_tool_calls = true } = body;
  return {
    id: "resp_68f2a1b4c3d04e5f9a7b6c8d1e2f3a4b",
    object: "response",
    created_at: 1_764_000_000,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    metadata: {},
    model: `${model}-2026-01-01`,
    parallel_tool_calls,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: "default",
    store: body.store ?? true,
    temperature: 1,
    text: { format: { type: "text" }, verbosity: "medium" },
    tool_choice,
    tools,
    top_p: 1,
    truncation: "disabled",
    user: null,
  };
}

function usage() {
  return {
    input_tokens: USED.input,
    input_tokens_details: { cached_tokens: USED.cached },
    output_tokens: USED.output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: USED.input + USED.output,
  };
}

function outputOf({ text, calls }: Said): Body[] {
  if (calls.length > 0) return calls.map(callItem);
  const part = { type: "output_text", annotations: [], logprobs: [], text };
  const id = "msg_68f2a1b4c3d04e5f9a7b6c8d";
  return [{ id, type: "message", status: "completed", content: [part], role: "assistant" }];
}

function callItem({ id, name, namespace, input, isFreeform }: Call, index: number) {
  const number = String(index).padStart(2, "0");
  return {
    id: `${isFreeform ? "ctc" : "fc"}_68f2a1b4c3d04e5f9a7b6c${number}`,
    type: isFreeform ? "custom_tool_call" : "function_call",
    status: "completed",
    [isFreeform ? "input" : "arguments"]: input,
    call_id: id,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function messageEvents(item: Body, output_index: number): Body[] {
  const [part] = item.content;
  const place = { item_id: item.id, output_index, content_index: 0 };
  const { text } = part;
  return [
    { type: "response.output_item.added", output_index, item: { ...item, ...BEGUN, content: [] } },
    { type: "response.content_part.added", ...place, part: { ...part, text: "" } },
    ...words(text).map((delta) => ({
      type: "response.output_text.delta",
      ...place,
      delta,
      logprobs: [],
    })),
    { type: "response.output_text.done", ...place, text, logprobs: [] },
    { type: "response.content_part.done", ...place, part },
    { type: "response.output_item.done", output_index, item },
  ];
}

const BEGUN = { status: "in_progress" };

function callEvents(item: Body, output_index: number): Body[] {
  const place = { item_id: item.id, output_index };
  const isFreeform = item.type === "custom_tool_call";
  const field = isFreeform ? "input" : "arguments";
  const event = isFreeform ? "custom_tool_call_input" : "function_call_arguments";
  return [
    { type: "response.output_item.added", output_index, item: { ...item, ...BEGUN, [field]: "" } },
    ...torn(item[field]).map((delta) => ({ type: `response.${event}.delta`, ...place, delta })),
    { type: `response.${event}.done`, ...place, [field]: item[field] },
    { type: "response.output_item.done", output_index, item },
  ];
}
