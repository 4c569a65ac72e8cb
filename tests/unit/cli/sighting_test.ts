/** When a change of the file counts. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SETTLE_MS, Settling, type Sighting } from "../../../lib/cli/sighting.ts";

const OLD = { text: "old" };
const NEW = { text: "new" };
const HALF = { text: "ne" };
const GONE = { problem: "Cannot find it" };

interface Scene {
  name: string;
  looks: [atMs: number, sighting: Sighting][];
  /** Which looks were a change that counts. */
  changes: number[];
  isUnderWay?: boolean;
}

const SCENES: readonly Scene[] = [
  { name: "nothing of what it knows", looks: [[0, OLD], [500, OLD]], changes: [] },
  { name: "no change that was seen once", looks: [[0, NEW]], changes: [], isUnderWay: true },
  {
    name: "no change that was seen again too soon",
    looks: [[0, NEW], [SETTLE_MS - 1, NEW]],
    changes: [],
    isUnderWay: true,
  },
  { name: "a change that held still", looks: [[0, NEW], [SETTLE_MS, NEW]], changes: [1] },
  {
    name: "a change once, however often it is seen",
    looks: [[0, NEW], [SETTLE_MS, NEW], [1_000, NEW], [2_000, NEW]],
    changes: [1],
  },
  {
    name: "the whole of a file that was seen half",
    looks: [[0, HALF], [SETTLE_MS, NEW], [SETTLE_MS * 2, NEW]],
    changes: [2],
  },
  {
    name: "nothing when the file was gone for a moment",
    looks: [[0, GONE], [SETTLE_MS, OLD], [SETTLE_MS * 2, OLD]],
    changes: [],
  },
  {
    name: "a file that is gone, and that it is back",
    looks: [[0, GONE], [SETTLE_MS, GONE], [1_000, OLD], [1_000 + SETTLE_MS, OLD]],
    changes: [1, 3],
  },
  {
    name: "a text that reads like a problem as a text",
    looks: [[0, { text: GONE.problem }], [SETTLE_MS, GONE], [SETTLE_MS * 2, GONE]],
    changes: [2],
  },
];

describe("Settling", () => {
  for (const { name, looks, changes, isUnderWay = false } of SCENES) {
    it(`takes ${name}`, () => {
      const settling = new Settling(OLD);
      const taken = looks.map(([atMs, sighting]) => settling.take(sighting, atMs));
      assertEquals(taken.flatMap((isChange, at) => isChange ? [at] : []), changes);
      assertEquals(settling.isUnderWay, isUnderWay);
    });
  }

  it("takes nothing of what it was told to know", () => {
    const settling = new Settling(OLD);
    settling.take(NEW, 0);
    settling.know(NEW);
    assertEquals([settling.isUnderWay, settling.take(NEW, SETTLE_MS)], [false, false]);
  });
});
