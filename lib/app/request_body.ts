/**
 * Reads a client's body, once and bounded.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { GatewayError } from "../base/error.ts";
import { joinBytes } from "../base/exchange.ts";
import { isDeeperValue } from "../base/json.ts";
import { JsonBody, jsonObject } from "../base/json_body.ts";
import { isDeeperThan } from "../base/json_bytes.ts";
import { outlineOf } from "../base/json_outline.ts";
import type { Config } from "../config/config.ts";
import { SEAL_MARK } from "../translation/sealed_state.ts";

/** How long a body may be and take, and how deep it may be. */
export interface BodyLimits {
  clock: Clock;
  config: Pick<Config, "limits" | "timeouts">;
}

const MIB = 1024 * 1024;

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

/** Up to this size, reading JSON costs less than looking for its depth before, however deep it is. */
const MAX_UNSCANNED_BYTES = 256 * 1024;
/** From this size on, a body is read only when somebody asks what it says. */
const MIN_OUTLINED_BYTES = 32 * 1024;

/**
 * A body that must be a JSON object.
 *
 * @throws {GatewayError} As {@linkcode readBody} and {@linkcode jsonObject} do.
 */
export async function readJsonBody(request: Request, limits: BodyLimits): Promise<JsonBody> {
  const bytes = await readBytes(request, limits);
  const { depth } = limits.config.limits;
  if (bytes.length >= MIN_OUTLINED_BYTES) {
    const outline = outlineOf(bytes, { maxDepth: depth, mark: SEAL_MARK });
    if (outline) return new JsonBody(bytes, { outline });
  }
  const isScanned = bytes.length > MAX_UNSCANNED_BYTES;
  if (isScanned) checkDepth(bytes, limits);
  const value = jsonObject(bytes);
  if (!isScanned && isDeeperValue(value, depth)) throw tooDeep(depth);
  return new JsonBody(bytes, { value });
}

function checkDepth(bytes: Uint8Array, { config: { limits: { depth } } }: BodyLimits): void {
  if (isDeeperThan(bytes, depth)) throw tooDeep(depth);
}

function readBytes(
  request: Request,
  { clock, config: { limits, timeouts } }: BodyLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const encoding = request.headers.get("content-encoding");
  if (encoding && encoding.toLowerCase() !== "identity") {
    throw new GatewayError("unsupported_media_type", "Send the body uncompressed");
  }
  return new Promise((resolve, reject) => {
    const whole = readWithin(request, limits.bodyBytes);
    const cancelTimer = clock.after(timeouts.bodyMs, () => reject(tooSlow()));
    // Who comes second is not heard: cheaper than a race, which costs two more promises.
    whole.then((bytes) => {
      cancelTimer();
      resolve(bytes);
    }, (cause) => {
      cancelTimer();
      reject(cause instanceof GatewayError ? cause : brokenOff(cause));
    });
  });
}

/** Reads in the way that costs least for what the header says of the length. */
function readWithin(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const header = request.headers.get("content-length");
  if (header === null) return readAll(request, maxBytes);
  // The server holds a client to the length that it declared, so the whole is bounded.
  const length = Number(header);
  if (length > maxBytes) throw tooLarge(maxBytes);
  if (length <= WINDOW_BYTES) return request.bytes();
  return length <= MAX_RESERVED_BYTES ? readKnown(request, length) : readAll(request, maxBytes);
}

/** Memory for longer ones is taken as they come: to declare a length costs a client nothing. */
const MAX_RESERVED_BYTES = 8 * MIB;
/**
 * How much is read at once. The server keeps a buffer of that size for each connection until the
 * answer is over, and of more than twice the body where a body is read in one call.
 */
const WINDOW_BYTES = 128 * 1024;

/** Reads a body of a known length, window by window. */
async function readKnown(request: Request, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const reader = request.body!.getReader({ mode: "byob" });
  let whole = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const { value, done } = await reader.read(whole.subarray(at, at + WINDOW_BYTES));
    if (done) return whole.subarray(0, at);
    whole = new Uint8Array(value.buffer);
    at += value.length;
  }
  // Until the end has been read, the server takes the body for unread.
  await reader.cancel();
  return whole;
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

function brokenOff(cause: unknown): GatewayError {
  return new GatewayError("invalid_request", "The request body broke off", { cause });
}

/** `application/json`, and all that is written in JSON (RFC 6839, section 3.1). */
const JSON_TYPE = /^\s*application\/([^;]*\+)?json\s*(;|$)/i;

/** Whether a request says that its body is JSON. */
export function isJson(request: Request): boolean {
  return JSON_TYPE.test(request.headers.get("content-type") ?? "");
}
