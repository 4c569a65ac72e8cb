/** What an answer's head tells: the upstream's headers that may pass, and what the gateway did. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { answerHeaders, attemptsText, headerText } from "../../../lib/app/answer_headers.ts";
import type { Loss } from "../../../lib/chat/loss.ts";
import type { Delivery } from "../../../lib/fallback/delivery.ts";
import { candidateOf } from "../../../lib/routing/candidate.ts";
import { routeOf } from "../../example_config.ts";

/** A redactor that knows one secret. */
const OPTIONS = {
  requestId: "id-1",
  redact: (text: string) => text.replaceAll("the-secret", "[redacted]"),
};
const candidate = candidateOf(routeOf(), "m-b");

function answered(headers: [string, string][] = [], fields: string[] = []): Delivery {
  const losses = fields.map((field): Loss => ({ field, how: "dropped", changesMeaning: false }));
  const body = { kind: "whole", bytes: new Uint8Array(0), usage: {} } as const;
  const answer = { status: 200, headers: new Headers(headers), body, losses, isEmpty: false };
  return { candidate, attempts: [{ model: "m-b", route: "r", status: 200, ms: 8 }], answer };
}

const names: { name: string; text: string; result: string }[] = [
  { name: "a plain name as it is", text: "gpt-5.2 (mini)/x:free", result: "gpt-5.2 (mini)/x:free" },
  { name: "separators percent-encoded", text: "a;b,c%d", result: "a%3Bb%2Cc%25d" },
  { name: "line breaks percent-encoded", text: "a\r\nx-evil: 1", result: "a%0D%0Ax-evil: 1" },
  { name: "control characters percent-encoded", text: "a\u0000\u001b\u007f", result: "a%00%1B%7F" },
  {
    name: "other characters than ASCII percent-encoded",
    text: "é你🎉",
    result: "%C3%A9%E4%BD%A0%F0%9F%8E%89",
  },
  { name: "half a character as none", text: "a\ud83c", result: "a%EF%BF%BD" },
];

describe("headerText()", () => {
  for (const { name, text, result } of names) {
    it(`writes ${name}`, () => {
      assertEquals(headerText(text), result);
      assertEquals(decodeURIComponent(result), text.toWellFormed());
      assertEquals(new Headers({ a: result }).get("a"), result);
    });
  }

  it("cuts a long name, between characters", () => {
    assertEquals(headerText("x".repeat(1_000)).length, 200);
    assertEquals(
      decodeURIComponent(headerText("x".repeat(199) + "🎉🎉")),
      "x".repeat(199) + "\ufffd",
    );
  });
});

describe("attemptsText()", () => {
  it("tells model, status or reason, and time of each attempt", () => {
    const text = attemptsText([
      { model: "m-a", route: "r", status: 429, ms: 120 },
      { model: "m-a", route: "r", reason: "timeout", ms: 5_000 },
      { model: "m,c", route: "r", status: 200, reason: "empty", ms: 1 },
      { model: "m-b", route: "r", status: 200, ms: 840 },
    ]);
    assertEquals(text, "m-a;429;120ms, m-a;timeout;5000ms, m%2Cc;empty;1ms, m-b;200;840ms");
  });
});

describe("answerHeaders()", () => {
  it("tells the request's id, model and attempts", () => {
    assertEquals(Object.fromEntries(answerHeaders(answered(), OPTIONS)), {
      "x-gateway-request-id": "id-1",
      "x-gateway-model-used": "m-b",
      "x-gateway-attempt-count": "1",
      "x-gateway-attempts": "m-b;200;8ms",
    });
  });

  it("tells nothing of attempts where no upstream was asked", () => {
    assertEquals(Object.fromEntries(answerHeaders({ attempts: [] }, OPTIONS)), {
      "x-gateway-request-id": "id-1",
    });
  });

  it("tells a fallback", () => {
    const notice = {
      trigger_status: 429,
      from_model: "a",
      from_route: "r",
      to_model: "b",
      to_route: "r",
    };
    const headers = answerHeaders({ ...answered(), notice }, OPTIONS);
    assertEquals(headers.get("x-gateway-switched"), "1");
    assertEquals(answerHeaders(answered(), OPTIONS).has("x-gateway-switched"), false);
  });

  it("tells what was lost", () => {
    const headers = answerHeaders(answered([], ["top_k", "messages.content.é"]), OPTIONS);
    assertEquals(headers.get("x-gateway-losses"), "top_k, messages.content.%C3%A9");
    assertEquals(answerHeaders(answered([], ["n"]), OPTIONS).get("x-gateway-losses"), "n");
    assertEquals(answerHeaders(answered(), OPTIONS).has("x-gateway-losses"), false);
  });

  it("stays within what clients accept, however much was lost", () => {
    const fields = Array.from({ length: 5_000 }, (_, index) => `field_${index}`);
    const losses = answerHeaders(answered([], fields), OPTIONS).get("x-gateway-losses")!;
    assert(losses.startsWith("field_0, field_1, ") && losses.endsWith(", +4968"), losses);
    const all = answerHeaders(answered([], fields.slice(0, 33)), OPTIONS).get("x-gateway-losses")!;
    assert(all.endsWith("field_31, +1"), all);
  });

  const upstream: [string, string][] = [
    ["content-type", "application/json"],
    ["retry-after", "3"],
    ["x-ratelimit-remaining-tokens", "9"],
    ["anthropic-organization-id", "o"],
    ["openai-processing-ms", "5"],
    ["x-request-id", "upstream"],
    ["x-should-retry", "true"],
  ];

  it("lets the upstream's headers pass that are on the list", () => {
    const headers = answerHeaders(answered(upstream), OPTIONS);
    for (const [name, value] of upstream) assertEquals(headers.get(name), value);
  });

  it("takes a secret out of a header that may pass", () => {
    const headers = answerHeaders(answered([["x-request-id", "a-the-secret-b"]]), OPTIONS);
    assertEquals(headers.get("x-request-id"), "a-[redacted]-b");
  });

  it("lets the headers of an upstream's error pass", () => {
    const passedOn = { status: 429, headers: new Headers(upstream), bytes: new Uint8Array(0) };
    const fault = { kind: "rate_limit", status: 429, message: "" } as const;
    const delivery = { attempts: [], candidate, passedOn: { ...passedOn, fault } };
    assertEquals(answerHeaders(delivery, OPTIONS).get("retry-after"), "3");
  });

  it("keeps everything else of the upstream's, and its own words above it", () => {
    const headers = answerHeaders(
      answered([
        ["access-control-allow-origin", "*"],
        ["set-cookie", "a=1"],
        ["content-encoding", "gzip"],
        ["content-length", "5"],
        ["location", "https://evil.example"],
        ["x-gateway-request-id", "forged"],
        ["x-gateway-switched", "1"],
        ["server", "x"],
      ]),
      OPTIONS,
    );
    assertEquals([...headers].map(([name]) => name).sort(), [
      "x-gateway-attempt-count",
      "x-gateway-attempts",
      "x-gateway-model-used",
      "x-gateway-request-id",
    ]);
    assertEquals(headers.get("x-gateway-request-id"), "id-1");
  });
});
