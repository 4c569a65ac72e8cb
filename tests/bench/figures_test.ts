/** What becomes of samples: medians, verdicts, tables, the picture, the page. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { ContenderName } from "./contenders/contender.ts";
import { BEGIN, END, figuresOf, withFigures } from "./figures.ts";
import { plot } from "./plot.ts";
import { median, spread, written } from "./quantity.ts";
import { judgeQuick } from "./quick.ts";
import { judge, type Requirement, REQUIREMENTS, type Results } from "./requirements.ts";
import { Measured, type Sample } from "./rounds.ts";
import { asMarkdown, asText, toolWarnings } from "./table.ts";
import { WORKLOADS } from "./workloads.ts";

const SAMPLE: Sample = {
  cpuUsPerRequest: 100,
  cpuUsPerChunk: 10,
  requestsPerSecond: 1_000,
  p50Us: 300,
  p99Us: 900,
  p99OfIdeal: 0,
  peakMiB: 50,
};

/** Rounds of some contenders, each with its own difference from the usual sample. */
function measured(...rounds: (readonly [ContenderName, Partial<Sample>])[]): Measured {
  const all = new Measured();
  for (const [name, sample] of rounds) all.add(name, { ...SAMPLE, ...sample });
  return all;
}

function resultsOf(workload: string, found: Measured): Results {
  return { workloads: new Map([[workload, found]]) };
}

describe("median()", () => {
  it("is the value in the middle, whatever the order", () => {
    assertEquals([median([9, 1, 5]), median([4, 1, 2, 3]), median([7])], [5, 2.5, 7]);
  });
});

describe("spread()", () => {
  it("is the distance between the ends as a part of the middle", () => {
    assertEquals([spread([90, 100, 120]), spread([5]), spread([0, 0])], [0.3, 0, 0]);
  });
});

describe("written()", () => {
  it("shows as many digits as say something", () => {
    assertEquals([0.1234, 1.5, 12.34, 123.4, 12_345].map(written), [
      "0.12",
      "1.5",
      "12.3",
      "123",
      "12,345",
    ]);
  });
});

describe("judge()", () => {
  const requirement: Requirement = {
    title: "cost",
    unit: "µs",
    comparison: "times nginx",
    isMoreBetter: false,
    must: 2,
    aim: 1,
    figure: () => 1,
    value: () => undefined,
  };
  const verdict = (value: number | undefined, isMoreBetter = false) =>
    judge({ workloads: new Map() }, [{
      ...requirement,
      ...(isMoreBetter ? { must: 1, aim: 2, isMoreBetter } : {}),
      value: () => value,
    }])[0]!.verdict;

  it("says what a value reaches where less is better, limits included", () => {
    assertEquals([1, 1.01, 2, 2.01].map((value) => verdict(value)), [
      "aim",
      "must",
      "must",
      "missed",
    ]);
  });

  it("says what a value reaches where more is better, limits included", () => {
    assertEquals([2, 1.99, 1, 0.99].map((value) => verdict(value, true)), [
      "aim",
      "must",
      "must",
      "missed",
    ]);
  });

  it("does not take a missing figure for a good one", () => {
    assertEquals([verdict(undefined), verdict(NaN)], ["not measured", "not measured"]);
    const nothing = judge({ workloads: new Map() });
    assertEquals(nothing.length, REQUIREMENTS.length);
    assert(nothing.every((one) => one.verdict === "not measured"));
  });

  it("compares the middle of the gateway's rounds with that of a peer's", () => {
    const found = measured(
      ["gateway", { requestsPerSecond: 900 }],
      ["gateway", { requestsPerSecond: 1_000 }],
      ["gateway", { requestsPerSecond: 5_000 }],
      ["Portkey", { requestsPerSecond: 100 }],
    );
    const row = judge(resultsOf("200kb", found)).find(({ title }) => title === "200 KB request")!;
    assertEquals([row.figure, row.value, row.verdict], [1_000, 10, "must"]);
  });

  it("compares what the gateway and nginx add to the time without either", () => {
    const found = measured(["direct", { p50Us: 10 }], ["gateway", { p50Us: 190 }], ["nginx", {
      p50Us: 110,
    }]);
    const row = judge(resultsOf("one-by-one", found)).find(({ unit }) => unit === "µs")!;
    assertEquals([row.figure, row.value, row.verdict], [180, 1.8, "must"]);
  });

  it("judges only workloads that there are", () => {
    const asked = new Set<string>();
    const workloads = { get: (name: string) => void asked.add(name) };
    judge({ workloads } as unknown as Results);
    const names = WORKLOADS.map(({ name }) => name);
    assertEquals([...asked].filter((name) => !names.includes(name)), []);
  });
});

