/**
 * Reads a client's `input`, a flat list of items, into turns.
 *
 * What the model made (thoughts, messages, calls) joins into one assistant turn with its
 * neighbours, and outputs of tools into one user turn; every other message is a turn of its own.
 * Items that only this protocol knows stand in these turns as opaque blocks.
 *
 * @module
 */
import { badRequest } from "../../base/error.ts";
import type { JsonObject } from "../../base/json.ts";
import {
  asObject,
  at,
  readArray,
  readEnum,
  readString,
  requireString,
  wrongType,
} from "../../base/reader.ts";
import type {
  AssistantBlock,
  OpaqueBlock,
  ReasoningBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
  UserBlock,
} from "../../chat/block.ts";
import type { Message, Tool } from "../../chat/request.ts";
import { unseal } from "../sealed_state.ts";
import { restoreToolCallId } from "../tool_call_id.ts";
import { opaque, readContent } from "./content_decoder.ts";
import { checkTypes, defined, type FieldType, PROTOCOL, remember } from "./form.ts";
import type { ItemLayout } from "./layout.ts";
import { joinNamespace } from "./namespaces.ts";
import { readTools } from "./tool_decoder.ts";

/** A client's input as turns. */
export interface Input {
  messages: Message[];
  /** Tools that items in the middle of the conversation brought. */
  tools: Tool[];
  /** What the request must remember to write the same items again. */
  form: JsonObject;
}

/** Reads `body.input`. */
export function readInput(body: JsonObject): Input {
  const { input } = body;
  if (input === undefined || input === null) {
    return { messages: [], tools: [], form: { input: "none" } };
  }
  if (typeof input === "string") {
    const content: TextBlock[] = input === "" ? [] : [{ type: "text", text: input }];
    return { messages: [{ role: "user", content }], tools: [], form: { input: "text" } };
  }
  if (!Array.isArray(input)) throw wrongType("input", "a string or an array", input);
  const reader = new ItemReader();
  input.forEach((item, index) => reader.read(asObject(item, at("input", index)), index));
  return reader.finish();
}

const ROLES = ["user", "assistant", "system", "developer"] as const;

/** Fields of items that say nothing in another protocol. */
const QUIET_FIELDS = new Set(["id", "status"]);
const QUIET_TYPES: Record<string, FieldType> = { id: "string", status: "string" };

const MESSAGE_FIELDS = new Set(["type", "role", "content"]);
const CALL_FIELDS = new Set(["type", "call_id", "name", "namespace", "arguments", "input"]);
const OUTPUT_FIELDS = new Set(["type", "call_id", "output"]);
const REASONING_FIELDS = new Set(["type", "summary", "content", "encrypted_content"]);

type Turn =
  | { role: "user"; content: UserBlock[]; items: ItemLayout[] }
  | { role: "assistant"; content: AssistantBlock[]; items: ItemLayout[]; extras?: JsonObject };

class ItemReader {
  readonly #messages: Message[] = [];
  readonly #tools: Tool[] = [];
  readonly #toolNames = new Set<string>();
  /** Items whose whole meaning was carried elsewhere, with their place in the list. */
  readonly #inserted: JsonObject[] = [];
  /** The turn that the next item may join. */
  #turn: Turn | undefined;

  read(item: JsonObject, index: number): void {
    const place = at("input", index);
    switch (typeOf(item, place)) {
      case "message":
        return this.#message(item, place);
      case "reasoning":
        return this.#assistant(readReasoning(item, place));
      case "function_call":
        return this.#assistant(readCall(item, { place, textField: "arguments" }));
      case "custom_tool_call":
        return this.#assistant(readCall(item, { place, textField: "input" }));
      case "function_call_output":
      case "custom_tool_call_output":
        return this.#user(readOutput(item, place));
      case "additional_tools":
        return this.#additionalTools(item, index);
      case "agent_message":
        return this.#user(readAgentMessage(item, place));
      default:
        return isFromClient(item) ? this.#user(opaque(item)) : this.#assistant(opaque(item));
    }
  }

  finish(): Input {
    this.#close();
    const form: JsonObject = this.#inserted.length > 0 ? { inserted: this.#inserted } : {};
    return { messages: this.#messages, tools: this.#tools, form };
  }

  #assistant(block: AssistantBlock): void {
    const turn = this.#assistantTurn();
    turn.content.push(block);
    turn.items.push({ kind: "block", blocks: 1 });
  }

  #assistantTurn(): Turn & { role: "assistant" } {
    if (this.#turn?.role === "assistant") return this.#turn;
    this.#close();
    return this.#turn = { role: "assistant", content: [], items: [] };
  }

