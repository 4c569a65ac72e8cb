/**
 * Which parts of an answer a client would notice.
 *
 * Until the first of them nothing has been answered, and another upstream may still be asked.
 *
 * @module
 */
import type { ChatResponse } from "./response.ts";
import type { BlockStart, StreamEvent } from "./stream_event.ts";

/** Whether `event` shows that the model is at work: words, thoughts, a tool call, the end. */
export function isProgress(event: StreamEvent): boolean {
  switch (event.type) {
    case "block-delta":
    case "message-end":
      return true;
    case "block-start":
      return isWhole(event.block);
    case "block-end":
      return event.signature !== undefined;
    default:
      return false;
  }
}

/** Whether a block says something by its start alone. */
function isWhole(block: BlockStart): boolean {
  return block.type === "tool-call" || block.type === "opaque";
}

/** Tells whether a stream answers anything beyond thoughts. One instance per answer. */
export class ContentWatch {
  /** The open block is one whose text answers. */
  #isAnswering = false;
  #hasContent = false;

  /** Whether words, a refusal, a tool call or opaque content came. */
  get hasContent(): boolean {
    return this.#hasContent;
  }

  /** Takes the stream's next event. */
  push(event: StreamEvent): void {
    if (event.type === "block-start") {
      this.#isAnswering = event.block.type !== "reasoning";
      this.#hasContent ||= isWhole(event.block);
    } else if (event.type === "block-delta") {
      this.#hasContent ||= this.#isAnswering;
    }
  }
}

/** Whether a whole answer holds anything beyond thoughts: words, a refusal, a tool call, other content. */
export function hasContent(response: ChatResponse): boolean {
  return response.content.some((block) => {
    const isWords = block.type === "text" || block.type === "refusal";
    return isWords ? block.text !== "" : block.type !== "reasoning";
  });
}
