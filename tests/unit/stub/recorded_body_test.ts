import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  bodyBytes,
  chunkBytes,
  recordBody,
  recordStream,
} from "../../../lib/stub/recorded_body.ts";

const cleaning = { redact: (text: string) => text, requestId: "" };
const bytesOf = (text: string) => new TextEncoder().encode(text);

const bodies: { name: string; bytes: Uint8Array<ArrayBuffer>; form: string }[] = [
  { name: "compact JSON", bytes: bytesOf('{"a":[1,null,"x"]}'), form: "json" },
  { name: "a JSON number alone", bytes: bytesOf("7"), form: "json" },
  { name: "JSON with spaces", bytes: bytesOf('{ "a": 1 }'), form: "text" },
  {
    name: "a number that would change",
    bytes: bytesOf('{"a":1.0,"b":12345678901234567890}'),
    form: "text",
  },
  { name: "keys that would change places", bytes: bytesOf('{"b":1,"1":2}'), form: "text" },
  { name: "a repeated key", bytes: bytesOf('{"a":1,"a":2}'), form: "text" },
  { name: "very deep JSON", bytes: bytesOf("[".repeat(60) + "]".repeat(60)), form: "text" },
  { name: "text with a byte order mark", bytes: bytesOf("\ufefftext\r\n"), form: "text" },
  { name: "bytes that are no text", bytes: Uint8Array.of(255, 0, 254, 10), form: "base64" },
];

describe("recordBody()", () => {
  for (const { name, bytes, form } of bodies) {
    it(`keeps ${name} as ${form}, byte for byte`, () => {
      const body = recordBody(bytes, { cleaning });
      assertEquals(Object.keys(body), [form]);
      assertEquals(bodyBytes(body), bytes);
    });
  }

  it("lets JSON lose its spaces when that was asked for", () => {
    assertEquals(recordBody(bytesOf('{ "a": 1 }'), { cleaning, isLoose: true }), {
      json: { a: 1 },
    });
  });
});

describe("recordStream()", () => {
  it("keeps the bytes and the times of every chunk, characters whole", () => {
    const bytes = bytesOf("data: grün – ça\n\n");
    for (let at = 0; at <= bytes.length; at++) {
      const pieces = [{ atMs: 1, bytes: bytes.slice(0, at) }, { atMs: 9, bytes: bytes.slice(at) }];
      const { stream } = recordStream(pieces, { cleaning });
      assertEquals(bodyBytes({ stream }), bytes);
      assertEquals(stream.every((chunk) => "text" in chunk), true);
    }
  });

  it("keeps chunks that are no text as base64", () => {
    const bytes = Uint8Array.of(1, 200, 3);
    const { stream } = recordStream([{ atMs: 2, bytes }], { cleaning });
    assertEquals(stream.map(({ atMs }) => atMs), [2]);
    assertEquals(chunkBytes(stream[0]!), bytes);
  });
});
