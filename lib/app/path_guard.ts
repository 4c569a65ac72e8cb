/**
 * Keeps a client's path inside the endpoint that it names.
 *
 * @module
 */
import { badRequest } from "../base/error.ts";

/** Decoding more often than this finds nothing that a server would. */
const MAX_DECODINGS = 8;

/**
 * Refuses a path with a segment that some server could read as a way out: `.` or `..` in any
 * encoding, a hidden separator, a control character.
 *
 * @throws {GatewayError} `invalid_request`.
 */
export function checkPath(path: string): void {
  for (const segment of path.split("/")) {
    if (isDangerous(segment)) {
      throw badRequest("path", "a segment is a relative or hidden path, which is not passed on");
    }
  }
}

function isDangerous(segment: string): boolean {
  let decoded = segment;
  for (let round = 0; round < MAX_DECODINGS; round++) {
    if (isRelative(decoded) || (round > 0 && decoded.includes("/"))) return true;
    const next = round === 0 ? decodeOnce(decoded) : decodeOnce(withLonePercents(decoded));
    if (next === undefined) return true;
    if (next === decoded) return false;
    decoded = next;
  }
  return true;
}

/** A `%` that was itself encoded, as in `100%25`, and now begins nothing stands for itself. */
function withLonePercents(text: string): string {
  return text.replace(/%(?![0-9a-f]{2})/gi, "%25");
}

function isRelative(segment: string): boolean {
  return segment === "." || segment === ".." || segment.startsWith("..;") ||
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    /[\\\u0000-\u001f\u007f-\u009f]/.test(segment);
}

/** `undefined` for an encoding that is broken, which servers read each in their own way. */
function decodeOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
