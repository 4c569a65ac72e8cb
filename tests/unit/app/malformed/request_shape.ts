/**
 * A valid request together with what each of its places may hold, and every request that is wrong
 * in one place.
 *
 * @module
 */

/** The types of JSON, but for `null`, by which clients say that a field is not set. */
export type JsonType = "string" | "number" | "boolean" | "array" | "object";

/** A value of a valid request, and which types may stand in its place. */
export interface Shape {
  /** The valid value, without what is in it. */
  types: readonly JsonType[];
  value?: string | number | boolean;
  fields?: Readonly<Record<string, Shape>>;
  items?: readonly Shape[];
  /** What is in it is the client's own business, such as a JSON Schema. */
  inside?: unknown;
}

/** A text. */
export function text(value: string): Shape {
  return { types: ["string"], value };
}

/** A number. */
export function number(value: number): Shape {
  return { types: ["number"], value };
}

/** A boolean. */
export function flag(value: boolean): Shape {
  return { types: ["boolean"], value };
}

/** An object with known fields. */
export function record(fields: Readonly<Record<string, Shape>>): Shape {
  return { types: ["object"], fields };
}

/** A list. */
export function list(...items: Shape[]): Shape {
  return { types: ["array"], items };
}

/** An object or a list whose inside is not read. */
export function free(inside: object): Shape {
  return { types: [Array.isArray(inside) ? "array" : "object"], inside };
}

/** What is not read at all. */
export function anything(inside: unknown): Shape {
  return { types: ["string", "number", "boolean", "array", "object"], inside };
}

/** The same, where other types may stand as well. */
export function or(shape: Shape, ...types: JsonType[]): Shape {
  return { ...shape, types: [...shape.types, ...types] };
}

/** The valid value. */
export function valueOf(shape: Shape): unknown {
  if (shape.fields) {
    const fields = Object.entries(shape.fields);
    return Object.fromEntries(fields.map(([key, one]) => [key, valueOf(one)]));
  }
  if (shape.items) return shape.items.map(valueOf);
  return shape.inside ?? shape.value;
}

/** A request that is wrong in one place. */
export interface Malformed {
  /** As a person would write it: `messages[2].content`. */
  place: string;
  got: JsonType;
  body: unknown;
  /** The same with nothing in that place. */
  empty: unknown;
}

const WRONG: Readonly<Record<JsonType, unknown>> = {
  string: "wrong",
  number: 7,
  boolean: true,
  array: [7],
  object: { wrong: 7 },
};

const TYPES = Object.keys(WRONG) as JsonType[];

/** Every place of a request with every type that may not stand there. */
export function malformed(request: Shape): Malformed[] {
  const value = valueOf(request);
  return places(request, "").flatMap(({ place, keys, types }) =>
    TYPES.filter((type) => keys.length > 0 && !types.includes(type)).map((got) => ({
      place,
      got,
      body: replaced(value, keys, WRONG[got]),
      empty: replaced(value, keys, null),
    }))
  );
}

type Key = string | number;

interface Place {
  place: string;
  keys: Key[];
  types: readonly JsonType[];
}

function places(shape: Shape, place: string, keys: Key[] = []): Place[] {
  const inner = Object.entries(shape.fields ?? {}).flatMap(([key, one]) =>
    places(one, place === "" ? key : `${place}.${key}`, [...keys, key])
  );
  const items = (shape.items ?? []).flatMap((one, i) =>
    places(one, `${place}[${i}]`, [...keys, i])
  );
  return [{ place, keys, types: shape.types }, ...inner, ...items];
}

function replaced(value: unknown, [key, ...rest]: Key[], wrong: unknown): unknown {
  if (key === undefined) return wrong;
  if (Array.isArray(value)) {
    return value.map((one, i) => i === key ? replaced(one, rest, wrong) : one);
  }
  const object = value as Record<string, unknown>;
  return { ...object, [key]: replaced(object[key], rest, wrong) };
}
