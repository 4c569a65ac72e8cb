/**
 * Checks that a stream of events obeys the grammar in `stream_event.ts`.
 *
 * Encoders rely on that grammar and do not check it; every test of a decoder does, with this.
 *
 * @module
 */
import type { BlockStart, StreamEvent } from "./stream_event.ts";

/** Checks one stream. */
export class GrammarChecker {
  #phase: "before" | "within" | "after" = "before";
  /** The block that is open. */
  #block: BlockStart | undefined;

  /**
   * Takes the stream's next event.
   *
   * @returns The rule that it breaks, as a sentence; `undefined` when it breaks none.
   */
  push(event: StreamEvent): string | undefined {
    if (this.#phase === "after") return `An event "${event.type}" came after the stream's end`;
    if (event.type === "error") return this.#finish();
    if (event.type === "message-start") return this.#messageStart();
    if (this.#phase === "before") return `A ${event.type} came before message-start`;
    switch (event.type) {
      case "block-start":
        return this.#blockStart(event.block);
      case "block-delta":
        return this.#blockDelta(event.text);
      case "block-end":
        return this.#blockEnd(event.signature !== undefined);
      case "usage":
        return this.#noOpenBlock("A usage came");
      case "message-end":
        return this.#noOpenBlock("A message-end came") ?? this.#finish();
      default:
        return event satisfies never;
    }
  }

  /** Says that the stream is over; returns the rule that this breaks, if any. */
  end(): string | undefined {
    return this.#phase === "after" ? undefined : "The stream has neither message-end nor error";
  }

  #finish(): undefined {
    this.#phase = "after";
  }

  #messageStart(): string | undefined {
    if (this.#phase !== "before") return "A second message-start came";
    this.#phase = "within";
  }

  #blockStart(block: BlockStart): string | undefined {
    const problem = this.#noOpenBlock(`A ${block.type} block started`);
    this.#block ??= block;
    return problem;
  }

  #blockDelta(text: string): string | undefined {
    if (this.#block === undefined) return "A block-delta came outside a block";
    if (this.#block.type === "opaque") return "A block-delta came inside an opaque block";
    return text === "" ? "A block-delta is empty" : undefined;
  }

  #blockEnd(isSigned: boolean): string | undefined {
    if (this.#block === undefined) return "A block-end came outside a block";
    const { type } = this.#block;
    this.#block = undefined;
    return isSigned && type !== "reasoning" ? `A ${type} block ended with a signature` : undefined;
  }

  #noOpenBlock(what: string): string | undefined {
    return this.#block && `${what} inside an open ${this.#block.type} block`;
  }
}

/**
 * Fails unless `events` are a whole stream that obeys the grammar.
 *
 * @throws {Error} Naming the rule that is broken, and the event's position.
 */
export function checkedStream(events: readonly StreamEvent[]): void {
  const checker = new GrammarChecker();
  events.forEach((event, i) => {
    const problem = checker.push(event);
    if (problem !== undefined) throw new Error(`Event ${i}: ${problem}`);
  });
  const problem = checker.end();
  if (problem !== undefined) throw new Error(problem);
}
