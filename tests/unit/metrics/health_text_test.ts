/** The health table as people read it. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { ModelHealth } from "../../../lib/metrics/health.ts";
import { healthText } from "../../../lib/metrics/health_text.ts";

const LINES: ModelHealth[] = [
  {
    model: "gpt-5.2",
    route: "openai",
    lastStatus: 200,
    count: 12,
    okPercent: 91.7,
    avgMs: 840,
    lastMs: 1200,
    rank: 1,
  },
  {
    model: "m",
    route: "local",
    lastStatus: null,
    count: 0,
    okPercent: null,
    avgMs: null,
    lastMs: null,
    rank: 2,
  },
];

describe("healthText()", () => {
  it("writes a title, a head and a line per model, in columns", () => {
    assertEquals(
      healthText(LINES),
      `Model health over 12 h, the healthiest first

#  MODEL    ROUTE   LAST  AVG MS  LAST MS  COUNT  OK %
1  gpt-5.2  openai  200   840     1200     12     91.7
2  m        local   -     -       -        0      -
`,
    );
  });

  it("writes the head alone where nothing is served", () => {
    assertEquals(healthText([]).trimEnd().split("\n").length, 3);
  });

  it("lets no name move the cursor or colour the terminal", () => {
    const text = healthText([{
      ...LINES[0]!,
      model: "\u001b[31mred\n\r\u009b",
      route: "a\tb\u007f",
    }]);
    assert(text.includes("?[31mred???") && text.includes("a?b?"), text);
    assertEquals(text.split("\n").length, 5);
  });
});
