/**
 * The fuzzer's targets for a moment: what a long run tries a million times, every test run tries.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import { Random } from "../properties/random.ts";
import { configOf } from "../example_config.ts";
import { SECRETS, SOURCES } from "./config_text.ts";
import { TARGETS } from "./targets.ts";

/** Each target's share, in milliseconds. */
const BUDGET_MS = 400;
/** A slow machine still tries each property this often. */
const MIN_RUNS = 20;

describe("The fuzzer", () => {
  it("breaks configurations in which nothing is wrong", () => {
    for (const text of SOURCES) configOf(text, { KEY: SECRETS[1] });
  });

  for (const [name, { properties }] of TARGETS) {
    // The codecs have tests of their own.
    if (name === "codecs") continue;
    it(`finds nothing in a moment at the target ${name}`, async () => {
      const endMs = performance.now() + BUDGET_MS;
      for (let seed = 1; seed <= MIN_RUNS || performance.now() < endMs; seed++) {
        for (const [sentence, property] of properties) {
          try {
            await property(new Random(seed));
          } catch (cause) {
            throw new Error(`Fails with seed ${seed}: ${sentence}: ${(cause as Error).message}`, {
              cause,
            });
          }
        }
      }
    });
  }
});
