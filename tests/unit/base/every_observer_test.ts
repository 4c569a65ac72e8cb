import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { everyObserver } from "../../../lib/base/every_observer.ts";
import type { Observer } from "../../../lib/base/observer.ts";

describe("everyObserver()", () => {
  it("tells each listener what it wants to hear, in their order, and nothing else", () => {
    const heard: string[] = [];
    const observer = everyObserver([
      { reloaded: () => heard.push("first"), heldBack: () => heard.push("held back") },
      {},
      { reloaded: ({ isTaken }) => heard.push(`second ${isTaken}`) },
    ]);
    observer.reloaded({ isTaken: true });
    assertEquals(heard, ["first", "second true"]);
  });

  it("hears every observation, also those for which there is no listener", () => {
    const observer = everyObserver([]);
    const names = Object.keys(observer) as (keyof Observer)[];
    for (const name of names) observer[name]({} as never);
    assertEquals(names.length, 10);
  });

  it("tells a listener as itself", () => {
    class Counting implements Partial<Observer> {
      count = 0;
      reloaded(): void {
        this.count++;
      }
    }
    const counting = new Counting();
    everyObserver([counting]).reloaded({ isTaken: false });
    assertEquals(counting.count, 1);
  });
});
