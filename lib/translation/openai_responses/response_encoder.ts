/**
 * Writes a whole answer for a Responses client.
 *
 * An answer of this protocol keeps the fields, ids and items that it came with.
 *
 * @module
 */
import { isObject, type JsonObject } from "../../base/json.ts";
import type { AssistantBlock, Extended, ToolCallBlock } from "../../chat/block.ts";
import type { ChatResponse } from "../../chat/response.ts";
import type { AnswerContext } from "../codec.ts";
import { PROTOCOL } from "./form.ts";
import { type ItemLayout, layoutOf } from "./layout.ts";
import {
  callItem,
  ItemIds,
  type ItemStatus,
  messageItem,
  NO_ARGUMENTS,
  reasoningItem,
  wordsPart,
} from "./output_writer.ts";
import { responseId, responseObject } from "./response_object.ts";
import { endingOf, seenIn } from "./stop_reason.ts";
import { encodeUsage } from "./usage.ts";

/** The response object that says `response`. */
export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const { content, stopReason, usage } = response;
  const ending = endingOf(stopReason, seenIn(content));
  const layout = layoutOf({ form: ownFields(response.form) }, content.length) ??
    plainLayout(content);
  const fields = {
    id: responseId(response.id, context),
    model: response.model === "" ? context.model : response.model,
    ...ending,
    output: new Output(context.id, ending.status).items(content, layout),
    usage: encodeUsage(usage, context.estimatedInputTokens),
  };
  return { ...responseObject(fields, context), ...ownFields(response.extras) };
}

/** The part of a response's extras that this protocol left there. */
function ownFields(extras: JsonObject | undefined): JsonObject {
  const own = extras?.[PROTOCOL];
  return isObject(own) ? own : {};
}

/** One message for neighbouring words, one item for everything else. */
function plainLayout(content: readonly AssistantBlock[]): ItemLayout[] {
  const items: ItemLayout[] = [];
  for (const block of content) {
    const last = items.at(-1);
    if (block.type !== "text" && block.type !== "refusal") items.push({ kind: "block", blocks: 1 });
    else if (last?.kind === "message") last.blocks += 1;
    else items.push({ kind: "message", blocks: 1 });
  }
  return items;
}

class Output {
  readonly #ids: ItemIds;
  readonly #ending: ItemStatus;

  constructor(answerId: string, ending: ItemStatus) {
    this.#ids = new ItemIds(answerId);
    this.#ending = ending;
  }

  items(content: readonly AssistantBlock[], layout: readonly ItemLayout[]): JsonObject[] {
    const items: JsonObject[] = [];
    let next = 0;
    for (const [index, { kind, blocks, fields }] of layout.entries()) {
      const held = content.slice(next, next + blocks);
      next += blocks;
      // What cut the answer cut its last item.
      const status = index === layout.length - 1 ? this.#ending : "completed";
      if (kind === "message") items.push(this.#message(held, { status, fields }));
      else items.push(...held.flatMap((block) => this.#item(block, status)));
    }
    return items;
  }

  #message(
    blocks: readonly AssistantBlock[],
    { status, fields }: { status: ItemStatus; fields: JsonObject | undefined },
  ): JsonObject {
    const content = blocks.flatMap((block) => {
      if (block.type === "opaque") return block.owner === PROTOCOL ? [block.value] : [];
      if (block.type !== "text" && block.type !== "refusal") return [];
      const part = wordsPart(block.type, block.text);
      return [block.extras?.[PROTOCOL] ? { type: part.type, ...said(block), ...own(block) } : part];
    });
    return { ...messageItem(this.#ids.next("message"), status, content), ...fields };
  }

  #item(block: AssistantBlock, status: ItemStatus): JsonObject[] {
    switch (block.type) {
      case "reasoning": {
        const item = reasoningItem(this.#ids.next("reasoning"), {
          text: block.text,
          signature: block.signature,
        });
        if (block.extras?.[PROTOCOL] === undefined) return [item];
        const { encrypted_content, ...rest } = item;
        // Its own upstream gave no proof: then there is none to seal either.
        const proof = block.signature === undefined ? {} : { encrypted_content };
        return [{ ...rest, ...proof, ...own(block) }];
      }
      case "tool-call":
        return [this.#call(block, status)];
      case "image":
        return this.#image(block);
      case "opaque":
        return block.owner === PROTOCOL ? [block.value] : [];
      case "text":
      case "refusal":
        return [this.#message([block], { status, fields: undefined })];
      default:
        return block satisfies never;
    }
  }

  #call(block: ToolCallBlock, status: ItemStatus): JsonObject {
    const isFreeform = block.isFreeform === true;
    const item = callItem(this.#ids.next(isFreeform ? "freeform" : "function"), status, {
      callId: block.id,
      name: block.name,
      input: block.input === "" && !isFreeform ? NO_ARGUMENTS : block.input,
      isFreeform,
    });
    return block.extras?.[PROTOCOL] === undefined
      ? item
      : { ...item, call_id: block.id, ...own(block) };
  }

  /** A picture that the model made; one that lies elsewhere has no words here. */
  #image({ source }: AssistantBlock & { type: "image" }): JsonObject[] {
    if (source.kind !== "base64") return [];
    const id = this.#ids.next("image");
    return [{ id, type: "image_generation_call", status: "completed", result: source.data }];
  }
}

function said(block: { type: "text" | "refusal"; text: string }): JsonObject {
  return block.type === "refusal" ? { refusal: block.text } : { text: block.text };
}

function own(block: Extended): JsonObject {
  return ownFields(block.extras);
}
