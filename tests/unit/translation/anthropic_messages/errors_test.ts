import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type ErrorKind, GatewayError, STATUS_OF_KIND } from "../../../../lib/base/error.ts";
import type { JsonObject, JsonValue } from "../../../../lib/base/json.ts";
import { decodeError, encodeError } from "../../../../lib/translation/anthropic_messages/errors.ts";

const TYPES: readonly (readonly [ErrorKind, string])[] = [
  ["invalid_request", "invalid_request_error"],
  ["authentication", "authentication_error"],
  ["billing", "billing_error"],
  ["permission", "permission_error"],
  ["not_found", "not_found_error"],
  ["method_not_allowed", "invalid_request_error"],
  ["conflict", "conflict_error"],
  ["too_large", "request_too_large"],
  ["unsupported_media_type", "invalid_request_error"],
  ["unprocessable", "invalid_request_error"],
  ["rate_limit", "rate_limit_error"],
  ["internal", "api_error"],
  ["upstream", "api_error"],
  ["unavailable", "api_error"],
  ["timeout", "timeout_error"],
  ["overloaded", "overloaded_error"],
];

describe("encodeError()", () => {
  for (const [kind, type] of TYPES) {
    it(`says ${kind} as ${type}, which reads the same with its status`, () => {
      const body = encodeError(new GatewayError(kind, "Nothing works"), "req_1");
      assertEquals(body, {
        type: "error",
        error: { type, message: "Nothing works" },
        request_id: "req_1",
      });
      assertEquals(decodeError(STATUS_OF_KIND[kind], body).kind, kind);
    });
  }

  it("shows details, which clients branch on", () => {
    const details = { error_code: "thread_unsupported_request", unsupported: ["thread"] };
    const error = new GatewayError("invalid_request", "No threads", { details });
    assertEquals((encodeError(error, "r").error as JsonObject).details, details);
  });

  it("says that a prompt is too long in the words that agents look for", () => {
    const said = (message: string, code?: string) => {
      const options = code === undefined ? {} : { code };
      return encodeError(new GatewayError("invalid_request", message, options), "r").error;
    };
    assertEquals(
      said(
        "This model's maximum context length is 100 tokens. However, your messages resulted in 120 tokens.",
      ),
      { type: "invalid_request_error", message: "prompt is too long: 120 tokens > 100 maximum" },
    );
    assertEquals(said("Zu lang", "context_length_exceeded"), {
      type: "invalid_request_error",
      message: "prompt is too long: Zu lang",
    });
  });
});

describe("decodeError()", () => {
  const bodies: readonly (readonly [string, number, JsonValue | undefined, JsonObject])[] = [
    [
      "Anthropic's own shape",
      404,
      { type: "error", error: { type: "not_found_error", message: "model: x" }, request_id: "r" },
      { kind: "not_found", status: 404, message: "model: x", code: "not_found_error" },
    ],
    [
      "a code in the details",
      400,
      { error: { type: "invalid_request_error", message: "m", details: { error_code: "c" } } },
      { kind: "invalid_request", status: 400, message: "m", code: "c" },
    ],
    [
      "an error inside a success",
      200,
      { type: "error", error: { type: "rate_limit_error", message: "m" } },
      { kind: "rate_limit", status: 429, message: "m", code: "rate_limit_error" },
    ],
    [
      "an error of an unknown type inside a success",
      200,
      { error: { type: "odd", message: "m" } },
      { kind: "upstream", status: 502, message: "m", code: "odd" },
    ],
    ["another vendor's shape", 422, { detail: "m" }, {
      kind: "unprocessable",
      status: 422,
      message: "m",
    }],
    ["an error that is text", 500, { error: "m" }, {
      kind: "internal",
      status: 500,
      message: "m",
    }],
    ["a list of one", 400, [{ error: { message: "m", param: "p", code: 7 } }], {
      kind: "invalid_request",
      status: 400,
      message: "m",
      code: "7",
      param: "p",
    }],
    ["text", 503, "m", { kind: "unavailable", status: 503, message: "m" }],
    ["nothing", 529, undefined, {
      kind: "overloaded",
      status: 529,
      message: "The upstream answered 529 without a message",
    }],
    [
      "an empty account, which Anthropic calls a bad request",
      400,
      {
        error: {
          type: "invalid_request_error",
          message: "Your credit balance is too low to access the API.",
        },
      },
      {
        kind: "billing",
        status: 400,
        message: "Your credit balance is too low to access the API.",
        code: "invalid_request_error",
      },
    ],
  ];
  for (const [name, status, body, fault] of bodies) {
    it(`reads ${name}`, () => assertEquals(decodeError(status, body) as unknown, fault));
  }
});
