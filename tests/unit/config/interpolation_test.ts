/** `${NAME}` in values, and what is missing. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { interpolate } from "../../../lib/config/interpolation.ts";

const VARIABLES: Readonly<Record<string, string>> = {
  A: "1",
  B_2: "two",
  EMPTY: "",
  NESTED: "${A}",
};
const read = (name: string) => VARIABLES[name];

const texts: { name: string; text: string; result: string; missing?: string[] }[] = [
  { name: "a whole value", text: "${A}", result: "1" },
  { name: "a part of a value", text: "x-${A}-y", result: "x-1-y" },
  { name: "several variables", text: "${A}${B_2}", result: "1two" },
  { name: "no variable in a value, only once", text: "${NESTED}", result: "${A}" },
  { name: "a variable that is not set", text: "${NONE}", result: "${NONE}", missing: ["NONE"] },
  {
    name: "an empty variable as one not set",
    text: "${EMPTY}",
    result: "${EMPTY}",
    missing: ["EMPTY"],
  },
  {
    name: "nothing of a dollar sign alone",
    text: "$A $ {A} ${} ${1A} ${A-b}",
    result: "$A $ {A} ${} ${1A} ${A-b}",
  },
];

describe("interpolate()", () => {
  for (const { name, text, result, missing = [] } of texts) {
    it(`replaces ${name}`, () => {
      const found = interpolate({ a: text }, read);
      assertEquals(found.value, { a: result });
      assertEquals(found.missing, missing.map((one) => ({ path: ["a"], name: one })));
    });
  }

  it("reaches strings anywhere and leaves other values and keys as they are", () => {
    const value = { "${A}": [{ b: "${A}" }, 2, true, null], c: { d: ["${B_2}"] } };
    assertEquals(interpolate(value, read).value, {
      "${A}": [{ b: "1" }, 2, true, null],
      c: { d: ["two"] },
    });
  });

  it("tells for each missing variable the place that asks", () => {
    const { missing } = interpolate({ a: ["x", "${N}"], b: { c: "${N}${M}" } }, read);
    assertEquals(missing, [
      { path: ["a", 1], name: "N" },
      { path: ["b", "c"], name: "N" },
      { path: ["b", "c"], name: "M" },
    ]);
  });

  it("does not change what it is given", () => {
    const value = { a: ["${A}"] };
    interpolate(value, read);
    assertEquals(value, { a: ["${A}"] });
  });

  it("keeps a key that is called like a prototype as a key", () => {
    const { value } = interpolate(JSON.parse('{"__proto__":"${A}"}'), read);
    assertEquals(JSON.stringify(value), '{"__proto__":"1"}');
  });

  it("ends on a value that holds itself", () => {
    const loop: unknown[] = [];
    loop.push(loop, loop, "${A}");
    assert(Array.isArray(interpolate(loop, read).value));
  });

  it("ends on aliases that would make a value of any size", () => {
    let value: unknown = "${A}";
    for (let level = 0; level < 20; level++) value = Array(10).fill(value);
    assert(Array.isArray(interpolate(value, read).value));
  });
});
