/**
 * Requests of clients: valid ones, and what is left of them after something went wrong.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../../lib/base/json.ts";
import { CHAT_ENDPOINT } from "../../lib/base/protocol.ts";
import { REQUESTS } from "../properties/corpus.ts";
import { mutatedBytes, mutatedJson, oddValue } from "../properties/mutate.ts";
import type { Random } from "../properties/random.ts";

/** What the gateway under test takes as a client's key; no answer may hold it. */
export const CLIENT_KEY = "fuzz-client-key-0001";

/** Upstreams that break their answers without taking their time, each served as a model. */
export const BROKEN_STUBS: readonly string[] = [
  "html",
  "empty",
  "no-content",
  "truncated-json",
  "malformed-chunk",
  "error-event",
  "done-only",
  "end-early",
  "no-finish",
  "bad-utf8",
  "json-for-stream",
  "context-overflow",
  "unauthorized",
];

/** The gateway's own models, and names that are none. */
const MODELS = [
  "answers",
  "answers",
  "answers",
  "anthropic",
  "responses",
  "auto",
  "AUTO",
  "flaky",
  "fails",
  "any other",
  "",
  " ",
  "__proto__",
  "m\u0000\u001b[31m",
  "m".repeat(5_000),
];

const PATHS = [
  "/v1/chat/completions",
  "/v1/responses",
  "/v1/messages",
  "/anthropic/v1/messages",
  "/anthropic/messages",
  "/v1/messages/count_tokens",
  "/v1/models",
  "/anthropic/v1/models",
  "/v1/models/answers",
  "/v1/embeddings",
  "/v1/files/file-1/content",
  "/v1/images/generations",
  "/health",
  "/metrics",
  "/gateway/status",
  "/",
  "/anthropic",
  "/v1",
  "/favicon.ico",
];
const SEGMENTS = [
  "/..",
  "/.",
  "/%2e%2e",
  "/%252e",
  "/..;a",
  "/%00",
  "/%2f",
  "/\\",
  "//",
  "/%",
  "/%ff",
  "/你",
  "/__proto__",
  "/x".repeat(300),
  "/",
];
const QUERIES = [
  "?",
  "?format=json",
  "?format=x&format",
  "?a=%zz&b",
  "?beta=true",
  "?limit=-1",
  "?#x",
];
const METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "post", "X"];
const HOSTS = [
  "127.0.0.1:8787",
  "127.0.0.1:8787",
  "localhost",
  "[::1]:8787",
  "evil.example",
  "a.localhost",
];
const TYPES = [
  "text/plain",
  "application/json; charset=utf-16",
  "application/vnd.api+json",
  "APPLICATION/JSON",
  "multipart/form-data; boundary=x",
  "multipart/form-data",
  "application/x-www-form-urlencoded",
  "",
  "json",
];
const HEADERS: readonly [name: string, values: readonly string[]][] = [
  ["accept", ["text/html", "text/event-stream", "*/*", "application/json;q=0"]],
  ["anthropic-version", ["2023-06-01", "x"]],
  ["anthropic-beta", ["a,b,,c", "x".repeat(4_000)]],
  ["content-encoding", ["gzip", "identity", "br", "x, y"]],
  ["content-length", ["0", "99999999999", "-1", "x"]],
  ["origin", ["null", "https://evil.example", "http://127.0.0.1:8787", "%"]],
  ["sec-fetch-site", ["cross-site", "same-origin", "x"]],
  ["host", ["evil.example", "127.0.0.1", "", "a b", "[::1"]],
  ["x-gateway-strict", ["1", "0"]],
  ["x-claude-code-session-id", ["s1", "s2", "x".repeat(9_000)]],
  ["session_id", ["s1", "__proto__"]],
  ["accept-encoding", ["gzip", "*"]],
  ["cookie", ["a=b"]],
  ["range", ["bytes=0-1"]],
  ["expect", ["100-continue"]],
  ["authorization", ["Bearer wrong-key-0001", "Basic eDp5", "Bearer ", "x"]],
];

/** A request, and the protocol in whose shape its errors are due. */
export interface MadeRequest {
  request: Request;
  isAnthropic: boolean;
}

/** A request; `undefined` when no client could even make it. */
export function madeRequest(random: Random): MadeRequest | undefined {
  const sample = random.pick(REQUESTS);
  const isPlain = random.oneIn(3);
  const path = isPlain
    ? `/v1${CHAT_ENDPOINT[sample.codec.protocol]}`
    : pathOf(random, `/v1${CHAT_ENDPOINT[sample.codec.protocol]}`);
  const method = isPlain || !random.oneIn(6) ? "POST" : random.pick(METHODS);
  const body = method === "GET" || method === "HEAD" ? null : bodyOf(sample.content, random);
  try {
    const url = `http://${random.oneIn(8) ? random.pick(HOSTS) : HOSTS[0]}${path}`;
    const request = new Request(url, {
      method,
      headers: headersOf(random),
      body: body !== null && random.oneIn(10) ? streamOf(body, random) : body,
      ...(random.oneIn(60) ? { signal: AbortSignal.abort() } : {}),
    });
    return { request, isAnthropic: isAnthropic(new URL(request.url).pathname) };
  } catch {
    return undefined;
  }
}

function isAnthropic(path: string): boolean {
  return path === "/anthropic" || path.startsWith("/anthropic/") ||
    path.startsWith("/v1/messages");
}

function pathOf(random: Random, usual: string): string {
  let path = random.oneIn(2) ? usual : random.pick(PATHS);
  while (random.oneIn(3)) path += random.pick(SEGMENTS);
  return random.oneIn(4) ? path + random.pick(QUERIES) : path;
}

function headersOf(random: Random): Headers {
  const headers = new Headers({ "content-type": "application/json", "x-api-key": CLIENT_KEY });
  if (random.oneIn(20)) headers.delete("x-api-key");
  if (random.oneIn(10)) headers.set("content-type", random.pick(TYPES));
  while (random.oneIn(4)) {
    const [name, values] = random.pick(HEADERS);
    headers.set(name, random.pick(values));
  }
  return headers;
}

function bodyOf(content: JsonObject, random: Random): Uint8Array<ArrayBuffer> {
  const named = { ...content, model: modelOf(random) };
  let value: JsonValue = random.oneIn(2) ? { ...named, stream: random.oneIn(2) } : named;
  while (random.oneIn(2)) value = mutatedJson(value, random);
  if (random.oneIn(40)) value = nested(1 + random.below(random.pick([10, 3_000])), random);
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return random.oneIn(6) ? Uint8Array.from(mutatedBytes(bytes, random)) : bytes;
}

function modelOf(random: Random): string {
  if (random.oneIn(20)) return random.pick(BROKEN_STUBS);
  return random.oneIn(4) ? random.pick(MODELS) : "answers";
}

/** Lists within lists, where something else was expected. */
function nested(depth: number, random: Random): JsonValue {
  let value: JsonValue = oddValue(random);
  for (let level = 0; level < depth; level++) value = [value];
  const messages = [{ role: "user", content: value }];
  return { model: "answers", messages, input: messages, max_tokens: 9 };
}

function streamOf(bytes: Uint8Array, random: Random): ReadableStream<Uint8Array> {
  const pieces = random.cut(bytes);
  const breaks = random.oneIn(8);
  return new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece) controller.enqueue(piece);
      else if (breaks) controller.error(new Error("Broken off on purpose"));
      else controller.close();
    },
  });
}
