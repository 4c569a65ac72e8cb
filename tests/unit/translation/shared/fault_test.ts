import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { brokenAnswer, STREAM_INTERRUPTED } from "../../../../lib/translation/fault.ts";

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
