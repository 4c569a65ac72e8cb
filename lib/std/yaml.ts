/**
 * `parse` as `@std/yaml` has it, over `npm:js-yaml`: what the name resolves to on networks without
 * JSR. `@std/yaml` is itself a port of js-yaml, and js-yaml's module build starts in 5 ms where
 * `npm:yaml` takes 29.
 *
 * @module
 */
import { CORE_SCHEMA, loadAll, mergeTag, YAMLException } from "js-yaml";

/** `<<` takes over the fields of another mapping, as it does in `@std/yaml`. */
const SCHEMA = CORE_SCHEMA.withTags(mergeTag);

/**
 * Reads one YAML document.
 *
 * @param text The document; YAML 1.2, core schema, with merge keys.
 * @returns Its value; `null` for an empty document.
 * @throws {Error} A syntax error, a second document, or a duplicate key.
 */
export function parse(text: string): unknown {
  const [value = null, ...others] = loadAll(text, { schema: SCHEMA });
  if (others.length > 0) throw new YAMLException("expected one document, got several");
  return value;
}
