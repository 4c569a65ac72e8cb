/**
 * The properties of the codecs, each as one random try. The tests here run them for a moment, the
 * fuzzer for as long as it is told to.
 *
 * @module
 */
import { ANSWERS, CODECS, REQUESTS, STREAMS } from "./corpus.ts";
import {
  answersLawfully,
  cutsMakeNoDifference,
  decodesLawfully,
  expandsAndCollects,
  faultsLawfully,
  requestsLawfully,
  tellsLawfully,
  translatesLawfully,
} from "./laws.ts";
import { comesBack } from "./history.ts";
import { madeUpResponse } from "./made_up.ts";
import { mutatedBytes, mutatedJson, mutatedStream, oddValue } from "./mutate.ts";
import type { Random } from "./random.ts";

/** One try, with chance of its own. */
export type Property = (random: Random) => void;

const STATUSES = [200, 400, 401, 404, 413, 429, 500, 503, 529];

/** All properties, by the sentence that each is a try of. */
export const PROPERTIES: ReadonlyMap<string, Property> = new Map<string, Property>([
  ["Stream decoders give the same events wherever the bytes are cut", (random) => {
    const { codec, content } = random.pick(STREAMS);
    cutsMakeNoDifference(codec, { whole: content, chunks: random.cut(content) });
  }],
  ["Stream decoders are lawful on every prefix", (random) => {
    const { codec, content } = random.pick(STREAMS);
    decodesLawfully(codec, content.subarray(0, random.below(content.length)));
  }],
  ["Stream decoders are lawful on damaged bytes", (random) => {
    const { codec, content } = random.pick(STREAMS);
    const whole = damaged(content, random);
    decodesLawfully(codec, whole);
    cutsMakeNoDifference(codec, { whole, chunks: random.cut(whole) });
  }],
  ["Stream decoders are lawful on another protocol's stream", (random) => {
    decodesLawfully(random.pick(CODECS), random.pick(STREAMS).content);
  }],
  ["Translated streams are lawful and say the same", (random) => {
    const { codec, content } = random.pick(STREAMS);
    const whole = random.oneIn(2) ? content : damaged(content, random);
    translatesLawfully(codec, { whole, chunks: random.cut(whole) });
  }],
  ["Whole answers are read or refused, and can be told to every client", (random) => {
    const { codec, content } = random.pick(ANSWERS);
    answersLawfully(codec, mutatedJson(content, random));
  }],
  ["Whole answers and their streams say the same", (random) => {
    expandsAndCollects(madeUpResponse(random));
  }],
  ["Made-up answers can be told to every client, streamed and whole", (random) => {
    tellsLawfully(madeUpResponse(random));
  }],
  ["Answers come back with the next request as they were told", (random) => {
    comesBack(madeUpResponse(random));
  }],
  ["Requests are read or refused, and can be written for every upstream", (random) => {
    const { codec, content } = random.pick(REQUESTS);
    requestsLawfully(codec, mutatedJson(content, random));
  }],
  ["Errors of any shape are read, and can be told to every client", (random) => {
    const error = { error: { message: "m", type: "t", code: "c", param: null } };
    const body = random.oneIn(3) ? oddValue(random) : mutatedJson(error, random);
    faultsLawfully(random.pick(CODECS), { status: random.pick(STATUSES), body });
  }],
]);

/** `stream` with one to three things wrong. */
function damaged(stream: Uint8Array, random: Random): Uint8Array {
  let bytes = stream;
  for (let i = random.below(3); i >= 0; i--) {
    bytes = random.oneIn(2) ? mutatedBytes(bytes, random) : mutatedStream(bytes, random);
  }
  return bytes;
}
