/** The properties of all codecs, on every transcript and on damaged ones. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ResponseCollector } from "../../lib/chat/collect.ts";
import { forSeeds } from "./budget.ts";
import { ANSWERS, PAIRS, REQUESTS, STREAMS } from "./corpus.ts";
import {
  answersLawfully,
  decodesLawfully,
  eventsOf,
  requestsLawfully,
  streamable,
  translatesLawfully,
} from "./laws.ts";
import { PROPERTIES } from "./properties.ts";

describe("The codecs", () => {
  for (const { name, codec, content } of STREAMS) {
    it(`read and translate the stream ${name}`, () => {
      decodesLawfully(codec, content);
      translatesLawfully(codec, { whole: content, chunks: [content] });
    });
  }

  for (const { name, codec, content } of ANSWERS) {
    it(`read and translate the answer ${name}`, () => void answersLawfully(codec, content));
  }

  for (const { name, codec, content } of REQUESTS) {
    it(`read and translate the request ${name}`, () => void requestsLawfully(codec, content));
  }

  for (const { stream, answer } of PAIRS) {
    it(`read the same in ${stream.name} and ${answer.name}`, () => {
      const collector = new ResponseCollector();
      for (const event of eventsOf(stream.codec, [stream.content])) collector.push(event);
      const whole = streamable(answer.codec.decodeResponse(answer.content));
      assertEquals(collector.response(), whole);
    });
  }
});

for (const [sentence, property] of PROPERTIES) {
  Deno.test(sentence, () => forSeeds(property));
}