describe("toolWarnings()", () => {
  const warningsAt = (direct: number) =>
    toolWarnings(
      resultsOf("json", measured(["direct", { requestsPerSecond: direct }], ["gateway", {}])),
    );

  it("names a workload whose upstream and driver are less than three times as fast", () => {
    assertEquals(warningsAt(3_000), []);
    assertEquals(warningsAt(2_500), [
      "json: the upstream and the driver are only 2.5 times as fast",
    ]);
  });
});

describe("judgeQuick()", () => {
  const limits = [{ workload: "json", figure: "cpuUsPerRequest", times: 2 }] as const;
  const rounds = (...pairs: [gateway: number, reference: number][]) =>
    new Map([[
      "json",
      measured(...pairs.flatMap(([gateway, reference]) =>
        [
          ["gateway", { cpuUsPerRequest: gateway }],
          ["reference", { cpuUsPerRequest: reference }],
        ] as const
      )),
    ]]);

  it("compares the runs of one round, so that a slow machine is no slow gateway", () => {
    assert(judgeQuick(rounds([150, 100], [1_500, 1_000], [190, 100]), limits).isGood);
    assert(!judgeQuick(rounds([210, 100], [2_100, 1_000], [100, 100]), limits).isGood);
  });

  it("fails when there was nothing to compare", () => {
    assert(!judgeQuick(new Map(), limits).isGood);
    assert(!judgeQuick(rounds([100, 0]), limits).isGood);
  });
});

describe("A table", () => {
  const table = [["a", "long"], ["value", "b"]];

  it("is text whose columns line up", () => {
    assertEquals(asText(table), "a      long\nvalue  b");
  });

  it("is Markdown as the formatter leaves it", () => {
    assertEquals(asMarkdown(table), "| a     | long |\n| ----- | ---- |\n| value | b    |");
  });
});

describe("The page", () => {
  it("gets new figures between the two lines, and keeps the rest", () => {
    const page = `before\n\n${BEGIN}\nold\n${END}\nafter\n`;
    const written = withFigures(page, "new");
    assertEquals(written, `before\n\n${BEGIN}\n\nnew\n\n${END}\nafter\n`);
    assertEquals(withFigures(written, "new"), written);
  });

  it("is not written without the two lines", () => {
    assertThrows(() => withFigures("before", "new"), Error, BEGIN);
  });

  it("has the two lines in docs/PERFORMANCE.md", () => {
    const page = Deno.readTextFileSync(new URL("../../docs/PERFORMANCE.md", import.meta.url));
    assertEquals(withFigures(withFigures(page, "x"), "y"), withFigures(page, "y"));
  });

  it("names who could not be measured, and why", () => {
    const figures = figuresOf({
      machine: "a machine",
      contenders: [],
      absent: [{ name: "nginx", why: "not installed" }],
      results: resultsOf("json", measured(["gateway", {}])),
      judged: [],
    });
    assertStringIncludes(figures, "- nginx: MISSING: not installed");
    assertStringIncludes(figures, WORKLOADS[0]!.title);
  });
});

describe("plot()", () => {
  it("draws a bar for everyone who was measured, as long as its share of the longest", () => {
    const found = measured(["gateway", { cpuUsPerRequest: 50 }], ["Portkey", {
      cpuUsPerRequest: 100,
    }], ["direct", {}]);
    const svg = plot(new Map([["json", found]]));
    const widths = [...svg.matchAll(/<rect class="bar[^"]*" .*?width="(\d+)"/g)]
      .map(([, width]) => Number(width));
    assertEquals(widths.length, 2);
    assertEquals(widths[0]! * 2, widths[1]);
    assertStringIncludes(svg, ">Portkey</text>");
  });

  it("can be read on a light and on a dark page", () => {
    assertStringIncludes(plot(new Map()), "@media (prefers-color-scheme: dark)");
  });
});
