/**
 * Reads a client's body, once and bounded.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { GatewayError } from "../base/error.ts";
import { joinBytes } from "../base/exchange.ts";
import { isDeeperValue, isObject, type JsonObject, parseJson, typeName } from "../base/json.ts";
import { isDeeperThan } from "../base/json_bytes.ts";
import type { Config } from "../config/config.ts";

/** How long a body may be and take, and how deep it may be. */
export interface BodyLimits {
  clock: Clock;
  config: Pick<Config, "limits" | "timeouts">;
}

const MIB = 1024 * 1024;

const decoder = new TextDecoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true });
/** What a decoder writes for bytes that are no character. */
const REPLACEMENT = "\uFFFD";

/**
 * The bytes of a request's body.
 *
 * @throws {GatewayError} `too_large`, from the header alone where it says so; `invalid_request`
 * when it is JSON and too deep, and with status 408 when it takes too long;
 * `unsupported_media_type` when it is compressed.
 */
export async function readBody(
  request: Request,
  limits: BodyLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readBytes(request, limits);
  if (isJson(request)) checkDepth(bytes, limits);
  return bytes;
}

/** A body and what it says. */
export interface JsonBody {
  bytes: Uint8Array<ArrayBuffer>;
  body: JsonObject;
}

/** Up to this size, reading JSON costs less than looking for its depth before, however deep it is. */
const MAX_UNSCANNED_BYTES = 256 * 1024;

/**
 * A body that must be a JSON object.
 *
 * @throws {GatewayError} As {@linkcode readBody} and {@linkcode jsonObject} do.
 */
export async function readJsonBody(request: Request, limits: BodyLimits): Promise<JsonBody> {
  const bytes = await readBytes(request, limits);
  const isScanned = bytes.length > MAX_UNSCANNED_BYTES;
  if (isScanned) checkDepth(bytes, limits);
  const body = jsonObject(bytes);
  const { depth } = limits.config.limits;
  if (!isScanned && isDeeperValue(body, depth)) throw tooDeep(depth);
  return { bytes, body };
}

function checkDepth(bytes: Uint8Array, { config: { limits: { depth } } }: BodyLimits): void {
  if (isDeeperThan(bytes, depth)) throw tooDeep(depth);
}

async function readBytes(
  request: Request,
  { clock, config: { limits, timeouts } }: BodyLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const encoding = request.headers.get("content-encoding");
  if (encoding && encoding.toLowerCase() !== "identity") {
    throw new GatewayError("unsupported_media_type", "Send the body uncompressed");
  }
  const length = request.headers.get("content-length");
  if (Number(length ?? 0) > limits.bodyBytes) throw tooLarge(limits.bodyBytes);
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const cancelTimer = clock.after(timeouts.bodyMs, () => reject(tooSlow()));
  try {
    // The server holds a client to the length that it declared, so the whole is bounded.
    const whole = length === null ? readAll(request, limits.bodyBytes) : readKnown(request);
    return await Promise.race([whole, timeout]);
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError("invalid_request", "The request body broke off", { cause });
  } finally {
    cancelTimer();
  }
}

async function readKnown(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await request.arrayBuffer());
}

/** Reads a body of unknown length, up to the limit. */
async function readAll(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const piece of request.body ?? []) {
    length += piece.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    pieces.push(piece as Uint8Array<ArrayBuffer>);
  }
  return joinBytes(pieces);
}

function tooLarge(maxBytes: number): GatewayError {
  const limit = maxBytes % MIB === 0 ? `${maxBytes / MIB} MiB` : `${maxBytes} bytes`;
  return new GatewayError("too_large", `The request body is larger than ${limit}`);
}

function tooDeep(depth: number): GatewayError {
  return new GatewayError(
    "invalid_request",
    `The request body is nested more than ${depth} levels deep`,
  );
}

function tooSlow(): GatewayError {
  return new GatewayError("invalid_request", "The request body came too slowly", { status: 408 });
}

/** Whether a request says that its body is JSON. */
export function isJson(request: Request): boolean {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  return type === "application/json" || (type.startsWith("application/") && type.endsWith("+json"));
}

/**
 * A body as a JSON object.
 *
 * @throws {GatewayError} `invalid_request` when it is something else.
 */
export function jsonObject(bytes: Uint8Array): JsonObject {
  const body = parseJson(textOf(bytes));
  if (isObject(body)) return body;
  const problem = body === undefined ? "it is not JSON" : `it is ${typeName(body)}`;
  throw new GatewayError("invalid_request", `The request body must be a JSON object: ${problem}`);
}

function textOf(bytes: Uint8Array): string {
  // The strict decoder takes ten times as long, and there is nothing for it to find where nothing
  // was replaced.
  const text = decoder.decode(bytes);
  if (!text.includes(REPLACEMENT)) return text;
  try {
    return strictDecoder.decode(bytes);
  } catch (cause) {
    throw new GatewayError("invalid_request", "The request body is not UTF-8", { cause });
  }
}
