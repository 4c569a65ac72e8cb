/**
 * What the tasks of `deno.json` say more than once.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import denoJson from "../../deno.json" with { type: "json" };

describe("the tasks of deno.json", () => {
  const v8Flags = (task: string) => /--v8-flags=(\S+)/.exec(task)?.[1]?.split(",") ?? [];

  it("give V8 the same flags from source, while developing and in the binary", () => {
    const { start, dev, compile } = denoJson.tasks;
    assertEquals([dev, compile].map(v8Flags), [v8Flags(start), v8Flags(start)]);
  });

  it("have V8 compile all functions at once, as only those get into its cache", () => {
    assert(v8Flags(denoJson.tasks.start).includes("--no-lazy"));
  });
});
