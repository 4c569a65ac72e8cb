/** What a stream of bytes means, paragraph by paragraph of the standard, and the two places where this parser differs. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SseLimitError, type SseMessage, SseParser } from "../../../lib/sse/parser.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** All messages of a stream whose bytes come in these chunks. */
function read(...chunks: (string | Uint8Array)[]): SseMessage[] {
  const parser = new SseParser();
  const messages = chunks.flatMap((chunk) =>
    parser.push(typeof chunk === "string" ? bytes(chunk) : chunk)
  );
  return [...messages, ...parser.end()];
}

const cases: { name: string; stream: string; messages: [event: string, data: string][] }[] = [
  { name: "one data line", stream: "data: a\n\n", messages: [["", "a"]] },
  { name: "an event name", stream: "event: x\ndata: a\n\n", messages: [["x", "a"]] },
  { name: "an event name after the data", stream: "data: a\nevent: x\n\n", messages: [["x", "a"]] },
  {
    name: "the last of two event names",
    stream: "event: x\nevent: y\ndata: a\n\n",
    messages: [["y", "a"]],
  },
  { name: "no space after the colon", stream: "event:x\ndata:a\n\n", messages: [["x", "a"]] },
  { name: "only the first space as separator", stream: "data:  a \n\n", messages: [["", " a "]] },
  { name: "a tab as part of the value", stream: "data:\ta\n\n", messages: [["", "\ta"]] },
  {
    name: "further colons as part of the value",
    stream: "data: a:b: c\n\n",
    messages: [["", "a:b: c"]],
  },
  {
    name: "data of several lines",
    stream: "data: a\ndata: b\ndata:\ndata: c\n\n",
    messages: [["", "a\nb\n\nc"]],
  },
  { name: "a data line without a colon as an empty one", stream: "data\n\n", messages: [["", ""]] },
  { name: "an empty data line", stream: "data:\n\n", messages: [["", ""]] },
  { name: "two data lines without a colon", stream: "data\ndata\n\n", messages: [["", "\n"]] },
  {
    name: "nothing of an event without data",
    stream: "event: x\n\ndata: a\n\n",
    messages: [["", "a"]],
  },
  { name: "nothing of blank lines", stream: "\n\n\n\ndata: a\n\n\n\n", messages: [["", "a"]] },
  {
    name: "nothing of comments",
    stream: ": hi\n:\n:data: b\n\ndata: a\n: in between\n\n",
    messages: [["", "a"]],
  },
  {
    name: "nothing of id, retry and unknown fields",
    stream: "id: 1\nretry: 5\nfoo: x\ndata: a\n\n",
    messages: [["", "a"]],
  },
  {
    name: "nothing of fields whose name only begins alike",
    stream: "datas: x\ndat: x\n data: x\nDATA: x\nevents: x\ndata: a\n\n",
    messages: [["", "a"]],
  },
  {
    name: "CRLF line ends",
    stream: "event: x\r\ndata: a\r\ndata: b\r\n\r\n",
    messages: [["x", "a\nb"]],
  },
  { name: "CR line ends", stream: "event: x\rdata: a\rdata: b\r\r", messages: [["x", "a\nb"]] },
  {
    name: "mixed line ends",
    stream: "event: x\r\ndata: a\rdata: b\n\r\ndata: c\r\r\n",
    messages: [["x", "a\nb"], ["", "c"]],
  },
  { name: "a byte order mark at the start", stream: "\uFEFFdata: a\n\n", messages: [["", "a"]] },
  {
    name: "a byte order mark before a blank line",
    stream: "\uFEFF\ndata: a\n\n",
    messages: [["", "a"]],
  },
  {
    name: "a second byte order mark as part of a name",
    stream: "\uFEFF\uFEFFdata: a\n\ndata: b\n\n",
    messages: [["", "b"]],
  },
  {
    name: "a byte order mark inside data as text",
    stream: "data:\uFEFFa\n\n",
    messages: [["", "\uFEFFa"]],
  },
  {
    name: "text beyond ASCII",
    stream: "event: é\ndata: 你好 🎉 \u2028\u0085\n\n",
    messages: [["é", "你好 🎉 \u2028\u0085"]],
  },
  {
    name: "NUL and other controls as text",
    stream: "data: a\u0000b\u000bc\n\n",
    messages: [["", "a\u0000b\u000bc"]],
  },
];

