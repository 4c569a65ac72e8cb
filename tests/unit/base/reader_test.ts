/** Fields of a client's JSON: absent, right, or a 400 that names the place. */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../lib/base/error.ts";
import type { JsonObject, JsonValue } from "../../../lib/base/json.ts";
import {
  asObject,
  asString,
  at,
  readArray,
  readBoolean,
  readEnum,
  readNumber,
  readObject,
  readString,
  requireArray,
  requireObject,
  requireString,
  unknownFields,
  wrongType,
} from "../../../lib/base/reader.ts";

/** The error as a client sees it. */
function problem(run: () => unknown): { status: number; message: string; param?: string } {
  const { status, message, param } = assertThrows(run, GatewayError);
  return { status, message, ...(param === undefined ? {} : { param }) };
}

type Read = (object: JsonObject, key: string, place: string) => unknown;

const readers: { name: string; read: Read; right: JsonValue; expected: string }[] = [
  { name: "readString()", read: readString, right: "", expected: "a string" },
  { name: "readNumber()", read: readNumber, right: 0, expected: "a number" },
  { name: "readBoolean()", read: readBoolean, right: false, expected: "a boolean" },
  { name: "readObject()", read: readObject, right: {}, expected: "an object" },
  { name: "readArray()", read: readArray, right: [], expected: "an array" },
];

const values: { type: string; value: JsonValue }[] = [
  { type: "a string", value: "x" },
  { type: "a number", value: 1 },
  { type: "a boolean", value: true },
  { type: "an object", value: { a: 1 } },
  { type: "an array", value: [1] },
];

for (const { name, read, right, expected } of readers) {
  describe(name, () => {
    it("gives a value of its type, empty ones too", () => {
      assertEquals(read({ key: right }, "key", ""), right);
    });

    it("gives nothing for a field that is absent or null", () => {
      assertEquals(read({}, "key", ""), undefined);
      assertEquals(read({ key: null }, "key", ""), undefined);
    });

    for (const { type, value } of values.filter((one) => one.type !== expected)) {
      it(`refuses ${type} and names the place`, () => {
        assertEquals(problem(() => read({ key: value }, "key", "messages[2]")), {
          status: 400,
          message: `messages[2].key: expected ${expected}, got ${type}`,
          param: "messages[2].key",
        });
      });
    }
  });
}

const requirers: { name: string; read: Read; right: JsonValue }[] = [
  { name: "requireString()", read: requireString, right: "x" },
  { name: "requireObject()", read: requireObject, right: { a: 1 } },
  { name: "requireArray()", read: requireArray, right: [1] },
];

for (const { name, read, right } of requirers) {
  describe(name, () => {
    it("gives the value", () => assertEquals(read({ key: right }, "key", ""), right));

    it("refuses a body without it", () => {
      const missing = { status: 400, message: "tools[0].key: missing", param: "tools[0].key" };
      assertEquals(problem(() => read({}, "key", "tools[0]")), missing);
      assertEquals(problem(() => read({ key: null }, "key", "tools[0]")), missing);
    });
  });
}

describe("readEnum()", () => {
  const options = { place: "", values: ["low", "high"] } as const;

  it("gives one of its values", () => {
    assertEquals(readEnum({ effort: "high" }, "effort", options), "high");
    assertEquals(readEnum({}, "effort", options), undefined);
  });

  it("refuses another string and names what it expects", () => {
    assertEquals(problem(() => readEnum({ effort: "max" }, "effort", options)), {
      status: 400,
      message: 'effort: expected one of low, high, got "max"',
      param: "effort",
    });
  });

  it("refuses another type", () => {
    assertEquals(
      problem(() => readEnum({ effort: 3 }, "effort", options)).message,
      "effort: expected a string, got a number",
    );
  });
});

describe("asObject()", () => {
  it("gives an object", () => assertEquals(asObject({ a: 1 }, "x[0]"), { a: 1 }));

  it("refuses null and names the place", () => {
    assertEquals(
      problem(() => asObject(null, "x[0]")).message,
      "x[0]: expected an object, got null",
    );
  });
});

describe("asString()", () => {
  it("gives a string", () => assertEquals(asString("a", "x[0]"), "a"));

  it("refuses nothing and names the place", () => {
    const { message } = problem(() => asString(undefined, "x[0]"));
    assertEquals(message, "x[0]: expected a string, got nothing");
  });
});

describe("at()", () => {
  it("writes places as people do", () => {
    assertEquals(at("", "messages"), "messages");
    assertEquals(at("messages", 2), "messages[2]");
    assertEquals(at("messages[2]", "content"), "messages[2].content");
  });
});

describe("wrongType()", () => {
  it("tells types apart that JavaScript does not", () => {
    assertEquals(wrongType("a", "a string", null).message, "a: expected a string, got null");
    assertEquals(wrongType("a", "a string", []).message, "a: expected a string, got an array");
  });
});

describe("unknownFields()", () => {
  it("gives the fields whose keys are not known", () => {
    assertEquals(unknownFields({ a: 1, b: null, c: 3 }, new Set(["a"])), { b: null, c: 3 });
  });

  it("gives nothing when every field is known", () => {
    assertEquals(unknownFields({ a: 1 }, new Set(["a"])), undefined);
    assertEquals(unknownFields({}, new Set(["a"])), undefined);
  });

  it("keeps a field that is called like a prototype as a field", () => {
    const rest = unknownFields(JSON.parse('{"__proto__":{"polluted":true}}'), new Set())!;
    assertEquals(Object.keys(rest), ["__proto__"]);
    assertEquals(rest.polluted, undefined);
    assertEquals(JSON.stringify(rest), '{"__proto__":{"polluted":true}}');
  });
});
