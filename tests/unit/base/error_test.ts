/** Kinds of failures and their statuses, both ways. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  badRequest,
  type ErrorKind,
  GatewayError,
  kindOfStatus,
  STATUS_OF_KIND,
} from "../../../lib/base/error.ts";

const kinds: { status: number; kind: ErrorKind }[] = [
  { status: 400, kind: "invalid_request" },
  { status: 401, kind: "authentication" },
  { status: 402, kind: "billing" },
  { status: 403, kind: "permission" },
  { status: 404, kind: "not_found" },
  { status: 405, kind: "method_not_allowed" },
  { status: 409, kind: "conflict" },
  { status: 413, kind: "too_large" },
  { status: 415, kind: "unsupported_media_type" },
  { status: 422, kind: "unprocessable" },
  { status: 429, kind: "rate_limit" },
  { status: 500, kind: "internal" },
  { status: 502, kind: "upstream" },
  { status: 503, kind: "unavailable" },
  { status: 504, kind: "timeout" },
  { status: 529, kind: "overloaded" },
  { status: 418, kind: "invalid_request" },
  { status: 499, kind: "invalid_request" },
  { status: 520, kind: "upstream" },
  { status: 599, kind: "upstream" },
];

describe("kindOfStatus()", () => {
  for (const { status, kind } of kinds) {
    it(`reads ${status} as ${kind}`, () => assertEquals(kindOfStatus(status), kind));
  }

  it("gives back the kind of every kind's own status", () => {
    for (const [kind, status] of Object.entries(STATUS_OF_KIND)) {
      assertEquals(kindOfStatus(status), kind as ErrorKind);
    }
  });
});

describe("GatewayError", () => {
  it("has the usual status of its kind", () => {
    assertEquals(new GatewayError("rate_limit", "Too much").status, 429);
  });

  it("carries a status of its own, a code, a place, details and a cause", () => {
    const cause = new Error("underneath");
    const options = { status: 408, code: "slow", param: "messages", details: { a: 1 }, cause };
    const error = new GatewayError("invalid_request", "Too slow", options);
    const { status, code, param, details } = error;
    assertEquals({ status, code, param, details, cause: error.cause }, options);
  });

  it("has no cause when none was given", () => {
    assert(!("cause" in new GatewayError("internal", "Failed")));
  });
});

describe("badRequest()", () => {
  it("makes a 400 that names the place", () => {
    const { kind, status, message, param } = badRequest("messages[0]", "missing");
    assertEquals({ kind, status, message, param }, {
      kind: "invalid_request",
      status: 400,
      message: "messages[0]: missing",
      param: "messages[0]",
    });
  });
});
