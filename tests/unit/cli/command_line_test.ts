/** Arguments as a verb, its flags and operands, or as what is wrong in one line. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { parseCommand } from "../../../lib/cli/command_line.ts";
import { unknownWord } from "../../../lib/cli/unknown_word.ts";
import { VERBS } from "../../../lib/cli/verbs.ts";

/** What was asked for, in short. */
function parsed(line: string): unknown {
  const command = parseCommand(line.split(" ").filter((word) => word !== ""), VERBS);
  if ("problem" in command) return command.problem;
  if ("wants" in command) {
    return command.verb ? `${command.wants} of ${command.verb.name}` : command.wants;
  }
  const { verb, flags, operands } = command;
  return {
    verb: verb.name,
    ...Object.fromEntries(flags),
    ...(operands.length ? { operands } : {}),
  };
}

const lines: { line: string; result: unknown }[] = [
  { line: "", result: { verb: "start" } },
  { line: "start", result: { verb: "start" } },
  { line: "gateway start", result: { verb: "start" } },
  { line: "gateway", result: { verb: "start" } },
  { line: "--port 9000", result: { verb: "start", port: "9000" } },
  { line: "--port=9000", result: { verb: "start", port: "9000" } },
  { line: "start -p 9000 -c my.yml", result: { verb: "start", port: "9000", config: "my.yml" } },
  { line: "start --stub --host ::1", result: { verb: "start", stub: true, host: "::1" } },
  { line: "start --port 1 --port 2", result: { verb: "start", port: "2" } },
  { line: "start --no-stub", result: { verb: "start" } },
  { line: "start --stub=false", result: { verb: "start" } },
  { line: "start --config 007", result: { verb: "start", config: "007" } },
  { line: "dev --config my.yml", result: { verb: "dev", config: "my.yml" } },
  { line: "help start", result: { verb: "help", operands: ["start"] } },
  { line: "help", result: { verb: "help" } },
  { line: "--help", result: "help of start" },
  { line: "-h", result: "help of start" },
  { line: "dev --help", result: "help of dev" },
  { line: "start --port x --help", result: "help of start" },
  { line: "--version", result: "version" },
  { line: "-v", result: "version" },
  { line: "strat", result: 'Unknown verb strat, did you mean "start"?' },
  {
    line: "serve",
    result: `Unknown verb serve, expected ${VERBS.map(({ name }) => name).join(", ")}`,
  },
  { line: "explain -", result: { verb: "explain", operands: ["-"] } },
  { line: "explain - -m a", result: { verb: "explain", operands: ["-"], model: "a" } },
  { line: "start --prot 1", result: 'Unknown flag --prot, did you mean "--port"?' },
  {
    line: "start -x",
    result: `Unknown flag -x, expected ${
      [...VERBS[0]!.flags.map(({ name }) => `--${name}`), "--help", "--version"].join(", ")
    }`,
  },
  { line: "start --port", result: "Flag --port needs a value: --port PORT" },
  { line: "start --port --stub", result: "Flag --port needs a value: --port PORT" },
  { line: "start --config=", result: "Flag --config needs a value: --config FILE" },
  ...["65536", "1.5", "x", "0x10"].map((port) => ({
    line: `start --port ${port}`,
    result: `Flag --port: expected a whole number from 0 to 65535, got ${port}`,
  })),
  { line: "start --no-port", result: "Flag --port needs a value: --port PORT" },
  { line: "start my.yml", result: "Unexpected argument my.yml for start" },
  { line: "start --stub my.yml", result: "Unexpected argument my.yml for start" },
  { line: "start -- --port", result: "Unexpected argument --port for start" },
];

describe("parseCommand()", () => {
  for (const { line, result } of lines) {
    it(`reads "${line}"`, () => assertEquals(parsed(line), result));
  }

  for (const name of ["constructor", "hasOwnProperty", "toString", "valueOf"]) {
    it(`does not know --${name}, which every object has`, () => {
      assert(String(parsed(`start --${name} x`)).startsWith(`Unknown flag --${name}, expected`));
    });
  }

  it("reads every example of every verb", () => {
    for (const verb of VERBS) {
      for (const example of verb.examples) {
        const command = parseCommand(example.split(" "), VERBS);
        assert("verb" in command && command.verb === verb, example);
      }
    }
  });

  it("does not change what it is given", () => {
    const words = Object.freeze(["gateway", "start", "--port", "1"]);
    parseCommand(words, VERBS);
    assertEquals(words.length, 4);
  });
});

describe("unknownWord()", () => {
  it("names the nearest word, else all of them", () => {
    assertEquals(
      unknownWord("verb", "hlep", ["start", "help"]),
      'Unknown verb hlep, did you mean "help"?',
    );
    assertEquals(
      unknownWord("verb", "zzz", ["start", "help"]),
      "Unknown verb zzz, expected start, help",
    );
  });
});
