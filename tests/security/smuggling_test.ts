/**
 * Requests that two servers would cut at different places: each is either refused, or is exactly one
 * request. Behind every attack stands a second request that must never be answered or sent on.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startGateway } from "../e2e/gateway_process.ts";
import { answeringUpstream } from "../e2e/scripted_upstream.ts";
import { sharedByTests } from "../e2e/shared.ts";
import { chunked, head, sendBytes } from "./wire.ts";

const scene = sharedByTests(async (owned) => {
  const upstream = owned.use(answeringUpstream({ protocol: "openai_chat" }));
  const routes = [{ name: "r", url: upstream.url, model: ["m", "*"], apiKey: "route-key-0001" }];
  const gateway = owned.use(await startGateway({ config: { routes, timeouts: { bodyMs: 300 } } }));
  return { upstream, gateway };
});

const BODY = JSON.stringify({ model: "m", messages: [{ role: "user", content: "first" }] });
/** What hides behind the first request. */
const HIDDEN = head("GET /v1/hidden HTTP/1.1", "host: localhost", "connection: close");

const LENGTH = `content-length: ${BODY.length}`;
const CHUNKED = "transfer-encoding: chunked";

/** A first request with these headers and this body, and the hidden one behind it. */
function attack(
  lines: string[],
  body: string,
  first = "POST /v1/chat/completions HTTP/1.1",
): string {
  const usual = ["host: localhost", "content-type: application/json"];
  return head(first, ...usual, ...lines) + body + HIDDEN;
}

const hex = BODY.length.toString(16);
const chunk = (size: string, end = "\r\n") => `${size}${end}${BODY}${end}0${end}${end}`;

const refused: { what: string; lines: string[]; body?: string; first?: string }[] = [
  { what: "a length and chunks", lines: [LENGTH, CHUNKED], body: chunked(BODY) },
  { what: "chunks and a length", lines: [CHUNKED, LENGTH], body: chunked(BODY) },
  {
    what: "a length that ends before the chunks",
    lines: ["content-length: 4", CHUNKED],
    body: chunked(BODY),
  },
  { what: "two different lengths", lines: [LENGTH, "content-length: 5"] },
  { what: "two lengths in one line", lines: [`content-length: ${BODY.length}, 5`] },
  { what: "the same length twice in one line", lines: [`${LENGTH}, ${BODY.length}`] },
  { what: "a length with a sign", lines: [`content-length: +${BODY.length}`] },
  { what: "a negative length", lines: ["content-length: -1"] },
  { what: "a length in hexadecimal", lines: [`content-length: 0x${hex}`] },
  { what: "a length with an exponent", lines: ["content-length: 1e2"] },
  { what: "a length with a fraction", lines: [`content-length: ${BODY.length}.0`] },
  { what: "an empty length", lines: ["content-length:"] },
  { what: "a length beyond every number", lines: ["content-length: 99999999999999999999999999"] },
  { what: "a space before the colon of the length", lines: [`content-length : ${BODY.length}`] },
  {
    what: "a space before the colon of the encoding",
    lines: ["transfer-encoding : chunked"],
    body: chunked(BODY),
  },
  { what: "an unknown encoding", lines: ["transfer-encoding: xchunked"], body: chunked(BODY) },
  { what: "an encoding that is none", lines: ["transfer-encoding: identity"], body: chunked(BODY) },
  {
    what: "chunks that are not the last encoding",
    lines: ["transfer-encoding: chunked, identity"],
    body: chunked(BODY),
  },
  { what: "the encoding twice", lines: [CHUNKED, CHUNKED], body: chunked(BODY) },
  {
    what: "two encodings that contradict",
    lines: [CHUNKED, "transfer-encoding: identity"],
    body: chunked(BODY),
  },
  { what: "an encoding in quotes", lines: ['transfer-encoding: "chunked"'], body: chunked(BODY) },
  {
    what: "an encoding behind a vertical tab",
    lines: ["transfer-encoding: \u000bchunked"],
    body: chunked(BODY),
  },
  {
    what: "an encoding behind a no-break space",
    lines: ["transfer-encoding: \u00a0chunked"],
    body: chunked(BODY),
  },
  {
    what: "an encoding on a folded line",
    lines: ["transfer-encoding:", " chunked"],
    body: chunked(BODY),
  },
  { what: "a folded line", lines: ["x-a: b", " c", LENGTH] },
  { what: "a line that begins with a space", lines: [" x-a: b", LENGTH] },
  { what: "a line without a colon", lines: ["content-length", LENGTH] },
  { what: "a line without a name", lines: [": x", LENGTH] },
  { what: "a bare CR in a header", lines: [`x-a: b\rtransfer-encoding: chunked`, LENGTH] },
  { what: "a NUL in a header", lines: ["x-a: b\u0000c", LENGTH] },
  { what: "a space in a header's name", lines: ["x a: b", LENGTH] },
  {
    what: "chunks in HTTP/1.0",
    lines: [CHUNKED],
    body: chunked(BODY),
    first: "POST /v1/chat/completions HTTP/1.0",
  },
  {
    what: "a version that does not exist",
    lines: [LENGTH],
    first: "POST /v1/chat/completions HTTP/1.9",
  },
  {
    what: "HTTP/2 in words of HTTP/1",
    lines: [LENGTH],
    first: "POST /v1/chat/completions HTTP/2.0",
  },
  { what: "no version", lines: [LENGTH], first: "POST /v1/chat/completions" },
  { what: "a NUL in the target", lines: [LENGTH], first: "POST /v1/\u0000 HTTP/1.1" },
  {
    what: "two spaces in the first line",
    lines: [LENGTH],
    first: "POST  /v1/chat/completions HTTP/1.1",
  },
  { what: "a chunk size that is no number", lines: [CHUNKED], body: chunk("zz") },
  { what: "a chunk size with a prefix", lines: [CHUNKED], body: chunk(`0x${hex}`) },
  { what: "a chunk size with a sign", lines: [CHUNKED], body: chunk(`+${hex}`) },
  { what: "a negative chunk size", lines: [CHUNKED], body: chunk("-1") },
  { what: "a chunk size beyond every number", lines: [CHUNKED], body: chunk("ffffffffffffffffff") },
  {
    what: "a chunk size that wraps to a small one",
    lines: [CHUNKED],
    body: chunk(`10000000000000000${hex}`),
  },
  { what: "a chunk that is longer than its size", lines: [CHUNKED], body: chunk("5") },
  { what: "chunks without their line ends", lines: [CHUNKED], body: `${hex}\r\n${BODY}0\r\n\r\n` },
  { what: "chunks with bare LF", lines: [CHUNKED], body: chunk(hex, "\n") },
  {
    what: "a bare LF in a chunk's extension",
    lines: [CHUNKED],
    body: `${hex};\nx\r\n${BODY}\r\n0\r\n\r\n`,
  },
];

