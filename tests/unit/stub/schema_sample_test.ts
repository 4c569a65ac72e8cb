/** Values that satisfy a JSON Schema, for schemas as tools have them and as nobody should write them. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { isObject, type JsonObject, type JsonValue } from "../../../lib/base/json.ts";
import { sampleOf } from "../../../lib/stub/schema_sample.ts";
import { forSeeds } from "../../properties/budget.ts";
import type { Random } from "../../properties/random.ts";

const rows: { name: string; schema: JsonObject; value: JsonValue }[] = [
  { name: "a string", schema: { type: "string" }, value: "stub" },
  { name: "a short string", schema: { type: "string", maxLength: 2 }, value: "st" },
  { name: "a long string", schema: { type: "string", minLength: 6 }, value: "stub.." },
  { name: "a date", schema: { type: "string", format: "date" }, value: "2025-01-01" },
  {
    name: "a string of an unknown format",
    schema: { type: "string", format: "constructor" },
    value: "stub",
  },
  { name: "a whole number", schema: { type: "integer" }, value: 1 },
  { name: "a number with a minimum", schema: { type: "integer", minimum: 5 }, value: 5 },
  { name: "a number with a maximum", schema: { type: "integer", maximum: -5 }, value: -5 },
  { name: "a number above another", schema: { type: "integer", exclusiveMinimum: 5 }, value: 6 },
  { name: "a number below another", schema: { type: "integer", exclusiveMaximum: 0 }, value: -1 },
  { name: "a multiple", schema: { type: "integer", multipleOf: 5 }, value: 5 },
  {
    name: "a multiple above a minimum",
    schema: { multipleOf: 5, minimum: 11, type: "integer" },
    value: 15,
  },
  {
    name: "a multiple below a maximum",
    schema: { multipleOf: 5, maximum: 3, type: "integer" },
    value: 0,
  },
  {
    name: "a number for a multiple of nothing",
    schema: { type: "number", multipleOf: 0 },
    value: 1,
  },
  { name: "a boolean", schema: { type: "boolean" }, value: true },
  { name: "null", schema: { type: "null" }, value: null },
  { name: "the first of several types", schema: { type: ["integer", "null"] }, value: 1 },
  { name: "the first of an enum", schema: { enum: ["b", "a"] }, value: "b" },
  { name: "an enum's null", schema: { enum: [null, "a"] }, value: null },
  { name: "a constant", schema: { const: { a: 1 } }, value: { a: 1 } },
  { name: "a constant that is false", schema: { const: false }, value: false },
  { name: "a default", schema: { type: "string", default: "x" }, value: "x" },
  { name: "an array", schema: { type: "array", items: { type: "integer" } }, value: [1] },
  {
    name: "an array of several",
    schema: { type: "array", items: { type: "null" }, minItems: 2 },
    value: [null, null],
  },
  {
    name: "an array of none",
    schema: { type: "array", items: { type: "null" }, maxItems: 0 },
    value: [],
  },
  { name: "anything", schema: {}, value: "stub" },
  {
    name: "the required fields of an object",
    schema: {
      type: "object",
      properties: { a: { type: "integer" }, b: { type: "string" } },
      required: ["a"],
    },
    value: { a: 1 },
  },
  {
    name: "all fields of an object that requires none",
    schema: { properties: { a: { type: "integer" }, b: { type: "boolean" } } },
    value: { a: 1, b: true },
  },
  { name: "an object without fields", schema: { type: "object" }, value: {} },
  {
    name: "a required field that is not described",
    schema: { type: "object", required: ["a"] },
    value: { a: null },
  },
  {
    name: "the first of any",
    schema: { anyOf: [{ type: "integer" }, { type: "string" }] },
    value: 1,
  },
  { name: "the first of one", schema: { oneOf: [{ const: "x" }, { type: "null" }] }, value: "x" },
  {
    name: "all together",
    schema: {
      allOf: [
        { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
        { properties: { b: { type: "string" } }, required: ["b"] },
      ],
    },
    value: { a: 1, b: "stub" },
  },
  {
    name: "all together where it is no object",
    schema: { allOf: [{ type: "string" }] },
    value: "stub",
  },
  {
    name: "all together with a reference",
    schema: { allOf: [{ $ref: "#/$defs/a" }], $defs: { a: { type: "integer", minimum: 3 } } },
    value: 3,
  },
  {
    name: "a reference into $defs",
    schema: { $ref: "#/$defs/a", $defs: { a: { type: "boolean" } } },
    value: true,
  },
  {
    name: "a reference into definitions",
    schema: { $ref: "#/definitions/a", definitions: { a: { type: "boolean" } } },
    value: true,
  },
  {
    name: "a reference with a slash and a tilde in it",
    schema: { $ref: "#/$defs/a~1b~0c", $defs: { "a/b~c": { type: "integer" } } },
    value: 1,
  },
  {
    name: "a reference to nowhere by its own type",
    schema: { $ref: "#/x", type: "integer" },
    value: 1,
  },
];

describe("sampleOf()", () => {
  for (const { name, schema, value } of rows) {
    it(`makes ${name}`, () => assertEquals(sampleOf(schema), value));
  }

  it("makes the same value at every call", () => {
    const schema: JsonObject = { type: "object", properties: { a: { type: "string" } } };
    assertEquals(sampleOf(schema), sampleOf(schema));
  });

  it("keeps a field that is called like a prototype as a field", () => {
    const schema = JSON.parse('{"properties":{"__proto__":{"type":"integer"}}}');
    assertEquals(JSON.stringify(sampleOf(schema)), '{"__proto__":1}');
  });

  const endless: { name: string; schema: JsonObject }[] = [
    { name: "refers to itself", schema: { $ref: "#" } },
    {
      name: "holds itself ten times",
      schema: {
        type: "object",
        properties: Object.fromEntries([..."abcdefghij"].map((key) => [key, { $ref: "#" }])),
      },
    },
    {
      name: "asks for a hundred of itself",
      schema: { type: "array", items: { $ref: "#" }, minItems: 1e9 },
    },
    { name: "combines itself", schema: { allOf: [{ $ref: "#" }, { $ref: "#" }] } },
    { name: "asks for an endless text", schema: { type: "string", minLength: 1e15 } },
  ];
  for (const { name, schema } of endless) {
    it(`ends on a schema that ${name}, with a value of bounded size`, () => {
      assert(JSON.stringify(sampleOf(schema)).length < 2_000_000);
    });
  }

  it("satisfies any schema that can be satisfied", () => {
    forSeeds((random) => {
      const schema = madeUpSchema(random, 0);
      const value = sampleOf(schema);
      assert(satisfies(value, schema), `${JSON.stringify(value)} of ${JSON.stringify(schema)}`);
    });
  });

  it("makes JSON of any garbage that calls itself a schema", () => {
    const values: JsonValue[] = [
      null,
      true,
      -1,
      1e308,
      "",
      "#",
      "#/a",
      [],
      {},
      [null],
      "object",
      "array",
    ];
    const keys = [
      "type",
      "enum",
      "const",
      "default",
      "$ref",
      "anyOf",
      "oneOf",
      "allOf",
      "properties",
      "required",
      "items",
      "minItems",
      "maxItems",
      "minLength",
      "maxLength",
      "format",
      "minimum",
      "maximum",
      "exclusiveMinimum",
      "exclusiveMaximum",
      "multipleOf",
      "$defs",
    ];
    const garbage = (random: Random, depth: number): JsonValue =>
      depth > 2 || random.oneIn(3) ? random.pick(values) : Object.fromEntries(
        Array.from(
          { length: random.below(5) },
          () => [random.pick(keys), garbage(random, depth + 1)],
        ),
      );
    forSeeds((random) => {
      const schema = garbage(random, 0);
      const value = sampleOf(isObject(schema) ? schema : { items: schema });
      assert(JSON.stringify(value) !== undefined);
    });
  });
});

/** A schema that some value satisfies. */
function madeUpSchema(random: Random, depth: number): JsonObject {
  const inner = () => madeUpSchema(random, depth + 1);
  const small = () => random.below(8);
  const kind = random.below(depth < 4 ? 9 : 6);
  if (kind === 0) return { type: "string", minLength: small() };
  if (kind === 1) return { type: "string", maxLength: small() };
  if (kind === 2) {
    return {
      type: "integer",
      minimum: small() - 4,
      ...(random.oneIn(2) ? { multipleOf: 1 + small() } : {}),
    };
  }
  if (kind === 3) return { type: "number", exclusiveMaximum: small() - 4 };
  if (kind === 4) return { enum: [random.pick(["a", 1, null, false])] };
  if (kind === 5) return { type: random.pick(["boolean", "null"]) };
  if (kind === 6) return { type: "array", items: inner(), minItems: random.below(4) };
  if (kind === 7) return { [random.pick(["anyOf", "oneOf"])]: [inner(), inner()] };
  const keys = ["a", "b", "__proto__"].filter(() => random.oneIn(2));
  const properties = Object.fromEntries(keys.map((key) => [key, inner()]));
  return { type: "object", properties, ...(random.oneIn(2) ? { required: keys } : {}) };
}

