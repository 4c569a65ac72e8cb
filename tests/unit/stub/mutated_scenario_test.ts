/** Scenarios as a careless hand leaves them: read without a failure, and played if they are right. */
import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { codecOf } from "../../../lib/translation/codecs.ts";
import { loadScenario } from "../../../lib/stub/scenario.ts";
import { Stage } from "../../../lib/stub/stage.ts";

const FOLDER = new URL("../../../examples/stub/", import.meta.url);
const ROUNDS = 300;
const SEED = 20_261_124;
/** Of the steps of one answer: some have no end. */
const MAX_STEPS = 200;

/** A linear congruential generator. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

const SCRAPS = [
  "",
  " ",
  "\n",
  ":",
  "- ",
  "{",
  "}",
  "[",
  "null",
  "0",
  "-1",
  '"',
  "*",
  "\t",
  "é",
  "&a",
];

/** The text with one to three pieces of it replaced. */
function mutated(text: string, next: (below: number) => number): string {
  let result = text;
  for (let change = next(3); change >= 0; change--) {
    const at = next(result.length);
    const scrap = SCRAPS[next(SCRAPS.length)]!;
    result = result.slice(0, at) + scrap + result.slice(at + next(6));
  }
  return result;
}

const body = {
  model: "gpt-5",
  stream: true,
  messages: [{ role: "user", content: "please reset-after late wrong" }],
  tools: [{ type: "function", function: { name: "get_weather" } }],
};

function playOnce(text: string): boolean {
  const loaded = loadScenario(text);
  if ("problems" in loaded) {
    assert(
      loaded.problems.length > 0 && loaded.problems.every(({ position }) => position.line > 0),
    );
    return false;
  }
  const staged = new Stage(loaded.scenario).answer({
    endpoint: "/chat/completions",
    body,
    id: "stub-1",
    method: "POST",
    headers: new Headers(),
    chat: () => codecOf("openai_chat").decodeRequest(body),
  });
  let steps = 0;
  for (const _step of staged?.steps ?? []) if (++steps > MAX_STEPS) break;
  return true;
}

describe("loadScenario()", () => {
  const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name);
  for (const name of names.filter((name) => name.endsWith(".yml"))) {
    it(`reads ${ROUNDS} mutations of ${name} without a failure, and plays those that are right`, () => {
      const text = Deno.readTextFileSync(new URL(name, FOLDER));
      const next = random(SEED);
      let played = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const one = mutated(text, next);
        try {
          if (playOnce(one)) played++;
        } catch (cause) {
          throw new Error(`Round ${round} of seed ${SEED}:\n${one}`, { cause });
        }
      }
      assert(played > 0 && played < ROUNDS);
    });
  }
});
