/**
 * Writes text, images and documents as parts of a message or of a tool's output.
 *
 * @module
 */
import type { JsonObject } from "../../base/json.ts";
import type { Protocol } from "../../base/protocol.ts";
import type {
  DocumentBlock,
  ImageBlock,
  MediaSource,
  OpaqueBlock,
  RefusalBlock,
  TextBlock,
} from "../../chat/block.ts";
import type { Losses } from "../../chat/loss.ts";
import { TEXT_TYPE, type Writer } from "./content_decoder.ts";
import { dataUrl } from "./data_url.ts";
import { defined, PROTOCOL, writeBack } from "./form.ts";
import { SOURCE_NAMES } from "./source_names.ts";

/** What stands where an image was, for an upstream that cannot see. */
const UNSEEN_IMAGE = "[An image was here. This model cannot read images.]";

/** What a part's encoder must know beside the part. */
export interface PartContext {
  source: Protocol;
  /** Whether the upstream reads images. */
  hasVision: boolean;
  losses: Losses;
}

/** The part for `block` in the turn of `writer`; `undefined` when it cannot be said there. */
export function encodePart(
  block: TextBlock | RefusalBlock | ImageBlock | DocumentBlock | OpaqueBlock,
  writer: Writer,
  context: PartContext,
): JsonObject | undefined {
  const isOwn = context.source === PROTOCOL;
  switch (block.type) {
    case "text":
      return isOwn ? ownText(block, writer) : { type: TEXT_TYPE[writer], text: block.text };
    case "refusal": {
      const wire = { type: "refusal", refusal: block.text };
      return isOwn ? writeBack(wire, block) : wire;
    }
    case "image":
      if (isOwn) return writeBack(imagePart(block), block);
      return foreignImage(block, writer, context);
    case "document":
      return isOwn ? ownDocument(block) : foreignDocument(block, context);
    case "opaque":
      return block.owner === PROTOCOL ? block.value : undefined;
    default:
      return block satisfies never;
  }
}

function ownText(block: TextBlock, writer: Writer): JsonObject {
  return writeBack({ type: block.form?.type ?? TEXT_TYPE[writer], text: block.text }, block);
}

function imagePart(block: ImageBlock): JsonObject {
  const { source, detail } = block;
  const where = source.kind === "file" ? { file_id: source.id } : { image_url: urlOf(source) };
  return { type: "input_image", ...where, ...defined({ detail }) };
}

function urlOf(source: Exclude<MediaSource, { kind: "file" }>): string {
  return source.kind === "url" ? source.url : dataUrl(source);
}

function foreignImage(
  block: ImageBlock,
  writer: Writer,
  { source, hasVision, losses }: PartContext,
): JsonObject | undefined {
  if (writer === "assistant" || !isReachable(block.source, source)) {
    losses.add(`${SOURCE_NAMES[source].content}.image`, "dropped", true);
    return undefined;
  }
  if (!hasVision) {
    losses.add(`${SOURCE_NAMES[source].content}.image`, "dropped", true);
    return { type: "input_text", text: UNSEEN_IMAGE };
  }
  return { detail: "auto", ...imagePart(block) };
}

/** Whether a file's id means the same here: both OpenAI protocols share one store. */
function isReachable(media: MediaSource | { kind: "text" }, source: Protocol): boolean {
  return media.kind !== "file" || source !== "anthropic_messages";
}

function documentPart(block: DocumentBlock): JsonObject {
  const { source, name } = block;
  const filename = defined({ filename: name });
  switch (source.kind) {
    case "file":
      return { type: "input_file", file_id: source.id, ...filename };
    case "url":
      return { type: "input_file", file_url: source.url, ...filename };
    case "base64": {
      const file_data = block.form?.isBare === true ? source.data : dataUrl(source);
      return { type: "input_file", file_data, ...filename };
    }
    case "text": {
      const title = name === undefined ? "" : `${name}:\n`;
      return { type: "input_text", text: title + source.text };
    }
    default:
      return source satisfies never;
  }
}

function ownDocument(block: DocumentBlock): JsonObject {
  return writeBack(documentPart(block), block);
}

function foreignDocument(
  block: DocumentBlock,
  { source, losses }: PartContext,
): JsonObject | undefined {
  if (!isReachable(block.source, source)) {
    losses.add(`${SOURCE_NAMES[source].content}.document`, "dropped", true);
    return undefined;
  }
  // As plain text the document is no longer set apart from the words around it.
  if (block.source.kind === "text") {
    losses.add(`${SOURCE_NAMES[source].content}.document`, "approximated", false);
  }
  const { form: _, ...bare } = block;
  const part = documentPart(bare);
  const isUnnamed = part.file_data !== undefined && part.filename === undefined;
  return isUnnamed ? { ...part, filename: defaultName(block.source) } : part;
}

/** The protocol wants a name with a file's bytes, and goes by its ending. */
function defaultName(source: DocumentBlock["source"]): string {
  const isPdf = source.kind !== "base64" || source.mediaType === "application/pdf";
  return isPdf ? "document.pdf" : "document.txt";
}
