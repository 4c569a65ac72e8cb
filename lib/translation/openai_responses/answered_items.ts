/**
 * The items of answers that this gateway wrote for Responses clients.
 *
 * A client whose history is stored by default names earlier items only by their ids. An upstream
 * of another protocol stores nothing, so the gateway remembers what it wrote under those ids.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";

const MAX_ITEMS = 10_000;
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** Remembers items by id; the oldest go first when there are too many, or too long ones. */
export class AnsweredItems {
  /** In the order in which they were written, as JSON. */
  readonly #items = new Map<string, string>();
  #characters = 0;

  /** Whether there is nothing that could be referred to. */
  get isEmpty(): boolean {
    return this.#items.size === 0;
  }

  /** Notes the items of one answer. */
  remember(items: readonly JsonValue[]): void {
    for (const item of items) {
      if (isObject(item) && typeof item.id === "string") this.#keep(item.id, JSON.stringify(item));
    }
  }

  /** The body with each reference to a known item replaced by the item; the same when none is. */
  resolve(body: JsonObject): JsonObject {
    const { input } = body;
    if (!Array.isArray(input) || !input.some((item) => this.#find(item) !== undefined)) return body;
    const resolved = input.map((item): JsonValue => {
      const found = this.#find(item);
      return found === undefined ? item : JSON.parse(found);
    });
    return { ...body, input: resolved };
  }

  #find(item: JsonValue): string | undefined {
    if (!isObject(item) || typeof item.id !== "string") return undefined;
    // A reference may leave its type out; an item with a role is a message that has an id.
    const isReference = item.type === "item_reference" ||
      (item.type === undefined && item.role === undefined);
    return isReference ? this.#items.get(item.id) : undefined;
  }

  #keep(id: string, text: string): void {
    this.#drop(id);
    this.#items.set(id, text);
    this.#characters += text.length;
    while (this.#items.size > MAX_ITEMS || this.#characters > MAX_CHARACTERS) {
      this.#drop(this.#items.keys().next().value!);
    }
  }

  #drop(id: string): void {
    this.#characters -= this.#items.get(id)?.length ?? 0;
    this.#items.delete(id);
  }
}
