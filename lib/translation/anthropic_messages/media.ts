/**
 * Images and documents of other protocols as Messages blocks.
 *
 * @module
 */
import { GatewayError } from "../../base/error.ts";
import type { JsonObject } from "../../base/json.ts";
import type { DocumentBlock, ImageBlock, MediaSource } from "../../chat/block.ts";
import { mediaSourceWire } from "./native_request.ts";

/**
 * Writes an image.
 *
 * @param vision Whether the upstream can read images.
 * @returns `undefined` for an image that only the source's own servers hold.
 * @throws {GatewayError} `invalid_request` with the code `vision_unsupported`: another upstream may
 *   be able to read it.
 */
export function imageWire(image: ImageBlock, vision: boolean): JsonObject | undefined {
  if (!vision) {
    throw new GatewayError("invalid_request", "The model cannot read images", {
      code: "vision_unsupported",
    });
  }
  const source = withoutDataUrl(image.source);
  if (source === undefined || source.kind === "file") return undefined;
  return { type: "image", source: mediaSourceWire(source) };
}

/**
 * Writes a document: a PDF as it is, text as text.
 *
 * @returns `undefined` for what the API takes in no form.
 */
export function documentWire(document: DocumentBlock): JsonObject | undefined {
  const source = documentSource(document.source);
  if (source === undefined) return undefined;
  return {
    type: "document",
    source,
    ...(document.name !== undefined && { title: document.name }),
  };
}

function documentSource(given: DocumentBlock["source"]): JsonObject | undefined {
  if (given.kind === "text") return textSource(given.text);
  const source = withoutDataUrl(given);
  if (source === undefined || source.kind === "file") return undefined;
  if (source.kind === "url" || source.mediaType === "application/pdf") {
    return mediaSourceWire(source);
  }
  const text = isText(source.mediaType) ? decodeText(source.data) : undefined;
  return text === undefined ? undefined : textSource(text);
}

function textSource(data: string): JsonObject {
  return { type: "text", media_type: "text/plain", data };
}

function isText(mediaType: string): boolean {
  return mediaType.startsWith("text/") || mediaType === "application/json";
}

function decodeText(base64: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.fromBase64(base64));
  } catch {
    // Not base64, or not UTF-8: then it is no text that could be sent.
    return undefined;
  }
}

/** Other protocols put bytes into a URL; here they have a form of their own. */
function withoutDataUrl(source: MediaSource): MediaSource | undefined {
  if (source.kind === "base64") return { ...source, mediaType: mediaTypeName(source.mediaType) };
  if (source.kind !== "url" || !source.url.startsWith("data:")) return source;
  const comma = source.url.indexOf(",");
  const [mediaType = "", ...parameters] = source.url.slice("data:".length, comma).split(";");
  if (comma < 0 || !parameters.includes("base64")) return undefined;
  const data = source.url.slice(comma + 1);
  return { kind: "base64", mediaType: mediaTypeName(mediaType), data };
}

/** The API knows one spelling each; clients write both. */
function mediaTypeName(mediaType: string): string {
  const [name = ""] = mediaType.toLowerCase().split(";");
  return name === "image/jpg" ? "image/jpeg" : name;
}
