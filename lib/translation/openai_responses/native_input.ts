/**
 * Writes the input of this protocol's own request as it came, by the layout that its decoder left.
 *
 * Nothing is mended: the client may refer to what lies in a stored response.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import type { ReasoningBlock, ToolCallBlock, ToolResultBlock } from "../../chat/block.ts";
import type { ChatRequest, Message } from "../../chat/request.ts";
import { ToolCallIds } from "../tool_call_id.ts";
import type { Writer } from "./content_decoder.ts";
import { encodePart, type PartContext } from "./content_encoder.ts";
import { defined, PROTOCOL, writeBack } from "./form.ts";
import { ForeignInput } from "./foreign_input.ts";
import { isInstructions, type ItemLayout, layoutOf } from "./layout.ts";
import { SOURCE_NAMES } from "./source_names.ts";

/** Any id fits: what the client called its calls is between it and its upstream. */
const ANY_ID = "";

type Block = Message["content"][number];

/** What the writing of an own input must know beside it. */
export interface NativeInputContext extends PartContext {
  /** The pattern of ids that a route demands. */
  toolIdPattern: string | undefined;
}

/** The `input` of a body; `undefined` when the request had none. */
export function encodeNativeInput(
  request: ChatRequest,
  context: NativeInputContext,
): JsonValue | undefined {
  const items = new NativeInput(context).encode(request.messages);
  const { form } = request;
  for (const one of Array.isArray(form?.inserted) ? form.inserted : []) {
    if (isObject(one) && isObject(one.item)) items.splice(Number(one.index), 0, one.item);
  }
  if (form?.input === "none" && items.length === 0) return undefined;
  return form?.input === "text" ? plainText(request.messages) ?? items : items;
}

class NativeInput {
  readonly #context: NativeInputContext;
  readonly #ids: ToolCallIds;

  constructor(context: NativeInputContext) {
    this.#context = context;
    this.#ids = new ToolCallIds(context.toolIdPattern ?? ANY_ID);
  }

  encode(messages: readonly Message[]): JsonObject[] {
    return messages.flatMap((message) => {
      if (isInstructions(message)) return [];
      const layout = layoutOf(message, message.content.length);
      if (layout !== undefined) return this.#byLayout(message, layout);
      // A turn that the gateway itself changed or added.
      const added = new ForeignInput([message], { ...this.#context, ids: this.#ids });
      added.add(message);
      return added.items;
    });
  }

  #byLayout(message: Message, layout: ItemLayout[]): JsonObject[] {
    const items: JsonObject[] = [];
    let next = 0;
    for (const item of layout) {
      const blocks: Block[] = message.content.slice(next, next + item.blocks);
      next += item.blocks;
      if (item.kind === "message") items.push(this.#message(message.role, { item, blocks }));
      else items.push(...blocks.flatMap((block) => this.#block(block)));
    }
    return items;
  }

  #message(
    writer: Writer,
    { item, blocks }: { item: ItemLayout; blocks: Block[] },
  ): JsonObject {
    return {
      ...item.fields,
      ...(item.isTyped ? { type: "message" } : {}),
      role: item.role ?? writer,
      content: item.isText ? joinedText(blocks) : this.#parts(blocks, writer),
    };
  }

  #parts(blocks: readonly Block[], writer: Writer): JsonObject[] {
    return blocks.flatMap((block) => {
      if (isItem(block)) return [];
      const part = encodePart(block, writer, this.#context);
      return part === undefined ? [] : [part];
    });
  }

  #block(block: Block): JsonObject[] {
    switch (block.type) {
      case "reasoning":
        return this.#reasoning(block);
      case "tool-call":
        return [this.#call(block)];
      case "tool-result":
        return [this.#result(block)];
      case "opaque":
        return block.owner === PROTOCOL ? [block.value] : [];
      case "text":
        return isObject(block.form?.item) ? [block.form.item] : [];
      default:
        // The layout says "block" for none but the above.
        return [];
    }
  }

  #reasoning(block: ReasoningBlock): JsonObject[] {
    const { summary, content, isSealed } = block.form ?? {};
    const { signature } = block;
    if (isSealed === true && signature?.owner !== PROTOCOL) {
      // Encrypted by nobody, or by another protocol's upstream: this one would refuse it.
      const { losses, source } = this.#context;
      losses.add(SOURCE_NAMES[source].thoughts, "dropped", false);
      return [];
    }
    const texts = defined({ summary, content });
    const encrypted = defined({ encrypted_content: signature?.value });
    return [writeBack({ type: "reasoning", ...texts, ...encrypted }, block)];
  }

  #call(block: ToolCallBlock): JsonObject {
    const { callId, name = block.name, namespace } = block.form ?? {};
    const isFreeform = block.isFreeform === true;
    return writeBack({
      type: isFreeform ? "custom_tool_call" : "function_call",
      call_id: this.#keepsIds ? callId ?? block.id : this.#ids.call(block.id),
      name,
      ...defined({ namespace }),
      [isFreeform ? "input" : "arguments"]: block.input,
    }, block);
  }

  #result(block: ToolResultBlock): JsonObject {
    const { callId, type = "function_call_output", isText } = block.form ?? {};
    return writeBack({
      type,
      call_id: this.#keepsIds ? callId ?? block.toolCallId : this.#ids.result(block.toolCallId),
      output: isText === true ? joinedText(block.content) : this.#parts(block.content, "tool"),
    }, block);
  }

  get #keepsIds(): boolean {
    return this.#context.toolIdPattern === undefined;
  }
}

function isItem(block: Block): block is ReasoningBlock | ToolCallBlock | ToolResultBlock {
  return block.type === "reasoning" || block.type === "tool-call" || block.type === "tool-result";
}

function joinedText(blocks: readonly Block[]): string {
  return blocks.map((block) => block.type === "text" ? block.text : "").join("");
}

/** The text of an input that was written as a string, if it is still one. */
function plainText(messages: readonly Message[]): string | undefined {
  const [message, ...others] = messages.filter((one) => one.role !== "system");
  if (message?.role !== "user" || others.length > 0) return undefined;
  return message.content.every((block) => block.type === "text")
    ? joinedText(message.content)
    : undefined;
}
