/**
 * Which calls of a history have no result, and which results have no call.
 *
 * Clients cut and edit their histories; this protocol refuses both halves of a torn pair.
 *
 * @module
 */
import type { ToolCallBlock, ToolResultBlock } from "../../chat/block.ts";
import type { Message } from "../../chat/request.ts";

/** The halves of torn pairs. */
export interface TornPairs {
  unanswered: ReadonlySet<ToolCallBlock>;
  orphans: ReadonlySet<ToolResultBlock>;
}

/** Finds the torn pairs of a history; a result belongs to the latest open call with its id. */
export function tornPairs(messages: readonly Message[]): TornPairs {
  const open = new Map<string, ToolCallBlock>();
  const unanswered = new Set<ToolCallBlock>();
  const orphans = new Set<ToolResultBlock>();
  for (const message of messages) {
    for (const block of message.content) {
      if (block.type === "tool-call") {
        open.set(block.id, block);
        unanswered.add(block);
      } else if (block.type === "tool-result") {
        const call = open.get(block.toolCallId);
        if (call === undefined) orphans.add(block);
        else unanswered.delete(call);
        open.delete(block.toolCallId);
      }
    }
  }
  return { unanswered, orphans };
}
