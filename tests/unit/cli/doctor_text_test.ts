/**
 * The table of `doctor`: that it fits the page, and says what was found.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { doctorLines } from "../../../lib/cli/doctor_text.ts";
import { widthOf } from "../../../lib/cli/layout.ts";
import { styleOf } from "../../../lib/cli/terminal.ts";
import { CAPABILITIES } from "../../../lib/doctor/capability.ts";
import { type Examination, notExamined } from "../../../lib/doctor/examination.ts";
import { candidateOf } from "../../../lib/routing/candidate.ts";
import { configOf } from "../../example_config.ts";

const { routes } = configOf(
  "- {name: short, model: m, url: 'https://h.example/v1'}\n" +
    "- {name: a-route-with-a-name-that-is-long, model: [some-model-2099, n], url: 'https://i.example'}",
);

function examined(at: number): Examination {
  const route = routes[at]!;
  const blank = notExamined(candidateOf(route, route.models[0]!), "not asked: enough is enough");
  const yes = { verdict: "yes" as const };
  const vision = { verdict: "no" as const, reason: `400: “${"no pictures ".repeat(15)}”` };
  const stream = { verdict: "unknown" as const, reason: "no whole answer within 30 s\x1b[31m" };
  return { ...blank, findings: { ...blank.findings, auth: yes, answer: yes, vision, stream } };
}

const REPORT = {
  examinations: [examined(0), examined(1)],
  advice: [{
    route: routes[0]!,
    settings: [
      { key: "vision", value: false, reason: `400: “${"no pictures ".repeat(15)}”` },
      { key: "dropParams", value: ["a", "b"] },
    ],
    notes: ["something holds for one model alone"],
  }],
  passedOver: [{ route: "gone", reason: "off: SOME_KEY is not set", isOff: true }],
};

function lines(columns: number, isTerminal = false): string[] {
  const style = styleOf({ isTerminal: () => isTerminal }, () => undefined);
  return doctorLines(REPORT, { style, columns });
}

describe("doctorLines()", () => {
  for (const columns of [80, 100, 120]) {
    it(`fits ${columns} columns, with every capability in the table`, () => {
      for (const line of lines(columns)) assert(widthOf(line) <= columns, line);
      for (const { title } of CAPABILITIES) assertStringIncludes(lines(columns)[0]!, title);
    });
  }

  it("puts yes, no and ? under their titles", () => {
    const [head, row] = lines(80);
    for (const [title, word] of [["key", "yes"], ["stream", "?  "], ["image", "no "]] as const) {
      const at = head!.indexOf(title);
      assertEquals(row!.padEnd(80).slice(at, at + 3), word);
    }
  });

  it("is the same text with colours and without, and without any in a pipe", () => {
    // deno-lint-ignore no-control-regex -- colours begin with it
    const bare = lines(80, true).map((line) => line.replace(/\x1b\[\d+m/g, ""));
    assertEquals(bare, lines(80));
    assert(lines(80, true).join().includes("\x1b[32myes"));
    assert(!lines(80).join().includes("\x1b"));
  });

  it("tells the reasons, what was left out in one row, and the lines to write", () => {
    const text = lines(Infinity).join("\n");
    for (
      const part of [
        "\n  stream    no whole answer within 30 s?[31m\n",
        "\n  the rest  not asked: enough is enough\n",
        "\n  gone  off: SOME_KEY is not set\n",
        "\nMissing in route short:\n    # 400: “no pictures",
        "\n    vision: false\n    dropParams: [a, b]\n",
        "\n  note  something holds for one model alone",
      ]
    ) assertStringIncludes(text, part);
  });
});