/** The keywords that {@linkcode madeUpSchema} uses, checked. */
function satisfies(value: JsonValue | undefined, schema: JsonObject): boolean {
  const { enum: values, anyOf, oneOf, type } = schema as Record<string, JsonValue[] | undefined>;
  if (values) return values.some((one) => one === value);
  const choices = anyOf ?? oneOf;
  if (choices) return choices.some((one) => satisfies(value, one as JsonObject));
  const at = (key: string, otherwise: number) => (schema[key] ?? otherwise) as number;
  switch (type as unknown as string) {
    case "string":
      return typeof value === "string" && value.length >= at("minLength", 0) &&
        value.length <= at("maxLength", Infinity);
    case "integer":
    case "number":
      return typeof value === "number" && value >= at("minimum", -Infinity) &&
        value < at("exclusiveMaximum", Infinity) && value % at("multipleOf", 1) === 0;
    case "array":
      return Array.isArray(value) && value.length >= at("minItems", 0) &&
        value.every((one) => satisfies(one, schema.items as JsonObject));
    case "object":
      return isObject(value) &&
        (schema.required as string[] ?? []).every((key) => Object.hasOwn(value, key)) &&
        Object.entries(value).every(([key, one]) =>
          satisfies(one, (schema.properties as Record<string, JsonObject>)[key]!)
        );
    default:
      return (type as unknown as string) === "null" ? value === null : typeof value === "boolean";
  }
}
