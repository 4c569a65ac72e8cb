/**
 * The kinds of values that a configuration field can have: how each is checked, and how it is
 * named to people.
 *
 * @module
 */
import { didYouMean } from "../base/nearest.ts";
import { typeName } from "../base/json.ts";
import type { Path, Problem } from "./problem.ts";

/** Says what a value must be; `check` returns its problems, none when it is right. */
export interface Kind {
  /** With its article: "a number from 1 to 65535". */
  readonly expected: string;
  check(value: unknown, path: Path): Problem[];
  /** The kind as JSON Schema. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
}

/** One field of a record: its kind and the line that documents it. */
export interface Field {
  kind: Kind;
  doc: string;
  /** What holds when it is left out, as people read it. */
  default?: string;
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
  jsonSchema: { type: "string", minLength: 1 },
  check: (value, path) => {
    if (typeof value === "string" && value.trim() !== "") return [];
    const got = value === "" || typeof value === "string" ? "an empty one" : typeName(value);
    return [{ path, message: `expected a non-empty string, got ${got}` }];
  },
};

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
  const jsonSchema = {
    type: "integer",
    minimum: min,
    ...(max === Infinity ? {} : { maximum: max }),
  };
  const fits = (value: unknown) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
  return {
    expected,
    jsonSchema,
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
    jsonSchema: { enum: values },
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
    jsonSchema: { type: "array", items: kind.jsonSchema },
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
    jsonSchema: { anyOf: [kind.jsonSchema, list.jsonSchema] },
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
    jsonSchema: { type: "object", additionalProperties: kind.jsonSchema },
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
    jsonSchema: { anyOf: [list.jsonSchema, map.jsonSchema] },
    check: (value, path) => (Array.isArray(value) ? list : map).check(value, path),
  };
}

/** A mapping with known keys. */
export function record(fields: Fields): Kind {
  const required = Object.keys(fields).filter((key) => fields[key]!.required);
  return {
    expected: "a mapping",
    jsonSchema: {
      type: "object",
      additionalProperties: false,
      properties: Object.fromEntries(
        Object.entries(fields).map((
          [key, field],
        ) => [key, { ...field.kind.jsonSchema, description: field.doc }]),
      ),
      ...(required.length > 0 ? { required } : {}),
    },
    check: (value, path) => {
      if (!isMapping(value)) {
        return [{ path, message: `expected a mapping, got ${typeName(value)}` }];
      }
      return [...unknownKeys(value, fields, path), ...fieldProblems(value, fields, path)];
    },
  };
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
