/**
 * Calls of freeform tools on their way back.
 *
 * A protocol without freeform tools offers one as a function with a single string, `input`. What
 * the model then writes is JSON; the client that declared the tool expects the text inside.
 *
 * @module
 */
import { isObject, parseJson } from "../base/json.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { ChatResponse } from "../chat/response.ts";
import type { BlockStart, StreamEvent } from "../chat/stream_event.ts";

/** How much of a wrapped call is held, in UTF-16 units. */
const MAX_INPUT = 4 * 1024 * 1024;

const NONE: ReadonlySet<string> = new Set();

/** The names of the freeform tools that a request declares. */
export function freeformToolsOf(request: ChatRequest): ReadonlySet<string> {
  const names = (request.tools ?? []).filter((tool) => tool.type === "freeform")
    .map((tool) => tool.name);
  return names.length > 0 ? new Set(names) : NONE;
}

/** The text that a wrapped call carries; what is not wrapped is the text itself. */
function unwrapped(input: string): string {
  const value = parseJson(input);
  return isObject(value) && typeof value.input === "string" ? value.input : input;
}

/** A whole answer whose calls of freeform tools are freeform again. */
export function withFreeformCalls(
  response: ChatResponse,
  freeformTools: ReadonlySet<string>,
): ChatResponse {
  if (freeformTools.size === 0) return response;
  const content = response.content.map((block) =>
    block.type === "tool-call" && !block.isFreeform && freeformTools.has(block.name)
      ? { ...block, input: unwrapped(block.input), isFreeform: true }
      : block
  );
  return { ...response, content };
}

/** Makes streamed calls of freeform tools freeform again. One instance per answer. */
export class FreeformCallStream {
  readonly #freeformTools: ReadonlySet<string>;
  /** The wrapped call that is open, and what came of its input; the JSON can be read only whole. */
  #open: { block: BlockStart & { type: "tool-call" }; input: string } | undefined;

  constructor(freeformTools: ReadonlySet<string>) {
    this.#freeformTools = freeformTools;
  }

  /** The events that take the place of `events`. */
  push(events: readonly StreamEvent[]): readonly StreamEvent[] {
    return this.#freeformTools.size === 0 ? events : events.flatMap((event) => this.#step(event));
  }

  #step(event: StreamEvent): StreamEvent[] {
    if (event.type === "block-start") return this.#start(event);
    if (this.#open === undefined) return [event];
    if (event.type === "block-delta") {
      this.#open.input += event.text;
      return this.#open.input.length > MAX_INPUT ? this.#giveUp(this.#open) : [];
    }
    return event.type === "block-end" ? this.#end(this.#open) : [event];
  }

  #start(event: StreamEvent & { type: "block-start" }): StreamEvent[] {
    const { block } = event;
    const isWrapped = block.type === "tool-call" && !block.isFreeform &&
      this.#freeformTools.has(block.name);
    if (!isWrapped) return [event];
    this.#open = { block, input: "" };
    return [];
  }

  /** Too long to be read whole: the call goes on as it came. */
  #giveUp({ block, input }: { block: BlockStart; input: string }): StreamEvent[] {
    this.#open = undefined;
    return [{ type: "block-start", block }, { type: "block-delta", text: input }];
  }

  #end({ block, input }: { block: BlockStart & { type: "tool-call" }; input: string }) {
    this.#open = undefined;
    const text = unwrapped(input);
    const events: StreamEvent[] = [
      { type: "block-start", block: { ...block, isFreeform: true } },
    ];
    if (text !== "") events.push({ type: "block-delta", text });
    events.push({ type: "block-end" });
    return events;
  }
}
