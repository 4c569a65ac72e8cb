/**
 * Which wire items a canonical turn was made of.
 *
 * The protocol has a flat list of items; a turn joins neighbours (a thought, a message, calls). The
 * layout, one entry per item in order, lies in the turn's `form` and takes it apart again.
 *
 * @module
 */
import type { JsonObject } from "../../base/json.ts";
import type { Extended } from "../../chat/block.ts";

/** How one item stood on the wire. A type, not an interface: it is stored as JSON. */
export type ItemLayout = {
  /** `message`: an item with a list of parts. `block`: an item that is one block. */
  kind: "message" | "block" | "instructions";
  /** How many blocks of the turn it holds. */
  blocks: number;
  /** For messages: the wire role. */
  role?: string;
  /** Whether the content was a string. */
  isText?: boolean;
  /** Whether the item said `type: "message"`. */
  isTyped?: boolean;
  /** All its other fields. */
  fields?: JsonObject;
};

/** Whether a turn stood outside the input, as the request's instructions. */
export function isInstructions(turn: Extended): boolean {
  const items = turn.form?.items;
  return Array.isArray(items) && (items as ItemLayout[])[0]?.kind === "instructions";
}

/** The layout of a turn with `blockCount` blocks; `undefined` when there is none that fits. */
export function layoutOf(turn: Extended, blockCount: number): ItemLayout[] | undefined {
  const items = turn.form?.items;
  if (!Array.isArray(items)) return undefined;
  const layout = items as ItemLayout[];
  const count = layout.reduce((sum, item) => sum + item.blocks, 0);
  // A turn that was changed since is written as any other.
  return count === blockCount ? layout : undefined;
}