describe("SseParser.push()", () => {
  for (const { name, stream, messages } of cases) {
    const expected = messages.map(([event, data]) => ({ event, data }));
    it(`reads ${name}`, () => assertEquals(read(stream), expected));
    it(`reads ${name} byte by byte`, () => {
      assertEquals(read(...Array.from(bytes(stream), (byte) => Uint8Array.of(byte))), expected);
    });
    it(`reads ${name} cut at any one place`, () => {
      const all = bytes(stream);
      for (let cut = 0; cut <= all.length; cut++) {
        assertEquals(read(all.subarray(0, cut), all.subarray(cut)), expected, `cut at ${cut}`);
      }
    });
  }

  it("returns a message with the chunk that ends it, not before", () => {
    const parser = new SseParser();
    assertEquals(parser.push(bytes("data: a\n")), []);
    assertEquals(parser.push(bytes("\nda")), [{ event: "", data: "a" }]);
    assertEquals(parser.push(bytes("ta: b\r")), []);
    assertEquals(parser.push(bytes("\r")), [{ event: "", data: "b" }]);
    assertEquals(parser.push(bytes("\ndata: c\n\n")), [{ event: "", data: "c" }]);
  });

  it("replaces bytes that are not UTF-8", () => {
    const broken = new Uint8Array([...bytes("data: a"), 0xff, 0xc3, ...bytes("\ndata: b\n\n")]);
    assertEquals(read(broken), [{ event: "", data: "a\uFFFD\uFFFD\nb" }]);
  });

  it("does not keep the caller's buffer", () => {
    const parser = new SseParser();
    const buffer = bytes("data: hel");
    parser.push(buffer);
    buffer.fill(0x78);
    assertEquals(parser.push(bytes("lo\n\n")), [{ event: "", data: "hello" }]);
  });

  it("reads a line as long as the limit, also in pieces", () => {
    const line = `data: ${"x".repeat(94)}`;
    for (const chunks of [[line + "\n\n"], [...line, "\n\n"]]) {
      const parser = new SseParser({ maxLineBytes: 100 });
      const messages = chunks.flatMap((chunk) => parser.push(bytes(chunk)));
      assertEquals(messages, [{ event: "", data: "x".repeat(94) }]);
    }
  });

  it("throws on a line that is longer than the limit, whether or not it has ended", () => {
    for (const chunks of [["data: " + "x".repeat(95) + "\n"], [..."data: " + "x".repeat(95)]]) {
      const parser = new SseParser({ maxLineBytes: 100 });
      assertThrows(() => chunks.forEach((chunk) => parser.push(bytes(chunk))), SseLimitError);
    }
  });

  it("throws on a message whose lines together are longer than the limit", () => {
    const parser = new SseParser({ maxLineBytes: 100 });
    assertThrows(() => parser.push(bytes(`data: ${"x".repeat(50)}\n`.repeat(3))), SseLimitError);
    const empty = new SseParser({ maxLineBytes: 100 });
    assertThrows(() => empty.push(bytes("data\n".repeat(200))), SseLimitError);
  });

  it("throws again after a limit was passed", () => {
    const parser = new SseParser({ maxLineBytes: 10 });
    assertThrows(() => parser.push(bytes("data: 123456789")), SseLimitError);
    assertThrows(() => parser.push(bytes("\n\ndata: a\n\n")), SseLimitError);
    assertThrows(() => parser.end(), SseLimitError);
  });

  it("throws on comments that come to no boundary, as whoever relays them has to hold them", () => {
    const parser = new SseParser({ maxLineBytes: 100 });
    for (let count = 0; count < 20; count++) parser.push(bytes(": 789 123\n"));
    assertThrows(() => parser.push(bytes(":\n")), SseLimitError);
    const relieved = new SseParser({ maxLineBytes: 100 });
    for (let count = 0; count < 100; count++) relieved.push(bytes(": 789 123\n\n"));
    assertEquals(relieved.isAtBoundary, true);
  });

  it("counts the limit per message, not per stream", () => {
    const parser = new SseParser({ maxLineBytes: 100 });
    const message = `data: ${"x".repeat(60)}\n\n`;
    assertEquals(parser.push(bytes(message.repeat(50))).length, 50);
  });

  it("takes time in proportion to the bytes, whatever the cuts", () => {
    const parser = new SseParser();
    const one = Uint8Array.of(0x78);
    const started = performance.now();
    parser.push(bytes("data: "));
    for (let i = 0; i < 1_000_000; i++) parser.push(one);
    parser.push(bytes("\r".repeat(500_000)));
    parser.push(bytes("\n".repeat(500_000)));
    // A quadratic parser needs minutes for this.
    assert(performance.now() - started < 5_000, "a megabyte took more than five seconds");
  });
});

