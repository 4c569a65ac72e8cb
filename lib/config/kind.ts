/**
 * The kinds of values that a configuration field can have: how each is checked, and how it is
 * named to people.
 *
 * @module
 */
import { didYouMean } from "../base/nearest.ts";
import { type JsonValue, parseJson } from "../base/json.ts";
import type { Path, Problem } from "./problem.ts";
import { typeName } from "./type_name.ts";

/** A kind as JSON Schema (draft 2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Says what a value must be; `check` returns its problems, none when it is right. */
export interface Kind {
  /** With its article: "a number from 1 to 65535". */
  readonly expected: string;
  check(value: unknown, path: Path): Problem[];
  /** Made when it is asked for: a start has no use for it. */
  readonly jsonSchema: JsonSchema;
}

/** A kind that the JSON Schema defines once and refers to by its name. */
export interface NamedKind extends Kind {
  readonly name: string;
  readonly fields: Fields;
  /** What stands under the name; `jsonSchema` only refers to it. */
  readonly definition: JsonSchema;
}

/** A mapping with known keys. */
export interface RecordKind extends Kind {
  readonly fields: Fields;
}

/** One field of a record: its kind and the line that documents it. */
export interface Field {
  kind: Kind;
  doc: string;
  /** What holds when it is left out, as people read it. */
  default?: string;
  /** A value of it, as it stands in a file. */
  example?: string;
  required?: boolean;
}

/** The fields of a record, by key. */
export type Fields = Readonly<Record<string, Field>>;

function simple(expected: string, schema: Record<string, unknown>, test: (v: unknown) => boolean) {
  const kind: Kind = {
    expected,
    jsonSchema: schema,
    check: (value, path) =>
      test(value) ? [] : [{ path, message: `expected ${expected}, got ${typeName(value)}` }],
  };
  return kind;
}

/** Any string. */
export const text: Kind = simple(
  "a string",
  { type: "string" },
  (value) => typeof value === "string",
);

/** A string that says something. */
export const nonEmptyText: Kind = {
  expected: "a non-empty string",
  jsonSchema: { type: "string", pattern: "\\S" },
  check: (value, path) => {
    if (typeof value === "string" && value.trim() !== "") return [];
    const got = value === "" || typeof value === "string" ? "an empty one" : typeName(value);
    return [{ path, message: `expected a non-empty string, got ${got}` }];
  },
};

/** The source of a regular expression. */
export const regularExpression: Kind = {
  expected: "a regular expression",
  jsonSchema: { ...nonEmptyText.jsonSchema, format: "regex" },
  check: (value, path) => {
    const problems = nonEmptyText.check(value, path);
    if (problems.length > 0 || isExpression(value as string)) return problems;
    return [{ path, message: "expected a regular expression" }];
  },
};

function isExpression(source: string): boolean {
  try {
    return Boolean(new RegExp(source));
  } catch {
    return false;
  }
}

/** A switch. */
export const flag: Kind = simple(
  "true or false",
  { type: "boolean" },
  (value) => typeof value === "boolean",
);

/** A whole number within bounds, both included. */
export function whole(min: number, max: number): Kind {
  const expected = max === Infinity
    ? `a whole number of at least ${min}`
    : `a whole number from ${min} to ${max}`;
  const fits = (value: unknown) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
  return {
    expected,
    get jsonSchema() {
      return { type: "integer", minimum: min, ...(max === Infinity ? {} : { maximum: max }) };
    },
    check: (value, path) => {
      if (fits(value)) return [];
      const got = typeof value === "number" ? String(value) : typeName(value);
      return [{ path, message: `expected ${expected}, got ${got}` }];
    },
  };
}

/** One of a closed list of words. */
export function oneOf(values: readonly string[]): Kind {
  const expected = `one of ${values.join(", ")}`;
  return {
    expected,
    get jsonSchema() {
      return { enum: values };
    },
    check: (value, path) => {
      if (typeof value === "string" && values.includes(value)) return [];
      const got = typeof value === "string"
        ? `"${value}"${didYouMean(value, values)}`
        : typeName(value);
      return [{ path, message: `expected ${expected}, got ${got}` }];
    },
  };
}

/** A list whose elements are all of one kind. */
export function listOf(kind: Kind): Kind {
  return {
    expected: "a list",
    get jsonSchema() {
      return { type: "array", items: kind.jsonSchema };
    },
    check: (value, path) =>
      Array.isArray(value)
        ? value.flatMap((element, index) => kind.check(element, [...path, index]))
        : [{ path, message: `expected a list, got ${typeName(value)}` }],
  };
}

