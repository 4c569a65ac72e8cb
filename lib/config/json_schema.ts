/**
 * `routes.yml` as JSON Schema, for editors: what the loader's table of fields says, in their words.
 *
 * What needs more than one place of the file, or the environment, only the loader can check.
 *
 * @see {@link https://json-schema.org/draft/2020-12/json-schema-core}
 * @module
 */
import { isObject } from "../base/json.ts";
import type { JsonSchema } from "./kind.ts";
import { DOCUMENT, NAMED, ROUTES } from "./schema.ts";

/** The schema of a whole file. */
export function documentSchema(): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "routes.yml of openclaw-autoproxy",
    description: "Upstreams, and how requests are spread over them.",
    // A choice by `anyOf` would make editors tell of every mistake that nothing fits.
    if: { type: "array" },
    then: orVariable(ROUTES.jsonSchema),
    else: orVariable(DOCUMENT.jsonSchema),
    $defs: {
      variable: {
        description: "A variable of the environment, in place of a number, a switch or a word.",
        type: "string",
        pattern: "^\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}$",
      },
      ...Object.fromEntries(NAMED.map(({ name, definition }) => [name, orVariable(definition)])),
    },
  };
}

/** What is no text may still be written as `${NAME}`, wherever it stands in the schema. */
function orVariable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(orVariable);
  if (!isObject(schema)) return schema;
  if (!isScalar(schema)) {
    return Object.fromEntries(
      Object.entries(schema).map(([key, value]) => [key, orVariable(value)]),
    );
  }
  const { description, default: usual, ...rest } = schema;
  return {
    ...(description === undefined ? {} : { description }),
    ...(usual === undefined ? {} : { default: usual }),
    anyOf: [rest, { $ref: "#/$defs/variable" }],
  };
}

function isScalar({ type, enum: words }: JsonSchema): boolean {
  const [first] = Array.isArray(type) ? type : [type];
  return first === "integer" || first === "boolean" || Array.isArray(words);
}
