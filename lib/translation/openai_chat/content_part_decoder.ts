/**
 * Reads the parts that a Chat message's content is made of.
 *
 * Text, images and files are canonical; any other part (audio, video, what some server invented)
 * is kept as it stood.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/chat/create}
 * @module
 */
import { isObject, type JsonObject, type JsonValue, typeName } from "../../base/json.ts";
import { badRequest } from "../../base/error.ts";
import { asObject, at, readString, requireObject, requireString } from "../../base/reader.ts";
import type {
  DocumentBlock,
  ImageBlock,
  MediaSource,
  OpaqueBlock,
  TextBlock,
} from "../../chat/block.ts";
import { keepRest } from "./wire_rest.ts";

/** What any message may hold. */
export type PartBlock = TextBlock | ImageBlock | DocumentBlock | OpaqueBlock;

const TEXT_FIELDS = new Set(["type", "text"]);
const IMAGE_FIELDS = new Set(["type", "image_url"]);
const IMAGE_URL_FIELDS = new Set(["url", "detail"]);
const FILE_FIELDS = new Set(["type", "file"]);
const FILE_INNER_FIELDS = new Set(["file_data", "file_id", "filename"]);

/** What a file is when its data does not say: Chat's file parts exist for these. */
const DEFAULT_FILE_TYPE = "application/pdf";

/** A part as it stood on the wire. */
export function opaquePart(part: JsonObject): OpaqueBlock {
  return { type: "opaque", owner: "openai_chat", value: part };
}

/** Reads one element of a content list. */
export function decodePart(value: JsonValue | undefined, place: string): PartBlock {
  const part = asObject(value, place);
  switch (requireString(part, "type", place)) {
    case "text":
      return decodeText(part, place);
    case "image_url":
      return decodeImage(part, place);
    case "file":
      return decodeFile(part, place);
    case "input_audio":
      return decodeAudio(part, place);
    default:
      return opaquePart(part);
  }
}

function decodeText(part: JsonObject, place: string): TextBlock {
  const text = requireString(part, "text", place);
  return keepRest<TextBlock>({ type: "text", text }, part, { known: TEXT_FIELDS });
}

function decodeImage(part: JsonObject, place: string): ImageBlock | DocumentBlock {
  const { image_url: image } = part;
  // A bare string is what Mistral and others document beside the object.
  if (typeof image === "string") {
    const known = IMAGE_FIELDS;
    return mediaBlock(part, { url: image, known, form: { isBare: true } });
  }
  const imagePlace = at(place, "image_url");
  const wire = requireObject(part, "image_url", place);
  const url = requireString(wire, "url", imagePlace);
  const inner = { key: "image_url", known: IMAGE_URL_FIELDS };
  const block = mediaBlock(part, { url, known: IMAGE_FIELDS, form: {}, inner });
  const detail = readString(wire, "detail", imagePlace);
  if (detail !== undefined && block.type === "image") block.detail = detail;
  if (detail !== undefined && block.type === "document") block.form = { ...block.form, detail };
  return block;
}

function mediaBlock(
  part: JsonObject,
  { url, known, form, inner }: {
    url: string;
    known: ReadonlySet<string>;
    form: JsonObject;
    inner?: { key: string; known: ReadonlySet<string> };
  },
): ImageBlock | DocumentBlock {
  const source = mediaSource(url, form);
  const options = inner === undefined ? { known, form } : { known, form, inner };
  if (source.kind === "base64" && !source.mediaType.startsWith("image/")) {
    // Some clients send a PDF as an `image_url`, because their library knows no other part.
    form.part = "image_url";
    return keepRest<DocumentBlock>({ type: "document", source }, part, options);
  }
  return keepRest<ImageBlock>({ type: "image", source }, part, options);
}

/**
 * Reads a URL; a base64 `data:` URL becomes its bytes.
 *
 * @param form Gets the URL's head when it is not the one that would be written.
 */
function mediaSource(url: string, form: JsonObject): MediaSource {
  const comma = url.startsWith("data:") ? url.indexOf(",") : -1;
  const head = url.slice(0, comma + 1);
  if (comma === -1 || !head.endsWith(";base64,")) return { kind: "url", url };
  const [mediaType = ""] = head.slice("data:".length).split(";", 1);
  if (mediaType === "") return { kind: "url", url };
  if (head !== `data:${mediaType};base64,`) form.head = head;
  return { kind: "base64", mediaType, data: url.slice(comma + 1) };
}

function decodeFile(part: JsonObject, place: string): DocumentBlock | OpaqueBlock {
  const filePlace = at(place, "file");
  const file = requireObject(part, "file", place);
  const data = readString(file, "file_data", filePlace);
  const id = readString(file, "file_id", filePlace);
  const name = readString(file, "filename", filePlace);
  const form: JsonObject = {};
  const source = fileSource(data, { id, form });
  if (source === undefined) return opaquePart(part);
  const block: DocumentBlock = { type: "document", source };
  if (name !== undefined) block.name = name;
  const inner = { key: "file", known: FILE_INNER_FIELDS };
  return keepRest(block, part, { known: FILE_FIELDS, form, inner });
}

function fileSource(
  data: string | undefined,
  { id, form }: { id: string | undefined; form: JsonObject },
): MediaSource | undefined {
  if (data === undefined) return id === undefined ? undefined : { kind: "file", id };
  if (id !== undefined) form.fileId = id;
  const isUrl = data.startsWith("data:") || data.startsWith("http:") || data.startsWith("https:");
  if (isUrl) return mediaSource(data, form);
  form.isBare = true;
  return { kind: "base64", mediaType: DEFAULT_FILE_TYPE, data };
}

function decodeAudio(part: JsonObject, place: string): OpaqueBlock {
  const audio = requireObject(part, "input_audio", place);
  requireString(audio, "data", at(place, "input_audio"));
  requireString(audio, "format", at(place, "input_audio"));
  return opaquePart(part);
}

/**
 * Reads a content field that is a text or a list of parts.
 *
 * @param form Is told which of the two it was; an empty text gives no block.
 */
export function decodeContent<T>(
  content: JsonValue | undefined,
  { place, form, part }: {
    place: string;
    form: JsonObject;
    part: (value: JsonValue, place: string) => T;
  },
): (T | TextBlock)[] {
  if (content === undefined || content === null) throw badRequest(place, "missing");
  if (typeof content === "string") {
    form.content = "string";
    return content === "" ? [] : [{ type: "text", text: content }];
  }
  if (!Array.isArray(content)) {
    throw badRequest(place, `expected a string or an array, got ${typeName(content)}`);
  }
  return content.map((value, i) => part(value, at(place, i)));
}

/** The text of a thought that stands among the parts, as Mistral writes it. */
export function thinkingText(part: JsonObject): string | undefined {
  if (part.type !== "thinking") return undefined;
  const { thinking } = part;
  if (typeof thinking === "string") return thinking;
  if (!Array.isArray(thinking)) return undefined;
  let text = "";
  for (const piece of thinking) {
    if (isObject(piece) && typeof piece.text === "string") text += piece.text;
  }
  return text;
}
