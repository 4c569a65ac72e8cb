/** JSON that is nested deeper than a stack: read or refused, never thrown over. */
import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../lib/base/error.ts";
import { StreamTranslation } from "../../lib/translation/stream_translation.ts";
import {
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeRequest,
} from "../../lib/translation/translate.ts";
import { ANSWERS, CODECS, REQUESTS, STREAMS } from "./corpus.ts";
import { context } from "./laws.ts";

const DEPTH = 20_000;
const DEEP = ["[", '{"a":'].map((open) =>
  open.repeat(DEPTH) + "1" + (open === "[" ? "]" : "}").repeat(DEPTH)
);

/** Every text that `json` becomes when one of its values is replaced by a deep one. */
function* deepened(json: string): Generator<string> {
  const values = [
    ...json.matchAll(/(?<=[:[,])("(?:[^"\\]|\\.)*"|-?\d[\d.]*|true|false|null)(?!\s*:)/g),
  ];
  for (const { index, 0: value } of values) {
    for (const deep of DEEP) yield json.slice(0, index) + deep + json.slice(index + value.length);
  }
}

/** Runs `work`, which may refuse. */
function mayRefuse(work: () => void): void {
  try {
    work();
  } catch (error) {
    assert(error instanceof GatewayError, `Threw ${error}`);
  }
}

/** A few of many, evenly, so that a test does not take long. */
function some<T>(all: readonly T[], count: number): T[] {
  return all.filter((_, i) => i % Math.ceil(all.length / count) === 0);
}

describe("Depth", () => {
  for (const codec of CODECS) {
    const streams = STREAMS.filter((stream) => stream.codec === codec);

    it(`of a stream of ${codec.protocol} makes no decoder throw, and no other encoder`, () => {
      for (const { content } of some(streams, 6)) {
        for (const text of some([...deepened(new TextDecoder().decode(content))], 30)) {
          for (const client of CODECS.filter((one) => one !== codec)) {
            const translation = new StreamTranslation({ upstream: codec, client, context });
            translation.push(new TextEncoder().encode(text));
            translation.end();
          }
        }
      }
    });

    it(`of an answer of ${codec.protocol} makes nothing throw but a refusal`, () => {
      for (const { content } of some(ANSWERS.filter((answer) => answer.codec === codec), 6)) {
        for (const text of some([...deepened(JSON.stringify(content))], 30)) {
          mayRefuse(() => {
            const response = decodeAnswer(JSON.parse(text), codec);
            for (const client of CODECS) encodeAnswer(response, { client, context });
          });
        }
      }
    });

    it(`of a request of ${codec.protocol} makes nothing throw but a refusal`, () => {
      for (const { content } of some(REQUESTS.filter((request) => request.codec === codec), 6)) {
        for (const text of some([...deepened(JSON.stringify(content))], 60)) {
          mayRefuse(() => {
            const request = decodeRequest(JSON.parse(text), codec);
            for (const upstream of CODECS) {
              mayRefuse(() => encodeRequest(request, { upstream, model: "m", quirks: {} }));
            }
          });
        }
      }
    });
  }
});
