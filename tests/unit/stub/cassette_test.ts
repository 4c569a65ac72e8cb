import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Cassette,
  cassetteText,
  readCassette,
  unplayable,
} from "../../../lib/stub/cassette.ts";
import { differencesBetween, differencesText } from "../../../lib/stub/cassette_diff.ts";
import { CassetteShelf } from "../../../lib/stub/cassette_match.ts";
import { parseJsonPath } from "../../../lib/stub/json_path.ts";
import type { JsonValue } from "../../../lib/base/json.ts";

function cassette(json: JsonValue, status = 200): Cassette {
  return {
    client: { method: "POST", path: "/v1/chat/completions", headers: {}, body: { json } },
    attempts: [],
    answer: { status, headers: {}, afterMs: 0 },
  };
}

/** Values that a careless writer of YAML would change. */
const AWKWARD: JsonValue[] = [
  "",
  " lead",
  "trail ",
  "a\r\nb\n",
  "\n\n",
  "\ttab",
  "a\u0085b\u2028c\ufeff\u0000",
  "😀",
  "yes",
  "~",
  "010",
  "0x1f",
  "1e3",
  "2024-01-02",
  "2024-01-02T03:04:05Z",
  "<<",
  "*a",
  "&a",
  "!tag",
  "- a",
  "a: b",
  "# no comment",
  "a #b",
  "---",
  "...",
  "data: {}\n\n",
  " \n x\n",
  "x".repeat(300) + " " + "y".repeat(300),
  1e21,
  -0.5,
  1e-7,
  null,
  true,
  [],
  {},
  [[[]]],
  JSON.parse('{"__proto__":1,"<<":{"a":1},"1":2,"":3,"a: b":4,"? ":5}'),
];

describe("readCassette()", () => {
  it("reads back every value that cassetteText() has written", () => {
    for (const value of AWKWARD) {
      const written = cassette({ value, list: [value] });
      const text = cassetteText(written);
      const read = readCassette(text);
      assert("cassette" in read, text);
      assertEquals(JSON.stringify(read.cassette), JSON.stringify(written), text);
    }
  });

  it("reads back random texts and chunks", () => {
    let seed = 11;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    const characters = [..."ab \n\r\t:-#'\"{}[]|>&*!%@`,?~=<\\\u0001\u00a0\u0085é😀"];
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: random(20) }, () => characters[random(characters.length)])
        .join("");
      const written = cassette({ [text]: text });
      written.answer.body = { stream: [{ atMs: 1, text }, { atMs: 2, text: `${text}\n\n` }] };
      const read = readCassette(cassetteText(written));
      assertEquals(JSON.stringify(read), JSON.stringify({ cassette: written }));
    }
  });

  const slips: { name: string; edit: (text: string) => string; said: string }[] = [
    { name: "a syntax error", edit: (text) => `${text}\n  - [`, said: "" },
    {
      name: "another version",
      edit: (text) => text.replace("cassette: 1", "cassette: 2"),
      said: "1:11: cassette: expected 1, the format that this version reads",
    },
    {
      name: "a missing field",
      edit: (text) => text.replace("  method: POST\n", ""),
      said: '2:1: client: "method" is missing',
    },
    {
      name: "a mistyped key",
      edit: (text) => text.replace("afterMs", "aferMs"),
      said: ': answer.aferMs: unknown key, did you mean "afterMs"?',
    },
    {
      name: "a body in two forms",
      edit: (text) => text.replace("  body:\n", "  body:\n    text: x\n"),
      said: "client.body: expected one of json, text, base64, stream",
    },
    {
      name: "a status that is none",
      edit: (text) => text.replace("status: 200", "status: 99"),
      said: "answer.status: expected a status from 200 to 599, got 99",
    },
    {
      name: "no cassette at all",
      edit: () => "just words",
      said: "expected a mapping, got a string",
    },
  ];
  for (const { name, edit, said } of slips) {
    it(`tells of ${name} with its place`, () => {
      const read = readCassette(edit(cassetteText(cassette({ a: 1 }))));
      assert("problems" in read);
      const told = read.problems.map(({ position: { line, column }, message }) =>
        `${line}:${column}: ${message}`
      );
      assert(told.some((line) => line.includes(said)), told.join("\n"));
    });
  }
});

