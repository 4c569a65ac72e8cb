/**
 * Numbers and writes the events of one stream, and keeps the items that were told to their end.
 *
 * @module
 */
import type { JsonObject } from "../../base/json.ts";
import type { SseMessage } from "../../sse/parser.ts";

/** Writes events until they are taken. */
export class EventWriter {
  /** The finished items: their number is the index of the one in work. */
  readonly output: JsonObject[] = [];
  #sequence: number;
  #messages: SseMessage[] = [];

  /** @param first The number of the first event. */
  constructor(first = 0) {
    this.#sequence = first;
  }

  /** The messages written since the last call. */
  take(): SseMessage[] {
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }

  /** Writes one event; clients want its type in the data as well. */
  write(type: string, fields: JsonObject): void {
    const data = { type, sequence_number: this.#sequence++, ...fields };
    this.#messages.push({ event: type, data: JSON.stringify(data) });
  }

  /** Writes an event about the item in work. */
  writeOf(item_id: string, type: string, fields: JsonObject): void {
    this.write(type, { item_id, output_index: this.output.length, ...fields });
  }

  /** Announces the next item. */
  add(item: JsonObject): void {
    this.write("response.output_item.added", { output_index: this.output.length, item });
  }

  /** Closes the item in work. */
  done(item: JsonObject): void {
    this.write("response.output_item.done", { output_index: this.output.length, item });
    this.output.push(item);
  }
}
