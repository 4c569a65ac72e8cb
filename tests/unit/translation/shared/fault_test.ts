import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { brokenAnswer, STREAM_INTERRUPTED, toldError } from "../../../../lib/translation/fault.ts";

describe("brokenAnswer()", () => {
  it("says in words what a stream has no status for, so that agents ask again", () => {
    assertEquals(brokenAnswer("it broke off"), {
      kind: "upstream",
      status: 502,
      message: "Upstream error: it broke off",
      code: STREAM_INTERRUPTED,
    });
  });
});

describe("toldError()", () => {
  const fault = {
    kind: "rate_limit",
    status: 429,
    message: "slow",
    code: "c",
    param: "p",
  } as const;

  it("keeps what the upstream said", () => {
    const { kind, status, message, code, param } = toldError(fault, (text) => text);
    assertEquals({ kind, status, message, code, param }, fault);
  });

  it("takes secrets out before it cuts, and cuts no character in two", () => {
    const message = "s".repeat(10) + "x".repeat(2047) + "🎉";
    const redact = (text: string) => text.replace("ssssssssss", "");
    assertEquals(toldError({ ...fault, message }, redact).message, "x".repeat(2047) + "\uFFFD");
  });

  it("takes secrets out of the code and the parameter too", () => {
    const { code, param } = toldError(fault, (text) => text === "slow" ? text : "*");
    assertEquals([code, param], ["*", "*"]);
  });
});
