/** What each kind of value takes, and how it refuses the rest. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  flag,
  type Kind,
  listOf,
  listOrMap,
  mapOf,
  named,
  nonEmptyText,
  oneOf,
  oneOrMore,
  record,
  text,
  whole,
} from "../../../lib/config/kind.ts";

const POINT = record({
  name: { kind: nonEmptyText, doc: "What it is called.", required: true },
  size: { kind: whole(1, 9), doc: "How large it is.", default: "3" },
});

const rows: { name: string; kind: Kind; value: unknown; problems: string[] }[] = [
  { name: "text takes an empty string", kind: text, value: "", problems: [] },
  {
    name: "text refuses a number",
    kind: text,
    value: 1,
    problems: ["expected a string, got a number"],
  },
  { name: "nonEmptyText takes words", kind: nonEmptyText, value: "a", problems: [] },
  {
    name: "nonEmptyText refuses spaces",
    kind: nonEmptyText,
    value: " ",
    problems: ["expected a non-empty string, got an empty one"],
  },
  {
    name: "nonEmptyText refuses a number without showing it",
    kind: nonEmptyText,
    value: 12345678,
    problems: ["expected a non-empty string, got a number"],
  },
  { name: "flag takes false", kind: flag, value: false, problems: [] },
  {
    name: "flag refuses a word",
    kind: flag,
    value: "yes",
    problems: ["expected true or false, got a string"],
  },
  { name: "whole() takes its lower bound", kind: whole(0, 9), value: 0, problems: [] },
  { name: "whole() takes its upper bound", kind: whole(0, 9), value: 9, problems: [] },
  {
    name: "whole() refuses what is below",
    kind: whole(0, 9),
    value: -1,
    problems: ["expected a whole number from 0 to 9, got -1"],
  },
  {
    name: "whole() refuses what is above",
    kind: whole(0, 9),
    value: 10,
    problems: ["expected a whole number from 0 to 9, got 10"],
  },
  {
    name: "whole() refuses a fraction",
    kind: whole(0, 9),
    value: 1.5,
    problems: ["expected a whole number from 0 to 9, got 1.5"],
  },
  {
    name: "whole() refuses what is not a number",
    kind: whole(0, 9),
    value: NaN,
    problems: ["expected a whole number from 0 to 9, got NaN"],
  },
  {
    name: "whole() refuses a number in quotes",
    kind: whole(0, 9),
    value: "5",
    problems: ["expected a whole number from 0 to 9, got a string"],
  },
  {
    name: "whole() without an upper bound refuses infinity",
    kind: whole(1, Infinity),
    value: Infinity,
    problems: ["expected a whole number of at least 1, got Infinity"],
  },
  { name: "oneOf() takes its words", kind: oneOf(["a", "b"]), value: "b", problems: [] },
  {
    name: "oneOf() names the nearest word",
    kind: oneOf(["ordered", "weighted"]),
    value: "orderd",
    problems: ['expected one of ordered, weighted, got "orderd", did you mean "ordered"?'],
  },
  {
    name: "oneOf() refuses another type",
    kind: oneOf(["a"]),
    value: null,
    problems: ["expected one of a, got nothing"],
  },
  { name: "listOf() takes an empty list", kind: listOf(text), value: [], problems: [] },
  {
    name: "listOf() refuses a single value",
    kind: listOf(text),
    value: "a",
    problems: ["expected a list, got a string"],
  },
  {
    name: "listOf() tells every element that is wrong",
    kind: listOf(text),
    value: ["a", 1, null],
    problems: ["[1] expected a string, got a number", "[2] expected a string, got nothing"],
  },
  { name: "oneOrMore() takes a single value", kind: oneOrMore(text), value: "a", problems: [] },
  { name: "oneOrMore() takes a list", kind: oneOrMore(text), value: ["a"], problems: [] },
  {
    name: "oneOrMore() refuses a mapping",
    kind: oneOrMore(text),
    value: {},
    problems: ["expected a string, got a mapping"],
  },
  { name: "mapOf() takes free keys", kind: mapOf(text), value: { a: "b" }, problems: [] },
  {
    name: "mapOf() tells every value that is wrong",
    kind: mapOf(text),
    value: { a: 1, b: "c" },
    problems: ["a expected a string, got a number"],
  },
  {
    name: "mapOf() refuses a list",
    kind: mapOf(text),
    value: [],
    problems: ["expected a mapping, got a list"],
  },
  {
    name: "listOrMap() takes a list",
    kind: listOrMap(listOf(text), mapOf(flag)),
    value: ["a"],
    problems: [],
  },
  {
    name: "listOrMap() takes a mapping",
    kind: listOrMap(listOf(text), mapOf(flag)),
    value: { a: true },
    problems: [],
  },
  {
    name: "listOrMap() refuses a word",
    kind: listOrMap(listOf(text), mapOf(flag)),
    value: "a",
    problems: ["expected a list or a mapping, got a string"],
  },
  { name: "record() takes what it requires", kind: POINT, value: { name: "a" }, problems: [] },
  {
    name: "record() takes a field without a value for one that is left out",
    kind: POINT,
    value: { name: "a", size: null },
    problems: [],
  },
  {
    name: "record() misses a required field without a value",
    kind: POINT,
    value: { name: null },
    problems: ["name missing"],
  },
  {
    name: "record() tells all that is wrong at once, with the nearest key",
    kind: POINT,
    value: { nam: "a", size: 10 },
    problems: [
      'nam unknown key, did you mean "name"?',
      "name missing",
      "size expected a whole number from 1 to 9, got 10",
    ],
  },
  {
    name: "record() does not know keys that every object inherits",
    kind: POINT,
    value: JSON.parse('{"name":"a","__proto__":1,"constructor":2}'),
    problems: ["__proto__ unknown key", "constructor unknown key"],
  },
  {
    name: "record() refuses a list",
    kind: POINT,
    value: [],
    problems: ["expected a mapping, got a list"],
  },
];

function told(kind: Kind, value: unknown): string[] {
  return kind.check(value, []).map(({ path, message }) => {
    const [step] = path;
    if (step === undefined) return message;
    return typeof step === "number" ? `[${step}] ${message}` : `${step} ${message}`;
  });
}

describe("check() of", () => {
  for (const { name, kind, value, problems } of rows) {
    it(name, () => assertEquals(told(kind, value), problems));
  }

  it("record() says of an unknown key that the key is at fault", () => {
    const [problem] = POINT.check({ name: "a", x: 1 }, ["routes", 0]);
    assertEquals(problem, { path: ["routes", 0, "x"], message: "unknown key", atKey: true });
  });
});

describe("jsonSchema of", () => {
  it("record() names fields, documents them, and closes the object", () => {
    assertEquals(POINT.jsonSchema as unknown, {
      type: "object",
      additionalProperties: false,
      properties: {
        name: { type: "string", pattern: "\\S", description: "What it is called." },
        size: {
          type: ["integer", "null"],
          minimum: 1,
          maximum: 9,
          description: "How large it is. Default: 3.",
          default: 3,
        },
      },
      required: ["name"],
    });
  });

  const fields: { name: string; kind: Kind; usual?: string; schema: unknown }[] = [
    { name: "a closed list", kind: oneOf(["a"]), usual: "a", schema: { enum: ["a", null] } },
    { name: "a list", kind: listOf(whole(1, 9)), usual: "1, 2", schema: null },
    { name: "a text, told in words", kind: text, usual: "the host", schema: null },
    {
      name: "one or more",
      kind: oneOrMore(flag),
      schema: {
        anyOf: [
          { type: "boolean" },
          { type: "array", items: { type: "boolean" } },
          { type: "null" },
        ],
      },
    },
    {
      name: "a named mapping",
      kind: named("point", POINT),
      schema: { anyOf: [{ $ref: "#/$defs/point" }, { type: "null" }] },
    },
  ];
  for (const { name, kind, usual, schema } of fields) {
    it(`a field that may be left out takes null beside ${name}`, () => {
      const field = { kind, doc: "D.", ...(usual === undefined ? {} : { default: usual }) };
      const whole = record({ f: field }).jsonSchema as { properties: { f: unknown } };
      const { description: _, default: __, ...rest } = whole.properties.f as Record<
        string,
        unknown
      >;
      const { type } = kind.jsonSchema;
      assertEquals(rest, schema ?? { ...kind.jsonSchema, type: [type, "null"] });
    });
  }

  const usuals: { kind: Kind; told: string; value: unknown }[] = [
    { kind: whole(1, 9), told: "3", value: 3 },
    { kind: flag, told: "true", value: true },
    { kind: listOf(whole(1, 9)), told: "1, 2", value: [1, 2] },
    { kind: oneOf(["a", "b"]), told: "b", value: "b" },
    { kind: text, told: "the host", value: undefined },
    { kind: whole(1, 9), told: "3, 5 for the last", value: undefined },
  ];
  for (const { kind, told, value } of usuals) {
    it(`record() gives the default "${told}" as ${JSON.stringify(value) ?? "words alone"}`, () => {
      const { jsonSchema } = record({ f: { kind, doc: "D.", default: told } });
      const { f } = jsonSchema.properties as { f: Record<string, unknown> };
      assertEquals([f.default, f.description], [value, `D. Default: ${told}.`]);
    });
  }

  it("record() asks for one of several sets of keys", () => {
    const { anyOf } = record({ a: { kind: flag, doc: "A." } }, [["a"], ["b"]]).jsonSchema;
    assertEquals(anyOf, [{ required: ["a"] }, { required: ["b"] }]);
  });

  it("named() refers to its definition", () => {
    const { jsonSchema, definition } = named("point", POINT);
    assertEquals([jsonSchema, definition], [{ $ref: "#/$defs/point" }, POINT.jsonSchema]);
  });

  it("whole() has no maximum without an upper bound", () => {
    assert(!("maximum" in whole(1, Infinity).jsonSchema));
  });
});
