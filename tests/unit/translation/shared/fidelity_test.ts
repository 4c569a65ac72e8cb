/**
 * What the paper on translation says of each field, against what the codecs report for a request
 * that has it.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../../lib/base/error.ts";
import type { JsonObject } from "../../../../lib/base/json.ts";
import { type Protocol, PROTOCOLS } from "../../../../lib/base/protocol.ts";
import type { AssistantBlock } from "../../../../lib/chat/block.ts";
import type { Loss } from "../../../../lib/chat/loss.ts";
import { codecOf } from "../../../../lib/translation/codecs.ts";
import { decodeRequest, encodeRequest } from "../../../../lib/translation/translate.ts";
import { PROBES } from "./probes.ts";

/** The protocols as the paper's headings and columns name them. */
const NAMES: Readonly<Record<Protocol, string>> = {
  openai_chat: "OpenAI Chat",
  openai_responses: "OpenAI Responses",
  anthropic_messages: "Anthropic Messages",
};

const paper = Deno.readTextFileSync(new URL("../../../../docs/TRANSLATION.md", import.meta.url));

/** The rows of the table below a heading, each a list of cells. */
function rowsOf(heading: string): string[][] {
  const section = paper.split(/^## /m).find((one) => one.startsWith(`${heading}\n`));
  const rows = (section ?? "").split("\n").filter((line) => line.startsWith("|"));
  return rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}

/** From the worst to the best; a request that suffers several counts as the worst. */
const OUTCOMES = [
  "dropped (matters)",
  "approximated (matters)",
  "dropped",
  "approximated",
  "carried",
];

function outcomeOf(losses: readonly Loss[]): string {
  const words = losses.map(({ how, changesMeaning }) => changesMeaning ? `${how} (matters)` : how);
  return OUTCOMES.find((one) => words.includes(one)) ?? "carried";
}

function outcome(body: JsonObject, from: Protocol, to: Protocol): string {
  const [source, upstream] = [codecOf(from), codecOf(to)];
  const request = decodeRequest(body, source);
  try {
    return outcomeOf(encodeRequest(request, { upstream, model: "m", quirks: {} }).losses);
  } catch (error) {
    if (error instanceof GatewayError) return "refused";
    throw error;
  }
}

/** An answer that holds what a row of the table of answers is about. */
const ANSWER_BLOCKS: ReadonlyMap<string, AssistantBlock> = new Map<string, AssistantBlock>([
  ["text", { type: "text", text: "Hi" }],
  ["refusal", { type: "refusal", text: "No" }],
  ["thoughts", { type: "reasoning", text: "Hm" }],
  ["tool call", { type: "tool-call", id: "call_1", name: "f", input: "{}" }],
  ["free-text tool call", {
    type: "tool-call",
    id: "call_1",
    name: "f",
    input: "Text",
    isFreeform: true,
  }],
]);

const context = { id: "i", createdAt: 1, model: "m", includeUsage: true, estimatedInputTokens: 1 };

function answerWith(block: AssistantBlock, to: Protocol): string {
  const base = { id: "1", model: "m", stopReason: "end", usage: {} } as const;
  const codec = codecOf(to);
  return JSON.stringify(codec.encodeResponse({ ...base, content: [block] }, context));
}

describe("docs/TRANSLATION.md", () => {
  const [, , ...answers] = rowsOf("Answers");

  it("has one row for each kind of answer", () => {
    assertEquals(answers.map(([kind]) => kind), [...ANSWER_BLOCKS.keys()]);
  });

  for (const [kind, block] of ANSWER_BLOCKS) {
    it(`names the words in which clients are told of ${kind}`, () => {
      const cells = answers.find(([name]) => name === kind)?.slice(1) ?? [];
      for (const [i, to] of PROTOCOLS.entries()) {
        const body = answerWith(block, to);
        const words = [...cells[i]!.matchAll(/`(.+?)`/g)].map(([, word]) => word);
        assert(words.length > 0);
        for (const word of words) assertStringIncludes(body, `"${word}"`);
      }
    });
  }

  for (const from of PROTOCOLS) {
    const [heads = [], , ...rows] = rowsOf(`From ${NAMES[from]}`);
    const targets = PROTOCOLS.filter((to) => to !== from);

    it(`has one row for each probe of ${from}, and one column for each other protocol`, () => {
      assertEquals(heads.slice(1), targets.map((to) => `to ${NAMES[to]}`));
      assertEquals(rows.map(([field]) => field), [...PROBES[from].keys()]);
    });

    for (const [field, body] of PROBES[from]) {
      it(`tells the truth about ${field} from ${from}`, () => {
        const row = rows.find(([name]) => name === field);
        const outcomes = targets.map((to) => outcome(body, from, to));
        assertEquals(row, [field, ...outcomes]);
      });

      it(`has a probe of ${field} that ${from} itself gives back unchanged`, () => {
        const codec = codecOf(from);
        const encoded = codec.encodeRequest(codec.decodeRequest(body), {});
        assertEquals(encoded.body, body);
        assertEquals(encoded.losses, []);
      });
    }
  }
});
