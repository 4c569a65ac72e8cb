/**
 * Puts a conversation of another protocol into the order that Chat servers insist on.
 *
 * After a turn that calls tools, Chat wants one result for each call at once, as text, and nothing
 * between. Elsewhere results stand among a user's words, hold pictures, or are missing because the
 * client gave up on a call.
 *
 * @module
 */
import {
  type DocumentBlock,
  type ImageBlock,
  isToolCall,
  type TextBlock,
  type ToolCallBlock,
  type ToolResultBlock,
  type UserBlock,
} from "../../chat/block.ts";
import type { Message } from "../../chat/request.ts";
import type { EncodingContext } from "./encoding_context.ts";

type AssistantMessage = Message & { role: "assistant" };
type MediaBlock = ImageBlock | DocumentBlock;

const NO_RESULT = "No result was given for this tool call";
const ORPHAN = "Result of a tool call that is not part of this conversation:";
const MEDIA_ONLY = "The result is attached to the next message";

/** The turns of `messages` in Chat's order; every turn of results holds nothing else. */
export function arrangeHistory(
  messages: readonly Message[],
  context: EncodingContext,
): Message[] {
  const arranger = new HistoryArranger(context);
  for (const message of messages) arranger.push(message);
  return arranger.end();
}

class HistoryArranger {
  readonly #context: EncodingContext;
  readonly #arranged: Message[] = [];
  /** The model's turn that is being read, until something else follows it. */
  #turn: AssistantMessage | undefined;
  /** The calls of the last turn by id, each with its result once that was met. */
  #results = new Map<string, ToolResultBlock | undefined>();
  /** Whether any of these results was met. */
  #hasResult = false;
  /** What came after the last turn beside its results. */
  #rest: Message[] = [];

  constructor(context: EncodingContext) {
    this.#context = context;
  }

  push(message: Message): void {
    if (message.role === "assistant") return this.#pushTurn(message);
    if (message.role === "system") {
      this.#rest.push(message);
      return;
    }
    const content = message.content.flatMap((block) => this.#withoutResult(block));
    if (content.length > 0 || message.content.length === 0) {
      this.#rest.push({ ...message, content });
    }
  }

  end(): Message[] {
    this.#flush();
    return this.#arranged;
  }

  /** Turns of the model without anything between them are one turn, whose calls belong together. */
  #pushTurn(message: AssistantMessage): void {
    if (this.#turn !== undefined && this.#rest.length === 0 && !this.#hasResult) {
      for (const block of message.content) this.#turn.content.push(block);
    } else {
      this.#flush();
      this.#turn = { ...message, content: [...message.content] };
    }
    for (const block of message.content) {
      if (block.type === "tool-call") this.#results.set(block.id, undefined);
    }
  }

  /** Keeps a result of the last turn for its place; any other block stays where it is. */
  #withoutResult(block: UserBlock): UserBlock[] {
    if (block.type !== "tool-result") return [block];
    const { toolCallId } = block;
    if (!this.#results.has(toolCallId) || this.#results.get(toolCallId) !== undefined) {
      return this.#orphan(block);
    }
    this.#results.set(toolCallId, block);
    this.#hasResult = true;
    return [];
  }

  #orphan(block: ToolResultBlock): UserBlock[] {
    this.#context.losses.add(this.#context.words.toolResult, "approximated", false);
    return [{ type: "text", text: ORPHAN }, ...block.content];
  }

  #flush(): void {
    if (this.#turn !== undefined) {
      this.#arranged.push(this.#turn);
      const calls = this.#turn.content.filter(isToolCall);
      if (calls.length > 0) this.#pushResults(calls);
    }
    for (const message of this.#rest) this.#arranged.push(message);
    this.#turn = undefined;
    this.#results = new Map();
    this.#hasResult = false;
    this.#rest = [];
  }

  #pushResults(calls: readonly ToolCallBlock[]): void {
    const content: ToolResultBlock[] = [];
    const media: MediaBlock[] = [];
    for (const { id } of calls) {
      const result = this.#results.get(id) ?? this.#missingResult(id);
      content.push(textResult(result));
      media.push(...result.content.filter(isMedia));
    }
    this.#arranged.push({ role: "user", content });
    if (media.length > 0) this.#showMedia(media);
  }

  #missingResult(toolCallId: string): ToolResultBlock {
    this.#context.losses.add(this.#context.words.toolCall, "approximated", false);
    return { type: "tool-result", toolCallId, content: [{ type: "text", text: NO_RESULT }] };
  }

  /** Puts pictures and files of results before what the user says next. */
  #showMedia(media: MediaBlock[]): void {
    const [next] = this.#rest;
    if (next?.role === "user") next.content.unshift(...media);
    else this.#arranged.push({ role: "user", content: media });
  }
}

/** What a `tool` message cannot hold. Texts in documents are texts. */
function isMedia(block: ToolResultBlock["content"][number]): block is MediaBlock {
  return block.type === "image" || (block.type === "document" && block.source.kind !== "text");
}

function textResult(result: ToolResultBlock): ToolResultBlock {
  const content = result.content.filter((block) => !isMedia(block));
  if (content.length === result.content.length) return result;
  const note: TextBlock = { type: "text", text: MEDIA_ONLY };
  return { ...result, content: content.some(isFilled) ? content : [note] };
}

function isFilled(block: ToolResultBlock["content"][number]): boolean {
  return block.type !== "text" || block.text !== "";
}
