/** Sealed state: there and back, and what is not sealed. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { PROTOCOLS } from "../../../../lib/base/protocol.ts";
import { seal, unseal } from "../../../../lib/translation/sealed_state.ts";

describe("seal()", () => {
  it("writes text that any field, header or URL can hold", () => {
    assertMatch(seal({ owner: "openai_chat", value: 'é\n"\u0000🎉' }), /^[\w.-]+$/);
    assertMatch(seal(undefined), /^[\w.-]+$/);
  });

  it("writes what unseal() reads, for every owner and text", () => {
    for (const owner of PROTOCOLS) {
      for (const value of ["", "ErUBCkYIBBgC/+==", "é🎉", "\ud800", "x".repeat(100_000)]) {
        assertEquals(unseal(seal({ owner, value })), { state: { owner, value } });
      }
    }
  });

  it("writes the absence of a state, too", () => assertEquals(unseal(seal(undefined)), {}));
});

describe("unseal()", () => {
  it("knows that other text was not sealed here", () => {
    for (const text of ["", "ErUBCkYIBBgC/+==", "gw1", "GW1.", " gw1.", "gw2.YQ"]) {
      assertEquals(unseal(text), undefined, text);
    }
  });

  it("knows a damaged seal for one, without a state", () => {
    const whole = seal({ owner: "anthropic_messages", value: "signature" });
    for (let length = 4; length < whole.length; length++) {
      assertEquals(unseal(whole.slice(0, length)), {}, whole.slice(0, length));
    }
    assertEquals(unseal(whole + "="), {});
  });

  it("gives no state whose owner is not a protocol", () => {
    const pack = (value: unknown) =>
      "gw1." + btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("+", "-");
    assert(unseal(pack(["openai_chat", "a"]))?.state !== undefined);
    for (const value of [["nobody", "a"], ["openai_chat", 1], ["openai_chat"], {}, null, "a"]) {
      assertEquals(unseal(pack(value)), {}, JSON.stringify(value));
    }
  });
});
