import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Json5Error, parseJson5, readJson5 } from "../../../lib/setup/json5.ts";

describe("readJson5()", () => {
  for (
    const [text, value] of [
      ['{"a": [1, -2.5e3, true, null, "x\\n\\u0041"]}', { a: [1, -2500, true, null, "x\nA"] }],
      ["{a: 1, $b_c: 2, 'd e': 3,}", { a: 1, $b_c: 2, "d e": 3 }],
      ["// first\n{ /* in */ a: 'it\\'s', b: .5, c: 5., d: +1 } // last", {
        a: "it's",
        b: 0.5,
        c: 5,
        d: 1,
      }],
      ["{a: 0xFF, b: 'two \\\nlines', c: '\\x41\\0'}", { a: 255, b: "two lines", c: "A\0" }],
      ["\ufeff[1,2,]", [1, 2]],
      ['"http://not/*a comment*/"', "http://not/*a comment*/"],
      ["{é: 1, 变: 2}", { é: 1, 变: 2 }],
    ] as const
  ) {
    it(`readJson5() reads ${JSON.stringify(text)}`, () => {
      assertEquals(JSON.parse(JSON.stringify(readJson5(text))), value);
    });
  }

  it("readJson5() reads what JSON.parse reads, to the same value", () => {
    const value = { a: ['é\u2028"\\/', 1e21, {}, [], [[{}]], false], "": null };
    for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
      assertEquals(JSON.parse(JSON.stringify(readJson5(text))), value);
    }
  });

  it("readJson5() takes a key named __proto__ as any other", () => {
    assertEquals(Object.keys(readJson5('{"__proto__": {"a": 1}}') as object), ["__proto__"]);
  });

  for (
    const [text, place] of [
      ["", "line 1, column 1"],
      ['{"a": 1\n "b": 2}', "line 2, column 2"],
      ["{a: }", "line 1, column 5"],
      ["{a: 1} x", "line 1, column 8"],
      ['{"a": "open', "line 1, column 7"],
      ["[1, /* open", "line 1, column 5"],
      ["{a: undefined}", "line 1, column 5"],
      ["[".repeat(300), "at most 200 levels"],
    ] as const
  ) {
    it(`readJson5() says where ${JSON.stringify(text.slice(0, 20))} goes wrong, and quotes nothing`, () => {
      const error = assertThrows(() => readJson5(text), Json5Error);
      assertStringIncludes(error.message, place);
    });
  }

  it("parseJson5() tells where every value stands", () => {
    const text = "{ a: [10, 'x'], }";
    const { value } = parseJson5(text).members[0]!;
    assertEquals(value.elements.map(({ start, end }) => text.slice(start, end)), ["10", "'x'"]);
  });
});
