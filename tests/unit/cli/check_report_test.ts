/** What a configuration amounts to, as values and as text. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type ConfigReport, configReport, offProblems } from "../../../lib/cli/check_report.ts";
import { checkLines } from "../../../lib/cli/check_text.ts";
import { widthOf } from "../../../lib/cli/layout.ts";
import { styleOf } from "../../../lib/cli/terminal.ts";
import { configOf } from "../../example_config.ts";

const SECRET = "very-secret-value-0001";

const FILE = `
auto: {models: [a, b, gone], policy: ordered}
fallback: {a: [b]}
routes:
  - {name: one, url: "https://api.openai.com/v1", protocol: [openai, responses], apiKeyEnv: KEY, model: a}
  - {name: two, url: "https://h.example/anthropic", apiKey: "\${KEY}", model: [a, b], weight: 2}
  - {name: three, url: "http://127.0.0.1:1", apiKeyEnv: NONE, model: gone}
  - {name: four, url: "http://127.0.0.1:1", enabled: false, model: d}
  - {name: rest, url: "https://h.example/v1/chat/completions", model: "*"}
`;

function reportOf(text: string): ConfigReport {
  return configReport(configOf(text, { KEY: SECRET }));
}

const PLAIN = styleOf({ isTerminal: () => false }, () => undefined);
const COLOURED = styleOf({ isTerminal: () => true }, () => undefined);

describe("configReport()", () => {
  const report = reportOf(FILE);

  it("gives the final URL of every protocol, and which header says who is asking", () => {
    const [one, two, rest] = report.routes;
    assertEquals(one!.endpoints, [
      {
        protocol: "openai",
        url: "https://api.openai.com/v1/chat/completions",
        auth: { authorization: "Bearer (from KEY)" },
      },
      {
        protocol: "responses",
        url: "https://api.openai.com/v1/responses",
        auth: { authorization: "Bearer (from KEY)" },
      },
    ]);
    assertEquals(two!.endpoints, [{
      protocol: "anthropic",
      url: "https://h.example/anthropic/v1/messages",
      auth: { "x-api-key": "(from KEY)" },
    }]);
    assertEquals(rest!.endpoints, [{
      protocol: "openai",
      url: "https://h.example/v1/chat/completions",
      auth: { authorization: "Bearer (the client's own)" },
    }]);
  });

  it("tells whether the file says the protocol", () => {
    assertEquals(report.routes.map(({ isProtocolSaid }) => isProtocolSaid), [true, false, false]);
  });

  it("tells quirks that come with a host", () => {
    assertEquals(report.routes[0]!.quirks, { maxTokensField: "max_completion_tokens" });
  });

  it("names for every model its routes in order, and then its chain", () => {
    assertEquals(report.models, [
      {
        name: "a",
        candidates: [{ model: "a", route: "one" }, { model: "a", route: "two" }],
        fallback: [{ model: "b", route: "two" }],
      },
      { name: "b", candidates: [{ model: "b", route: "two" }], fallback: [] },
      { name: "*", candidates: [{ model: "*", route: "rest" }], fallback: [] },
    ]);
  });

  it("tells how auto chooses", () => {
    assertEquals(report.auto, { policy: "ordered", sticky: true, models: ["a", "b"] });
  });

  it("counts a route without its variable as a problem, and one that is switched off not", () => {
    const problems = offProblems(report.offRoutes);
    assertEquals(problems, [{
      position: { line: 7, column: 5 },
      message: "Route three is off: the environment variable NONE is not set",
    }]);
  });

  it("holds no key", () => assert(!JSON.stringify(report).includes(SECRET)));

  it("knows a configuration whose every model is off for auto", () => {
    const { auto } = reportOf(`
auto: {models: [gone]}
routes:
  - {url: "stub:ok", model: gone, apiKeyEnv: NONE}
  - {url: "stub:ok", model: a}
`);
    assertEquals(auto.models, []);
  });

  const notes: { name: string; text: string; note: string }[] = [
    {
      name: "a model that several routes serve",
      text: FILE,
      note: '"a" is served by 2 routes, asked in this order: one, two',
    },
    {
      name: "a model of auto that is off",
      text: FILE,
      note: '"gone" in auto.models is off: not asked',
    },
    {
      name: "a model of a chain that is off",
      text: `
fallback: {a: [gone]}
routes:
  - {url: "stub:ok", model: a}
  - {url: "stub:ok", model: gone, apiKeyEnv: NONE}
`,
      note: '"gone" in the fallback of "a" is off: not asked',
    },
    {
      name: "a model that is called auto",
      text: '- {name: one, url: "stub:ok", model: [a, Auto]}',
      note: '"Auto" of route one cannot be asked for by name: auto stands for all models',
    },
    {
      name: "two names that differ in case alone",
      text: '- {url: "stub:ok", model: [gpt-x, GPT-X]}',
      note: '"gpt-x" and "GPT-X" are two models: names compare exactly',
    },
    {
      name: "more candidates than attempts",
      text: `
maxAttempts: 2
fallback: {a: [b, c]}
routes:
  - {url: "stub:ok", model: [a, b, c]}
`,
      note: 'a request asks at most 2 of the 3 candidates of "a"',
    },
  ];
  for (const { name, text, note } of notes) {
    it(`notes ${name}`, () => assert(reportOf(text).notes.includes(note), String(note)));
  }

  it("has nothing to note on an ordinary file", () => {
    assertEquals(reportOf('- {url: "stub:ok", model: [a, b]}').notes, []);
  });
});

describe("checkLines()", () => {
  const report = reportOf(FILE);

  it("says it all in words", () => {
    assertEquals(checkLines(report, { style: PLAIN, columns: 80 }), [
      "one  speaks openai, responses, as the file says",
      "  openai     https://api.openai.com/v1/chat/completions",
      "  responses  https://api.openai.com/v1/responses",
      "  auth       authorization: Bearer (from KEY)",
      "  models     a",
      "  quirks     maxTokensField: max_completion_tokens",
      "",
      "two  speaks anthropic, read from its URL",
      "  anthropic  https://h.example/anthropic/v1/messages",
      "  auth       x-api-key: (from KEY)",
      "  models     a, b",
      "  weight     2",
      "",
      "rest  speaks openai, read from its URL",
      "  openai  https://h.example/v1/chat/completions",
      "  auth    authorization: Bearer (the client's own)",
      "  models  *",
      "",
      "three  off: NONE is not set",
      "  models  gone",
      "",
      "four  off: enabled is false",
      "  models  d",
      "",
      "Models",
      "  auto  ordered: a, b",
      "  a     one, two, then b (two)",
      "  b     two",
      "  *     rest",
      "",
      "Notes",
      '  -  "a" is served by 2 routes, asked in this order: one, two',
      '  -  "gone" in auto.models is off: not asked',
    ]);
  });

  it("tells apart the headers of protocols that show different ones", () => {
    const both = reportOf(
      '- {url: "https://h.example", protocol: [openai, anthropic], apiKeyEnv: KEY, model: a}',
    );
    const lines = checkLines(both, { style: PLAIN, columns: 80 });
    assert(lines.includes("  auth       authorization: Bearer (from KEY) for openai"));
    assert(lines.includes("             x-api-key: (from KEY) for anthropic"));
  });

  it("fits 80 and 120 columns, but for words that are longer", () => {
    const names = Array.from({ length: 40 }, (_, index) => `a-model-with-a-name-${index}`);
    const many = reportOf(`- {url: "https://h.example", model: [${names.join(", ")}]}`);
    for (const columns of [80, 120]) {
      const lines = checkLines(many, { style: COLOURED, columns });
      const long = lines.filter((line) => widthOf(line) > columns);
      assertEquals(long, []);
      assert(lines.length > 45);
    }
  });

  it("writes names that cannot move the cursor", () => {
    const odd = reportOf('- {name: "a\\e[2Jb", url: "https://h.example", model: "m\\nx"}');
    const text = checkLines(odd, { style: PLAIN, columns: 80 }).join("\n");
    assert(!text.includes("\x1b"));
    assertStringIncludes(text, "m?x");
  });
});
