/**
 * Whether a conversation holds pictures.
 *
 * @module
 */
import type { Message } from "./request.ts";

/** Whether any turn, or any tool's result, holds a picture. */
export function hasImage(messages: readonly Message[]): boolean {
  return messages.some(({ content }) =>
    content.some((block) =>
      block.type === "image" ||
      (block.type === "tool-result" && block.content.some((part) => part.type === "image"))
    )
  );
}
