import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { JsonObject } from "../../../../lib/base/json.ts";
import { outputSchema, toolSchema } from "../../../../lib/translation/anthropic_messages/schema.ts";

describe("toolSchema()", () => {
  it("leaves the schema of an object as it is", () => {
    const schema = { type: "object", properties: { a: { minimum: 1 } } };
    assertEquals(toolSchema(schema), { schema, isExact: true });
  });

  it("says that a tool without a schema takes an empty object", () => {
    const schema = { properties: {}, type: "object" };
    assertEquals(toolSchema(undefined), { schema, isExact: true });
  });

  it("joins alternatives into one object that demands what all of them demand", () => {
    const schema = {
      description: "d",
      required: ["z"],
      properties: { z: {} },
      anyOf: [
        { properties: { a: { type: "string" }, b: {} }, required: ["a", "b"] },
        { properties: { a: { type: "number" }, c: {} }, required: ["a", "c"] },
      ],
    };
    assertEquals(toolSchema(schema), {
      schema: {
        description: "d",
        type: "object",
        properties: { a: { type: "number" }, b: {}, c: {}, z: {} },
        required: ["z", "a"],
      },
      isExact: false,
    });
  });

  it("demands what any part of an allOf demands", () => {
    const allOf = [{ required: ["a"] }, { required: ["b"] }];
    assertEquals(toolSchema({ allOf }).schema.required, ["a", "b"]);
  });
});

describe("outputSchema()", () => {
  const schemas: Readonly<Record<string, readonly [JsonObject, JsonObject, boolean]>> = {
    "leaves a closed schema as it is": [
      { type: "object", properties: { a: { type: "string" } }, additionalProperties: false },
      { type: "object", properties: { a: { type: "string" } }, additionalProperties: false },
      true,
    ],
    "closes objects at every depth": [
      { type: "array", items: { type: ["object", "null"], properties: { a: { type: "object" } } } },
      {
        type: "array",
        items: {
          type: ["object", "null"],
          properties: { a: { type: "object", additionalProperties: false } },
          additionalProperties: false,
        },
      },
      true,
    ],
    "says so when it closes an open object": [
      { type: "object", additionalProperties: { type: "string" } },
      { type: "object", additionalProperties: false },
      false,
    ],
    "leaves out keywords that only narrow a value": [
      { type: "number", minimum: 1, multipleOf: 2 },
      { type: "number" },
      false,
    ],
    "leaves out the dialect without calling that a loss": [
      { $schema: "x", type: "string" },
      { type: "string" },
      true,
    ],
    "keeps the least number of items where the API knows it": [
      { type: "array", minItems: 1, items: { type: "array", minItems: 2 } },
      { type: "array", minItems: 1, items: { type: "array" } },
      false,
    ],
    "keeps properties that are named like keywords": [
      { properties: { minimum: { type: "number" }, if: { maximum: 3 } }, required: ["minimum"] },
      { properties: { minimum: { type: "number" }, if: {} }, required: ["minimum"] },
      false,
    ],
    "keeps values as they are": [
      { enum: [{ minimum: 1 }], default: { maximum: 2 } },
      { enum: [{ minimum: 1 }], default: { maximum: 2 } },
      true,
    ],
    "writes oneOf as the anyOf that the API knows": [
      { oneOf: [{ type: "object" }] },
      { anyOf: [{ type: "object", additionalProperties: false }] },
      true,
    ],
  };
  for (const [name, [given, schema, isExact]] of Object.entries(schemas)) {
    it(name, () => assertEquals(outputSchema(given), { schema, isExact }));
  }

  it("ends on a schema that is nested deeper than anyone writes", () => {
    let schema: JsonObject = { type: "string", minimum: 1 };
    for (let i = 0; i < 20_000; i++) schema = { items: schema };
    outputSchema(schema);
  });
});
