import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { counter } from "../../../lib/metrics/counter.ts";
import { expositionText } from "../../../lib/metrics/exposition.ts";
import { gauge } from "../../../lib/metrics/gauge.ts";
import { histogram } from "../../../lib/metrics/histogram.ts";
import type { KnownNames } from "../../../lib/metrics/known_names.ts";
import type { Snapshot } from "../../../lib/metrics/snapshot.ts";

const nothing = {} as Snapshot;
const nobody = {} as KnownNames;
type Learned = Parameters<
  NonNullable<ReturnType<ReturnType<typeof counter>>["hears"]>["learned"] & object
>[0];

function learned(model: string): Learned {
  return { model, route: "r", param: "p" };
}

describe("expositionText()", () => {
  it("writes help, type and a line for each combination of labels", () => {
    const metric = counter({
      name: "things_total",
      help: "Things",
      labels: ["kind", "route"],
      hears: (add) => ({ learned: ({ model, route }) => add(2, model, route) }),
    })(nobody);
    metric.hears!.learned!(learned("a"));
    metric.hears!.learned!(learned("a"));
    metric.hears!.learned!(learned("b"));
    assertEquals(
      expositionText([metric], nothing),
      [
        "# HELP things_total Things",
        "# TYPE things_total counter",
        'things_total{kind="a",route="r"} 4',
        'things_total{kind="b",route="r"} 2',
        "",
      ].join("\n"),
    );
  });

  it("writes no braces where there are no labels, and no sample where nothing was counted", () => {
    const one = gauge({ name: "one", help: "One", read: () => 1.5 })(nobody);
    const none = counter({ name: "none_total", help: "None", labels: ["a"], hears: () => ({}) });
    assertEquals(
      expositionText([one, none(nobody)], nothing),
      "# HELP one One\n# TYPE one gauge\none 1.5\n# HELP none_total None\n# TYPE none_total counter\n",
    );
  });

  for (
    const [what, value, written] of [
      ["a quote", 'a"b', 'a\\"b'],
      ["a backslash", "a\\b", "a\\\\b"],
      ["a line break", "a\nb", "a\\nb"],
      ["a backslash before an n", "a\\nb", "a\\\\nb"],
      ["half a character", "a\ud800b", "a\ufffdb"],
      ["braces and spaces", '} 1\nevil{x="', '} 1\\nevil{x=\\"'],
    ] as const
  ) {
    it(`writes a label with ${what} so that it stays one label`, () => {
      const read = () => [{ labels: [value], value: 1 }];
      const metric = gauge({ name: "one", help: "One", labels: ["name"], read })(nobody);
      assertStringIncludes(expositionText([metric], nothing), `one{name="${written}"} 1\n`);
    });
  }

  it("writes help on one line", () => {
    const metric = gauge({ name: "one", help: "a\\b\nc", read: () => 0 })(nobody);
    assertStringIncludes(expositionText([metric], nothing), "# HELP one a\\\\b\\nc\n");
  });

  it("writes buckets that hold the smaller ones, up to +Inf, which holds all", () => {
    const metric = histogram({
      name: "waits_seconds",
      help: "Waits",
      labels: ["model"],
      bounds: [0.1, 1, 10],
      hears: (observe) => ({ learned: ({ model, param }) => observe(Number(param), model) }),
    })(nobody);
    for (const param of ["0.1", "0.2", "1", "1.5", "99"]) {
      metric.hears!.learned!({ ...learned("m"), param });
    }
    assertEquals(expositionText([metric], nothing).split("\n").slice(2, -1), [
      'waits_seconds_bucket{model="m",le="0.1"} 1',
      'waits_seconds_bucket{model="m",le="1"} 3',
      'waits_seconds_bucket{model="m",le="10"} 4',
      'waits_seconds_bucket{model="m",le="+Inf"} 5',
      'waits_seconds_sum{model="m"} 101.8',
      'waits_seconds_count{model="m"} 5',
    ]);
  });
});
