/**
 * What an answer holds that only Chat has words for, kept for a Chat client.
 *
 * An answer does not say which protocol it came from, so its extras stand under Chat's name, where
 * no other codec looks.
 *
 * @module
 */
import { isObject, type JsonObject } from "../../base/json.ts";
import type { Extended } from "../../chat/block.ts";

/** The fields of `wire` that are not in `known`, and those that are null. */
export function restFields(wire: JsonObject, known: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(
    Object.entries(wire).filter(([key, value]) => !known.has(key) || value === null),
  );
}

/** Gives `node` what only Chat clients are shown. */
export function withOwn<T extends Extended>(node: T, own: JsonObject): T {
  if (Object.keys(own).length > 0) node.extras = { openai_chat: own };
  return node;
}

/** What {@linkcode withOwn} gave; `undefined` when the answer came in another protocol. */
export function ownOf({ extras }: Extended): JsonObject | undefined {
  const own = extras?.openai_chat;
  return isObject(own) ? own : undefined;
}
