/** YAML text as a value, and the way back to line and column. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { locate, parseDocument, type Position } from "../../../lib/config/document.ts";
import type { Path } from "../../../lib/config/problem.ts";

const TEXT = `# The gateway.
port: 8787
routes:
  - name: one
    url: stub:ok
    model: [a, "b"]
  - { name: two, url: 'stub:ok', headers: { "x-a": y } }
"quoted key": 1
auto:
  models:
  - a
`;

const places: { name: string; path: Path; atKey?: boolean; position: Position }[] = [
  { name: "a value", path: ["port"], position: { line: 2, column: 7 } },
  { name: "a key", path: ["port"], atKey: true, position: { line: 2, column: 1 } },
  { name: "a list", path: ["routes"], position: { line: 4, column: 3 } },
  { name: "an element", path: ["routes", 0], position: { line: 4, column: 5 } },
  { name: "a field of an element", path: ["routes", 0, "url"], position: { line: 5, column: 10 } },
  {
    name: "a key of an element",
    path: ["routes", 0, "url"],
    atKey: true,
    position: { line: 5, column: 5 },
  },
  {
    name: "an element of a flow list",
    path: ["routes", 0, "model", 1],
    position: { line: 6, column: 17 },
  },
  {
    name: "a field of a flow mapping",
    path: ["routes", 1, "headers", "x-a"],
    position: { line: 7, column: 52 },
  },
  { name: "a quoted key", path: ["quoted key"], atKey: true, position: { line: 8, column: 2 } },
  {
    name: "an element of a list at its key's indentation",
    path: ["auto", "models", 0],
    position: { line: 11, column: 5 },
  },
  {
    name: "the nearest place above a field that is absent",
    path: ["routes", 0, "headers", "x"],
    position: { line: 4, column: 5 },
  },
  { name: "the top for what is nowhere", path: ["nothing"], position: { line: 1, column: 1 } },
  { name: "the top for the whole document", path: [], position: { line: 1, column: 1 } },
];

describe("locate()", () => {
  for (const { name, path, atKey, position } of places) {
    it(`finds ${name}`, () => assertEquals(locate(TEXT, path, atKey), position));
  }

  it("counts columns and lines behind a byte order mark and CRLF line ends", () => {
    const text = "\ufeffa: 1\r\nb:\r\n  c: x\r\n";
    assertEquals(locate(text, ["a"]), { line: 1, column: 4 });
    assertEquals(locate(text, ["b", "c"]), { line: 3, column: 6 });
  });

  it("finds fields behind an alias", () => {
    assertEquals(locate("a: &x {b: 1}\nc: *x\nd: 2\n", ["d"]), { line: 3, column: 4 });
  });

  it("finds an alias itself for what is inside it", () => {
    assertEquals(locate("a: &x {b: 1}\nc: *x\n", ["c", "b"]).line, 2);
  });

  it("finds the key of a value that is left out", () => {
    assertEquals(locate("a:\n  b:\n  c: 1\n", ["a", "b"]), { line: 2, column: 3 });
    assertEquals(locate("a: 1\nb:\n  -\n  - c\n", ["b", 0]), { line: 2, column: 1 });
  });

  it("finds places behind a document mark", () => {
    assertEquals(locate("---\na: 1\n", ["a"]), { line: 2, column: 4 });
  });
});

function syntaxProblem(text: string): { message: string; position: Position } | undefined {
  const parsed = parseDocument(text);
  return "problem" in parsed ? parsed.problem : undefined;
}

describe("parseDocument()", () => {
  it("gives the value", () => {
    assertEquals(parseDocument("port: 1\n"), { value: { port: 1 } });
  });

  it("drops a byte order mark, which would become part of a key", () => {
    assertEquals(parseDocument("\ufeffport: 1\n"), { value: { port: 1 } });
  });

  it("gives null for an empty text", () => {
    assertEquals(parseDocument(""), { value: null });
    assertEquals(parseDocument("# nothing here\n"), { value: null });
  });

  it("says where the syntax is wrong", () => {
    assertEquals(syntaxProblem("a: 1\nb: [1, 2\nc: 3\n")?.position.line, 3);
    assertEquals(syntaxProblem("a: 1\na: 2\n"), {
      message: "this key stands there twice",
      position: { line: 2, column: 1 },
    });
  });

  it("says where a second document begins", () => {
    assertEquals(syntaxProblem("a: 1\n---\nb: 2\n"), {
      message: "expected one document, got several",
      position: { line: 3, column: 1 },
    });
  });

  it("says where a second document begins that is empty", () => {
    assertEquals(syntaxProblem("a: 1\n---\n---\n")?.position, { line: 3, column: 1 });
  });

  const SECRET = "sk-abcdefgh";
  const leaks = [
    `apiKey: ${SECRET}\nroutes: [`,
    `apiKey: "${SECRET}\\q"`,
    `apiKey: '${SECRET}`,
    `apiKey: *${SECRET}`,
    `apiKey: !${SECRET} x`,
    `apiKey: !<${SECRET}> x`,
    `apiKey: !1?key=${SECRET}"`,
    `apiKey: @${SECRET}`,
    `? {a: ${SECRET}}\n: b`,
    `%${SECRET}\n---\na: 1\n- b`,
    `apiKey: ${SECRET}\n${SECRET}`,
    `${SECRET}: 1\n${SECRET}: 2`,
  ];
  for (const text of leaks) {
    it(`keeps the text out of its message: ${JSON.stringify(text)}`, () => {
      const problem = syntaxProblem(text);
      assertEquals(problem?.message.includes(SECRET), false);
    });
  }
});
