/**
 * `parse` as `@std/yaml` has it, over `npm:js-yaml`: what the name resolves to on networks without
 * JSR. `@std/yaml` is itself a port of js-yaml, and js-yaml's module build starts in 5 ms where
 * `npm:yaml` takes 29.
 *
 * @module
 */
import { load } from "js-yaml";

/**
 * Reads one YAML document.
 *
 * @param text The document; YAML 1.2, core schema.
 * @returns Its value; `null` for an empty document.
 * @throws {Error} A syntax error, a second document, or a duplicate key.
 */
export function parse(text: string): unknown {
  return load(text) ?? null;
}
