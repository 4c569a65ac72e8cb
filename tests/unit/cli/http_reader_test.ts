/** Requests read from bytes, in whatever pieces they come. */
import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { HttpReader, MalformedRequest } from "../../../lib/cli/http_reader.ts";

/** A reader of a text that comes in pieces of some bytes. */
function readerOf(text: string, size = text.length, onContinue = () => {}): HttpReader {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new HttpReader(() => {
    const piece = bytes.slice(at, at += size);
    return Promise.resolve(piece.length > 0 ? piece : undefined);
  }, onContinue);
}

async function read(text: string, size?: number) {
  const request = await readerOf(text, size).next();
  if (request === undefined) return undefined;
  const { method, target, headers, body, isKept } = request;
  return [method, target, headers.get("x-a"), new TextDecoder().decode(body), isKept];
}

const COUNTED = "POST /v1/x?y HTTP/1.1\r\nHost: h\r\nX-A: 1\r\ncontent-length: 5\r\n\r\nhello";
const CHUNKED = "POST / HTTP/1.1\r\nx-a:1\r\nTransfer-Encoding: chunked\r\n\r\n" +
  "2;ext=1\r\nhe\r\n3\r\nllo\r\n0\r\ntrailer: x\r\n\r\n";

const malformed: { name: string; text: string; status: number }[] = [
  { name: "no request line", text: "hello\r\n\r\n", status: 400 },
  { name: "another version", text: "GET / HTTP/2.0\r\n\r\n", status: 400 },
  { name: "a header without a colon", text: "GET / HTTP/1.1\r\nx\r\n\r\n", status: 400 },
  {
    name: "two lengths",
    text: "POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    status: 400,
  },
  {
    name: "a length and chunks",
    text: "POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
    status: 400,
  },
  {
    name: "a chunk without a length",
    text: "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    status: 400,
  },
  {
    name: "a body that breaks off",
    text: "POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nabc",
    status: 400,
  },
  {
    name: "a body that is too long",
    text: "POST / HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n",
    status: 413,
  },
  {
    name: "a head that does not end",
    text: `GET / HTTP/1.1\r\nx: ${"y".repeat(70_000)}`,
    status: 431,
  },
];

describe("HttpReader", () => {
  it("reads a counted body, in whatever pieces it comes", async () => {
    for (const size of [1, 2, 3, 7, 50, 1000]) {
      assertEquals(await read(COUNTED, size), ["POST", "/v1/x?y", "1", "hello", true]);
    }
  });

  it("reads a chunked body, in whatever pieces it comes", async () => {
    for (const size of [1, 2, 3, 7, 50, 1000]) {
      assertEquals(await read(CHUNKED, size), ["POST", "/", "1", "hello", true]);
    }
  });

  it("reads one request after the other, over empty lines between them", async () => {
    const reader = readerOf(`${COUNTED}\r\n${CHUNKED}`);
    assertEquals((await reader.next())?.target, "/v1/x?y");
    assertEquals((await reader.next())?.target, "/");
    assertEquals(await reader.next(), undefined);
  });

  it("keeps a connection as its version and header say", async () => {
    const kept = async (head: string) => (await readerOf(`${head}\r\n\r\n`).next())?.isKept;
    assertEquals(await kept("GET / HTTP/1.1"), true);
    assertEquals(await kept("GET / HTTP/1.1\r\nconnection: close"), false);
    assertEquals(await kept("GET / HTTP/1.0"), false);
    assertEquals(await kept("GET / HTTP/1.0\r\nconnection: Keep-Alive"), true);
  });

  it("tells a client to go on that waits for it", async () => {
    let told = 0;
    const text = COUNTED.replace("X-A: 1", "Expect: 100-continue");
    await readerOf(text, undefined, () => told++).next();
    assertEquals(told, 1);
  });

  for (const { name, text, status } of malformed) {
    it(`refuses ${name} with ${status}`, async () => {
      const error = await assertRejects(() => read(text), MalformedRequest);
      assertEquals((error as MalformedRequest).status, status);
    });
  }
});
