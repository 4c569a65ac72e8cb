/** Bytes as text, or the place where they are none. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { decodeText } from "../../../lib/config/encoded_text.ts";

function bytesOf(...parts: (string | number)[]): Uint8Array {
  const encoder = new TextEncoder();
  return Uint8Array.from(
    parts.flatMap((part) => typeof part === "number" ? [part] : [...encoder.encode(part)]),
  );
}

describe("decodeText()", () => {
  for (const text of ["", "a: é\nb: 你好 😀\n", "a: \ufffd\n"]) {
    it(`reads ${JSON.stringify(text)}`, () => assertEquals(decodeText(bytesOf(text)), { text }));
  }

  it("drops a byte order mark", () => {
    assertEquals(decodeText(bytesOf(0xef, 0xbb, 0xbf, "a: 1\n")), { text: "a: 1\n" });
  });

  for (
    const { name, bytes, line, column } of [
      { name: "in the first line", bytes: bytesOf("a: ", 0xe9), line: 1, column: 4 },
      { name: "in a later line", bytes: bytesOf("a: é\nb: ", 0xff, "\nc: 1"), line: 2, column: 4 },
      {
        name: "at the end of a character cut off",
        bytes: bytesOf("a\n", 0xe4, 0xbd),
        line: 2,
        column: 1,
      },
      {
        name: "behind a line with the sign for it",
        bytes: bytesOf("\ufffd\n", 0x80),
        line: 2,
        column: 1,
      },
    ]
  ) {
    it(`names the place of a byte that is no UTF-8 ${name}`, () => {
      const message = "expected UTF-8, got bytes that are not";
      assertEquals(decodeText(bytes), { problem: { message, position: { line, column } } });
    });
  }

  for (const mark of [[0xff, 0xfe], [0xfe, 0xff]]) {
    it(`names UTF-16 that begins with ${mark.map((one) => one.toString(16))}`, () => {
      assertEquals(decodeText(bytesOf(...mark, 0, "a", 0)), {
        problem: {
          message: "expected UTF-8, got UTF-16: save it as UTF-8",
          position: { line: 1, column: 1 },
        },
      });
    });
  }
});
