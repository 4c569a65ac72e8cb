/**
 * Bodies of which only the outline is known, on requests of every kind and on what is left of them.
 *
 * @module
 */
import type { JsonValue } from "../../lib/base/json.ts";
import { REQUESTS } from "../properties/corpus.ts";
import { readsAlike } from "../properties/large_bodies.ts";
import { mutatedBytes, mutatedJson } from "../properties/mutate.ts";
import type { Random } from "../properties/random.ts";
import { Tally, type Target } from "./target.ts";

const ODD_TEXTS = [
  '"model":"other",',
  '"mod\\u0065l":"other",',
  '"\uFEFFmodel":"other",',
  '"stream":1,',
  '"__proto__":{"model":"other"},',
  '"x":"\\u12",',
  '"x":"\\ud800\\q",',
  '"x":"gw1.",',
  '"x":"\\u0067w1.",',
  '"x":[1,,2],',
  '"x":-0.5e+1,',
  '"x":01,',
  '"\\\\":"\\\\\\"",',
  '"x":"é\uFFFD",',
  "\uFEFF",
  "\u0000",
  "/* */",
  "[",
  "}",
];

const taken = new Tally();

function saysTheSame(random: Random): void {
  const { codec, content } = random.pick(REQUESTS);
  let value: JsonValue = { model: "m", ...content };
  while (random.oneIn(3)) value = mutatedJson(value, random);
  const text = random.oneIn(3) ? JSON.stringify(value, null, 1) : JSON.stringify(value);
  let bytes: Uint8Array = new TextEncoder().encode(withOddText(text, random));
  while (random.oneIn(3)) bytes = mutatedBytes(bytes, random);
  taken.add(readsAlike(Uint8Array.from(bytes), codec.protocol));
}

function withOddText(text: string, random: Random): string {
  if (random.oneIn(2)) return text;
  const at = random.oneIn(2) ? 1 : random.below(text.length + 1);
  return text.slice(0, at) + random.pick(ODD_TEXTS) + text.slice(at);
}

/** The target. */
export const largeBodyTarget: Target = {
  properties: new Map([["A body says the same by its outline as read at once", saysTheSame]]),
  summary: () => taken.toString(),
};
