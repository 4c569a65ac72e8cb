/**
 * Embeddings that are the same for the same text, and differ for different ones.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../base/json.ts";

const DEFAULT_DIMENSIONS = 8;
const MAX_DIMENSIONS = 4_096;
const MAX_INPUTS = 2_048;

/** The answer of `/v1/embeddings`: one unit vector per input. */
export function embeddingsFor(body: JsonObject): JsonObject {
  const inputs = inputsOf(body.input).slice(0, MAX_INPUTS);
  const asked = typeof body.dimensions === "number" ? body.dimensions : DEFAULT_DIMENSIONS;
  const dimensions = Math.min(Math.max(1, Math.floor(asked)), MAX_DIMENSIONS);
  const isBase64 = body.encoding_format === "base64";
  const tokens = inputs.reduce<number>((sum, one) => sum + Math.ceil(textOf(one).length / 4), 0);
  return {
    object: "list",
    data: inputs.map((input, index) => {
      const vector = vectorFor(textOf(input), dimensions);
      return { object: "embedding", index, embedding: isBase64 ? base64(vector) : [...vector] };
    }),
    model: typeof body.model === "string" ? body.model : "stub",
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/** One text, a list of them, the tokens of one text as numbers, or a list of such. */
function inputsOf(input: JsonValue | undefined): JsonValue[] {
  if (!Array.isArray(input)) return [input ?? ""];
  const isTokens = input.length > 0 && input.every((one) => typeof one === "number");
  return isTokens ? [input] : input;
}

function textOf(input: JsonValue): string {
  return typeof input === "string" ? input : JSON.stringify(input);
}

/** A unit vector drawn from a generator that the text seeds (a linear congruential one). */
function vectorFor(text: string, dimensions: number): Float32Array {
  let state = 2_166_136_261;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 16_777_619) >>> 0;
  }
  const vector = Float32Array.from({ length: dimensions }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

/** Little-endian floats, as the API packs them. */
function base64(vector: Float32Array): string {
  const bytes = new Uint8Array(vector.buffer);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
