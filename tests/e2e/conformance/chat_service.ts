/**
 * Chat Completions with models that think, as DeepSeek and Groq serve them, and OpenAI's rules for
 * shapes.
 *
 * @see {@link https://api-docs.deepseek.com/guides/thinking_mode}
 * @module
 */
import { chatWire } from "../upstream/chat_wire.ts";
import { type Body, firstUnknown, words } from "../upstream/wire.ts";
import {
  dataOf,
  isThinker,
  type Kind,
  pictureOfUrl,
  type Seen,
  type Service,
  strictSchemaProblem,
  THOUGHT_TOKENS,
  THOUGHTS,
  WORDS,
} from "./service.ts";

const MESSAGE_FIELDS: ReadonlySet<string> = new Set([
  "role",
  "content",
  "name",
  "tool_calls",
  "tool_call_id",
  "refusal",
  "annotations",
  // The official SDK's runner of tools leaves it in, and the service does not mind.
  "parsed",
]);

const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh"];
const OWN_THOUGHTS: ReadonlySet<unknown> = new Set(Object.values(THOUGHTS));

export const chatService: Service = {
  protocol: "openai_chat",
  wire: chatWire,
  resolved: (body) => body,

  problem(body, kind) {
    return messagesProblem(body.messages, kind) ?? formatProblem(body) ?? toolsProblem(body);
  },

  seen(body, kind): Seen {
    const { messages, response_format: format, tool_choice: choice, tools = [] } = body;
    const lastOwn = messages.findLastIndex(({ role }: Body) => role === "assistant");
    const forced = tools.find((tool: Body) => tool.function.name === choice?.function?.name) ??
      (choice === "required" ? tools[0] : undefined);
    return {
      ...(format?.type === "json_schema" ? { textShape: format.json_schema.schema } : {}),
      ...(forced ? { forcedTool: forced.function } : {}),
      pictures: picturesOf(messages.slice(lastOwn + 1)),
      ownWords: textOf(messages[lastOwn]?.content),
      ownThoughts: messages.filter((one: Body) => OWN_THOUGHTS.has(one.reasoning_content)).length,
      mayThink: isThinker(kind),
      isReadable: true,
    };
  },

  whole({ thought, preface, ...said }, body) {
    const whole = chatWire.whole(said, body);
    const { message } = whole.choices[0];
    if (preface !== undefined) message.content = preface;
    if (thought === undefined) return whole;
    message.reasoning_content = thought;
    return { ...whole, usage: withThoughtTokens(whole.usage) };
  },

  events({ thought, preface = "", ...said }, body) {
    const [first, ...rest] = chatWire.events(said, body);
    const saying = (delta: Body) => {
      const chunk = dataOf(first!);
      chunk.choices[0].delta = delta;
      return chunkEvent(chunk);
    };
    const before = [
      ...words(thought ?? "").map((text) => saying({ content: null, reasoning_content: text })),
      ...words(preface).map((text) => saying({ content: text })),
    ];
    return [first!, ...before, ...(thought === undefined ? rest : rest.map(withUsage))];
  },

  failures: {
    limited: failure(WORDS.limited, "requests", "rate_limit_exceeded"),
    refuses: failure(WORDS.refuses, "invalid_request_error", "invalid_image"),
    overflows: failure(
      "This model's maximum context length is 8192 tokens. However, your messages resulted in " +
        "9000 tokens. Please reduce the length of the messages.",
      "invalid_request_error",
      "context_length_exceeded",
    ),
    errs: failure(WORDS.errs, "server_error", null),
  },

  overflowsInStream: false,
  streamError: (name) => [chunkEvent(chatService.failures[name])],
};

function failure(message: string, type: string, code: string | null): Body {
  return { error: { message, type, param: null, code } };
}

function chunkEvent(chunk: Body): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

function withUsage(event: string): string {
  const chunk = dataOf(event);
  return chunk?.usage ? chunkEvent({ ...chunk, usage: withThoughtTokens(chunk.usage) }) : event;
}

function withThoughtTokens(usage: Body): Body {
  const details = { ...usage.completion_tokens_details, reasoning_tokens: THOUGHT_TOKENS };
  return { ...usage, completion_tokens_details: details };
}

function messagesProblem(messages: Body[], kind: Kind): string | undefined {
  const known = kind === "thinks" ? MESSAGE_FIELDS.union(THOUGHT_FIELD) : MESSAGE_FIELDS;
  const turn = messages.findLastIndex(({ role }) => role === "user");
  for (const [index, message] of messages.entries()) {
    const unknown = firstUnknown(Object.keys(message), known);
    if (unknown) return `'messages.${index}': property '${unknown}' is unsupported`;
    if (kind === "thinks" && index > turn && message.tool_calls && !message.reasoning_content) {
      return `Missing \`reasoning_content\` field in the assistant message at index ${index}`;
    }
    const problem = partsProblem(message.content, `messages.[${index}].content`);
    if (problem) return problem;
  }
  return undefined;
}

const THOUGHT_FIELD: ReadonlySet<string> = new Set(["reasoning_content"]);

function partsProblem(content: Body, place: string): string | undefined {
  if (!Array.isArray(content)) return undefined;
  for (const part of content) {
    if (part.type === "text" && part.text === "") return `${place}: empty text`;
    if (part.type !== "image_url") continue;
    if (typeof part.image_url?.url !== "string") return `${place}: image_url.url`;
    const { detail = "auto" } = part.image_url;
    if (!["auto", "low", "high", "original"].includes(detail)) return `${place}: image_url.detail`;
  }
  return undefined;
}

function formatProblem({ response_format: format, reasoning_effort: effort }: Body) {
  if (effort !== undefined && !EFFORTS.includes(effort)) return `reasoning_effort: '${effort}'`;
  if (format?.type !== "json_schema") return undefined;
  const { name, schema, strict, ...rest } = format.json_schema;
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name ?? "")) return "'response_format.json_schema.name'";
  const unknown = firstUnknown(Object.keys(rest), new Set(["description"]));
  if (unknown) return `Unknown parameter: 'response_format.json_schema.${unknown}'.`;
  return strict ? strictSchemaProblem(schema) : undefined;
}

function toolsProblem({ tools = [], tool_choice: choice }: Body): string | undefined {
  const named = choice?.function?.name;
  const isKnown = named === undefined || tools.some((tool: Body) => tool.function.name === named);
  if (!isKnown) return `Tool choice: no tool is called ${named}`;
  const strict = tools.filter((tool: Body) => tool.function.strict);
  return strict.map((tool: Body) => strictSchemaProblem(tool.function.parameters))
    .find((one: unknown) => one);
}

function picturesOf(messages: Body[]): string[] {
  return messages.flatMap(({ content }) => Array.isArray(content) ? content : [])
    .filter(({ type }) => type === "image_url")
    .map((part) => pictureOfUrl(part.image_url.url));
}

function textOf(content: Body): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(({ text = "" }: Body) => text).join("");
}
