/**
 * Puts the blocks of a streamed answer one after another.
 *
 * Chat lets an upstream mix text and several tool calls as it likes; the canonical stream has one
 * open block. The first block is sent while it comes; what comes for others meanwhile waits until
 * the first is known to be whole.
 *
 * @module
 */
import type { StreamEvent } from "../../chat/stream_event.ts";
import type { PendingBlock } from "./pending_block.ts";

/** How much text may wait, in UTF-16 units, a block counted as {@linkcode BLOCK_COST}. */
const MAX_WAITING = 8 * 1024 * 1024;
const BLOCK_COST = 256;

/** The blocks that were begun and have not ended. */
export class BlockQueue {
  /** The first is the one that is sent. */
  readonly #blocks: PendingBlock[] = [];
  #waiting = 0;

  /** The block that began last, if it has not ended. */
  get last(): PendingBlock | undefined {
    return this.#blocks.at(-1);
  }

  /** Whether more waits than a sane answer makes wait. */
  get isOverfull(): boolean {
    return this.#waiting > MAX_WAITING;
  }

  /** Begins a block. */
  add(block: PendingBlock): void {
    this.#blocks.push(block);
    this.#waiting += BLOCK_COST;
  }

  /** Takes more of a block, and adds to `out` what can be sent now. */
  push(block: PendingBlock, text: string, out: StreamEvent[]): void {
    if (block.isEnded) return;
    if (text !== "") block.push(text);
    if (!block.isOpen) this.#waiting += text.length;
    this.#advance(out, false);
  }

  /** Says that nothing more comes: adds to `out` what is left of all blocks. */
  finish(out: StreamEvent[]): void {
    this.#advance(out, true);
  }

  #advance(out: StreamEvent[], isFinal: boolean): void {
    for (let block = this.#blocks[0]; block !== undefined; block = this.#blocks[0]) {
      if (block.isReady || (isFinal && !block.isEmpty)) send(block, out);
      if (this.#blocks.length === 1) this.#waiting = block.waiting.length;
      if (!isFinal && (this.#blocks.length === 1 || !canEnd(block))) return;
      if (block.isOpen) out.push(block.end());
      block.isEnded = true;
      this.#blocks.shift();
    }
  }
}

/** A block that cannot be opened yet may end only when there is nothing in it. */
function canEnd(block: PendingBlock): boolean {
  return block.isComplete && (block.isOpen || block.isEmpty);
}

/** Opens `block` if it is not, and sends what waits for it. */
function send(block: PendingBlock, out: StreamEvent[]): void {
  if (!block.isOpen) {
    for (const event of block.start()) out.push(event);
    block.isOpen = true;
  }
  if (block.waiting === "") return;
  out.push({ type: "block-delta", text: block.waiting });
  block.waiting = "";
}
