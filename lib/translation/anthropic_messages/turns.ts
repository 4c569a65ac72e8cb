/**
 * Builds the `messages` of a request that came from another protocol.
 *
 * The API has rules that other protocols do not have, and answers 400 when one is broken: turns
 * are not empty, the user speaks first, and the results of a turn's calls stand together, at the
 * head of the very next turn, one for each call. Histories of other clients are brought into that
 * shape here; what had to be made up is told as a loss.
 *
 * @module
 */
import type { JsonObject } from "../../base/json.ts";
import type { AssistantBlock, ToolResultBlock, UserBlock } from "../../chat/block.ts";
import type { Losses } from "../../chat/loss.ts";
import type { Message } from "../../chat/request.ts";
import type { ToolCallIds } from "../tool_call_id.ts";
import { documentWire, imageWire } from "./media.ts";
import type { SourceNames } from "./source_names.ts";
import { toolInput } from "./tool_input.ts";
import { PROTOCOL } from "./wire.ts";

const NO_RESULT = "No result was given for this call.";
const OPENING = "(The conversation begins with the assistant.)";
const SILENCE = "(The user sent no text.)";

/** What the building of one request's turns needs. */
export interface TurnsContext {
  ids: ToolCallIds;
  losses: Losses;
  names: SourceNames;
  /** Whether the upstream can read images. */
  vision: boolean;
}

interface Turn {
  role: "user" | "assistant";
  content: JsonObject[];
  /** Of an assistant's turn: the ids of its calls, and the results that were found for them. */
  calls: string[];
  results: Map<string, JsonObject>;
}

/** Collects turns in the order of the conversation. */
export class Turns {
  readonly #context: TurnsContext;
  readonly #turns: Turn[] = [];
  readonly #turnOfCall = new Map<string, Turn>();
  readonly #calledTools = new Set<string>();

  constructor(context: TurnsContext) {
    this.#context = context;
  }

  /** The names of all tools that were called. */
  get calledTools(): ReadonlySet<string> {
    return this.#calledTools;
  }

  /** Whether the model's last turn calls tools, and did not begin with a thought of its own. */
  get continuesWithoutThought(): boolean {
    const last = this.#turns.findLast((turn) => turn.role === "assistant");
    if (last === undefined || last.calls.length === 0) return false;
    return !String(last.content[0]?.type).endsWith("thinking");
  }

  /** Adds the next turn of the conversation. */
  add(message: Message): void {
    if (message.role === "system") return this.#addLaterSystem(message.content);
    if (message.name !== undefined) {
      this.#context.losses.add(this.#context.names.messageName, "dropped", true);
    }
    if (message.role === "user") {
      for (const block of message.content) this.#addUserBlock(block);
    } else {
      for (const block of message.content) this.#addAssistantBlock(block);
    }
  }

  /** The wire's messages, at least one. */
  build(): JsonObject[] {
    const { losses, names } = this.#context;
    const messages: JsonObject[] = [];
    if (this.#turns.length === 0) {
      losses.add(names.messages, "approximated", false);
      return [userMessage([textWire(SILENCE)])];
    }
    if (this.#turns[0]?.role === "assistant") {
      losses.add(names.messages, "approximated", false);
      messages.push(userMessage([textWire(OPENING)]));
    }
    let results: JsonObject[] = [];
    for (const turn of this.#turns) {
      if (turn.role === "user") {
        messages.push(userMessage([...results, ...turn.content]));
        results = [];
        continue;
      }
      if (results.length > 0) messages.push(userMessage(results));
      messages.push({ role: "assistant", content: turn.content });
      results = this.#resultsOf(turn);
    }
    if (results.length > 0) messages.push(userMessage(results));
    else this.#trimEnd();
    return messages;
  }

