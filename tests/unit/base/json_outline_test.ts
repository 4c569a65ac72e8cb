/** What can be seen of a JSON object without reading it, and what is left to a reader. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { outlineOf } from "../../../lib/base/json_outline.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const OPTIONS = { maxDepth: 4, mark: "gw1." };

/** The members as they are written; `undefined` when there is no outline. */
function seen(text: string | Uint8Array): Record<string, string> | undefined {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  const outline = outlineOf(bytes, OPTIONS);
  if (!outline) return undefined;
  const members = [...outline.members].map(([name, { start, end }]) => [
    name,
    decoder.decode(bytes.subarray(start, end)),
  ]);
  return Object.fromEntries(members);
}

const whole: { name: string; text: string; members: Record<string, string> }[] = [
  { name: "nothing in an empty object", text: " { }\n", members: {} },
  { name: "every member", text: '{"a":1,"b":"c"}', members: { a: "1", b: '"c"' } },
  { name: "no member of a nested object", text: '{"a":{"b":1}}', members: { a: '{"b":1}' } },
  {
    name: "the last of repeated members",
    text: '{"a":1,"b":2,"a":3}',
    members: { a: "3", b: "2" },
  },
  {
    name: "values between spaces",
    text: '\t{ "a" :\r\n[ 1 , -2.5e+3 , true,false,null ] }',
    members: { a: "[ 1 , -2.5e+3 , true,false,null ]" },
  },
  {
    name: "strings that end in escapes",
    text: '{"a":"\\"","b":"\\\\","c":"\\\\\\"]","d":"\\u12345"}',
    members: { a: '"\\""', b: '"\\\\"', c: '"\\\\\\"]"', d: '"\\u12345"' },
  },
  {
    name: "the neighbours of a quote in its table",
    text: `{"a":"!#!##\\"#\\"!","b":" ~"}`,
    members: { a: `"!#!##\\"#\\"!"`, b: `" ~"` },
  },
  { name: "characters of several bytes", text: '{"é":"你🎉"}', members: { "é": '"你🎉"' } },
  {
    name: "a name that begins with a byte order mark, which is another name",
    text: '{"\uFEFFa":1}',
    members: { "\uFEFFa": "1" },
  },
  { name: "a level that is just not too deep", text: '{"a":[[[]]]}', members: { a: "[[[]]]" } },
];

/** What is broken, or only a reader can judge. */
const LEFT = [
  "",
  "1",
  "[]",
  '"a"',
  "{",
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":"',
  '{"a":"\\"}',
  "{}x",
  "{}{}",
  "{,}",
  '{"a":1,}',
  '{"a" 1}',
  "{a:1}",
  "{'a':1}",
  '{"a":}',
  '{"a":[1,,2]}',
  '{"a":[1,]}',
  '{"a":[}',
  '{"a":{]}',
  '{"a":[1 2]}',
  '{"a":01}',
  '{"a":1.}',
  '{"a":.5}',
  '{"a":+1}',
  '{"a":1e}',
  '{"a":-}',
  '{"a":tru}',
  '{"a":nul1}',
  '{"a":NaN}',
  '{"a":1}//',
  '{"a":/**/1}',
  '{"a":"\n"}',
  '{"a":"\u0000"}',
  '{"a":"\u001f12345678"}',
  '{"a":\u00a01}',
  '\uFEFF{"a":1}',
  '{"\\u0061":1}',
  '{"a":"\\u12"}',
  '{"a":"\\u"}',
  '{"a":"\uFFFD"}',
  '{"a":[[[[]]]]}',
  '{"a":{"b":{"c":{"d":{}}}}}',
];

describe("outlineOf()", () => {
  for (const { name, text, members } of whole) {
    it(`sees ${name}`, () => {
      // Words of four bytes begin elsewhere, and end elsewhere.
      for (let shift = 0; shift < 5; shift++) {
        assertEquals(seen(" ".repeat(shift) + text), members);
        assertEquals(seen(text + " ".repeat(shift)), members);
      }
    });
  }

  for (const text of LEFT) {
    it(`leaves to a reader ${JSON.stringify(text)}`, () => {
      for (let shift = 0; shift < 5; shift++) {
        assertEquals(seen(" ".repeat(shift) + text), undefined);
      }
    });
  }

  it("leaves to a reader what is not UTF-8, wherever it stands", () => {
    for (const wrong of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xa2]]) {
      for (let length = 0; length < 9; length++) {
        const [before, after] = [`{"a":"${"x".repeat(length)}`, '"}'].map((one) =>
          encoder.encode(one)
        );
        assertEquals(seen(new Uint8Array([...before!, ...wrong, ...after!])), undefined);
        const late = [...before!, ...after!.subarray(0, 1), ...wrong, ...after!.subarray(1)];
        assertEquals(seen(new Uint8Array(late)), undefined);
      }
    }
  });

  it("leaves to a reader bytes that do not begin at a word", () => {
    const buffer = encoder.encode('x{"a":1}').buffer;
    assertEquals(outlineOf(new Uint8Array(buffer, 1), OPTIONS), undefined);
  });

  it("ends every string where JSON.parse ends it", () => {
    const text = '{"a":"#\\"\\\\","b":[{"c!":1.5}],"d":"y\\\\\\"z","e":""}';
    for (let length = 0; length < text.length; length++) {
      assertEquals(seen(text.slice(0, length)), undefined, text.slice(0, length));
    }
    assertEquals(Object.keys(seen(text)!), ["a", "b", "d", "e"]);
  });

  const marks = [
    { value: '"gw1.abc"', isMarked: true },
    { value: '[{"a":["gw1."]}]', isMarked: true },
    { value: '"\\u0067w1."', isMarked: true },
    { value: '"gw\\u0031."', isMarked: true },
    { value: '" gw1."', isMarked: false },
    { value: '"gw1"', isMarked: false },
    { value: '"gw"', isMarked: false },
  ];
  for (const { value, isMarked } of marks) {
    it(`${isMarked ? "notes" : "does not note"} the mark in ${value}`, () => {
      const bytes = encoder.encode(`{"x":1,"a":${value},"b":"c"}`);
      assertEquals(outlineOf(bytes, OPTIONS)?.isMarked, isMarked);
    });
  }

  it("goes no deeper than its stack, whatever the limit", () => {
    for (const open of ["[", '{"a":']) {
      const bytes = encoder.encode(`{"a":${open.repeat(1_000_000)}`);
      assertEquals(outlineOf(bytes, { ...OPTIONS, maxDepth: 1_000 }), undefined);
    }
  });

  it("looks at each byte of a hostile text only once", () => {
    const startMs = performance.now();
    for (const piece of ['\\"', "\\", "#", '","', "!\\\\"]) {
      outlineOf(encoder.encode(`{"a":["${piece.repeat(2_000_000)}"]}`), OPTIONS);
    }
    assert(performance.now() - startMs < 4_000);
  });
});
