import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { chosenByAsking } from "../../../lib/cli/first_questions.ts";
import { providersWithKeys } from "../../../lib/setup/first_file.ts";
import { LOCAL_SERVERS } from "../../../lib/setup/providers.ts";

const FOUND = {
  servers: [{ server: LOCAL_SERVERS[0]!, models: ["a", "b"] }],
  providers: providersWithKeys((name) => /^(OPENAI|GROQ)_API_KEY$/.test(name) ? "key" : undefined),
};

/** Answers the questions in order, and gives what was chosen and what was shown. */
function answered(found: Parameters<typeof chosenByAsking>[0], ...answers: (string | null)[]) {
  const shown: string[] = [];
  const choice = chosenByAsking(found, {
    ask: () => answers.length > 0 ? answers.shift()! : null,
    say: (line) => shown.push(line),
  });
  return {
    shown,
    left: answers.length,
    chosen: [
      ...choice.servers.map(({ server }) => server.name),
      ...choice.providers.map(({ provider, keyVariable }) => `${provider.name} ${keyVariable}`),
    ],
  };
}

describe("chosenByAsking()", () => {
  const all = ["ollama", "openai OPENAI_API_KEY", "groq GROQ_API_KEY"];
  for (
    const [answers, chosen] of [
      [["", ""], all],
      [[null, null], all],
      [["1, 3", ""], ["ollama", "groq GROQ_API_KEY"]],
      [["2 2", ""], ["openai OPENAI_API_KEY"]],
      [["2", "1"], ["openai OPENAI_API_KEY", "anthropic ANTHROPIC_API_KEY"]],
      [["nine", "0", "4", "1.5", "3", ""], ["groq GROQ_API_KEY"]],
    ] as const
  ) {
    it(`chosenByAsking() takes ${JSON.stringify(answers)} for ${chosen.join(" and ")}`, () => {
      const { chosen: given, left } = answered(FOUND, ...answers);
      assertEquals([given, left], [[...chosen], 0]);
    });
  }

  it("chosenByAsking() shows what was found, with numbers, and no key", () => {
    const { shown } = answered(FOUND, "", "");
    assertStringIncludes(shown.join("\n"), "  1. Ollama: 2 models on port 11434\n");
    assertStringIncludes(shown.join("\n"), "  2. OpenAI: OPENAI_API_KEY is set\n");
  });

  it("chosenByAsking() says that nothing was found, and asks for others alone", () => {
    const { shown, chosen, left } = answered({ servers: [], providers: [] }, "2");
    assertEquals([chosen, left], [["openai OPENAI_API_KEY"], 0]);
    assertStringIncludes(shown[0]!, "No key was found");
  });

  it("chosenByAsking() ends when nobody answers any more", () => {
    assertEquals(answered(FOUND, "x", null, null).chosen, all);
  });
});
