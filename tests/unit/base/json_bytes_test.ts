/** Edits of JSON bytes, by cases and by made-up documents: what is not edited stays byte for byte. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { joinBytes } from "../../../lib/base/exchange.ts";
import { findValue, isDeeperThan, withField, withString } from "../../../lib/base/json_bytes.ts";
import { forSeeds } from "../../properties/budget.ts";
import type { Random } from "../../properties/random.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function found(text: string, key = "model"): string | undefined {
  const bytes = encoder.encode(text);
  const range = findValue(bytes, key);
  return range && decoder.decode(bytes.subarray(range.start, range.end));
}

function replaced(text: string, value: string, key = "model"): string {
  return decoder.decode(joinBytes(withString(encoder.encode(text), key, value)));
}

const cases: { name: string; text: string; value: string | undefined }[] = [
  { name: "a string", text: '{"model":"a"}', value: '"a"' },
  { name: "a value with spaces around it", text: '{ "model" \n:\t "a" \r}', value: '"a"' },
  { name: "a string with escaped quotes", text: '{"model":"a\\"b\\\\"}', value: '"a\\"b\\\\"' },
  { name: "a string of brackets", text: '{"a":"}{][,:","model":"b"}', value: '"b"' },
  { name: "a number", text: '{"model":-1.5e3,"b":1}', value: "-1.5e3" },
  { name: "a number that ends the object", text: '{"model":12}', value: "12" },
  { name: "null before a space", text: '{"model":null }', value: "null" },
  { name: "an array", text: '{"model":[1,"]",{"a":[]}],"b":1}', value: '[1,"]",{"a":[]}]' },
  { name: "an object", text: '{"model":{"a":"}"},"b":1}', value: '{"a":"}"}' },
  { name: "a key in the last place", text: '{"a":{"b":[1]},"model":"c"}', value: '"c"' },
  { name: "the last of repeated keys", text: '{"model":"a","b":1,"model":"c"}', value: '"c"' },
  { name: "a key that is written with escapes", text: '{"m\\u006fdel":"a"}', value: '"a"' },
  {
    name: "a value behind characters of several bytes",
    text: '{"你好🎉":"é","model":"a"}',
    value: '"a"',
  },
  { name: "a value behind a byte order mark", text: '\ufeff{"model":"a"}', value: '"a"' },
  { name: "an empty string", text: '{"model":""}', value: '""' },
  { name: "nothing where the key is absent", text: '{"models":"a","mode":"b"}', value: undefined },
  {
    name: "nothing where only a nested object has it",
    text: '{"a":{"model":1}}',
    value: undefined,
  },
  { name: "nothing where only a value reads like it", text: '{"a":"model"}', value: undefined },
  { name: "nothing in an empty object", text: "{ }", value: undefined },
  { name: "nothing in an array", text: '["model","a"]', value: undefined },
  { name: "nothing in a string", text: '"model"', value: undefined },
];

describe("findValue()", () => {
  for (const { name, text, value } of cases) {
    it(`finds ${name}`, () => assertEquals(found(text), value));
  }

  it("finds keys that every object inherits only where they are written", () => {
    assertEquals(found('{"a":1}', "__proto__"), undefined);
    assertEquals(found('{"__proto__":1}', "__proto__"), "1");
  });

  it("goes through nesting of any depth without recursion", () => {
    const depth = 200_000;
    assertEquals(found(`{"a":${"[".repeat(depth)}${"]".repeat(depth)},"model":1}`), "1");
  });

  it("ends on bytes that are cut anywhere", () => {
    const text = '{"a":"\\"x","b":[{"c":1.5}],"model":"y\\\\","d":null}';
    for (let length = 0; length <= text.length; length++) found(text.slice(0, length));
  });
});

describe("withString()", () => {
  it("replaces only the value", () => {
    assertEquals(
      replaced('{ "stream" : true,\n"model" : "auto" , "n":1.0}', "m"),
      '{ "stream" : true,\n"model" : "m" , "n":1.0}',
    );
  });

  it("escapes what it writes", () => {
    const name = 'a"b\\c\n\u0000\u2028你🎉';
    assertEquals(JSON.parse(replaced('{"model":"x"}', name)), { model: name });
  });

  it("replaces a value of any type", () => {
    assertEquals(replaced('{"model":{"a":[1]},"b":2}', "m"), '{"model":"m","b":2}');
  });

  it("gives the bytes back as they are when the key is absent", () => {
    const bytes = encoder.encode('{"a":1}');
    const [piece, ...others] = withString(bytes, "model", "m");
    assert(piece === bytes);
    assertEquals(others.length, 0);
  });

  it("replaces the model of any object and leaves every other byte untouched", () => {
    forSeeds((random) => {
      const text = madeUpObject(random);
      const bytes = encoder.encode(text);
      const before = JSON.parse(text) as Record<string, unknown>;
      const model = madeUpText(random);
      const pieces = withString(bytes, "model", model);
      const after = JSON.parse(decoder.decode(joinBytes(pieces)));
      if (!Object.hasOwn(before, "model")) {
        assertEquals(after, before);
        return;
      }
      const [head, , tail] = pieces;
      assertEquals(after, { ...before, model });
      assertEquals(head, bytes.subarray(0, head!.length));
      assertEquals(tail, bytes.subarray(bytes.length - tail!.length));
      const old = bytes.subarray(head!.length, bytes.length - tail!.length);
      assertEquals(JSON.parse(decoder.decode(old)), before.model);
    });
  });
});

describe("withField()", () => {
  const fields = [
    { name: "after the others", text: '{"a":1}', result: '{"a":1,"b":{"c":null}}' },
    { name: "to an empty object", text: "{}", result: '{"b":{"c":null}}' },
    { name: "to an object of spaces", text: " { \n} ", result: ' { \n"b":{"c":null}} ' },
    { name: "before trailing space", text: '{"a":"}"}\n', result: '{"a":"}","b":{"c":null}}\n' },
    { name: "after a nested object", text: '{"a":{}}', result: '{"a":{},"b":{"c":null}}' },
  ];
  for (const { name, text, result } of fields) {
    it(`adds a field ${name}`, () => {
      const pieces = withField(encoder.encode(text), "b", { c: null });
      assertEquals(decoder.decode(joinBytes(pieces)), result);
    });
  }

  it("adds a field to any object and leaves every byte of it untouched", () => {
    forSeeds((random) => {
      const text = madeUpObject(random);
      const value = { text: madeUpText(random), none: null };
      const pieces = withField(encoder.encode(text), "gateway_notice", value);
      const [head, , tail] = pieces.map((piece) => decoder.decode(piece));
      assertEquals(`${head}${tail}`, text);
      const after = JSON.parse(decoder.decode(joinBytes(pieces)));
      assertEquals(after, { ...JSON.parse(text), gateway_notice: value });
    });
  });
});

// No key reads as a backslash: where V8 15 has seen one, it takes keys with escapes for it.
const KEYS = ["model", "models", "mode", "a", "", "m\\u006fdel", "__proto__", "你", '\\"', "\\n"];
const SPACES = ["", "", "", " ", "\n", "\t", "\r\n", "  "];
const TEXTS = [
  "a",
  '\\"',
  "\\\\",
  "\\u0000",
  "\\ud83c\\udf89",
  "🎉",
  "é",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
];
const LITERALS = ["0", "-1", "1.50", "2e+9", "true", "false", "null"];

/** An object as somebody could write it: spaces, escapes, repeated keys, nesting. */
function madeUpObject(random: Random, depth = 0): string {
  const space = () => random.pick(SPACES);
  const fields = Array.from({ length: random.below(5) }, () => {
    const value = random.oneIn(3) && depth < 4
      ? madeUpCollection(random, depth + 1)
      : random.pick([random.pick(LITERALS), madeUpString(random)]);
    return `${space()}"${random.pick(KEYS)}"${space()}:${space()}${value}${space()}`;
  });
  return `${space()}{${fields.length > 0 ? fields.join(",") : space()}}${space()}`;
}

