/**
 * Joins the texts of a model's turn, which canonically are blocks, into Chat's one field.
 *
 * @module
 */
import type { AssistantBlock } from "../../chat/block.ts";
import { TEXT_SEPARATOR } from "./content_part_encoder.ts";

/**
 * The text of all blocks of one type, in their order.
 *
 * Blocks that follow each other are pieces of one text (cited answers are cut so) and are joined as
 * they are; where something else stood between two, there is a paragraph's space.
 */
export function joinedText(
  blocks: readonly AssistantBlock[],
  type: "text" | "refusal" | "reasoning",
): string {
  let text = "";
  let isAdjacent = true;
  for (const block of blocks) {
    if ("text" in block && block.text === "") continue;
    if (block.type !== type) {
      isAdjacent = false;
    } else {
      text += text === "" || isAdjacent ? block.text : TEXT_SEPARATOR + block.text;
      isAdjacent = true;
    }
  }
  return text;
}