describe("A request is refused that has", () => {
  for (const { what, lines, body = BODY, first } of refused) {
    it(what, async () => {
      const { gateway, upstream } = scene();
      const before = upstream.requests.length;
      const { statuses, text } = await sendBytes(
        gateway.address,
        attack(lines, body, first),
        1_000,
      );
      // A connection that only ends is an answer, too: a head was good, its body was not.
      assert(statuses.length <= 1, text);
      for (const status of statuses) assert(status >= 400 && status < 500, text);
      assertEquals(upstream.requests.length, before, "nothing is sent on");
    });
  }
});

const CLOSE = "connection: close";
const taken: { what: string; lines: string[]; body?: string }[] = [
  { what: "the same length twice", lines: [LENGTH, LENGTH] },
  { what: "a length with zeros before it", lines: [`content-length: 000${BODY.length}`] },
  { what: "an encoding in mixed case", lines: ["Transfer-Encoding: cHuNkEd"], body: chunked(BODY) },
  { what: "an encoding behind a tab", lines: ["transfer-encoding:\tchunked"], body: chunked(BODY) },
  { what: "a chunk with an extension", lines: [CHUNKED], body: chunk(`${hex};a=b`) },
  {
    what: "trailers that would be headers",
    lines: [CHUNKED],
    body:
      `${hex}\r\n${BODY}\r\n0\r\nhost: evil.example\r\nauthorization: Bearer trailer-0001\r\n\r\n`,
  },
  { what: "an expectation that nobody knows", lines: [LENGTH, "expect: 200-maybe"] },
];

describe("A request is exactly one, and its own, that has", () => {
  for (const { what, lines, body = BODY } of taken) {
    it(what, async () => {
      const { gateway, upstream } = scene();
      const before = upstream.requests.length;
      const { statuses, text } = await sendBytes(gateway.address, attack([...lines, CLOSE], body));
      assertEquals(statuses, [200], text);
      const sent = upstream.requests.slice(before);
      assertEquals(sent.map(({ path }) => path), ["/v1/chat/completions"]);
      assertEquals(sent[0]!.headers.get("authorization"), "Bearer route-key-0001");
      assertEquals(new TextDecoder().decode(sent[0]!.bytes), BODY);
    });
  }
});

describe("A head whose lines end in bare LF", () => {
  it("is one request like any other", async () => {
    const asked = "GET /v1/models HTTP/1.1\nhost: localhost\nconnection: close\n\n" + HIDDEN;
    assertEquals((await sendBytes(scene().gateway.address, asked)).statuses, [200]);
  });
});

describe("A body on a method that has none", () => {
  it("is not taken for the next request", async () => {
    const { gateway, upstream } = scene();
    const before = upstream.requests.length;
    const hidden = head("GET /v1/hidden HTTP/1.1", "host: localhost");
    const asked = head(
      "GET /v1/files HTTP/1.1",
      "host: localhost",
      `content-length: ${hidden.length}`,
      CLOSE,
    );
    const { statuses } = await sendBytes(gateway.address, asked + hidden);
    assertEquals(statuses, [200]);
    assertEquals(upstream.requests.slice(before).map(({ path }) => path), ["/v1/files"]);
  });
});

describe("What goes on to an upstream", () => {
  it("says its length once and itself, whatever the client said of its own", async () => {
    const { gateway, upstream } = scene();
    const lines = [
      CHUNKED,
      CLOSE,
      "te: trailers",
      "trailer: x",
      "keep-alive: 5",
      "proxy-connection: close",
    ];
    await sendBytes(gateway.address, attack(lines, chunked(BODY)));
    const { headers } = upstream.last;
    assertEquals(headers.get("content-length"), String(BODY.length));
    for (const name of ["transfer-encoding", "te", "trailer", "keep-alive", "proxy-connection"]) {
      assertEquals(headers.get(name), null, name);
    }
  });

  it("holds no header that the client's Connection header names", async () => {
    const { gateway, upstream } = scene();
    const lines = [LENGTH, "connection: close, authorization, x-evil", "x-evil: 1"];
    await sendBytes(gateway.address, attack(lines, BODY));
    assertEquals(upstream.last.headers.get("authorization"), "Bearer route-key-0001");
    assertEquals(upstream.last.headers.get("x-evil"), null);
  });
});
