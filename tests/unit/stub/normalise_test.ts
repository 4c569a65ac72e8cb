import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { normaliseBody, normaliseText, VOLATILE_TEXTS } from "../../../lib/stub/normalise.ts";

const alike: { name: string; texts: [string, string] }[] = [
  {
    name: "UUIDs",
    texts: ["id 0f8fad5b-d9cb-469f-a165-70867728950e", "id 7c9e6679-7425-40de-944b-e07fc1f90ae7"],
  },
  { name: "ids of answers", texts: ["see chatcmpl-9aBcD1eFg", "see chatcmpl-7xYz0AbC"] },
  { name: "ids of calls", texts: ["toolu_01AbCdEfGh", "toolu_02ZyXwVuTs"] },
  { name: "ISO dates", texts: ["on 2025-03-01", "on 2026-11-24"] },
  { name: "ISO moments", texts: ["at 2025-03-01T10:00:00.123Z", "at 2026-11-24T23:59:59+02:00"] },
  { name: "dates in words", texts: ["Sat Mar 1 2025", "Tuesday, November 24, 2026"] },
  { name: "days before months", texts: ["1 March 2025", "24 Nov 2026"] },
  { name: "times of the day", texts: ["9:05:00 AM", "23:59:59"] },
  { name: "epochs", texts: ["t=1740819600", "t=1795516800"] },
  {
    name: "environment blocks",
    texts: ["<env>\ncwd: /a\n</env>!", "<env>\ncwd: /b\nmore\n</env>!"],
  },
  {
    name: "working folders",
    texts: [" - Primary working directory: /a/b", " - Primary working directory: C:\\x"],
  },
  {
    name: "states of repositories",
    texts: ["Rules.\n\ngitStatus: clean\nM x", "Rules.\n\ngitStatus: other"],
  },
  { name: "temporary folders", texts: ["in /tmp/ab12/x.txt", "in /var/folders/zz/T/y.txt"] },
  { name: "home folders", texts: ["/home/ann/x", "/Users/bob/x"] },
  { name: "local ports", texts: ["http://127.0.0.1:40123/a", "http://127.0.0.1:8080/a"] },
];

const different: [string, string][] = [
  ["run_tests_first", "run_tests_second"],
  ["file-name-one", "file-name-two"],
  ["2+2", "2+3"],
  ["version 1.2.3", "version 1.2.4"],
  ["port 8080", "port 9090"],
  ["12 apples", "13 apples"],
];

describe("normaliseText()", () => {
  for (const { name, texts: [one, other] } of alike) {
    it(`makes ${name} alike`, () => {
      assertEquals(normaliseText(one), normaliseText(other));
      assert(normaliseText(one) !== one);
    });
  }

  for (const [one, other] of different) {
    it(`keeps ${one} and ${other} apart`, () =>
      assert(normaliseText(one) !== normaliseText(other)));
  }

  it("gives what it has given once more unchanged", () => {
    for (const { texts: [text] } of alike) {
      assertEquals(normaliseText(normaliseText(text)), normaliseText(text));
    }
  });

  it("takes linear time on long texts that begin like something volatile", () => {
    for (const piece of ["call_", "<env>", "a-", "1:", "2025-", "/tmp/", "gitStatus", "\n - "]) {
      const startedAtMs = performance.now();
      normaliseText(piece.repeat(100_000 / piece.length));
      assert(
        performance.now() - startedAtMs < 2_000,
        `${piece}: ${VOLATILE_TEXTS.length} patterns`,
      );
    }
  });
});

describe("normaliseBody()", () => {
  it("numbers the ids that tie calls to their results, and keeps them tied", () => {
    const body = (first: string, second: string) => ({
      messages: [
        { role: "assistant", tool_calls: [{ id: first }, { id: second }] },
        { role: "tool", tool_call_id: second },
      ],
    });
    assertEquals(normaliseBody(body("x", "y"), []), normaliseBody(body("p", "q"), []));
    const crossed = body("x", "y");
    crossed.messages[1]!.tool_call_id = "x";
    assert(
      JSON.stringify(normaliseBody(crossed, [])) !==
        JSON.stringify(normaliseBody(body("x", "y"), [])),
    );
  });

  it("does not take the arguments of a tool for ids", () => {
    const body = (id: string) => ({
      messages: [{ role: "assistant", content: [{ type: "tool_use", id: "t", input: { id } }] }],
    });
    assert(
      JSON.stringify(normaliseBody(body("5"), [])) !== JSON.stringify(normaliseBody(body("6"), [])),
    );
  });

  it("does not mind the order of fields", () => {
    const [one, other] = [{ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }];
    assertEquals(JSON.stringify(normaliseBody(one, [])), JSON.stringify(normaliseBody(other, [])));
  });
});
