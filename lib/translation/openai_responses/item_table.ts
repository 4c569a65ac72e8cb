/**
 * Finds the output item that a stream event is about.
 *
 * By `output_index` first, since some servers give an item a new id in every event; by id where a
 * server leaves the index out; and where it leaves out both, it means the latest item.
 *
 * @module
 */
import { isObject, type JsonObject } from "../../base/json.ts";
import type { QueuedBlock } from "./block_queue.ts";
import { type ItemKind, textOf } from "./output_item.ts";

/** An output item on its way. */
export interface Item {
  readonly kind: ItemKind;
  readonly id: string | undefined;
  /** The block of each part of a message, by its index; every other item has one, under 0. */
  readonly blocks: Map<number, QueuedBlock>;
  /** How many blocks there were, those included whose index was used again. */
  blockCount: number;
  /** Which of its two texts a thought is told by: whichever comes first. */
  thoughtType?: "summary" | "content";
  /** The part of the thought that its last text was of. */
  thoughtPart?: number;
  isDone: boolean;
}

/** The items of one stream. */
export class ItemTable {
  readonly #items = new Map<number | string, Item>();
  #latest: Item | undefined;
  #count = 0;

  /** How many items there were. */
  get count(): number {
    return this.#count;
  }

  /** The item that `event` is about; `undefined` when it was not met before. */
  find(event: JsonObject): Item | undefined {
    const { output_index: index } = event;
    const byIndex = typeof index === "number" ? this.#items.get(index) : undefined;
    if (byIndex !== undefined) return byIndex;
    const id = idOf(event);
    if (id !== undefined) return this.#items.get(id);
    return typeof index === "number" ? undefined : this.#latest;
  }

  /** A new item that `event` brings; from now on its index and id mean this one. */
  create(event: JsonObject, kind: ItemKind): Item {
    const id = idOf(event);
    const item: Item = { kind, id, blocks: new Map(), blockCount: 0, isDone: false };
    this.#latest = item;
    this.#count += 1;
    if (typeof event.output_index === "number") this.#items.set(event.output_index, item);
    if (id !== undefined) this.#items.set(id, item);
    return item;
  }

  /** The item that the finished response shows as `wire` at `index`. */
  lookUp(wire: JsonObject, index: number): Item | undefined {
    const id = wireId(wire);
    const byId = id === undefined ? undefined : this.#items.get(id);
    return byId ?? this.#items.get(index);
  }
}

/** What tells an item from others: its id, or that of its call. */
function wireId(wire: JsonObject): string | undefined {
  return textOf(wire.id) ?? textOf(wire.call_id);
}

/** The id of the item that an event is about. */
export function idOf(event: JsonObject): string | undefined {
  return textOf(event.item_id) ?? (isObject(event.item) ? wireId(event.item) : undefined);
}
