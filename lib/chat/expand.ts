/**
 * Makes a streamed answer from a whole one.
 *
 * For a client that asked for a stream when the upstream answered in one piece.
 *
 * @module
 */
import type { AssistantBlock, OpaqueState } from "./block.ts";
import type { ChatResponse } from "./response.ts";
import type { StreamEvent } from "./stream_event.ts";

/**
 * The events that say `response`, each block in one delta.
 *
 * Fields in `extras`, and pictures that a model made, have no events and stay behind.
 */
export function expandResponse(response: ChatResponse): StreamEvent[] {
  const { id, model, content, stopReason, stopSequence, usage } = response;
  const events: StreamEvent[] = [{ type: "message-start", id, model }];
  for (const block of content) events.push(...blockEvents(block));
  if (Object.keys(usage).length > 0) events.push({ type: "usage", usage });
  const end = { type: "message-end", stopReason } as const;
  events.push(stopSequence === undefined ? end : { ...end, stopSequence });
  return events;
}

function blockEvents(block: AssistantBlock): StreamEvent[] {
  switch (block.type) {
    case "text":
    case "refusal":
      return [{ type: "block-start", block: { type: block.type } }, ...closed(block.text)];
    case "reasoning": {
      const { type, text, signature } = block;
      return [{ type: "block-start", block: { type } }, ...closed(text, signature)];
    }
    case "tool-call": {
      const { type, id, name, isFreeform } = block;
      const start = { type, id, name, ...(isFreeform === undefined ? {} : { isFreeform }) };
      return [{ type: "block-start", block: start }, ...closed(block.input)];
    }
    case "opaque": {
      const { type, owner, value } = block;
      return [{ type: "block-start", block: { type, owner, value } }, { type: "block-end" }];
    }
    case "image":
      return [];
    default:
      return block satisfies never;
  }
}

/** The rest of a block whose text is `text`. */
function closed(text: string, signature?: OpaqueState): StreamEvent[] {
  const end: StreamEvent = signature ? { type: "block-end", signature } : { type: "block-end" };
  return text === "" ? [end] : [{ type: "block-delta", text }, end];
}
