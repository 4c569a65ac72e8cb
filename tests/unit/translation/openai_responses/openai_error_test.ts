import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type ErrorKind, GatewayError } from "../../../../lib/base/error.ts";
import type { JsonObject, JsonValue } from "../../../../lib/base/json.ts";
import { decodeOpenAiError, encodeOpenAiError } from "../../../../lib/translation/openai_error.ts";

function encode(error: GatewayError): JsonObject {
  return encodeOpenAiError(error).error as JsonObject;
}

const WORDS: [kind: ErrorKind, type: string, code: string | null][] = [
  ["invalid_request", "invalid_request_error", null],
  ["authentication", "authentication_error", "invalid_api_key"],
  ["billing", "insufficient_quota", "insufficient_quota"],
  ["permission", "permission_error", null],
  ["not_found", "not_found_error", null],
  ["too_large", "invalid_request_error", "request_too_large"],
  ["unprocessable", "invalid_request_error", null],
  ["rate_limit", "rate_limit_error", "rate_limit_exceeded"],
  ["upstream", "server_error", "server_error"],
  ["overloaded", "server_error", "server_is_overloaded"],
];

describe("encodeOpenAiError()", () => {
  for (const [kind, type, code] of WORDS) {
    it(`calls ${kind} ${type} with code ${code}`, () => {
      assertEquals(encode(new GatewayError(kind, "m")), { message: "m", type, code, param: null });
    });
  }

  it("keeps the code, place and details that an error brings", () => {
    const error = new GatewayError("not_found", "m", {
      code: "model_not_found",
      param: "model",
      details: { near: ["a"] },
    });
    assertEquals(encode(error), {
      message: "m",
      type: "not_found_error",
      code: "model_not_found",
      param: "model",
      details: { near: ["a"] },
    });
  });

  it("gives an overflow of any vendor the code that agents know", () => {
    const error = new GatewayError("invalid_request", "prompt is too long: 9 tokens > 8 maximum");
    assertEquals(encode(error).code, "context_length_exceeded");
  });
});

type Found = [message: string, code?: string | undefined, param?: string | undefined];

const BODIES: [what: string, body: JsonValue | undefined, found: Found][] = [
  [
    "an error object",
    { error: { message: "m", type: "invalid_request_error", code: "c", param: "p" } },
    ["m", "c", "p"],
  ],
  ["an error that is a text", { error: "m" }, ["m"]],
  ["a text beside an error's name", { error: "Bad Request", message: "m" }, ["Bad Request: m"]],
  ["a bare message", { message: "m", code: "c" }, ["m", "c"]],
  ["a bare text", "m", ["m"]],
  ["a detail", { detail: "m" }, ["m"]],
  ["a list of details", { detail: [{ loc: ["body"], msg: "m" }] }, ["m"]],
  ["a list of errors", { errors: [{ message: "m" }] }, ["m"]],
  [
    "a list with an error in it",
    [{ error: { code: 429, message: "m", status: "RESOURCE_EXHAUSTED" } }],
    ["m", "RESOURCE_EXHAUSTED"],
  ],
  [
    "the error of a provider behind an aggregator",
    {
      error: {
        message: "Provider returned error",
        code: 400,
        metadata: { raw: '{"error":{"message":"m","param":"p"}}', provider_name: "x" },
      },
    },
    ["Provider returned error: m", undefined, "p"],
  ],
  [
    "the text of a provider behind an aggregator",
    { error: { message: "Provider returned error", metadata: { raw: "m" } } },
    ["Provider returned error: m"],
  ],
  ["a type that is a code", { error: { message: "m", type: "insufficient_quota" } }, [
    "m",
    "insufficient_quota",
  ]],
  ["no JSON", undefined, ["The upstream answered with status 418 and no message"]],
  ["nothing", {}, ["The upstream answered with status 418 and no message"]],
  ["an error that says nothing", { error: {} }, [
    "The upstream answered with status 418 and no message",
  ]],
  ["odd types", { error: { message: 5, code: { toString: 1 }, param: [] } }, [
    "The upstream answered with status 418 and no message",
  ]],
];

const STATUSES: [status: number, body: JsonValue, expected: number][] = [
  [503, { error: { code: 429, message: "m" } }, 503],
  [200, { error: { code: 429, message: "m" } }, 429],
  [200, { error: { code: "502", message: "m" } }, 502],
  [200, { error: { type: "overloaded_error", message: "m" } }, 529],
  [200, { error: { code: "insufficient_quota", message: "m" } }, 402],
  [200, { error: { status: "UNAVAILABLE", message: "m" } }, 503],
  [200, { error: { message: "m" } }, 502],
  [200, { error: { code: 200, message: "m" } }, 502],
];

describe("decodeOpenAiError()", () => {
  for (const [what, body, [message, code, param]] of BODIES) {
    it(`reads ${what}`, () => {
      const fault = decodeOpenAiError(418, body);
      assertEquals([fault.message, fault.code, fault.param], [message, code, param]);
      assertEquals([fault.kind, fault.status], ["invalid_request", 418]);
    });
  }

  for (const [status, body, expected] of STATUSES) {
    it(`reads status ${status} with ${JSON.stringify(body)} as ${expected}`, () => {
      assertEquals(decodeOpenAiError(status, body).status, expected);
    });
  }

  it("reads an error that is wrapped deeper than any server does without a fault", () => {
    let body: JsonValue = "m";
    for (let depth = 0; depth < 50_000; depth++) body = { error: body };
    assertEquals(decodeOpenAiError(500, body).kind, "internal");
  });
});
