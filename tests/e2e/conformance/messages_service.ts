/**
 * Messages with thoughts that are signed, and Anthropic's rules for them and for shapes.
 *
 * @see {@link https://platform.claude.com/docs/en/build-with-claude/extended-thinking}
 * @module
 */
import { messagesWire } from "../upstream/messages_wire.ts";
import { type Body, firstUnknown, words } from "../upstream/wire.ts";
import {
  type Answer,
  dataOf,
  isThinker,
  type Kind,
  pictureOf,
  type Seen,
  type Service,
  WORDS,
} from "./service.ts";

const MIN_BUDGET_TOKENS = 1_024;
const MAX_CACHE_MARKS = 4;
const MEDIA_TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
/** Words of JSON Schema that the service does not compile. */
const UNSUPPORTED = ["minimum", "maximum", "multipleOf", "minLength", "maxLength", "maxItems"];

const THREADS_BETA = "message-threads-2026-08-12";
/** The id that the wire gives to every message. */
const FIXED_ID = "msg_01QnT5xWv8Yk2Rb7Zs4Mp9Lc";

/** A service with a store of its own, for threads. */
export function messagesService(): Service {
  /** Whole conversations, under the id of their last answer. */
  const threads = new Map<string, Body>();
  /** The requests that belong to one. */
  const threaded = new WeakSet<Body>();
  let count = 0;
  const kept = (answer: Answer, body: Body): string => {
    const id = `${FIXED_ID}${String(++count).padStart(4, "0")}`;
    if (!threaded.has(body)) return id;
    const { content } = wholeOf(answer, body);
    const messages = [...body.messages, { role: "assistant", content }];
    threads.set(id, { ...body, messages });
    return id;
  };
  return {
    protocol: "anthropic_messages",
    wire: messagesWire,

    resolved(sent, headers) {
      const { thread, ...body } = sent;
      if (thread === undefined || !headers.get("anthropic-beta")?.includes(THREADS_BETA)) {
        return sent;
      }
      const before = threads.get(thread.previous_message_id);
      const whole = before ? continued(before, body) : body;
      threaded.add(whole);
      return whole;
    },

    problem(body, kind) {
      return thinkingProblem(body, kind) ?? proofProblem(body.messages) ?? formatProblem(body) ??
        toolsProblem(body) ?? contentProblem(body);
    },

    seen(body, kind): Seen {
      const { messages, tools = [], tool_choice: choice, thinking } = body;
      const own = messages.filter(({ role }: Body) => role === "assistant");
      const forced =
        tools.find(({ name }: Body) => choice?.type === "tool" && name === choice.name) ??
          (choice?.type === "any" ? tools[0] : undefined);
      const shape = body.output_config?.format?.schema;
      return {
        ...(shape ? { textShape: shape } : {}),
        ...(forced ? { forcedTool: { name: forced.name, parameters: forced.input_schema } } : {}),
        pictures: blocksOf(messages.at(-1)).flatMap(picturesOf),
        ownWords: blocksOf(own.at(-1) ?? { content: [] }).map(({ text = "" }) => text).join(""),
        ownThoughts: own.flatMap(blocksOf).filter(({ type }: Body) => type === "thinking").length,
        mayThink: isThinker(kind) && isOn(thinking),
        isReadable: thinking?.display !== "omitted",
      };
    },

    whole: (answer, body) => ({ ...wholeOf(answer, body), id: kept(answer, body) }),

    events(answer, body) {
      const id = kept(answer, body);
      return eventsOf(answer, body).map((text) => text.replace(FIXED_ID, id));
    },

    failures: FAILURES,
    overflowsInStream: false,
    streamError: (name) => [event(FAILURES[name])],
  };
}

function wholeOf({ thought, preface, isReadable, ...said }: Answer, body: Body): Body {
  const whole = messagesWire.whole(said, body);
  const before: Body[] = [];
  if (thought !== undefined) {
    const thinking = isReadable ? thought : "";
    before.push({ type: "thinking", thinking, signature: signatureOf(thought) });
  }
  if (preface !== undefined) before.push({ type: "text", text: preface });
  return { ...whole, content: [...before, ...whole.content] };
}

