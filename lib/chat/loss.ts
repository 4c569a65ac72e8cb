/**
 * What a translation could not carry, as values.
 *
 * @module
 */

/** One thing that a translation dropped or approximated. */
export interface Loss {
  /** The field in the source's words, without indices: `top_k`, `messages.content.cache_control`. */
  field: string;
  how: "dropped" | "approximated";
  /** Whether the answer may differ because of it: a strict route refuses those. */
  changesMeaning: boolean;
}

/** Collects losses, each field once. */
export class Losses {
  readonly #byField = new Map<string, Loss>();

  /** Notes one loss; a field that was noted before stays as it was. */
  add(field: string, how: Loss["how"], changesMeaning: boolean): void {
    if (!this.#byField.has(field)) this.#byField.set(field, { field, how, changesMeaning });
  }

  /** All losses, in the order in which they were met. */
  list(): Loss[] {
    return [...this.#byField.values()];
  }
}
