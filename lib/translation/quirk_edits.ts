/**
 * A route's quirks applied to a body that is not translated.
 *
 * @module
 */
import type { JsonObject } from "../base/json.ts";
import type { Protocol } from "../base/protocol.ts";
import type { Quirks } from "./codec.ts";
import { dropParam } from "./dropped_param.ts";

const TOKEN_FIELDS = ["max_tokens", "max_completion_tokens"] as const;

/** Whether the quirks can change a body; else it need not be read for them. */
export function hasEdits({ dropParams = [], maxTokensField }: Quirks): boolean {
  return dropParams.length > 0 || maxTokensField !== undefined;
}

/**
 * The body as the route's upstream takes it.
 *
 * @returns A new body; `undefined` when the quirks change nothing, so that the client's own bytes
 * can be sent.
 */
export function withQuirks(
  body: JsonObject,
  { protocol, quirks }: { protocol: Protocol; quirks: Quirks },
): JsonObject | undefined {
  const edited = { ...body };
  const dropped = (quirks.dropParams ?? []).filter((name) => dropParam(edited, name));
  const renamed = protocol === "openai_chat" ? fieldToRename(body, quirks) : undefined;
  if (dropped.length === 0 && renamed === undefined) return undefined;
  if (renamed !== undefined) {
    edited[quirks.maxTokensField!] = edited[renamed];
    delete edited[renamed];
  }
  return edited;
}

/** The field that holds the answer's limit under a name that the upstream does not take. */
function fieldToRename(body: JsonObject, { maxTokensField }: Quirks): string | undefined {
  if (maxTokensField === undefined || Object.hasOwn(body, maxTokensField)) return undefined;
  return TOKEN_FIELDS.find((name) => name !== maxTokensField && Object.hasOwn(body, name));
}