  #resultsOf(turn: Turn): JsonObject[] {
    return turn.calls.map((id) => {
      const result = turn.results.get(id);
      if (result !== undefined) return result;
      this.#context.losses.add(this.#context.names.toolCalls, "approximated", true);
      return { type: "tool_result", tool_use_id: id, content: NO_RESULT, is_error: true };
    });
  }

  /** A conversation may end in a beginning of the answer, which must not end in white space. */
  #trimEnd(): void {
    const last = this.#turns.at(-1);
    const block = last?.role === "assistant" ? last.content.at(-1) : undefined;
    if (typeof block?.text === "string") block.text = block.text.trimEnd();
  }

  #push(role: Turn["role"], block: JsonObject): Turn {
    const turn = this.#openTurn(role);
    turn.content.push(block);
    return turn;
  }

  #openTurn(role: Turn["role"]): Turn {
    const last = this.#turns.at(-1);
    // An assistant's turn whose calls were answered is over, though no user's turn follows it yet.
    if (last?.role === role && last.results.size === 0) return last;
    const turn: Turn = { role, content: [], calls: [], results: new Map() };
    this.#turns.push(turn);
    return turn;
  }

  #pushText(role: Turn["role"], text: string): void {
    // The API refuses text without a visible character.
    if (text.trim() !== "") this.#push(role, textWire(text));
  }

  #addLaterSystem(content: (Message & { role: "system" })["content"]): void {
    const text = systemText(content);
    if (text.trim() === "") return;
    this.#context.losses.add(this.#context.names.laterSystem, "approximated", true);
    this.#push("user", textWire(`<system>\n${text}\n</system>`));
  }

  #addUserBlock(block: UserBlock): void {
    switch (block.type) {
      case "text":
        return this.#pushText("user", block.text);
      case "tool-result":
        return this.#addResult(block);
      case "image":
      case "document":
      case "opaque": {
        const wire = this.#resultBlock(block);
        if (wire !== undefined) this.#push("user", wire);
        return;
      }
      default:
        return block satisfies never;
    }
  }

  #addResult(block: ToolResultBlock): void {
    const { ids, losses, names } = this.#context;
    const id = ids.result(block.toolCallId);
    const content = block.content.map((one) => this.#resultBlock(one))
      .filter((one) => one !== undefined);
    const turn = this.#turnOfCall.get(id);
    if (turn !== undefined && !turn.results.has(id)) {
      turn.results.set(id, {
        type: "tool_result",
        tool_use_id: id,
        ...(content.length > 0 && { content }),
        ...(block.isError && { is_error: true }),
      });
      return;
    }
    losses.add(names.toolResults, "approximated", true);
    this.#pushText("user", `Result of the tool call ${block.toolCallId}:`);
    for (const one of content) this.#push("user", one);
  }

  #resultBlock(block: ToolResultBlock["content"][number]): JsonObject | undefined {
    const { losses, names, vision } = this.#context;
    if (block.type === "text") {
      return block.text.trim() === "" ? undefined : textWire(block.text);
    }
    if (block.type === "opaque") return block.owner === PROTOCOL ? block.value : undefined;
    if (block.type === "image" && block.detail !== undefined && block.detail !== "auto") {
      losses.add(names.imageDetail, "dropped", false);
    }
    const wire = block.type === "image" ? imageWire(block, vision) : documentWire(block);
    if (wire === undefined) losses.add(`${names.content}.${block.type}`, "dropped", true);
    return wire;
  }

  #addAssistantBlock(block: AssistantBlock): void {
    const { losses, names } = this.#context;
    switch (block.type) {
      case "refusal":
        losses.add(names.refusal, "approximated", false);
        return this.#pushText("assistant", block.text);
      case "text":
        return this.#pushText("assistant", block.text);
      case "reasoning": {
        const { text, signature } = block;
        // The API checks that it wrote a thought itself; it refuses one that is not its own.
        if (signature?.owner !== PROTOCOL) return losses.add(names.thoughts, "dropped", false);
        this.#push("assistant", { type: "thinking", thinking: text, signature: signature.value });
        return;
      }
      case "tool-call":
        return this.#addCall(block);
      case "image":
        return losses.add(`${names.content}.image`, "dropped", true);
      case "opaque":
        if (block.owner === PROTOCOL) this.#push("assistant", block.value);
        return;
      default:
        return block satisfies never;
    }
  }

  #addCall(block: AssistantBlock & { type: "tool-call" }): void {
    const { ids, losses, names } = this.#context;
    const { input, isExact } = toolInput(block);
    if (!isExact) losses.add(names.toolArguments, "approximated", true);
    if (block.isFreeform) losses.add(`${names.toolCalls}.custom`, "approximated", false);
    const id = ids.call(block.id);
    const turn = this.#push("assistant", { type: "tool_use", id, name: block.name, input });
    turn.calls.push(id);
    this.#turnOfCall.set(id, turn);
    this.#calledTools.add(block.name);
  }
}

/** The text of a system turn. */
export function systemText(content: (Message & { role: "system" })["content"]): string {
  return content.map((block) => block.type === "text" ? block.text : "").filter((text) =>
    text.trim() !== ""
  ).join("\n\n");
}

/** A text block. */
export function textWire(text: string): JsonObject {
  return { type: "text", text };
}

function userMessage(content: JsonObject[]): JsonObject {
  return { role: "user", content };
}