  #user(block: ToolResultBlock | TextBlock | OpaqueBlock): void {
    if (this.#turn?.role !== "user") {
      this.#close();
      this.#turn = { role: "user", content: [], items: [] };
    }
    this.#turn.content.push(block);
    this.#turn.items.push({ kind: "block", blocks: 1 });
  }

  #close(): void {
    if (this.#turn === undefined) return;
    const { items, ...turn } = this.#turn;
    this.#messages.push({ ...turn, form: { items } });
    this.#turn = undefined;
  }

  #message(item: JsonObject, place: string): void {
    checkTypes(item, QUIET_TYPES, place);
    const role = readEnum(item, "role", { place, values: ROLES });
    if (role === undefined) throw badRequest(at(place, "role"), "missing");
    const writer = role === "developer" ? "system" : role;
    const { blocks, isText } = readContent(item.content, at(place, "content"), writer);
    const { extras, form } = remember(item, { known: MESSAGE_FIELDS, quiet: QUIET_FIELDS });
    const layout: ItemLayout = {
      kind: "message",
      blocks: blocks.length,
      role,
      isText,
      isTyped: typeof item.type === "string",
      fields: { ...form?.quiet as JsonObject | undefined, ...extras },
    };
    if (role !== "assistant") {
      this.#close();
      const turn = { role: writer, content: blocks, form: { items: [layout] } } as Message;
      this.#messages.push({ ...turn, ...defined({ extras }) });
      return;
    }
    const turn = this.#assistantTurn();
    for (const block of blocks) turn.content.push(block as AssistantBlock);
    turn.items.push(layout);
    // Only so that they are reported: the layout writes them back.
    if (extras !== undefined) turn.extras = { ...turn.extras, ...extras };
  }

  #additionalTools(item: JsonObject, index: number): void {
    const place = at("input", index);
    const tools = readTools(readArray(item, "tools", place) ?? [], at(place, "tools"));
    for (const tool of tools) {
      if (this.#toolNames.has(tool.name)) continue;
      this.#toolNames.add(tool.name);
      this.#tools.push(tool.type === "server" ? tool : { ...tool, form: { isInserted: true } });
    }
    this.#inserted.push({ index, item });
  }
}

/** The type of an item; messages and references may come without. */
function typeOf(item: JsonObject, place: string): string {
  const type = readString(item, "type", place);
  if (type !== undefined) return type;
  if (item.role !== undefined) return "message";
  if (typeof item.id === "string") return "item_reference";
  throw badRequest(at(place, "type"), "missing");
}

/** Whether an item of an unknown type was made by the client, going by its name. */
function isFromClient(item: JsonObject): boolean {
  const type = String(item.type);
  return type.endsWith("_output") || type.endsWith("_response");
}

/**
 * What one agent of a team tells another. Its payload is encrypted when the model that wrote it
 * was OpenAI's; any other wrote words, which stand where the ciphertext would.
 */
function readAgentMessage(item: JsonObject, place: string): TextBlock | OpaqueBlock {
  const texts = (readArray(item, "content", place) ?? []).map((value, index) => {
    const part = asObject(value, at(at(place, "content"), index));
    return part.type === "encrypted_content" ? part.encrypted_content : part.text;
  });
  const isReadable = texts.length > 0 &&
    texts.every((text) => typeof text === "string" && !CIPHERTEXT.test(text));
  return isReadable ? { type: "text", text: texts.join(""), form: { item } } : opaque(item);
}

/** How OpenAI's ciphertexts begin: with the version and the high zero bytes of a Fernet token. */
const CIPHERTEXT = /^gAAAAA/;

/** A thought: its readable text is the raw one where there is one, else the summary. */
function readReasoning(item: JsonObject, place: string): ReasoningBlock {
  checkTypes(item, QUIET_TYPES, place);
  const summary = readTexts(item, "summary", place);
  const content = readTexts(item, "content", place);
  const encrypted = readString(item, "encrypted_content", place);
  const sealed = encrypted === undefined ? undefined : unseal(encrypted);
  const form = defined({
    summary: item.summary ?? undefined,
    content: item.content ?? undefined,
    isSealed: sealed !== undefined ? true : undefined,
  });
  const signature = sealed
    ? sealed.state
    : encrypted === undefined
    ? undefined
    : { owner: PROTOCOL, value: encrypted } as const;
  return {
    type: "reasoning",
    text: (content.length > 0 ? content : summary).join("\n\n"),
    ...defined({ signature }),
    ...remember(item, { known: REASONING_FIELDS, quiet: QUIET_FIELDS }, form),
  };
}

function readTexts(item: JsonObject, key: string, place: string): string[] {
  return (readArray(item, key, place) ?? []).map((value, index) => {
    const partPlace = at(at(place, key), index);
    const part = asObject(value, partPlace);
    readString(part, "type", partPlace);
    return requireString(part, "text", partPlace);
  });
}

function readCall(
  item: JsonObject,
  { place, textField }: { place: string; textField: "arguments" | "input" },
): ToolCallBlock {
  checkTypes(item, QUIET_TYPES, place);
  const callId = requireString(item, "call_id", place);
  const name = requireString(item, "name", place);
  const namespace = readString(item, "namespace", place);
  const joined = namespace === undefined ? undefined : joinNamespace(namespace, name);
  return {
    type: "tool-call",
    id: restoreToolCallId(callId),
    name: joined ?? name,
    input: requireString(item, textField, place),
    ...(textField === "input" ? { isFreeform: true } : {}),
    ...remember(
      item,
      { known: CALL_FIELDS, quiet: QUIET_FIELDS },
      { callId, ...(namespace === undefined ? {} : { name, namespace }) },
    ),
  };
}

/** An output; one without `call_id` answers no call, and only this protocol knows what it means. */
function readOutput(item: JsonObject, place: string): ToolResultBlock | OpaqueBlock {
  checkTypes(item, QUIET_TYPES, place);
  const callId = readString(item, "call_id", place);
  const { blocks, isText } = readContent(item.output, at(place, "output"), "tool");
  if (callId === undefined) {
    requireString(item, "name", place);
    return opaque(item);
  }
  return {
    type: "tool-result",
    toolCallId: restoreToolCallId(callId),
    content: blocks,
    ...remember(
      item,
      { known: OUTPUT_FIELDS, quiet: QUIET_FIELDS },
      { callId, isText, type: item.type },
    ),
  };
}
