import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { OTHER, SeriesMap } from "../../../lib/metrics/series_map.ts";

function countsBy(labelCount: number, limit = 10) {
  return new SeriesMap({ labelCount, make: () => ({ count: 0 }), limit });
}

describe("SeriesMap", () => {
  it("gives the same value for the same labels, and another for others", () => {
    const series = countsBy(2);
    series.of(["a", 1]).count = 5;
    assert(series.of(["a", 1]) === series.of(["a", 1]));
    assertEquals(series.of(["a", 1]).count, 5);
    assertEquals(series.of(["a", 2]).count, 0);
    assertEquals(series.of(["b", 1]).count, 0);
  });

  it("lists every combination with its labels", () => {
    const series = countsBy(2);
    series.of(["a", 1]).count = 5;
    series.of(["b", 2]).count = 6;
    series.of(["a", 3]).count = 7;
    assertEquals(series.entries(), [
      [["a", 1], { count: 5 }],
      [["a", 3], { count: 7 }],
      [["b", 2], { count: 6 }],
    ]);
  });

  it("holds one value where there are no labels", () => {
    const series = countsBy(0);
    series.of([]).count++;
    series.of([]).count++;
    assertEquals(series.entries().map(([, leaf]) => leaf), [{ count: 2 }]);
  });

  it("puts what is over its limit into one value, however many there are", () => {
    const series = countsBy(2, 3);
    for (let name = 0; name < 1_000; name++) series.of([`name-${name}`, name]).count++;
    assertEquals(series.entries().map(([labels, { count }]) => [...labels, count]), [
      ["name-0", 0, 1],
      ["name-1", 1, 1],
      ["name-2", 2, 1],
      [OTHER, OTHER, 997],
    ]);
  });

  it("goes on with what it knew after its limit was reached", () => {
    const series = countsBy(1, 1);
    series.of(["known"]).count++;
    series.of(["too many"]).count++;
    series.of(["known"]).count++;
    assertEquals(series.of(["known"]).count, 2);
  });

  it("takes names that objects have of themselves", () => {
    const series = countsBy(2);
    for (const name of ["__proto__", "constructor", "toString"]) series.of([name, name]).count++;
    assertEquals(series.entries().map(([, { count }]) => count), [1, 1, 1]);
  });
});
