/**
 * What a stub was asked, in order: for the tests of whoever asked.
 *
 * @module
 */
import { isObject, type JsonValue } from "../base/json.ts";
import { repeatableText } from "./repeatable_text.ts";

/** One request. */
export interface LoggedRequest {
  /** From 1, in the order in which they came. */
  number: number;
  method: string;
  /** With its query. */
  path: string;
  /** Those that tell something about the request, and no credentials. */
  headers: Record<string, string>;
  /** The body: parsed where it is JSON, else as text. */
  body?: JsonValue;
  /** The rule that answered; absent: the stub by itself. */
  rule?: string;
  /** The fault that befell it. */
  fault?: string;
}

/** Headers that are logged; all others stay out, so that no key is ever in a log. */
const NAMES: ReadonlySet<string> = new Set([
  "accept",
  "anthropic-beta",
  "anthropic-version",
  "content-type",
  "idempotency-key",
  "openai-beta",
  "session_id",
  "user-agent",
  "x-app",
  "x-claude-code-session-id",
  "x-session-id",
  "x-stainless-retry-count",
]);

const MAX_REQUESTS = 1_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** The latest requests. */
export class RequestLog {
  #requests: { request: LoggedRequest; size: number }[] = [];
  #bytes = 0;
  #count = 0;

  /** How many were noted since the last clearing, those that fell out included. */
  get count(): number {
    return this.#count;
  }

  /** Those that are still here. */
  get requests(): LoggedRequest[] {
    return this.#requests.map(({ request }) => request);
  }

  /**
   * Notes a request.
   *
   * @param size The bytes of its body.
   */
  add(request: Omit<LoggedRequest, "number">, size: number): LoggedRequest {
    const noted = { number: ++this.#count, ...request };
    this.#requests.push({ request: noted, size });
    this.#bytes += size;
    while (this.#requests.length > MAX_REQUESTS || this.#bytes > MAX_BYTES) {
      const oldest = this.#requests.shift();
      if (oldest === undefined) break;
      this.#bytes -= oldest.size;
    }
    return noted;
  }

  /** Forgets everything. */
  clear(): void {
    this.#requests = [];
    this.#bytes = 0;
    this.#count = 0;
  }

  /** One line of JSON per request, the same whenever the same was asked. */
  text(): string {
    const lines = this.requests.map(({ body, ...request }) =>
      `${JSON.stringify(body === undefined ? request : { ...request, body: inOrder(body) })}\n`
    );
    return repeatableText(lines.join(""));
  }
}

/** The headers that are logged, in the order of their names. */
export function loggedHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => NAMES.has(name)).sort());
}

/** The same value with its keys in order: some clients write theirs in a new one every time. */
function inOrder(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, inOrder(value[key] ?? null)]));
}
