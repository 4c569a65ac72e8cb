/** Embeddings of a stub: alike for like texts, of length one, in both encodings. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { JsonObject } from "../../../lib/base/json.ts";
import { embeddingsFor } from "../../../lib/stub/embeddings.ts";

function vectors(body: JsonObject): (number[] | string)[] {
  const { data } = embeddingsFor(body) as { data: { index: number; embedding: number[] }[] };
  assertEquals(data.map(({ index }) => index), data.map((_, index) => index));
  return data.map(({ embedding }) => embedding);
}

function floats(base64: string): number[] {
  const bytes = Uint8Array.fromBase64(base64);
  return [...new Float32Array(bytes.buffer)];
}

describe("embeddingsFor()", () => {
  it("answers in the form of the API", () => {
    const answer = embeddingsFor({ model: "m", input: "12345678", dimensions: 1 });
    const [embedding] = vectors({ input: "12345678", dimensions: 1 });
    assertEquals(answer, {
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: embedding as number[] }],
      model: "m",
      usage: { prompt_tokens: 2, total_tokens: 2 },
    });
  });

  it("gives the same vector to the same text, and another to another", () => {
    const [one, other, again] = vectors({ input: ["a", "b", "a"] });
    assertEquals(one, again);
    assert(JSON.stringify(one) !== JSON.stringify(other));
  });

  it("gives vectors of length one", () => {
    for (const vector of vectors({ input: ["", "a", "你好", "x".repeat(9_999)], dimensions: 64 })) {
      assert(Math.abs(Math.hypot(...vector as number[]) - 1) < 1e-6);
    }
  });

  it("packs floats as base64 where it is asked to", () => {
    const [vector] = vectors({ input: "a" });
    const [packed] = vectors({ input: "a", encoding_format: "base64" });
    assertEquals(floats(packed as string), vector as number[]);
  });

  const counts: { name: string; input: JsonObject["input"]; count: number }[] = [
    { name: "a text", input: "a", count: 1 },
    { name: "several texts", input: ["a", "b"], count: 2 },
    { name: "the tokens of one text", input: [1, 2, 3], count: 1 },
    { name: "the tokens of several texts", input: [[1, 2], [3]], count: 2 },
    { name: "an empty list", input: [], count: 0 },
    { name: "nothing", input: undefined, count: 1 },
    { name: "more texts than the API takes", input: Array(3_000).fill("a"), count: 2_048 },
  ];
  for (const { name, input, count } of counts) {
    it(`gives ${count} for ${name}`, () => {
      assertEquals(vectors({ input, dimensions: 1 }).length, count);
    });
  }

  const dimensions: { asked: JsonObject["dimensions"]; given: number }[] = [
    { asked: undefined, given: 8 },
    { asked: 3, given: 3 },
    { asked: 0, given: 1 },
    { asked: -5, given: 1 },
    { asked: 2.9, given: 2 },
    { asked: 1e308, given: 4_096 },
    { asked: "many", given: 8 },
  ];
  for (const { asked, given } of dimensions) {
    it(`gives ${given} dimensions where ${asked} are asked for`, () => {
      assertEquals(vectors({ input: "a", dimensions: asked })[0]!.length, given);
    });
  }
});
