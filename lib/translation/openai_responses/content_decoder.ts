/**
 * Reads the parts of a client's messages and tool outputs: text, images, files.
 *
 * @module
 */
import { badRequest } from "../../base/error.ts";
import type { JsonObject, JsonValue } from "../../base/json.ts";
import { asObject, at, readString, requireString, wrongType } from "../../base/reader.ts";
import type {
  DocumentBlock,
  ImageBlock,
  MediaSource,
  OpaqueBlock,
  RefusalBlock,
  TextBlock,
} from "../../chat/block.ts";
import { readDataUrl } from "./data_url.ts";
import { checkTypes, defined, type FieldType, PROTOCOL, remember } from "./form.ts";

/** What a part can be. */
export type ContentBlock = TextBlock | RefusalBlock | ImageBlock | DocumentBlock | OpaqueBlock;

/** Who wrote some content: it says which parts may stand there and how text is called. */
export type Writer = "user" | "system" | "assistant" | "tool";

/** The block types that the canonical turn of a writer may hold; other parts stay opaque. */
interface BlockOf {
  user: TextBlock | ImageBlock | DocumentBlock | OpaqueBlock;
  tool: TextBlock | ImageBlock | DocumentBlock | OpaqueBlock;
  system: TextBlock | OpaqueBlock;
  assistant: TextBlock | RefusalBlock | ImageBlock | OpaqueBlock;
}

const ALLOWED: Readonly<Record<Writer, ReadonlySet<ContentBlock["type"]>>> = {
  user: new Set(["text", "image", "document", "opaque"] as const),
  tool: new Set(["text", "image", "document", "opaque"] as const),
  system: new Set(["text", "opaque"] as const),
  assistant: new Set(["text", "refusal", "image", "opaque"] as const),
};

/** How text is called in a writer's turn; another name is remembered. */
export const TEXT_TYPE: Readonly<Record<Writer, string>> = {
  user: "input_text",
  tool: "input_text",
  system: "input_text",
  assistant: "output_text",
};

type PartReader = (part: JsonObject, place: string, writer: Writer) => ContentBlock;

const PART_READERS: ReadonlyMap<string, PartReader> = new Map<string, PartReader>([
  ["input_text", readText],
  ["output_text", readText],
  // Chat's name for the same thing: clients that were ported half-way send it.
  ["text", readText],
  ["refusal", readRefusal],
  ["input_image", readImage],
  ["input_file", readFile],
]);

/** Reads `content` or `output` at `place`, which is a text or a list of parts. */
export function readContent<W extends Writer>(
  value: JsonValue | undefined,
  place: string,
  writer: W,
): { blocks: BlockOf[W][]; isText: boolean } {
  if (Array.isArray(value)) return { blocks: readParts(value, place, writer), isText: false };
  if (value === undefined || value === null) throw badRequest(place, "missing");
  if (typeof value !== "string") throw wrongType(place, "a string or an array", value);
  return { blocks: value === "" ? [] : [{ type: "text", text: value }], isText: true };
}

function readParts<W extends Writer>(
  parts: JsonValue[],
  place: string,
  writer: W,
): BlockOf[W][] {
  return parts.map((value, index) => {
    const partPlace = at(place, index);
    const part = asObject(value, partPlace);
    const type = requireString(part, "type", partPlace);
    const block = PART_READERS.get(type)?.(part, partPlace, writer) ?? opaque(part);
    return (ALLOWED[writer].has(block.type) ? block : opaque(part)) as BlockOf[W];
  });
}

/** Content that only this protocol understands. */
export function opaque(value: JsonObject): OpaqueBlock {
  return { type: "opaque", owner: PROTOCOL, value };
}

const TEXT_FIELDS = new Set(["type", "text"]);
const TEXT_TYPES: Record<string, FieldType> = { annotations: "array", logprobs: "array" };

function readText(part: JsonObject, place: string, writer: Writer): TextBlock {
  checkTypes(part, TEXT_TYPES, place);
  const text = requireString(part, "text", place);
  const form = part.type === TEXT_TYPE[writer] ? {} : { type: part.type };
  return { type: "text", text, ...remember(part, { known: TEXT_FIELDS }, form) };
}

const REFUSAL_FIELDS = new Set(["type", "refusal"]);

function readRefusal(part: JsonObject, place: string): RefusalBlock {
  const text = requireString(part, "refusal", place);
  return { type: "refusal", text, ...remember(part, { known: REFUSAL_FIELDS }) };
}

function readImage(part: JsonObject, place: string): ImageBlock {
  const url = readString(part, "image_url", place);
  const id = readString(part, "file_id", place);
  const detail = readString(part, "detail", place);
  // A part should name one place; of several the first counts, and the others are extras.
  const known = new Set(["type", "detail", url === undefined ? "file_id" : "image_url"]);
  return {
    type: "image",
    source: mediaSource({ url, id }) ?? missing(place, "image_url or file_id"),
    ...defined({ detail }),
    ...remember(part, { known }),
  };
}

function readFile(part: JsonObject, place: string): DocumentBlock {
  const data = readString(part, "file_data", place);
  const url = readString(part, "file_url", place);
  const id = readString(part, "file_id", place);
  const name = readString(part, "filename", place);
  checkTypes(part, { detail: "string" }, place);
  const used = data !== undefined ? "file_data" : url !== undefined ? "file_url" : "file_id";
  const source = data !== undefined ? bytesSource(data, name) : mediaSource({ url, id });
  // Bare base64 is taken as well as a data URL; which it was must be known to write it again.
  const isBare = data !== undefined && !data.startsWith("data:");
  return {
    type: "document",
    source: source ?? missing(place, "file_data, file_url or file_id"),
    ...defined({ name }),
    ...remember(
      part,
      { known: new Set(["type", "filename", used]) },
      isBare ? { isBare } : undefined,
    ),
  };
}

function mediaSource(
  { url, id }: { url: string | undefined; id: string | undefined },
): MediaSource | undefined {
  if (url !== undefined) {
    const bytes = readDataUrl(url);
    return bytes ? { kind: "base64", ...bytes } : { kind: "url", url };
  }
  return id === undefined ? undefined : { kind: "file", id };
}

const MEDIA_TYPE_OF_ENDING: ReadonlyMap<string, string> = new Map([
  ["txt", "text/plain"],
  ["md", "text/markdown"],
  ["csv", "text/csv"],
  ["html", "text/html"],
  ["json", "application/json"],
]);

function bytesSource(data: string, name: string | undefined): MediaSource {
  if (data.startsWith("data:")) return mediaSource({ url: data, id: undefined }) as MediaSource;
  const ending = name?.slice(name.lastIndexOf(".") + 1).toLowerCase() ?? "";
  const mediaType = MEDIA_TYPE_OF_ENDING.get(ending) ?? "application/pdf";
  return { kind: "base64", mediaType, data };
}

function missing(place: string, what: string): never {
  throw badRequest(place, `expected ${what}`);
}
