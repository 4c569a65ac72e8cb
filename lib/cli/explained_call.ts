/**
 * The request that `explain` explains, as a gateway would read it.
 *
 * @module
 */
import { isObject, type JsonObject } from "../base/json.ts";
import { CHAT_ENDPOINT, type Protocol } from "../base/protocol.ts";
import { JsonBody, jsonObject } from "../base/json_body.ts";
import { type ChatCall, isStream, modelOf } from "../fallback/chat_call.ts";
import { clientCredentials } from "./shown_route.ts";

/** What the command line says of the request. */
export interface AskedCall {
  /** The body as it would come; absent: a short one is made up. */
  bytes?: Uint8Array<ArrayBuffer>;
  /** Stands above the body's own model. */
  model?: string | undefined;
  /** Absent: guessed from the body. */
  protocol?: Protocol;
  /** What the client sends beside its credentials. */
  headers: readonly [name: string, value: string][];
}

/** A call of a client that sent such a body. */
export function explainedCall(asked: AskedCall): ChatCall {
  const sent = asked.bytes ? jsonObject(asked.bytes) : undefined;
  const protocol = asked.protocol ?? (sent ? guessProtocol(sent) : "openai_chat");
  const body: JsonObject = {
    ...sent ?? MADE_UP[protocol],
    ...(asked.model === undefined ? {} : { model: asked.model }),
  };
  const headers = new Headers([["content-type", "application/json"], clientCredentials(protocol)]);
  for (const [name, value] of asked.headers) headers.set(name, value);
  const isAsSent = asked.bytes !== undefined && asked.model === undefined;
  return {
    id: "explain",
    protocol,
    endpoint: CHAT_ENDPOINT[protocol],
    query: "",
    headers,
    body: isAsSent ? new JsonBody(asked.bytes!, { value: body }) : JsonBody.of(body),
    model: modelOf(body),
    isStream: isStream(body),
    isStrict: headers.get("x-gateway-strict") === "1",
    receivedAtMs: 0,
    signal: new AbortController().signal,
  };
}

const HELLO = [{ role: "user", content: "hello" }];

/** The shortest request of each protocol. */
const MADE_UP: Readonly<Record<Protocol, JsonObject>> = {
  openai_chat: { messages: HELLO },
  openai_responses: { input: "hello" },
  anthropic_messages: { max_tokens: 1_024, messages: HELLO },
};

/** Fields of a body that only Anthropic's clients send. */
const ANTHROPIC_FIELDS = ["system", "stop_sequences", "thinking", "anthropic_version"] as const;
/** Types of content blocks that only they send. */
const ANTHROPIC_BLOCKS: ReadonlySet<unknown> = new Set([
  "tool_use",
  "tool_result",
  "image",
  "document",
  "thinking",
  "redacted_thinking",
]);

/** The protocol whose clients write such bodies. */
export function guessProtocol(body: JsonObject): Protocol {
  if (!Array.isArray(body.messages)) return "input" in body ? "openai_responses" : "openai_chat";
  const isAnthropic = ANTHROPIC_FIELDS.some((name) => name in body) ||
    hasOne(body.tools, (tool) => "input_schema" in tool) ||
    hasOne(body.messages, ({ content }) => hasOne(content, isAnthropicBlock));
  return isAnthropic ? "anthropic_messages" : "openai_chat";
}

function isAnthropicBlock(block: JsonObject): boolean {
  return ANTHROPIC_BLOCKS.has(block.type) || "cache_control" in block;
}

function hasOne(list: unknown, test: (one: JsonObject) => boolean): boolean {
  return Array.isArray(list) && list.some((one) => isObject(one) && test(one));
}
