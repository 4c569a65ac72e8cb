/**
 * Writes the parts that a Chat message's content is made of.
 *
 * @module
 */
import { GatewayError } from "../../base/error.ts";
import type { JsonObject, JsonValue } from "../../base/json.ts";
import type {
  DocumentBlock,
  Extended,
  ImageBlock,
  MediaSource,
  TextBlock,
} from "../../chat/block.ts";
import type { PartBlock } from "./content_part_decoder.ts";
import type { EncodingContext } from "./encoding_context.ts";
import { writeNestedRest, writeRest } from "./wire_rest.ts";

/** OpenAI wants a name for every file whose bytes it is sent. */
const DEFAULT_FILE_NAME = "document.pdf";

/** What stands between two pieces of text that become one. */
export const TEXT_SEPARATOR = "\n\n";

/** Writes a content field: a text where the source wrote one, or where there is only text. */
export function encodeContent(
  { form }: Extended,
  { blocks, context }: { blocks: readonly PartBlock[]; context: EncodingContext },
): JsonValue {
  const parts = blocks.flatMap((block) => encodePart(block, context));
  const isText = context.isOwn
    ? form?.content === "string"
    // A text is what the simplest servers and chat templates understand.
    : parts.every((part) => part.type === "text");
  return isText ? parts.map((part) => part.text).join(TEXT_SEPARATOR) : parts;
}

/** Writes one block; a block that Chat cannot say gives no part. */
export function encodePart(block: PartBlock, context: EncodingContext): JsonObject[] {
  switch (block.type) {
    case "text":
      return [encodeText(block, context)];
    case "image":
      return encodeImage(block, context);
    case "document":
      return encodeDocument(block, context);
    case "opaque":
      return block.owner === "openai_chat" ? [block.value] : [];
    default:
      return block satisfies never;
  }
}

function encodeText(block: TextBlock, { isOwn }: EncodingContext): JsonObject {
  return { type: "text", text: block.text, ...writeRest(block, isOwn) };
}

function encodeImage(block: ImageBlock, context: EncodingContext): JsonObject[] {
  if (context.quirks.vision === false) throw visionUnsupported();
  const url = mediaUrl(block.source, block);
  if (url === undefined) {
    context.losses.add(context.words.image, "dropped", true);
    return [];
  }
  const wire: JsonObject = { url };
  if (block.detail !== undefined) wire.detail = block.detail;
  return [encodeImageUrl(block, { wire, isOwn: context.isOwn })];
}

function encodeImageUrl(
  block: ImageBlock | DocumentBlock,
  { wire, isOwn }: { wire: JsonObject; isOwn: boolean },
): JsonObject {
  if (isOwn && block.form?.isBare === true) {
    return { type: "image_url", image_url: wire.url as string, ...writeRest(block, true) };
  }
  const { outer, inner } = writeNestedRest(block, { isOwn, innerKey: "image_url" });
  return { type: "image_url", ...outer, image_url: { ...wire, ...inner } };
}

/** The code by which the fallback knows that another candidate may do. */
function visionUnsupported(): GatewayError {
  return new GatewayError(
    "invalid_request",
    "Cannot send the images of this conversation: the model's route says that it reads none",
    { code: "vision_unsupported" },
  );
}

/** A URL for `source`; `undefined` for a file that only its own provider has. */
function mediaUrl(source: MediaSource, { form }: ImageBlock | DocumentBlock): string | undefined {
  switch (source.kind) {
    case "url":
      return source.url;
    case "base64": {
      const head = typeof form?.head === "string" ? form.head : `data:${source.mediaType};base64,`;
      return head + source.data;
    }
    case "file":
      return undefined;
    default:
      return source satisfies never;
  }
}

function encodeDocument(block: DocumentBlock, context: EncodingContext): JsonObject[] {
  return context.isOwn ? [encodeOwnDocument(block)] : encodeForeignDocument(block, context);
}

function encodeOwnDocument(block: DocumentBlock): JsonObject {
  const { source, form } = block;
  const url = source.kind === "text" ? source.text : mediaUrl(source, block);
  if (form?.part === "image_url") {
    const wire: JsonObject = { url: url ?? "" };
    if (form.detail !== undefined) wire.detail = form.detail;
    return encodeImageUrl(block, { wire, isOwn: true });
  }
  const file: JsonObject = {};
  if (source.kind === "file") file.file_id = source.id;
  else if (source.kind === "base64" && form?.isBare === true) file.file_data = source.data;
  else file.file_data = url ?? "";
  if (form?.fileId !== undefined) file.file_id = form.fileId;
  if (block.name !== undefined) file.filename = block.name;
  const { outer, inner } = writeNestedRest(block, { isOwn: true, innerKey: "file" });
  return { type: "file", ...outer, file: { ...file, ...inner } };
}

function encodeForeignDocument(block: DocumentBlock, context: EncodingContext): JsonObject[] {
  const { source, name } = block;
  switch (source.kind) {
    case "text":
      return [{ type: "text", text: titled(source.text, name) }];
    case "url":
      // Chat has no part for a document elsewhere; a model with tools can fetch it.
      context.losses.add(context.words.document, "approximated", true);
      return [{ type: "text", text: titled(source.url, name ?? "at") }];
    case "base64":
      return [{ type: "file", file: fileOf(source, name) }];
    case "file":
      context.losses.add(context.words.document, "dropped", true);
      return [];
    default:
      return source satisfies never;
  }
}

function titled(text: string, name: string | undefined): string {
  return name === undefined ? text : `Document ${name}:\n${text}`;
}

function fileOf(
  { mediaType, data }: { mediaType: string; data: string },
  name: string | undefined,
): JsonObject {
  return { filename: name ?? DEFAULT_FILE_NAME, file_data: `data:${mediaType};base64,${data}` };
}
