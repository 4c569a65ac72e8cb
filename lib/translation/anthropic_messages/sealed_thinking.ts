/**
 * Takes this gateway's own seals out of a Messages body that goes to a Messages upstream as it is.
 *
 * A client of this protocol sends all thoughts of its history back. Those that came from another
 * protocol carry a seal where Anthropic expects its own signature, and it would refuse the request.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import { unseal } from "../sealed_state.ts";
import { EMPTY_TURN_TEXT } from "./wire.ts";

/**
 * Leaves out the thinking blocks whose signature this gateway sealed.
 *
 * @param body A request's body; it is not changed.
 * @returns The body without them, or `undefined` when there are none. A turn that held nothing
 *   else gets a placeholder, since the API refuses an empty one.
 */
export function withoutSealedThinking(body: JsonObject): JsonObject | undefined {
  if (!Array.isArray(body.messages)) return undefined;
  let hasSealed = false;
  const messages = body.messages.map((message) => {
    if (!isObject(message) || !Array.isArray(message.content)) return message;
    const content = message.content.filter((block) => !isSealed(block));
    if (content.length === message.content.length) return message;
    hasSealed = true;
    if (content.length === 0) content.push({ type: "text", text: EMPTY_TURN_TEXT });
    return { ...message, content };
  });
  if (!hasSealed) return undefined;
  const mended = { ...body, messages };
  return mustStopThinking(mended) ? withoutThinking(mended) : mended;
}

function isSealed(block: JsonValue): boolean {
  return isObject(block) && block.type === "thinking" && typeof block.signature === "string" &&
    unseal(block.signature) !== undefined;
}

/**
 * With a budget for thinking, the API demands that a turn that goes on after its tools' results
 * began with a thought; the one that it began with has just been left out.
 */
function mustStopThinking(body: JsonObject & { messages: JsonValue[] }): boolean {
  if (!isObject(body.thinking) || body.thinking.type !== "enabled") return false;
  const last = body.messages.findLast((one) => isObject(one) && one.role === "assistant");
  const content = isObject(last) && Array.isArray(last.content) ? last.content : [];
  const types = content.map((block) => isObject(block) ? block.type : undefined);
  return types.includes("tool_use") && !String(types[0]).endsWith("thinking");
}

function withoutThinking({ thinking: _, ...body }: JsonObject): JsonObject {
  const management = body.context_management;
  if (!isObject(management) || !Array.isArray(management.edits)) return body;
  // Edits of thoughts are refused while thinking is off.
  const edits = management.edits.filter((edit) =>
    !(isObject(edit) && String(edit.type).startsWith("clear_thinking"))
  );
  return { ...body, context_management: { ...management, edits } };
}
