/**
 * What the fields of a cassette may hold: files are edited by hand, and a slip has to be told with
 * its place.
 *
 * @module
 */
import { isObject, typeName } from "../base/json.ts";
import { didYouMean } from "../base/nearest.ts";
import type { Path, Problem } from "../config/problem.ts";

/** Checks one value; adds what is wrong with it. */
type Check = (value: unknown, path: Path, problems: Problem[]) => void;

/** A field, and whether it must be there. */
type Fields = Readonly<Record<string, { check: Check; isRequired?: boolean }>>;

/** Everything that is wrong with the value of a cassette's text. */
export function checkCassette(value: unknown, version: number): Problem[] {
  const problems: Problem[] = [];
  const isOther = isObject(value) && value.cassette !== undefined && value.cassette !== version;
  if (isOther) {
    const message = `expected ${version}, the format that this version reads`;
    return [{ path: ["cassette"], message }];
  }
  object(CASSETTE)(value, [], problems);
  return problems;
}

function simple(expected: string, test: (value: unknown) => boolean): Check {
  return (value, path, problems) => {
    if (!test(value)) problems.push({ path, message: `expected ${expected}, got ${shown(value)}` });
  };
}

/** Numbers and words as they are; of anything else only what it is. */
function shown(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value.length <= 40 ? JSON.stringify(value) : typeName(value);
}

function object(fields: Fields): Check {
  return (value, path, problems) => {
    if (!isObject(value)) {
      problems.push({ path, message: `expected a mapping, got ${typeName(value)}` });
      return;
    }
    for (const [key, child] of Object.entries(value)) {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (field) field.check(child, [...path, key], problems);
      else problems.push(unknownKey([...path, key], key, Object.keys(fields)));
    }
    for (const [key, { isRequired }] of Object.entries(fields)) {
      if (isRequired && value[key] === undefined) {
        problems.push({ path, message: `"${key}" is missing`, atKey: true });
      }
    }
  };
}

function unknownKey(path: Path, key: string, known: string[]): Problem {
  const hint = didYouMean(key, known) || `, expected one of ${known.join(", ")}`;
  return { path, message: `unknown key${hint}`, atKey: true };
}

function list(check: Check): Check {
  return (value, path, problems) => {
    if (!Array.isArray(value)) {
      problems.push({ path, message: `expected a list, got ${typeName(value)}` });
      return;
    }
    value.forEach((one, index) => check(one, [...path, index], problems));
  };
}

/** An object with one of several sets of fields, told apart by the one that is there. */
function oneOf(forms: Readonly<Record<string, Check>>, shared: Fields = {}): Check {
  const names = Object.keys(forms);
  return (value, path, problems) => {
    const form = isObject(value) ? names.filter((name) => Object.hasOwn(value, name)) : [];
    if (form.length !== 1) {
      problems.push({ path, message: `expected one of ${names.join(", ")}` });
      return;
    }
    const fields = { ...shared, [form[0]!]: { check: forms[form[0]!]!, isRequired: true } };
    object(fields)(value, path, problems);
  };
}

const string = simple("a string", (value) => typeof value === "string");
const anything: Check = () => {};
const isWhole = (value: unknown, from: number, to: number) =>
  Number.isInteger(value) && (value as number) >= from && (value as number) <= to;
const count = simple("a whole number from 0", (value) => isWhole(value, 0, 2 ** 52));
// A response cannot be made with any other.
const status = simple("a status from 200 to 599", (value) => isWhole(value, 200, 599));
const path = simple(
  'a path that begins with "/"',
  (value) => typeof value === "string" && value.startsWith("/"),
);
const base64 = simple("base64", isBase64);
const ended = simple(
  "client-left or broken-off",
  (value) => value === "client-left" || value === "broken-off",
);

function isBase64(value: unknown): boolean {
  try {
    return Uint8Array.fromBase64(value as string) !== undefined;
  } catch {
    // What cannot be read is what was asked for.
    return false;
  }
}

/** Names and values that HTTP allows. */
const headers: Check = (value, path, problems) => {
  if (!isObject(value)) {
    problems.push({ path, message: `expected a mapping, got ${typeName(value)}` });
    return;
  }
  for (const [name, one] of Object.entries(value)) {
    const isHeader = typeof one === "string" && isAllowedHeader(name, one);
    if (!isHeader) problems.push({ path: [...path, name], message: "expected a header's text" });
  }
};

function isAllowedHeader(name: string, value: string): boolean {
  try {
    new Headers([[name, value]]);
    return true;
  } catch {
    // Not allowed, which is the answer.
    return false;
  }
}

const chunk = oneOf({ text: string, base64 }, { atMs: { check: count, isRequired: true } });
const body = oneOf({ json: anything, text: string, base64, stream: list(chunk) });

const BODY: Fields = { body: { check: body }, cutFromBytes: { check: count } };

const ANSWER: Fields = {
  status: { check: status, isRequired: true },
  headers: { check: headers, isRequired: true },
  afterMs: { check: count, isRequired: true },
  ...BODY,
  ended: { check: ended },
};

const CLIENT: Fields = {
  method: { check: string, isRequired: true },
  path: { check: path, isRequired: true },
  query: { check: string },
  protocol: { check: string },
  headers: { check: headers, isRequired: true },
  ...BODY,
};

const ATTEMPT: Fields = {
  route: { check: string },
  method: { check: string, isRequired: true },
  url: { check: string, isRequired: true },
  headers: { check: headers, isRequired: true },
  ...BODY,
  answer: { check: object(ANSWER) },
  failure: { check: string },
};

const CASSETTE: Fields = {
  cassette: { check: anything, isRequired: true },
  client: { check: object(CLIENT), isRequired: true },
  attempts: { check: list(object(ATTEMPT)) },
  answer: { check: object(ANSWER), isRequired: true },
};
