/** Which secrets are kept out of the log. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Secrets } from "../../../lib/cli/secrets.ts";

describe("Secrets", () => {
  it("keeps those of former configurations, each once", () => {
    const secrets = new Secrets();
    assertEquals(secrets.with(["a", "b"]), ["a", "b"]);
    assertEquals(secrets.with(["b", "c"]).sort(), ["a", "b", "c"]);
  });

  it("gives up the oldest of very many, and none that is in use", () => {
    const secrets = new Secrets();
    const inUse = Array.from({ length: 300 }, (_, index) => `used-${index}`);
    secrets.with(inUse);
    for (let turn = 0; turn < 1_000; turn++) secrets.with([...inUse, `turn-${turn}`]);
    const kept = secrets.with(inUse);
    assertEquals(kept.length, 500);
    assert(inUse.every((one) => kept.includes(one)) && kept.includes("turn-999"));
  });
});