function eventsOf({ thought, preface, isReadable, ...said }: Answer, body: Body): string[] {
  const [start, ...rest] = messagesWire.events(said, body);
  const blocks: string[][] = [];
  if (thought !== undefined) blocks.push(thoughtEvents(thought, isReadable));
  if (preface !== undefined) blocks.push(textEvents(preface, body));
  const before = blocks.flatMap((block, index) => block.map((text) => moved(text, index)));
  return [start!, ...before, ...rest.map((text) => moved(text, blocks.length))];
}

/** The events of a block of words. */
function textEvents(text: string, body: Body): string[] {
  const [, ...rest] = messagesWire.events({ text, calls: [] }, body);
  return rest.slice(0, -2);
}

/** What a request adds to its thread; tools and system are the thread's. */
function continued({ system, tools, messages }: Body, body: Body): Body {
  return {
    ...body,
    ...(system ? { system } : {}),
    ...(tools ? { tools } : {}),
    messages: [...messages, ...body.messages],
  };
}

function failure(type: string, message: string): Body {
  return { type: "error", error: { type, message }, request_id: "req_011CVh5mQ2xYt8Rk4Wn7Zp3L" };
}

const FAILURES: Service["failures"] = {
  limited: failure("rate_limit_error", WORDS.limited),
  refuses: failure("invalid_request_error", WORDS.refuses),
  overflows: failure(
    "invalid_request_error",
    "prompt is too long: 213462 tokens > 200000 maximum",
  ),
  errs: failure("api_error", WORDS.errs),
};

function event(data: Body): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Only this service can make a thought's signature, and it proves the thought's text. */
function signatureOf(thought: string): string {
  return `EqQBCgIYAhIM${new TextEncoder().encode(`signed: ${thought}`).toBase64()}`;
}

function thoughtEvents(thought: string, isReadable: boolean): string[] {
  const delta = (one: Body) => event({ type: "content_block_delta", index: 0, delta: one });
  return [
    event({
      type: "content_block_start",
      index: 0,
      content_block: { type: "thinking", thinking: "", signature: "" },
    }),
    ...(isReadable ? words(thought) : [])
      .map((thinking) => delta({ type: "thinking_delta", thinking })),
    delta({ type: "signature_delta", signature: signatureOf(thought) }),
    event({ type: "content_block_stop", index: 0 }),
  ];
}

/** The same event, behind `count` blocks. */
function moved(text: string, count: number): string {
  const data = dataOf(text);
  return data.index === undefined ? text : event({ ...data, index: data.index + count });
}

function isOn(thinking: Body): boolean {
  return thinking?.type === "enabled" || thinking?.type === "adaptive";
}

function thinkingProblem(body: Body, kind: Kind): string | undefined {
  const { thinking, max_tokens: maxTokens, temperature = 1, top_k: topK, tool_choice: choice } =
    body;
  if (!isOn(thinking)) return undefined;
  if (!isThinker(kind)) return "thinking: this model does not support thinking";
  if (thinking.type === "adaptive") {
    if (body.model.includes("sonnet-4-5")) {
      return "adaptive thinking is not supported on this model";
    }
  } else if (!(thinking.budget_tokens >= MIN_BUDGET_TOKENS)) {
    return "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
  } else if (thinking.budget_tokens >= maxTokens) {
    return "`max_tokens` must be greater than `thinking.budget_tokens`";
  }
  if (temperature !== 1) return "`temperature` may only be set to 1 when thinking is enabled";
  if (topK !== undefined) return "`top_k` must be unset when thinking is enabled";
  if (choice?.type === "any" || choice?.type === "tool") {
    return "Thinking may not be enabled when tool_choice forces tool use.";
  }
  return thinking.type === "enabled" ? turnProblem(body.messages) : undefined;
}

/** With a budget, a turn that goes on after its calls must have begun with a thought. */
function turnProblem(messages: Body[]): string | undefined {
  const isResult = blocksOf(messages.at(-1)).some(({ type }) => type === "tool_result");
  const own = messages.findLastIndex(({ role }) => role === "assistant");
  if (!isResult || own === -1) return undefined;
  const [first] = blocksOf(messages[own]);
  if (first.type === "thinking" || first.type === "redacted_thinking") return undefined;
  return `messages.${own}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but ` +
    `found \`${first.type}\`. When \`thinking\` is enabled, a final \`assistant\` message must ` +
    "start with a thinking block";
}