/** One value, or a list of them. */
export function oneOrMore(kind: Kind): Kind {
  const list = listOf(kind);
  return {
    expected: `${kind.expected} or a list`,
    get jsonSchema() {
      return { anyOf: [kind.jsonSchema, list.jsonSchema] };
    },
    check: (value, path) => (Array.isArray(value) ? list : kind).check(value, path),
  };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A mapping with free keys whose values are all of one kind. */
export function mapOf(kind: Kind): Kind {
  return {
    expected: "a mapping",
    get jsonSchema() {
      return { type: "object", additionalProperties: kind.jsonSchema };
    },
    check: (value, path) =>
      isMapping(value)
        ? Object.entries(value).flatMap(([key, one]) => kind.check(one, [...path, key]))
        : [{ path, message: `expected a mapping, got ${typeName(value)}` }],
  };
}

/** A list, or a mapping, each of its own kind. */
export function listOrMap(list: Kind, map: Kind): Kind {
  return {
    expected: "a list or a mapping",
    get jsonSchema() {
      return { anyOf: [list.jsonSchema, map.jsonSchema] };
    },
    check: (value, path) => {
      if (Array.isArray(value)) return list.check(value, path);
      if (isMapping(value)) return map.check(value, path);
      return [{ path, message: `expected a list or a mapping, got ${typeName(value)}` }];
    },
  };
}

/**
 * A mapping with known keys.
 *
 * @param oneOfThese Sets of keys of which one must be there, for editors: the loader says it better.
 */
export function record(
  fields: Fields,
  oneOfThese: readonly (readonly string[])[] = [],
): RecordKind {
  return {
    expected: "a mapping",
    fields,
    get jsonSchema() {
      return recordSchema(fields, oneOfThese);
    },
    check: (value, path) => {
      if (!isMapping(value)) {
        return [{ path, message: `expected a mapping, got ${typeName(value)}` }];
      }
      return [...unknownKeys(value, fields, path), ...fieldProblems(value, fields, path)];
    },
  };
}

/** The same mapping under a name, by which the JSON Schema refers to it. */
export function named(name: string, kind: RecordKind): NamedKind {
  return {
    name,
    expected: kind.expected,
    fields: kind.fields,
    jsonSchema: { $ref: `#/$defs/${name}` },
    get definition() {
      return kind.jsonSchema;
    },
    check: kind.check,
  };
}

function recordSchema(fields: Fields, oneOfThese: readonly (readonly string[])[]): JsonSchema {
  const required = Object.keys(fields).filter((key) => fields[key]!.required);
  const properties = Object.entries(fields).map(([key, field]) => [key, fieldSchema(field)]);
  return {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(properties),
    ...(required.length > 0 ? { required } : {}),
    ...(oneOfThese.length > 0 ? { anyOf: oneOfThese.map((keys) => ({ required: keys })) } : {}),
  };
}

function fieldSchema({ kind, doc, default: usual, required }: Field): JsonSchema {
  const { jsonSchema } = kind;
  const value = usual === undefined ? undefined : defaultValue(kind, usual);
  return {
    ...(required ? jsonSchema : orNull(jsonSchema)),
    description: usual === undefined ? doc : `${doc} Default: ${usual}.`,
    ...(value === undefined ? {} : { default: value }),
  };
}

/** `key:` with nothing behind it is null, and means "not set". */
function orNull(schema: JsonSchema): JsonSchema {
  if (Array.isArray(schema.enum)) return { ...schema, enum: [...schema.enum, null] };
  if (Array.isArray(schema.anyOf)) return { ...schema, anyOf: [...schema.anyOf, { type: "null" }] };
  if (schema.$ref !== undefined) return { anyOf: [schema, { type: "null" }] };
  return { ...schema, type: [schema.type, "null"] };
}

/** A default as a value, where it is one: many are told in words. */
function defaultValue(kind: Kind, text: string): JsonValue | undefined {
  const readings = [parseJson(text), parseJson(`[${text}]`)];
  // Words fit any text; only of a closed list is it certain that they are the value.
  if (Array.isArray(kind.jsonSchema.enum)) readings.push(text);
  return readings.find((value) => value !== undefined && kind.check(value, []).length === 0);
}

function unknownKeys(value: Record<string, unknown>, fields: Fields, path: Path): Problem[] {
  return Object.keys(value).filter((key) => !Object.hasOwn(fields, key)).map((key) => ({
    path: [...path, key],
    message: `unknown key${didYouMean(key, Object.keys(fields))}`,
    atKey: true,
  }));
}

function fieldProblems(value: Record<string, unknown>, fields: Fields, path: Path): Problem[] {
  return Object.entries(fields).flatMap(([key, field]) => {
    const one = Object.hasOwn(value, key) ? value[key] : undefined;
    // `key:` with nothing behind it is how YAML says null; people mean "not set".
    if (one !== undefined && one !== null) return field.kind.check(one, [...path, key]);
    return field.required ? [{ path: [...path, key], message: "missing" }] : [];
  });
}
