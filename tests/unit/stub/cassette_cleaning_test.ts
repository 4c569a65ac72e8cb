import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { redactor } from "../../../lib/base/redaction.ts";
import { cleanPieces, cleanText, REQUEST_ID } from "../../../lib/stub/cassette_cleaning.ts";

const SECRET = "dummy-secret-0123456789";
const cleaning = { redact: redactor([SECRET]), requestId: "11111111-2222-4333-8444-555555555555" };

function event(content: string): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
}

describe("cleanText()", () => {
  it("leaves a text without secrets exactly as it is", () => {
    const text = '{"a": 1,  "b":[ ] }\r\n';
    assertEquals(cleanText(text, cleaning), text);
  });

  it("takes out a secret that stands behind escapes in JSON", () => {
    const text = `{"a":"${SECRET.replaceAll("-", "\\u002d")}"}`;
    assertEquals(cleanText(text, cleaning), '{"a":"[redacted]"}');
  });

  it("puts a mark in the place of the request's id", () => {
    const { requestId } = cleaning;
    assertEquals(cleanText(`resp_${requestId}`, cleaning), `resp_${REQUEST_ID}`);
  });
});

describe("cleanPieces()", () => {
  it("takes out a secret that is torn between chunks", () => {
    const stream = event(`my key is ${SECRET}, really`);
    for (let at = 0; at <= stream.length; at++) {
      const clean = cleanPieces([stream.slice(0, at), stream.slice(at)], cleaning);
      assertEquals(clean.join(""), event("my key is [redacted], really"));
    }
  });

  it("takes out a secret that is said word by word, and leaves the other events alone", () => {
    const spoken = ["my ", ...SECRET.match(/.{1,4}/g)!, " it is"].map(event);
    const clean = cleanPieces([...spoken, ": a comment\n\n", "data: [DONE]\n\n"], cleaning);
    assertEquals(clean.length, spoken.length + 2);
    assertEquals(clean[0], spoken[0]);
    assertEquals(clean.slice(-3), [spoken.at(-1)!, ": a comment\n\n", "data: [DONE]\n\n"]);
    const words = clean.join("").matchAll(/"content":"([^"]*)"/g);
    assertEquals([...words].map(([, word]) => word).join(""), "my [redacted] it is");
  });

  it("takes out a secret in base64 that is said word by word", () => {
    const encoded = btoa(`user:${SECRET}`);
    const clean = cleanPieces(encoded.match(/.{1,3}/g)!.map(event), cleaning).join("");
    const words = [...clean.matchAll(/"content":"([^"]*)"/g)].map(([, word]) => word).join("");
    assert(words.includes("[redacted]"), words);
  });
});
