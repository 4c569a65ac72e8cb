/** In which order each policy tries the models of `auto`. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { POLICIES, type PolicyView } from "../../../lib/routing/policies.ts";

const MODELS = ["a", "b", "c"];

function view(changes: Partial<PolicyView> = {}): PolicyView {
  return { models: MODELS, turn: 0, weightOf: () => 1, latencyOf: () => undefined, ...changes };
}

/** The first models of so many turns. */
function firsts(
  policy: keyof typeof POLICIES,
  turns: number,
  weights: Record<string, number> = {},
) {
  const weightOf = (model: string) => weights[model] ?? 1;
  return Array.from({ length: turns }, (_, turn) => POLICIES[policy](view({ turn, weightOf }))[0])
    .join("");
}

describe("POLICIES", () => {
  it("round-robin starts one further each turn, and goes on in file order", () => {
    const orders = [0, 1, 2, 3, 7].map((turn) => POLICIES["round-robin"](view({ turn })).join(""));
    assertEquals(orders, ["abc", "bca", "cab", "abc", "bca"]);
  });

  it("ordered keeps the file's order, whatever the turn", () => {
    assertEquals(POLICIES.ordered(view({ turn: 5 })), MODELS);
  });

  it("weighted deals turns out by weight, spread evenly", () => {
    assertEquals(firsts("weighted", 14, { a: 5, b: 1, c: 1 }), "aabacaaaabacaa");
  });

  it("weighted without weights is round-robin", () => {
    assertEquals(firsts("weighted", 6), firsts("round-robin", 6));
  });

  it("weighted begins at each model as often as its weight says", () => {
    const weights = { a: 7, b: 2, c: 3 };
    const cycle = firsts("weighted", 12, weights);
    for (const [model, weight] of Object.entries(weights)) {
      assertEquals(cycle.split(model).length - 1, weight);
    }
  });

  it("weighted goes on in file order behind the first", () => {
    const weightOf = (model: string) => model === "b" ? 10 : 1;
    assertEquals(POLICIES.weighted(view({ weightOf })), ["b", "c", "a"]);
  });

  it("weighted takes no time to speak of at the largest weights", () => {
    const models = Array.from({ length: 20 }, (_, index) => `m${index}`);
    const started = performance.now();
    POLICIES.weighted(view({ models, turn: 19_999, weightOf: () => 1_000 }));
    assert(performance.now() - started < 200);
  });

  it("least-latency puts the fastest first", () => {
    const latencies: Record<string, number> = { a: 30, b: 10, c: 20 };
    const latencyOf = (model: string) => latencies[model];
    assertEquals(POLICIES["least-latency"](view({ latencyOf })), ["b", "c", "a"]);
  });

  it("least-latency measures every model once before it chooses", () => {
    const latencyOf = (model: string) => model === "a" ? 10 : undefined;
    assertEquals(POLICIES["least-latency"](view({ latencyOf })), ["b", "c", "a"]);
  });

  it("least-latency puts models that only failed last, in file order", () => {
    const latencyOf = (model: string) => model === "c" ? 900 : Infinity;
    assertEquals(POLICIES["least-latency"](view({ latencyOf })), ["c", "a", "b"]);
  });

  for (const name of Object.keys(POLICIES) as (keyof typeof POLICIES)[]) {
    it(`${name} names every model once and leaves the list as it was`, () => {
      const models = Object.freeze([...MODELS]);
      for (let turn = 0; turn < 10; turn++) {
        assertEquals(POLICIES[name](view({ models, turn })).toSorted(), MODELS);
      }
    });
  }
});
