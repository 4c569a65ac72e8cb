/** Text laid out for a terminal. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Column,
  cut,
  labelled,
  padded,
  printable,
  table,
  widthOf,
  wrapped,
} from "../../../lib/cli/layout.ts";

const RED = "\x1b[31mred\x1b[39m";

describe("widthOf()", () => {
  const rows: { name: string; text: string; width: number }[] = [
    { name: "letters", text: "abc", width: 3 },
    { name: "no colour", text: RED, width: 3 },
    { name: "two for each Chinese character", text: "模型-1", width: 6 },
    { name: "two for an emoji", text: "🚀", width: 2 },
    { name: "nothing for a combining mark", text: "e\u0301", width: 1 },
    { name: "two for a full-width letter", text: "Ａ", width: 2 },
    { name: "one for an arrow and for an ellipsis", text: "→…", width: 2 },
  ];
  for (const { name, text, width } of rows) {
    it(`counts ${name}`, () => assertEquals(widthOf(text), width));
  }
});

describe("printable()", () => {
  it("leaves nothing that moves a cursor, colours it or begins a line", () => {
    assertEquals(printable("a\x1b[2Jb\nc\u009bd\u2028e"), "a?[2Jb?c?d?e");
  });

  it("leaves letters of every script as they are", () => {
    assertEquals(printable("模型 é"), "模型 é");
  });
});

describe("cut()", () => {
  it("leaves what fits, colours included", () => assertEquals(cut(RED, 3), RED));
  it("marks where it cut", () => assertEquals(cut("abcdef", 4), "abc…"));
  it("never cuts a wide character in two", () => assertEquals(cut("模型模型", 4), "模…"));
});

describe("padded()", () => {
  it("counts columns, not characters", () => assertEquals(padded("模", 4), "模  "));
});

describe("wrapped()", () => {
  it("breaks at spaces", () => assertEquals(wrapped("aa bb cc", 5), ["aa bb", "cc"]));
  it("leaves a word that is too long whole", () => {
    assertEquals(wrapped("a https://long.example/x b", 6), ["a", "https://long.example/x", "b"]);
  });
  it("keeps every word", () => {
    const words = "one two three four five".split(" ");
    for (let columns = 1; columns < 30; columns++) {
      assertEquals(wrapped(words.join(" "), columns).join(" ").split(" "), words);
    }
  });
  it("does not break where nobody counts columns", () => {
    const long = "word ".repeat(200).trimEnd();
    assertEquals(wrapped(long, Infinity), [long]);
  });
});

describe("labelled()", () => {
  it("puts texts below each other, and what is wrapped beside its label", () => {
    const rows = [["a", "one two three four five six"], ["longer", ["x", "y"]]] as const;
    assertEquals(labelled(rows, { columns: 34 }), [
      "  a       one two three four five",
      "          six",
      "  longer  x",
      "          y",
    ]);
  });

  it("gives nothing for no rows", () => assertEquals(labelled([], { columns: 80 }), []));
});

const COLUMNS: readonly Column[] = [
  { title: "NAME", isFlexible: true },
  { title: "MS", isNumber: true },
];

describe("table()", () => {
  const plain = (text: string) => text;

  it("aligns names to the left and numbers to the right", () => {
    const rows = [["a", "1"], ["long-name", "1000"]];
    assertEquals(table(COLUMNS, rows, { columns: 80, paintTitle: plain }), [
      "NAME         MS",
      "a             1",
      "long-name  1000",
    ]);
  });

  it("cuts names, and never numbers, when it is too wide", () => {
    const rows = [["a-very-long-name-of-a-model", "123456"]];
    const lines = table(COLUMNS, rows, { columns: 20, paintTitle: plain });
    assertEquals(lines, ["NAME              MS", "a-very-long…  123456"]);
  });

  it("ends on a terminal of any width", () => {
    for (let columns = 1; columns < 40; columns++) {
      const lines = table(COLUMNS, [["model-name", "5"]], { columns, paintTitle: plain });
      assert(lines.length === 2);
    }
  });
});
