/**
 * Writes the turns of another protocol's request as items: without ids, as a client would that has
 * nothing stored.
 *
 * The protocol refuses a call without an output and an output without a call, so histories that
 * were cut are mended; what had to be made up is told as a loss.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../../base/json.ts";
import type {
  AssistantBlock,
  ReasoningBlock,
  ToolCallBlock,
  ToolResultBlock,
  UserBlock,
} from "../../chat/block.ts";
import type { Message } from "../../chat/request.ts";
import type { ToolCallIds } from "../tool_call_id.ts";
import type { Writer } from "./content_decoder.ts";
import { encodePart, type PartContext } from "./content_encoder.ts";
import { PROTOCOL } from "./form.ts";
import { SOURCE_NAMES, type SourceNames } from "./source_names.ts";
import { type TornPairs, tornPairs } from "./tool_pairs.ts";

/** The output of a call that the history has no result for. */
const MISSING_OUTPUT = "No result was given for this call.";

/** What the writing of turns must know beside them. */
export interface ForeignInputContext extends PartContext {
  ids: ToolCallIds;
}

/** Collects the items of turns, in the order of the conversation. */
export class ForeignInput {
  readonly #context: ForeignInputContext;
  readonly #names: SourceNames;
  readonly #torn: TornPairs;
  /** Ids of calls that take free text, whose outputs have a type of their own. */
  readonly #freeformCalls = new Set<string>();
  readonly #items: JsonObject[] = [];

  /** @param messages All turns that will be added: a call's result may stand in a later one. */
  constructor(messages: readonly Message[], context: ForeignInputContext) {
    this.#context = context;
    this.#names = SOURCE_NAMES[context.source];
    this.#torn = tornPairs(messages);
  }

  /** The items of everything that was added. */
  get items(): JsonObject[] {
    return this.#items;
  }

  /** Adds the next turn. */
  add(message: Message): void {
    if (message.role === "system") {
      return this.#say("developer", this.#parts(message.content, "system"));
    }
    if (message.name !== undefined) this.#lose(this.#names.messageName, "dropped", true);
    if (message.role === "user") this.#user(message.content);
    else this.#assistant(message.content);
  }

  #lose(field: string, how: "dropped" | "approximated", changesMeaning: boolean): void {
    this.#context.losses.add(field, how, changesMeaning);
  }

  #parts(blocks: readonly Parameters<typeof encodePart>[0][], writer: Writer): JsonObject[] {
    return blocks.map((block) => encodePart(block, writer, this.#context))
      .filter((part) => part !== undefined);
  }

  #say(role: string, content: JsonObject[]): void {
    if (content.length > 0) this.#items.push({ type: "message", role, content });
  }

  #user(blocks: readonly UserBlock[]): void {
    let said: Exclude<UserBlock, ToolResultBlock>[] = [];
    const flush = () => {
      this.#say("user", this.#parts(said, "user"));
      said = [];
    };
    for (const block of blocks) {
      if (block.type !== "tool-result") {
        said.push(block);
        continue;
      }
      flush();
      if (!this.#torn.orphans.has(block)) this.#result(block);
      else said = this.#orphan(block);
    }
    flush();
  }

  #assistant(blocks: readonly AssistantBlock[]): void {
    const unanswered: JsonObject[] = [];
    let said: Exclude<AssistantBlock, ReasoningBlock | ToolCallBlock>[] = [];
    const flush = () => {
      this.#say("assistant", this.#parts(said, "assistant"));
      said = [];
    };
    for (const block of blocks) {
      if (block.type !== "reasoning" && block.type !== "tool-call") {
        said.push(block);
        continue;
      }
      flush();
      if (block.type === "reasoning") this.#reasoning(block);
      else unanswered.push(...this.#call(block));
    }
    flush();
    this.#items.push(...unanswered);
  }

  #reasoning(block: ReasoningBlock): void {
    // Only a thought that this protocol's upstream encrypted means anything to it.
    if (block.signature?.owner !== PROTOCOL) {
      return this.#lose(this.#names.thoughts, "dropped", false);
    }
    const encrypted_content = block.signature.value;
    this.#items.push({ type: "reasoning", summary: summaryOf(block.text), encrypted_content });
  }

  /** Writes a call; returns the output to add when the history has none. */
  #call(block: ToolCallBlock): JsonObject[] {
    const isFreeform = block.isFreeform === true;
    const id = this.#context.ids.call(block.id);
    if (isFreeform) this.#freeformCalls.add(block.id);
    else this.#freeformCalls.delete(block.id);
    this.#items.push(callItem(block, id));
    if (!this.#torn.unanswered.has(block)) return [];
    this.#lose(this.#names.toolCalls, "approximated", true);
    return [outputItem({ id, isFreeform, output: MISSING_OUTPUT })];
  }

  #result(block: ToolResultBlock): void {
    const id = this.#context.ids.result(block.toolCallId);
    const isFreeform = this.#freeformCalls.has(block.toolCallId);
    this.#items.push(outputItem({ id, isFreeform, output: this.#output(block) }));
  }

  /** The output as text where that says it all: many servers take nothing else. */
  #output(block: ToolResultBlock): JsonValue {
    const parts = this.#parts(block.content, "tool");
    if (block.isError === true) {
      this.#lose(this.#names.isError, "approximated", false);
      markError(parts);
    }
    if (parts.some((part) => part.type !== "input_text")) return parts;
    return parts.map((part) => part.text).join("\n");
  }

  #orphan(block: ToolResultBlock): Exclude<UserBlock, ToolResultBlock>[] {
    this.#lose(this.#names.toolResults, "approximated", true);
    return [
      { type: "text", text: `Result of the tool call ${block.toolCallId}:` },
      ...block.content,
    ];
  }
}

/** A summary that says `text`. */
export function summaryOf(text: string): JsonObject[] {
  return text === "" ? [] : [{ type: "summary_text", text }];
}

function callItem({ name, input, isFreeform }: ToolCallBlock, call_id: string): JsonObject {
  if (isFreeform === true) return { type: "custom_tool_call", call_id, name, input };
  // Other protocols leave the arguments of a call without any empty; here they must be JSON.
  return { type: "function_call", call_id, name, arguments: input === "" ? "{}" : input };
}

function outputItem(
  { id, isFreeform, output }: { id: string; isFreeform: boolean; output: JsonValue },
): JsonObject {
  const type = isFreeform ? "custom_tool_call_output" : "function_call_output";
  return { type, call_id: id, output };
}

/** The protocol has no field for a failure of a tool, so the text says it. */
function markError(parts: JsonObject[]): void {
  const first = parts[0];
  if (first?.type !== "input_text" || typeof first.text !== "string") {
    parts.unshift({ type: "input_text", text: "Error" });
  } else if (!first.text.slice(0, 32).toLowerCase().includes("error")) {
    parts[0] = { ...first, text: `Error: ${first.text}` };
  }
}
