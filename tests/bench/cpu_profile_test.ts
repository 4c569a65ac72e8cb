/** A profile is added up by function. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type CpuProfile, functionCosts } from "./cpu_profile.ts";

function node(id: number, functionName: string, children: number[] = []) {
  return { id, callFrame: { functionName, url: "file:///src/a.ts", lineNumber: id }, children };
}

/** `outer` calls `inner`, which calls itself at another node of the same function. */
const PROFILE: CpuProfile = {
  nodes: [
    { id: 1, callFrame: { functionName: "(root)", url: "", lineNumber: -1 }, children: [2, 5] },
    node(2, "outer", [3]),
    node(3, "inner", [4]),
    { ...node(4, "inner"), callFrame: node(3, "inner").callFrame },
    { id: 5, callFrame: { functionName: "(idle)", url: "", lineNumber: -1 } },
  ],
  samples: [2, 3, 4, 5],
  timeDeltas: [10, 20, 30, 1_000],
};

describe("functionCosts()", () => {
  const costs = functionCosts(PROFILE, "file:///src/");

  it("tells what a function spends itself and with what it calls, the dearest first", () => {
    assertEquals(costs, [
      { name: "inner", place: "a.ts:4", selfUs: 50, totalUs: 50 },
      { name: "outer", place: "a.ts:3", selfUs: 10, totalUs: 60 },
    ]);
  });

  it("takes an empty profile", () => {
    assertEquals(functionCosts({ nodes: [], samples: [], timeDeltas: [] }), []);
  });
});
