/**
 * Which parts of a request only its source protocol understands, told as losses.
 *
 * Every encoder leaves such parts out, and each would need the same walk to report them, so the
 * walk is here, once. What a canonical field loses in a protocol, its encoder reports itself.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { Protocol } from "../base/protocol.ts";
import type { AssistantBlock, OpaqueBlock, UserBlock } from "../chat/block.ts";
import type { Losses } from "../chat/loss.ts";
import type { ChatRequest, Message, Tool } from "../chat/request.ts";

/** Where the parts of a request stand on a protocol's wire, for the names of losses. */
interface Places {
  system: string;
  message: string;
  content: string;
  toolCall: string;
  toolResult: string;
  resultContent: string;
  tool: string;
  reasoning: string;
  outputFormat: string;
}

const PLACES: Readonly<Record<Protocol, Places>> = {
  anthropic_messages: {
    system: "system",
    message: "messages",
    content: "messages.content",
    toolCall: "messages.content",
    toolResult: "messages.content",
    resultContent: "messages.content.content",
    tool: "tools",
    reasoning: "thinking",
    outputFormat: "output_config.format",
  },
  openai_chat: {
    system: "messages.content",
    message: "messages",
    content: "messages.content",
    toolCall: "messages.tool_calls",
    toolResult: "messages",
    resultContent: "messages.content",
    tool: "tools",
    reasoning: "reasoning",
    outputFormat: "response_format",
  },
  openai_responses: {
    system: "input.content",
    message: "input",
    content: "input.content",
    toolCall: "input",
    toolResult: "input",
    resultContent: "input.output",
    tool: "tools",
    reasoning: "reasoning",
    outputFormat: "text.format",
  },
};

/**
 * Fields without which the answer would say the same: they are about money, caches, tracing, what
 * is stored, or which of its own parts the answer shows. Any other foreign field may matter.
 */
const HARMLESS_FIELDS: ReadonlySet<string> = new Set([
  "annotations",
  "betas",
  "cache_control",
  "caller",
  "citations",
  "client_metadata",
  "context_management",
  "defer_loading",
  "display",
  "eager_input_streaming",
  "encrypted_content",
  "id",
  "include",
  "index",
  "inference_geo",
  "max_tool_calls",
  "metadata",
  "moderation",
  "phase",
  "prediction",
  "prompt_cache_key",
  "prompt_cache_options",
  "prompt_cache_retention",
  "safety_identifier",
  "service_tier",
  "signature",
  "speed",
  "status",
  "store",
  "stream_options",
  "summary",
  "truncation",
  "user",
  "user_id",
]);

/** Opaque content without which the answer would say the same: thoughts nobody else can read. */
const HARMLESS_BLOCKS: ReadonlySet<string> = new Set([
  "reasoning",
  "redacted_thinking",
]);

/** Values that say what would hold without them. */
const DEFAULTS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ["background", false],
  ["frequency_penalty", 0],
  ["logprobs", false],
  ["n", 1],
  ["presence_penalty", 0],
  ["strict", false],
  ["top_logprobs", 0],
  ["verbosity", "medium"],
]);

/**
 * Notes everything in `request` that belongs to another protocol than `options.target`.
 *
 * @param request A request as its decoder left it.
 * @param options The protocol that the request is being encoded for, and where losses are noted.
 */
export function addForeignLosses(
  request: ChatRequest,
  options: { target: Protocol; losses: Losses },
): void {
  new ForeignLosses(request.source, options).request(request);
}

class ForeignLosses {
  readonly #places: Places;
  readonly #target: Protocol;
  readonly #losses: Losses;
  /** Whether `extras` are foreign: they are all the source's. */
  readonly #isForeign: boolean;

  constructor(source: Protocol, { target, losses }: { target: Protocol; losses: Losses }) {
    this.#places = PLACES[source];
    this.#target = target;
    this.#losses = losses;
    this.#isForeign = source !== target;
  }

  request(request: ChatRequest): void {
    this.#extras(request.extras, "");
    for (const message of request.messages) this.#message(message);
    for (const tool of request.tools ?? []) this.#tool(tool);
    const choice = request.toolChoice;
    if (choice?.type === "opaque" && choice.owner !== this.#target) {
      this.#losses.add("tool_choice", "dropped", true);
    }
    this.#extras(request.reasoning?.extras, this.#places.reasoning);
    if (request.outputFormat?.type === "json_schema") {
      this.#extras(request.outputFormat.extras, this.#places.outputFormat);
    }
  }

  #message(message: Message): void {
    const isSystem = message.role === "system";
    this.#extras(message.extras, isSystem ? this.#places.system : this.#places.message);
    for (const block of message.content) {
      this.#block(block, isSystem ? this.#places.system : this.#places.content);
    }
  }

  #block(block: UserBlock | AssistantBlock, place: string): void {
    switch (block.type) {
      case "opaque":
        return this.#opaque(block, place);
      case "tool-call":
        return this.#extras(block.extras, this.#places.toolCall);
      case "tool-result":
        this.#extras(block.extras, this.#places.toolResult);
        for (const part of block.content) this.#block(part, this.#places.resultContent);
        return;
      default:
        return this.#extras(block.extras, place);
    }
  }

  #opaque(block: OpaqueBlock, place: string): void {
    if (block.owner === this.#target) return;
    const type = typeof block.value.type === "string" ? block.value.type : "unknown";
    this.#losses.add(
      `${placeOf(block.owner, type) ?? place}.${type}`,
      "dropped",
      !HARMLESS_BLOCKS.has(type),
    );
  }

  #tool(tool: Tool): void {
    if (tool.type !== "server") return this.#extras(tool.extras, this.#places.tool);
    if (tool.owner !== this.#target) {
      this.#losses.add(`${this.#places.tool}.${tool.name}`, "dropped", true);
    }
  }

  #extras(extras: JsonObject | undefined, place: string): void {
    if (extras === undefined || !this.#isForeign) return;
    for (const [key, value] of Object.entries(extras)) {
      if (saysNothing(key, value)) continue;
      const field = place === "" ? key : `${place}.${key}`;
      this.#losses.add(field, "dropped", !HARMLESS_FIELDS.has(key));
    }
  }
}

/** Where a Responses item stands: beside messages, not within them as its parts do. */
function placeOf(owner: Protocol, type: string): string | undefined {
  const isPart = type.startsWith("input_") || type.startsWith("output_");
  return owner === "openai_responses" && !isPart ? PLACES[owner].message : undefined;
}

function saysNothing(key: string, value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || DEFAULTS.get(key) === value) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