describe("SseParser.end()", () => {
  it("gives the last message although its blank line is missing", () => {
    assertEquals(read("data: a\n"), [{ event: "", data: "a" }]);
    assertEquals(read("event: x\ndata: a"), [{ event: "x", data: "a" }]);
    assertEquals(read("data: a\r"), [{ event: "", data: "a" }]);
  });

  it("gives nothing when no message was under way", () => {
    for (const stream of ["", "data: a\n\n", "event: x\n", ": hi", "\n", "\uFEFF", "id: 1"]) {
      const parser = new SseParser();
      parser.push(bytes(stream));
      assertEquals(parser.end(), [], JSON.stringify(stream));
    }
  });
});

describe("SseParser.isAtBoundary", () => {
  const boundaries: [stream: string, isAtBoundary: boolean][] = [
    ["", true],
    ["d", false],
    ["data: a", false],
    ["data: a\n", false],
    ["data: a\n\n", true],
    ["data: a\r\n\r", true],
    ["data: a\r\n\r\n", true],
    ["data: a\r\r", true],
    ["data: a\n\nd", false],
    [": hi\n", false],
    [": hi\n\n", true],
    ["event: x\n\n", true],
    ["\n", true],
  ];
  for (const [stream, isAtBoundary] of boundaries) {
    it(`is ${isAtBoundary} after ${JSON.stringify(stream)}, whatever the cuts`, () => {
      const whole = new SseParser();
      whole.push(bytes(stream));
      assertEquals(whole.isAtBoundary, isAtBoundary);
      const cut = new SseParser();
      for (const byte of bytes(stream)) cut.push(Uint8Array.of(byte));
      assertEquals(cut.isAtBoundary, isAtBoundary);
    });
  }
});

describe("SseParser.consumedBoundary", () => {
  const chunks: [name: string, chunks: string[], boundary: number][] = [
    ["0 before the first chunk", [], 0],
    ["0 for a chunk without a boundary", ["data: a\n"], 0],
    ["the end of a chunk that ends at one", ["data: a\n\n"], 9],
    ["just after the last of several", ["data: a\n\ndata: b\n\ndata"], 18],
    ["just after a blank line that completes an earlier chunk", ["data: a\n", "\ndata: b"], 1],
    ["after the whole of a CRLF", ["data: a\r\n\r\nx"], 11],
    ["after a line feed that completes a CRLF", ["data: a\r\n\r", "\nx"], 1],
    [
      "0 after a line feed that completes a CRLF in the middle of a message",
      ["data: a\r", "\nx"],
      0,
    ],
    ["after a comment's blank line", [": hi\n\nda"], 6],
    ["0 for an empty chunk", ["data: a\n\n", ""], 0],
  ];
  for (const [name, parts, boundary] of chunks) {
    it(`is ${name}`, () => {
      const parser = new SseParser();
      for (const part of parts) parser.push(bytes(part));
      assertEquals(parser.consumedBoundary, boundary);
    });
  }
});