describe("unplayable()", () => {
  it("names the body that was cut", () => {
    const cut = cassette({});
    cut.answer.cutFromBytes = 9;
    assertEquals(unplayable(cut), "answer.body is only the beginning of 9 bytes");
    assertEquals(unplayable(cassette({})), undefined);
  });
});

describe("CassetteShelf", () => {
  const shelf = (values: JsonValue[], isOnce = false, ignored: string[] = []) =>
    new CassetteShelf(
      values.map((value, index) => ({ name: `${index}`, cassette: cassette(value) })),
      { isOnce, ignored: ignored.map((path) => parseJsonPath(path)!) },
    );
  const nameOf = (found: ReturnType<CassetteShelf["take"]>) => "hit" in found && found.hit.name;
  const asking = (value: JsonValue) => cassette(value).client;

  it("plays equal requests in order, the one that is equal to the letter first", () => {
    const one = shelf([{ t: "2025-01-01" }, { t: "2025-01-02" }, { t: "2025-01-03" }]);
    const names = ["2025-01-02", "2025-01-09", "2025-01-09", "2025-01-09"].map((t) =>
      nameOf(one.take(asking({ t })))
    );
    assertEquals(names, ["1", "0", "2", "2"]);
  });

  it("plays each cassette once when that was asked for", () => {
    const one = shelf([{ a: 1 }], true);
    assertEquals(nameOf(one.take(asking({ a: 1 }))), "0");
    const found = one.take(asking({ a: 1 }));
    assert("miss" in found);
    assertEquals(found.miss, { playedCount: 1 });
  });

  it("leaves ignored places out", () => {
    const one = shelf([{ a: 1, b: { c: 1 } }], false, ["$.b.c"]);
    assertEquals(nameOf(one.take(asking({ a: 1, b: { c: 2 } }))), "0");
  });

  it("compares forms without the boundary that a client makes up", () => {
    const form = (boundary: string) => ({
      method: "POST",
      path: "/v1/files",
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
      body: { text: `--${boundary}\r\n\r\nx\r\n--${boundary}--` },
    });
    const recorded = { ...cassette({}), client: form("abc") };
    const one = new CassetteShelf([{ name: "form", cassette: recorded }], {
      isOnce: true,
      ignored: [],
    });
    assertEquals(nameOf(one.take(form("xyz"))), "form");
  });

  it("names the nearest cassette and where it differs", () => {
    const one = shelf([{ a: 1, b: 2, c: 3 }, { a: 1, b: 2 }, { z: 1 }]);
    const found = one.take(asking({ a: 1, b: 7 }));
    assert("miss" in found && found.miss.nearest);
    assertEquals(found.miss.nearest.name, "1");
    assertEquals(differencesText(found.miss.nearest.differences), "body.b: recorded 2, asked 7");
    assertEquals(one.missCount, 1);
    assertEquals(one.unused, ["0", "1", "2"]);
  });
});

describe("differencesText()", () => {
  it("shows long values from where they begin to differ", () => {
    const text = (end: string) => `${"same ".repeat(50)}${end}`;
    const told = differencesText(differencesBetween({ a: text("old") }, { a: text("new") }));
    assertEquals(told, 'a: recorded …same same same same old", asked …same same same same new"');
  });

  it("tells what is absent on one side, and counts what it does not show", () => {
    const [one, other] = [{ a: [1, 2], x: 1 }, { a: [1], b: 1, c: 1, d: 1, e: 1, f: 1, x: 1 }];
    const told = differencesText(differencesBetween(one, other));
    assertEquals(
      told,
      "a[1]: recorded 2, asked nothing; b: recorded nothing, asked 1; " +
        "c: recorded nothing, asked 1; d: recorded nothing, asked 1; " +
        "e: recorded nothing, asked 1; and 1 more",
    );
  });
});
