/** The part of `@std/cli/parse-args` that the command line relies on, whatever the name resolves to. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { parseArgs } from "@std/cli/parse-args";

const OPTIONS = () => ({
  boolean: ["help", "stub"],
  string: ["_", "port", "config"],
  alias: { h: "help", p: "port" },
});

/** Flags and operands, names of one flag counted once. */
function parse(...args: string[]): Record<string, unknown> {
  const { h: _h, p: _p, ...rest } = parseArgs(args, OPTIONS());
  const isSet = ([name, value]: [string, unknown]) =>
    name === "_" || (value !== undefined && value !== false);
  return Object.fromEntries(Object.entries(rest).filter(isSet));
}

const cases: { name: string; args: string[]; result: Record<string, unknown> }[] = [
  { name: "no arguments", args: [], result: { _: [] } },
  { name: "a value behind a space", args: ["--port", "1"], result: { _: [], port: "1" } },
  { name: "a value behind an equal sign", args: ["--port=1"], result: { _: [], port: "1" } },
  { name: "a short name", args: ["-p", "1"], result: { _: [], port: "1" } },
  { name: "a switch", args: ["--stub", "--port", "1"], result: { _: [], stub: true, port: "1" } },
  { name: "a switch's short name", args: ["-h"], result: { _: [], help: true } },
  { name: "operands", args: ["a", "b"], result: { _: ["a", "b"] } },
  { name: "a lone dash as an operand", args: ["-", "--stub"], result: { _: ["-"], stub: true } },
  { name: "operands that look like numbers", args: ["7"], result: { _: ["7"] } },
  {
    name: "what follows two dashes as operands",
    args: ["--", "--stub"],
    result: { _: ["--stub"] },
  },
  {
    name: "a value that looks like a number",
    args: ["--port", "08"],
    result: { _: [], port: "08" },
  },
  { name: "an empty string for a missing value", args: ["--port"], result: { _: [], port: "" } },
  { name: "an unknown flag", args: ["--prot=x"], result: { _: [], prot: "x" } },
  {
    name: "a repeated flag as a list",
    args: ["--port=1", "--port=2"],
    result: { _: [], port: ["1", "2"] },
  },
];

describe("parseArgs()", () => {
  for (const { name, args, result } of cases) {
    it(`reads ${name}`, () => assertEquals(parse(...args), result));
  }

  it("reads flags that are called like what every object has", () => {
    assertEquals(Object.keys(parse("--constructor", "x")).sort(), ["_", "constructor"]);
    assertEquals(Object.keys(parse("--hasOwnProperty", "x")).sort(), ["_", "hasOwnProperty"]);
  });
});