function proofProblem(messages: Body[]): string | undefined {
  for (const [index, message] of messages.entries()) {
    for (const [at, block] of blocksOf(message).entries()) {
      if (block.type !== "thinking" || isProven(block)) continue;
      return `messages.${index}.content.${at}: Invalid \`signature\` in \`thinking\` block`;
    }
  }
  return undefined;
}

/** A thought that was not shown is proven by its signature alone. */
function isProven({ thinking, signature }: Body): boolean {
  if (thinking === "") return signature.startsWith("EqQBCgIYAhIM");
  return signature === signatureOf(thinking);
}

function formatProblem({ output_config: config = {} }: Body): string | undefined {
  const unknown = firstUnknown(Object.keys(config), new Set(["effort", "format"]));
  if (unknown) return `output_config.${unknown}: Extra inputs are not permitted`;
  const { format } = config;
  if (format === undefined) return undefined;
  if (format.type !== "json_schema") return "output_config.format.type";
  const extra = firstUnknown(Object.keys(format), new Set(["type", "schema"]));
  if (extra) return `output_config.format.${extra}: Extra inputs are not permitted`;
  return schemaProblem(format.schema);
}

function schemaProblem(schema: Body): string | undefined {
  const keyword = UNSUPPORTED.find((one) => schema?.[one] !== undefined);
  if (keyword) {
    return `output_config.format.schema: For '${schema.type}' type, property '${keyword}' is not supported`;
  }
  if (schema?.type !== "object") return undefined;
  if (schema.additionalProperties !== false) {
    return "output_config.format.schema: For 'object' type, 'additionalProperties' must be " +
      "explicitly set to false";
  }
  return Object.values(schema.properties ?? {}).map(schemaProblem).find((one) => one);
}

function toolsProblem({ tools = [], tool_choice: choice }: Body): string | undefined {
  const names: string[] = tools.map(({ name }: Body) => name);
  const at = names.findIndex((name) => !/^[a-zA-Z0-9_-]{1,128}$/.test(name));
  if (at !== -1) return `tools.${at}.custom.name: String should match pattern`;
  if (new Set(names).size < names.length) return "tools: Tool names must be unique.";
  if (choice?.type !== "tool" || names.includes(choice.name)) return undefined;
  return `Tool '${choice.name}' not found in provided tools`;
}

function contentProblem({ messages, system = [], metadata = {} }: Body): string | undefined {
  const unknown = firstUnknown(Object.keys(metadata), new Set(["user_id"]));
  if (unknown) return `metadata.${unknown}: Extra inputs are not permitted`;
  const heads: Body[] = typeof system === "string" ? [] : system;
  if (heads.some(({ text }) => !text)) return "system: text content blocks must be non-empty";
  const blocks: Body[] = [...heads, ...messages.flatMap(blocksOf)];
  if (blocks.filter((block) => block.cache_control).length > MAX_CACHE_MARKS) {
    return "A maximum of 4 blocks with cache_control may be provided.";
  }
  return blocks.map(blockProblem).find((one) => one);
}

function blockProblem(block: Body): string | undefined {
  if (block.type === "image") return imageProblem(block.source);
  if (block.type !== "tool_result" || !Array.isArray(block.content)) return undefined;
  const inner: Body[] = block.content;
  const odd = inner.find(({ type }) => !["text", "image", "document"].includes(type));
  if (odd) return `tool_result.content: Input tag '${odd.type}' found`;
  return inner.map(blockProblem).find((one) => one);
}

function imageProblem(source: Body): string | undefined {
  if (source?.type === "url") return undefined;
  if (source?.type !== "base64") return `image.source.type: '${source?.type}'`;
  return MEDIA_TYPES.includes(source.media_type) ? undefined : "image.source.media_type";
}

function picturesOf({ type, content }: Body): string[] {
  if (type !== "tool_result" || !Array.isArray(content)) return [];
  return content.filter((one) => one.type === "image")
    .map(({ source }) => pictureOf(source.media_type, source.data));
}

function blocksOf({ content }: Body): Body[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}
