/**
 * Takes out of a Responses request the thoughts that this gateway sealed for its client.
 *
 * An upstream refuses encrypted content that it did not write, so on the way to one of the same
 * protocol, where nothing else is touched, these items are left out.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import { unseal } from "../sealed_state.ts";

/** The body without sealed reasoning items; `undefined` when it has none. */
export function withoutSealedReasoning(body: JsonObject): JsonObject | undefined {
  const { input } = body;
  if (!Array.isArray(input) || !input.some(isSealed)) return undefined;
  return { ...body, input: input.filter((item) => !isSealed(item)) };
}

function isSealed(item: JsonValue): boolean {
  return isObject(item) && item.type === "reasoning" &&
    typeof item.encrypted_content === "string" && unseal(item.encrypted_content) !== undefined;
}
