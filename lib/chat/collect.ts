/**
 * Makes a whole answer from a streamed one.
 *
 * @module
 */
import type { AssistantBlock, OpaqueState } from "./block.ts";
import type { ChatResponse, UpstreamFault, Usage } from "./response.ts";
import type { BlockStart, StreamEvent } from "./stream_event.ts";

/** Collects one stream that obeys the grammar. */
export class ResponseCollector {
  #id = "";
  #model = "";
  readonly #content: AssistantBlock[] = [];
  #usage: Usage = {};
  /** The open block, and its text so far. */
  #block: BlockStart | undefined;
  #text = "";
  #end: (StreamEvent & { type: "message-end" }) | undefined;
  #fault: UpstreamFault | undefined;

  /** The failure with which the stream ended. */
  get fault(): UpstreamFault | undefined {
    return this.#fault;
  }

  /** The totals so far. */
  get usage(): Usage {
    return this.#usage;
  }

  /** Takes the stream's next event. */
  push(event: StreamEvent): void {
    switch (event.type) {
      case "message-start":
        this.#id = event.id;
        this.#model = event.model;
        return;
      case "block-start":
        this.#block = event.block;
        this.#text = "";
        return;
      case "block-delta":
        this.#text += event.text;
        return;
      case "block-end":
        return this.#blockEnd(event.signature);
      case "usage":
        this.#usage = { ...this.#usage, ...event.usage };
        return;
      case "message-end":
        this.#end = event;
        return;
      case "error":
        this.#fault = event.fault;
        return;
      default:
        return event satisfies never;
    }
  }

  /** The answer; `undefined` until the stream has said that it is finished. */
  response(): ChatResponse | undefined {
    if (this.#end === undefined) return undefined;
    const { stopReason, stopSequence } = this.#end;
    return {
      id: this.#id,
      model: this.#model,
      content: this.#content,
      stopReason,
      ...(stopSequence === undefined ? {} : { stopSequence }),
      usage: this.#usage,
    };
  }

  #blockEnd(signature: OpaqueState | undefined): void {
    if (this.#block === undefined) return;
    this.#content.push(wholeBlock(this.#block, { text: this.#text, signature }));
    this.#block = undefined;
  }
}

function wholeBlock(
  start: BlockStart,
  { text, signature }: { text: string; signature: OpaqueState | undefined },
): AssistantBlock {
  switch (start.type) {
    case "text":
    case "refusal":
      return { type: start.type, text };
    case "reasoning":
      return { type: "reasoning", text, ...(signature === undefined ? {} : { signature }) };
    case "tool-call":
      return { ...start, input: text };
    case "opaque":
      return { ...start };
    default:
      return start satisfies never;
  }
}
