/** Configurations as typos, editors and cut uploads leave them: always an answer, never a throw. */
import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { loadConfig } from "../../../lib/config/load.ts";
import { isAuto, Router } from "../../../lib/routing/router.ts";
import { stubUrlProblem } from "../../../lib/stub/behaviour.ts";
import { GatewayError } from "../../../lib/base/error.ts";
import { forSeeds } from "../../properties/budget.ts";
import type { Random } from "../../properties/random.ts";

const TEXT = `# Everything that a file can say.
host: 127.0.0.1
port: 8787
defaults: &defaults {apiKeyEnv: KEY, weight: 2, headers: {X-A: "b"}, timeouts: {connectMs: 9}}
retryStatusCodes: [412, 429]
fallback:
  model-a: [model-b]
  "*": [model-c]
auto: {models: [model-a, model-b], policy: weighted, sticky: true}
notice: comment
clients:
  - {name: me, key: client-key}
  - {name: you, keyEnv: KEY}
allowedHosts: [gateway.example]
timeouts: {requestMs: 1000, idleMs: 10}
routes:
  - name: one
    url: stub:flaky?every=2
    model: model-a
    fallback: [model-b, model-c]
  - name: two
    url: "https://user:p%40ss@api.example/v1/chat/completions?key=1"
    model: [model-b, model-c]
    protocol: [openai, responses]
    apiKey: \${KEY}
    <<: {vision: false}
  - url: 'http://127.0.0.1:11434'
    model: "*"
    isBaseUrl: true
    toolIdPattern: "^[a-z]{9}$"
    dropParams:
      - temperature
`;

const PIECES = [
  "\n",
  "  ",
  ": ",
  "- ",
  "[",
  "]",
  "{",
  "}",
  ",",
  '"',
  "'",
  "#",
  "*",
  "&x ",
  "*x",
  "*defaults",
  "<<: *defaults",
  "!",
  "!!int ",
  "|",
  ">",
  "%",
  "%zz",
  "@",
  "`",
  "?",
  "~",
  "null",
  "true",
  "0",
  "-1",
  "1e99",
  ".nan",
  "0x1",
  "${NONE}",
  "${KEY}",
  "\t",
  "\u0000",
  "\ufeff",
  "\ud800",
  "你",
  "__proto__",
  "constructor",
  "---\n",
  "...\n",
  "routes",
  "model",
  "url: ",
  "stub:",
  "https://",
  "http://%",
];

function mutated(random: Random): string {
  let text = TEXT;
  for (let edits = 1 + random.below(4); edits > 0; edits--) {
    const from = random.below(text.length + 1);
    const to = from + (random.oneIn(2) ? 0 : random.below(random.pick([3, 20, 200])));
    text = text.slice(0, from) + (random.oneIn(4) ? "" : random.pick(PIECES)) + text.slice(to);
  }
  return text;
}

function load(text: string) {
  return loadConfig(text, {
    read: (name) => name === "KEY" ? "sk-0123456789" : undefined,
    checkStubUrl: stubUrlProblem,
  });
}

describe("loadConfig()", () => {
  it("reads the file that the others are made of", () => {
    const { config, problems } = load(TEXT);
    assert(config, JSON.stringify(problems));
  });

  it("gives for any text a configuration or problems, each with a place inside the text", () => {
    forSeeds((random) => {
      const text = mutated(random);
      const { config, problems } = load(text);
      assert((config === undefined) === (problems.length > 0), text);
      const lines = text.split("\n");
      for (const { position, message } of problems) {
        assert(position && position.line >= 1 && position.line <= lines.length, message);
        const { length } = lines[position.line - 1]!;
        assert(position.column >= 1 && position.column <= length + 2, `${message} ${text}`);
        assert(!message.includes("sk-0123456789"), message);
      }
    });
  });
});

describe("Router", () => {
  it("plans for any configuration that loads, and refuses unknown models only as such", () => {
    const names = ["auto", "AUTO", "model-a", "model-b", "model-x", "", "*", "__proto__", "你"];
    forSeeds((random) => {
      const { config } = load(mutated(random));
      if (!config) return;
      const router = new Router(config);
      for (const model of names) {
        try {
          const { candidates, mode } = router.plan({ model, stickyModel: random.pick(names) });
          assert(candidates.length > 0);
          assert((mode === "auto") === isAuto(model));
          assert(new Set(candidates.map(({ id }) => id)).size === candidates.length, "twice");
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error;
          assert(error.code === "model_not_found" && error.status === 404);
        }
      }
    });
  });
});
