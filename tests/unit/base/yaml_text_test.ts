import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { parse } from "@std/yaml";
import type { JsonValue } from "../../../lib/base/json.ts";
import { yamlLines, yamlText } from "../../../lib/base/yaml_text.ts";
import { parseDocument } from "../../../lib/config/document.ts";

describe("yamlText()", () => {
  it("writes texts of several lines as they are, and all else readably", () => {
    const value = {
      word: "gpt-4.1/mini",
      words: "two words",
      lines: "one\ntwo\n",
      open: "one",
      "odd: key": [1, [true, null], { a: "x\ny", b: [] }, {}],
      stream: [{ atMs: 1, text: "data: {}\n\n" }, { atMs: 2, text: "\n lead\n" }],
    };
    assertEquals(
      yamlText(value),
      `word: gpt-4.1/mini
words: two words
lines: |
  one
  two
open: one
"odd: key":
  - 1
  -   - true
      - null
  - a: |-
      x
      y
    b: []
  - {}
stream:
  - atMs: 1
    text: |+
      data: {}

  - atMs: 2
    text: |2

       lead
`,
    );
  });

  it("reads back as it was, whatever its shape and its texts", () => {
    let seed = 5;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    const characters = [
      ..."ab01/. \n\r\t:-#'\"{}[]|>&*!%@`,?~=<\\\u0001\u00a0\u0085\u2028\ufeffé😀",
      "\ud800",
    ];
    const text = () =>
      Array.from({ length: random(9) }, () => characters[random(characters.length)]).join("");
    const value = (depth: number): JsonValue => {
      const kind = random(depth > 0 ? 6 : 4);
      if (kind === 0) return text();
      if (kind === 1) return `${text()}\n${text()}\n\n`.slice(random(3));
      if (kind === 2) return [null, true, false, 0, -1.5, 1e21, 1e-7][random(7)]!;
      if (kind === 3) {
        return ["yes", "Null", "~", "010", "1e3", "<<", "---", "2024-01-02"][random(8)]!;
      }
      const children = Array.from({ length: random(4) }, () => value(depth - 1));
      if (kind === 4) return children;
      return Object.fromEntries(children.map((child) => [text(), child]));
    };
    for (let round = 0; round < 2_000; round++) {
      const root = { root: value(4), last: value(3) };
      const written = yamlText(root);
      assertEquals(JSON.stringify(parse(written)), JSON.stringify(root), written);
    }
  });

  it("writes and reads back a text of many megabytes on one line", () => {
    const value = { text: "Ab1+".repeat(3 * 1024 * 1024) };
    assert(JSON.stringify(parse(yamlText(value))) === JSON.stringify(value));
  });
});

describe("yamlLines()", () => {
  for (
    const value of [
      ["plain", "qwen3:8b", "a/b@c", "x.y"],
      ["true", "NO", "null", "~", "12", "1e3", "0x1f", "-", "- a", "a: b", "a #b", "#a", ""],
      ["'single'", '"double"', "back\\slash", "tab\there", "line\nbreak", "\u2028\u0085\ufeff"],
      ["[list]", "{map}", "*", "&a", "!tag", "%x", "@x", "`x`", "a,b", " lead", "trail ", "é变"],
      { "a key: odd": 1, "yes": true, nested: { list: [1, 2.5, null, { a: [] }], empty: {} } },
      Array.from({ length: 40 }, (_, index) => `a-long-name-of-a-model-${index}`),
      { long: { longer: Array.from({ length: 30 }, (_, index) => `element-${index}`) } },
    ]
  ) {
    it(`yamlLines() writes ${JSON.stringify(value).slice(0, 60)} so that YAML reads it back`, () => {
      const lines = yamlLines("key", value, 0);
      const parsed = parseDocument(lines.join("\n"));
      assert("value" in parsed, JSON.stringify(parsed));
      assertEquals(JSON.stringify(parsed.value), JSON.stringify({ key: value }));
    });
  }
});
