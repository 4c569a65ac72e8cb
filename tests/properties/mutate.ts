/**
 * Ways in which wire text goes wrong: bytes that are lost, doubled or changed, and JSON with a
 * value of another type where one was expected.
 *
 * @module
 */
import { isObject, type JsonValue, parseJson } from "../../lib/base/json.ts";
import type { Random } from "./random.ts";

/** Values that someone somewhere puts in the place of another. */
const ODD_VALUES: readonly JsonValue[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  "",
  "x",
  "{",
  "[DONE]",
  '{"a":1}',
  "\ud800",
  "__proto__",
  [],
  [null],
  [[]],
  [{}],
  ["a", 1, null],
  {},
  { a: { b: [] } },
  { type: "text", text: 5 },
  { type: "unknown_type" },
  { error: { message: "odd" } },
];

/** Any JSON value. */
export function oddValue(random: Random): JsonValue {
  return random.pick(ODD_VALUES);
}

/** A copy of `value` in which one place was changed, removed or doubled. */
export function mutatedJson(value: JsonValue, random: Random): JsonValue {
  const isLeaf = typeof value !== "object" || value === null || Object.keys(value).length === 0;
  if (isLeaf || random.oneIn(8)) return random.pick(ODD_VALUES);
  return Array.isArray(value) ? mutatedList(value, random) : mutatedObject(value, random);
}

function mutatedList(list: JsonValue[], random: Random): JsonValue {
  const i = random.below(list.length);
  const [before, one, after] = [list.slice(0, i), list[i]!, list.slice(i + 1)];
  switch (random.below(8)) {
    case 0:
      return [...before, ...after];
    case 1:
      return [...before, one, one, ...after];
    case 2:
      return [...after, one, ...before];
    default:
      return [...before, mutatedJson(one, random), ...after];
  }
}

function mutatedObject(
  object: { [key: string]: JsonValue | undefined },
  random: Random,
): JsonValue {
  const entries = Object.entries(object);
  const i = random.below(entries.length);
  const [key, one] = entries[i]!;
  const others = entries.filter((_, at) => at !== i);
  switch (random.below(8)) {
    case 0:
      return Object.fromEntries(others);
    case 1:
      return Object.fromEntries([...others, [random.pick(["__proto__", "x", "type"]), one]]);
    default:
      return Object.fromEntries([...others, [key, mutatedJson(one ?? null, random)]]);
  }
}

/** A copy of `bytes` with a few of them lost, doubled, changed or made up. */
export function mutatedBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const length = random.below(random.pick([2, 30, 400]));
  const piece = bytes.subarray(at, at + length);
  switch (random.below(5)) {
    case 0:
      return joined(bytes.subarray(0, at), bytes.subarray(at + length));
    case 1:
      return joined(bytes.subarray(0, at), piece, piece, bytes.subarray(at + length));
    case 2:
      return joined(
        bytes.subarray(0, at),
        piece.map(() => random.below(256)),
        bytes.subarray(at + length),
      );
    case 3:
      return joined(
        bytes.subarray(0, at),
        new TextEncoder().encode(random.pick(INSERTS)),
        bytes.subarray(at),
      );
    default:
      return bytes.slice(0, at);
  }
}

const INSERTS = [
  "\n",
  "\r",
  "\n\n",
  ": c\n\n",
  "data: [DONE]\n\n",
  "data: null\n\n",
  "data: {}\n\n",
  "data: x\n\n",
  "data\n\n",
  '"',
  "}",
  ",",
  "event: error\n",
  "\u0000",
  "\uFEFF",
];

/** A copy of a stream in which the JSON of one message was mutated, or messages changed places. */
export function mutatedStream(bytes: Uint8Array, random: Random): Uint8Array {
  const blocks = new TextDecoder().decode(bytes).split(/(?<=\r?\n\r?\n)/);
  const i = random.below(blocks.length);
  if (random.oneIn(5)) {
    const [block] = blocks.splice(i, 1);
    blocks.splice(random.below(blocks.length + 1), 0, block!);
    if (random.oneIn(2)) blocks.splice(random.below(blocks.length + 1), 0, block!);
  } else {
    blocks[i] = blocks[i]!.replace(/(?<=^data: ?).*/m, (data) => mutatedData(data, random));
  }
  return new TextEncoder().encode(blocks.join(""));
}

function mutatedData(data: string, random: Random): string {
  const value = parseJson(data);
  if (!isObject(value)) return JSON.stringify(random.pick(ODD_VALUES));
  return JSON.stringify(mutatedJson(value, random));
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
