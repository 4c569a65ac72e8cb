/** The YAML that the configuration relies on, whatever `@std/yaml` resolves to. */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { parse } from "@std/yaml";

const scalars: { name: string; text: string; value: unknown }[] = [
  { name: "a string", text: "a: b c", value: "b c" },
  { name: "a quoted string", text: 'a: "b\\n"', value: "b\n" },
  {
    name: "a URL with a colon",
    text: "a: stub:flaky?every=2&status=503",
    value: "stub:flaky?every=2&status=503",
  },
  { name: "a model's name with a colon", text: "a: qwen3:8b", value: "qwen3:8b" },
  { name: "a variable", text: "a: ${NAME}", value: "${NAME}" },
  { name: "a whole number", text: "a: 8787", value: 8787 },
  { name: "a hexadecimal number", text: "a: 0x10", value: 16 },
  { name: "true", text: "a: true", value: true },
  { name: "false", text: "a: false", value: false },
  { name: "a tilde as null", text: "a: ~", value: null },
  { name: "nothing as null", text: "a:", value: null },
  { name: "yes as a string", text: "a: yes", value: "yes" },
  { name: "off as a string", text: "a: off", value: "off" },
  { name: "a tab behind the colon as space", text: "a:\tb", value: "b" },
];

const documents: { name: string; text: string; value: unknown }[] = [
  { name: "a block list", text: "- 1\n- a: 2\n", value: [1, { a: 2 }] },
  { name: "a flow list", text: "[a, 'b']", value: ["a", "b"] },
  { name: "comments and blank lines", text: "# x\n\na: 1 # y\n", value: { a: 1 } },
  { name: "CRLF line ends", text: "a: 1\r\nb:\r\n  - c\r\n", value: { a: 1, b: ["c"] } },
  { name: "an alias", text: "a: &x [1]\nb: *x", value: { a: [1], b: [1] } },
  {
    name: "a merge key",
    text: "a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3",
    value: { a: { b: 1, c: 2 }, d: { b: 1, c: 3 } },
  },
  { name: "a document mark", text: "---\na: 1\n", value: { a: 1 } },
  { name: "an empty text as null", text: "", value: null },
  { name: "only comments as null", text: "# a\n\n# b\n", value: null },
];

const refused: { name: string; text: string }[] = [
  { name: "a repeated key", text: "a: 1\na: 2" },
  { name: "a second document", text: "---\na: 1\n---\nb: 2" },
  { name: "a tab as indentation", text: "a:\n\tb: 1" },
  { name: "an open bracket", text: "a: [1, 2" },
  { name: "a type that is code", text: "a: !!js/function 'x'" },
  { name: "an alias without its anchor", text: "a: *b" },
];

describe("parse()", () => {
  for (const { name, text, value } of scalars) {
    it(`reads ${name}`, () => assertEquals(parse(text), { a: value }));
  }
  for (const { name, text, value } of documents) {
    it(`reads ${name}`, () => assertEquals(parse(text), value));
  }
  for (const { name, text } of refused) {
    it(`refuses ${name}`, () => void assertThrows(() => parse(text), Error));
  }

  it("keeps a key that is called like a prototype as a key", () => {
    const value = parse("__proto__: {x: 1}") as Record<string, unknown>;
    assertEquals(Object.keys(value), ["__proto__"]);
    assertEquals(value.x, undefined);
  });
});