function madeUpCollection(random: Random, depth: number): string {
  if (random.oneIn(2)) return madeUpObject(random, depth);
  return `[${random.pick(SPACES)}${
    Array.from({ length: random.below(3) }, () => madeUpObject(random, depth)).join(",")
  }]`;
}

function madeUpString(random: Random): string {
  return `"${Array.from({ length: random.below(5) }, () => random.pick(TEXTS)).join("")}"`;
}

function madeUpText(random: Random): string {
  return JSON.parse(madeUpString(random));
}

describe("isDeeperThan()", () => {
  const depths: { json: string; depth: number }[] = [
    { json: "1", depth: 0 },
    { json: '"[[[["', depth: 0 },
    { json: "{}", depth: 1 },
    { json: "[[],[],[]]", depth: 2 },
    { json: '{"a":[{"b":1}],"c":{}}', depth: 3 },
    { json: '{"\\"[[[":["\\\\",["]"]]}', depth: 3 },
    { json: "[".repeat(512) + "]".repeat(512), depth: 512 },
  ];
  for (const { json, depth } of depths) {
    it(`sees ${depth} levels in ${json.slice(0, 30)}`, () => {
      const bytes = new TextEncoder().encode(json);
      assert(!isDeeperThan(bytes, depth));
      if (depth > 0) assert(isDeeperThan(bytes, depth - 1));
    });
  }

  it("looks at each byte of a hostile text only once", () => {
    const bytes = new TextEncoder().encode(`"${'\\"'.repeat(2_000_000)}`);
    const startMs = performance.now();
    assert(!isDeeperThan(bytes, 1));
    assert(performance.now() - startMs < 2_000);
  });
});
