/** What a scenario's text says, and what is wrong with it. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { loadScenario, type Scenario } from "../../../lib/stub/scenario.ts";

function good(text: string): Scenario {
  const loaded = loadScenario(text);
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.scenario;
}

function problems(text: string): string[] {
  const loaded = loadScenario(text);
  if ("scenario" in loaded) return [];
  return loaded.problems.map(({ position: { line, column }, message }) =>
    `${line}:${column} ${message}`
  );
}

const wrong: { name: string; text: string; problems: string[] }[] = [
  {
    name: "keys that are not known, each with the nearest that is",
    text: "rules:\n  - wen: {}\n    answr: hi\nsede: 1\n",
    problems: [
      '4:1 sede: unknown key, did you mean "seed"?',
      '2:5 rules[0].wen: unknown key, did you mean "when"?',
      '3:5 rules[0].answr: unknown key, did you mean "answer"?',
    ],
  },
  {
    name: "faults that are not known, in every place where one may stand",
    text: "- fault: rate-limt\n- sequence: [okk, { fault: { name: stal } }]\n",
    problems: [
      '1:10 rules[0].fault: unknown fault "rate-limt", did you mean "rate-limit"?',
      '2:14 rules[1].sequence[0]: unknown fault "okk", did you mean "ok"?',
      '2:36 rules[1].sequence[1].fault.name: unknown fault "stal", did you mean "stall"?',
    ],
  },
  {
    name: "options that a fault does not take, or not so",
    text: "- fault: { name: reset-after, afer: 2 }\n- fault: { name: fail, status: 200 }\n",
    problems: [
      '1:31 rules[0].fault.afer: unknown option "afer", did you mean "after"?',
      "2:32 rules[1].fault.status: expected a whole number from 400 to 599",
    ],
  },
  {
    name: "patterns, paths and base64 that are none",
    text: '- when: { matches: "(", json: { "a b": 1 } }\n' +
      "- answer: { raw: { base64: '%' } }\n",
    problems: [
      "1:21 rules[0].when.matches: expected a regular expression: Unterminated group",
      "1:34 rules[0].when.json.a b: expected a JSON path such as $.messages[0]",
      "2:29 rules[1].answer.raw.base64: expected bytes in base64",
    ],
  },
  {
    name: "headers that could not be sent",
    text: '- answer: { raw: { headers: { "a b": c, d: "e\\r\\nf: g" } } }\n',
    problems: [
      "1:32 rules[0].answer.raw.headers.a b: expected a header",
      "1:41 rules[0].answer.raw.headers.d: expected a header",
    ],
  },
  {
    name: "things that do not go together",
    text: "- answer: { text: a, json: 1 }\n- answer: hi\n  sequence: [ok]\n- sequence: []\n",
    problems: [
      "1:22 rules[0].answer.json: an answer has text or json, not both",
      "2:3 rules[1].answer: a rule has answer or sequence, not both",
      "4:13 rules[2].sequence: expected at least one step",
    ],
  },
];

describe("loadScenario()", () => {
  for (const { name, text, problems: expected } of wrong) {
    it(`refuses ${name}`, () => assertEquals(problems(text), expected));
  }

  it("refuses text that is no YAML with the place", () => {
    assertEquals(problems("rules: [\n").length, 1);
  });

  it("takes an empty file for a scenario without rules", () => {
    assertEquals(good(""), { rules: [] });
  });

  it("reads a bare list as the rules, and JSON as YAML", () => {
    const { rules } = good('[{"answer": "hi"}]');
    assertEquals(rules.map(({ name, outcomes }) => [name, outcomes]), [
      ["rules[0]", [{ answer: { text: "hi" }, pace: {} }]],
    ]);
  });

  it("gives every outcome the pace of its rule, over that of the scenario", () => {
    const { rules: [rule] } = good(
      "pace: {delayMs: 1, chunkMs: 2}\n" +
        "rules: [{pace: {chunkMs: 3}, sequence: [ok, {pace: {delayMs: 4}, answer: a}]}]",
    );
    assertEquals(rule!.outcomes.map(({ pace }) => pace), [
      { delayMs: 1, chunkMs: 3 },
      { delayMs: 4, chunkMs: 3 },
    ]);
  });

  it("gives every rule a seed of its own, and lets a fault say another one", () => {
    const { rules } = good("seed: 7\nrules: [{fault: fail}, {fault: {name: fail, seed: 1}}]");
    const seeds = rules.map(({ outcomes: [first] }) => first!.fault!.options.seed);
    assertEquals(seeds, [7, 1]);
    assertEquals(good("[{fault: ok}, {fault: fail}]").rules[1]!.outcomes[0]!.fault!.options, {
      seed: 2,
    });
  });

  it("keeps null where a value is free to be null", () => {
    const { rules: [rule] } = good("[{when: {json: {a: null}}, answer: {json: null}}]");
    assertEquals([rule!.when, rule!.outcomes[0]!.answer], [{ json: { a: null } }, { json: null }]);
  });
});
