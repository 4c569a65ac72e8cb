import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { UserBlock } from "../../../lib/chat/block.ts";
import type { ChatRequest } from "../../../lib/chat/request.ts";
import { estimateTextTokens } from "../../../lib/translation/text_tokens.ts";
import { estimateTokens } from "../../../lib/translation/token_estimate.ts";

/** Each text with its counts by o200k_base and cl100k_base; how, says the README beside them. */
const COUNTS: readonly (readonly [string, number, number])[] = [
  ["english.txt", 289, 292],
  ["chinese.txt", 309, 449],
  ["mixed_chinese.txt", 197, 223],
  ["typescript.txt", 377, 376],
  ["python.txt", 266, 262],
  ["tools.json", 239, 234],
  ["log.txt", 914, 913],
];

/** What o200k_base replaced counts Chinese far higher; the estimate follows the newer one. */
const NEWER_ONLY = new Set(["chinese.txt"]);

const MAX_ERROR = 0.15;

function sample(name: string): string {
  return Deno.readTextFileSync(
    new URL(`../../fixtures/token_estimate/${name}`, import.meta.url),
  );
}

function error(estimate: number, count: number): number {
  return estimate / count - 1;
}

function promptOf(...content: UserBlock[]): ChatRequest {
  return {
    source: "openai_chat",
    model: "m",
    stream: false,
    messages: [{ role: "user", content }],
  };
}

describe("estimateTextTokens()", () => {
  for (const [name, o200k, cl100k] of COUNTS) {
    it(`lies within 15 % of real tokenizers on ${name}`, () => {
      const estimate = estimateTextTokens(sample(name));
      const counts = NEWER_ONLY.has(name) ? [o200k] : [o200k, cl100k];
      for (const count of counts) {
        const off = error(estimate, count);
        assert(Math.abs(off) <= MAX_ERROR, `${estimate} for ${count}: ${off}`);
      }
    });
  }

  it("lies above the counts of all texts together", () => {
    const counted = COUNTS.reduce((sum, [, o200k]) => sum + o200k, 0);
    const estimate = COUNTS.reduce((sum, [name]) => sum + estimateTextTokens(sample(name)), 0);
    const off = error(estimate, counted);
    assert(off > 0 && off < 0.1, `${estimate} for ${counted}`);
  });

  it("judges a long text by samples", () => {
    const text = sample("english.txt") + sample("typescript.txt") + sample("tools.json");
    const repeated = text.repeat(400);
    const off = error(estimateTextTokens(repeated), 400 * estimateTextTokens(text));
    assert(Math.abs(off) < 0.05, `${off}`);
  });

  it("is zero for no text, and never less", () => {
    assertEquals(estimateTextTokens(""), 0);
    for (const text of [" ", "\n", "a", "A", "1", "é", "中", "🎉", "\ud800", "\u0000"]) {
      assert(estimateTextTokens(text) >= 0, text);
    }
  });

  it("takes time in proportion to the text", () => {
    const pieces = ["A", "a", " ", "\n", "{", "1", "中", "aA", "AAa", "🎉"];
    for (const piece of pieces) estimateTextTokens(piece.repeat(100_000));
  });
});

describe("estimateTokens()", () => {
  it("counts turns, and the tools beside them", () => {
    const text = sample("english.txt");
    const request = promptOf({ type: "text", text });
    const plain = estimateTokens(request);
    assertEquals(plain, Math.ceil(estimateTextTokens(text) + 4));
    const parameters = { type: "object", properties: { path: { type: "string" } } };
    const tools = [{ type: "function", name: "ls", description: "Lists.", parameters }] as const;
    const withTools = estimateTokens({ ...request, tools: [...tools] });
    assert(withTools > plain + 20 && withTools < plain + 50, `${withTools} from ${plain}`);
  });

  it("counts pictures and documents, whose bytes are no text", () => {
    const data = "A".repeat(400_000);
    const image: UserBlock = {
      type: "image",
      source: { kind: "base64", mediaType: "image/png", data },
    };
    const pdf: UserBlock = {
      type: "document",
      source: { kind: "base64", mediaType: "application/pdf", data },
    };
    assertEquals(estimateTokens(promptOf(image)), 1_604);
    assertEquals(estimateTokens(promptOf({ ...image, detail: "low" })), 104);
    assertEquals(estimateTokens(promptOf(pdf)), 14_819);
    const result: UserBlock = { type: "tool-result", toolCallId: "a", content: [image] };
    assertEquals(estimateTokens(promptOf(result)), 1_616);
  });

  it("counts calls, schemas, and what only another protocol understands", () => {
    const request: ChatRequest = {
      ...promptOf({ type: "opaque", owner: "openai_chat", value: { type: "x", text: "word" } }),
      tools: [
        { type: "server", owner: "openai_chat", name: "s", value: { type: "s" } },
        { type: "freeform", name: "patch", format: { definition: "start: x" } },
      ],
      outputFormat: { type: "json_schema", schema: { type: "object" } },
    };
    request.messages.push({
      role: "assistant",
      content: [{ type: "tool-call", id: "a", name: "run", input: '{"command":"ls"}' }],
    });
    const estimate = estimateTokens(request);
    assert(estimate > 70 && estimate < 120, `${estimate}`);
  });
});
