/**
 * Every way in which an upstream breaks before its first word, or behind it, or is only odd.
 *
 * What the stub's catalogue has is taken from there, and played on the sockets of the test, which
 * counts requests and connections. Scripts of their own have: bytes that no catalogue makes, floods
 * that last as long as anybody reads, errors that answer with JSON where a stream was asked for,
 * oddities, which have to end in the words of the test, and cuts, which wait until the client has
 * seen the first word.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import { CHAT_ENDPOINT } from "../../../lib/base/protocol.ts";
import { perform } from "../../../lib/stub/behaviour.ts";
import type { Options } from "../../../lib/stub/fault_options.ts";
import type { FaultExchange, Script } from "./fault_upstream.ts";

/** In which form an answer is asked for. */
export type Form = "json" | "sse";

/** A way to break before the first word. */
export interface Fault {
  /** What the upstream does, as a sentence would go on after "an upstream that". */
  does: string;
  script: Script;
  /** How the failed attempt is told, where it is asked for in each form. */
  reason: Partial<Record<Form, string>>;
  /** Whether it takes megabytes to break so. */
  isHeavy?: boolean;
}

const BOTH = (reason: string) => ({ json: reason, sse: reason });
const MIB = 1024 * 1024;
const ERROR = { message: "It failed on purpose", type: "server_error", code: null };
const HTML = "<!doctype html><html><body>502 Bad Gateway</body></html>";
/** Slower than any client waits for, and quick enough to show that it goes on. */
const TRICKLE_MS = 20;

/** Writes `text` for as long as somebody is there. */
async function forEver(exchange: FaultExchange, text: string | Uint8Array): Promise<void> {
  while (exchange.isOpen) {
    await exchange.write(text);
    await exchange.pause(TRICKLE_MS);
  }
}

/** Writes `count` MiB of `x`, as fast as they are read. */
async function flood(exchange: FaultExchange, count: number): Promise<void> {
  const piece = new Uint8Array(MIB).fill(0x78);
  for (let index = 0; index < count && exchange.isOpen; index++) await exchange.write(piece);
}

/** Half of a body, in the form that was asked for: of a stream all that comes before its words. */
function half(exchange: FaultExchange): string {
  if (exchange.isStream) return exchange.opening().join("");
  const body = exchange.whole();
  return body.slice(0, body.length / 2);
}

/** What the stub does under a name; the faults within a stream come behind one event. */
function catalogued(name: string, options: Options = {}): Script {
  return (exchange) => {
    const { protocol, body } = exchange;
    const question = { endpoint: CHAT_ENDPOINT[protocol], body, id: exchange.client };
    return exchange.play(perform(question, { behaviour: { name, options } }, 1).steps);
  };
}

/** The fault of answering with a status. */
function failing(status: number): Fault {
  return {
    does: `answers ${status}`,
    script: catalogued("fail", { status }),
    reason: BOTH(String(status)),
  };
}

/** Every fault before the first word, by the name in the URL. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  "close-before-head": {
    does: "takes the request and closes",
    script: catalogued("close"),
    reason: BOTH("reset"),
  },
  "reset-before-head": {
    does: "takes the request and resets the connection",
    script: catalogued("reset"),
    reason: BOTH("reset"),
  },
  "close-in-head": {
    does: "closes in the middle of its head",
    script: (exchange) => exchange.write("HTTP/1.1 200 OK\r\ncontent-ty"),
    reason: BOTH("reset"),
  },
  "reset-in-head": {
    does: "resets the connection in the middle of its head",
    script: catalogued("reset-in-head"),
    reason: BOTH("reset"),
  },
  "garbage-head": {
    does: "speaks something else than HTTP",
    script: catalogued("not-http"),
    reason: BOTH("reset"),
  },
  "endless-head": {
    does: "never comes to the end of its head",
    script: async (exchange) => {
      await exchange.write("HTTP/1.1 200 OK\r\n");
      for (let index = 0; exchange.isOpen && index < 100_000; index++) {
        await exchange.write(`x-filler-${index}: ${"x".repeat(1000)}\r\n`);
      }
    },
    reason: BOTH("reset"),
    isHeavy: true,
  },
  "upgrade": {
    does: "wants to speak another protocol",
    script: (exchange) =>
      exchange.write(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
      ),
    reason: BOTH("reset"),
  },
  "hints-for-ever": {
    does: "sends nothing but early hints",
    script: (exchange) => forEver(exchange, "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"),
    reason: BOTH("timeout"),
  },
  "reset-in-body": {
    does: "resets the connection before its first word is whole",
    script: catalogued("reset-after"),
    reason: BOTH("cut"),
  },
  "close-in-body": {
    does: "closes before its first word is whole",
    script: catalogued("cut-after"),
    reason: BOTH("cut"),
  },
  "close-in-chunks": {
    does: "closes between two chunks, before its first word",
    script: async (exchange) => {
      await exchange.write(exchange.head({ "transfer-encoding": "chunked" }));
      await exchange.chunk(half(exchange));
    },
    reason: BOTH("cut"),
  },
  "bad-chunk": {
    does: "breaks the framing of its chunks",
    script: catalogued("bad-framing"),
    reason: BOTH("cut"),
  },
  "close-delimited-half": {
    does: "ends a body without a length in its middle",
    script: (exchange) => exchange.write(exchange.head() + half(exchange)),
    reason: { json: "malformed", sse: "cut" },
  },
  "stall-before-head": {
    does: "takes the request and says nothing",
    script: catalogued("stall"),
    reason: BOTH("timeout"),
  },
  "stall-in-head": {
    does: "falls silent in its head",
    script: async (exchange) => {
      await exchange.write("HTTP/1.1 200 OK\r\ncontent-ty");
      await exchange.left;
    },
    reason: BOTH("timeout"),
  },
  "stall-after-head": {
    does: "falls silent after its head",
    script: catalogued("stall-after-head"),
    reason: BOTH("timeout"),
  },
  "stall-in-body": {
    does: "falls silent before its first word is whole",
    script: catalogued("stall-after"),
    reason: BOTH("timeout"),
  },
  "stall-in-error": {
    does: "falls silent in the body of an error",
    script: async (exchange) => {
      const headers = { "content-type": "application/json", "content-length": "1000" };
      await exchange.write(exchange.head(headers, "503 Service Unavailable") + '{"error":');
      await exchange.left;
    },
    reason: BOTH("503"),
  },
  "trickle-head": {
    does: "sends its head letter by letter",
    script: async (exchange) => {
      await exchange.write("HTTP/1.1 200 OK\r\nx-slow: ");
      await forEver(exchange, "x");
    },
    reason: BOTH("timeout"),
  },
  "trickle-body": {
    does: "sends its body letter by letter",
    script: async (exchange) => {
      await exchange.write(exchange.head() + (exchange.isStream ? "data: " : "{"));
      await forEver(exchange, " ");
    },
    reason: BOTH("timeout"),
  },
  "length-too-long": {
    does: "promises more than it sends",
    script: async (exchange) => {
      await exchange.send(half(exchange), { "content-length": "100000" });
    },
    reason: BOTH("cut"),
  },
  "length-too-short": {
    does: "sends more than it promised",
    script: (exchange) => {
      const length = String(half(exchange).length);
      return exchange.send(exchange.answer(), { "content-length": length });
    },
    reason: BOTH("cut"),
  },
  "html": {
    does: "answers 200 with HTML",
    script: catalogued("html"),
    reason: BOTH("html"),
  },
  "html-as-json": {
    does: "answers 200 with HTML that it calls JSON",
    script: (exchange) => exchange.send(HTML, { "content-type": "application/json" }),
    reason: BOTH("html"),
  },
  "malformed-json": {
    does: "answers with JSON that is none",
    script: (exchange) => exchange.send("{'choices': [}", { "content-type": "application/json" }),
    reason: BOTH("malformed"),
  },
  "truncated-json": {
    does: "answers with the first half of its JSON",
    script: (exchange) => {
      const body = exchange.whole();
      return exchange.send(body.slice(0, body.length / 2), { "content-type": "application/json" });
    },
    reason: BOTH("malformed"),
  },
  "empty": {
    does: "answers 200 with nothing",
    script: catalogued("empty"),
    reason: BOTH("empty-body"),
  },
  "no-content": {
    does: "answers 204",
    script: catalogued("no-content"),
    reason: BOTH("empty-body"),
  },
  "json-null": {
    does: "answers with null",
    script: (exchange) => exchange.send("null", { "content-type": "application/json" }),
    reason: BOTH("no-answer"),
  },
  "error-in-200": {
    does: "answers 200 with an error",
    script: (exchange) =>
      exchange.send(JSON.stringify({ type: "error", error: ERROR }), {
        "content-type": "application/json",
      }),
    reason: BOTH("no-answer"),
  },
  "huge-json": {
    does: "answers with more than 32 MiB",
    script: async (exchange) => {
      await exchange.write(exchange.head({ "content-type": "application/json" }) + '{"x":"');
      await flood(exchange, 40);
    },
    reason: BOTH("too-large"),
    isHeavy: true,
  },
  "redirect-same-host": {
    does: "redirects to itself",
    script: (exchange) =>
      exchange.send("", { location: `${exchange.path}/again` }, "307 Temporary Redirect"),
    reason: BOTH("redirect"),
  },
  "redirect-other-host": {
    does: "redirects to another host",
    script: catalogued("redirect"),
    reason: BOTH("redirect"),
  },
  "not-modified": {
    does: "answers 304",
    script: (exchange) => exchange.write(exchange.head({}, "304 Not Modified")),
    reason: BOTH("redirect"),
  },
  "broken-gzip": {
    does: "compresses its answer, and breaks off",
    script: (exchange) => {
      const bytes = gzipSync(exchange.answer());
      const head = exchange.head({ "content-encoding": "gzip" });
      return exchange.write(head).then(() => exchange.write(bytes.subarray(0, 20)));
    },
    reason: BOTH("cut"),
  },
  "error-first": {
    does: "begins its stream with an error",
    script: catalogued("error-event", { after: 0 }),
    reason: { sse: "error-event" },
  },
  "error-after-opening": {
    does: "sends an error where its first word should be",
    script: catalogued("error-event"),
    reason: { sse: "error-event" },
  },
  "opening-only": {
    does: "ends its stream before the first word",
    script: catalogued("end-early"),
    reason: { sse: "cut" },
  },
  "done-only": {
    does: "sends nothing but the end marker",
    script: catalogued("done-only"),
    reason: { sse: "cut" },
  },
  "malformed-event": {
    does: "begins its stream with an event that is no JSON",
    script: catalogued("malformed-chunk", { after: 0 }),
    reason: { sse: "cut" },
  },
  "html-as-stream": {
    does: "answers a stream with HTML",
    script: (exchange) => exchange.send(HTML, { "content-type": "text/event-stream" }),
    reason: { sse: "empty-body" },
  },
  "comments-for-ever": {
    does: "sends nothing but comments",
    script: async (exchange) => {
      await exchange.write(exchange.head());
      await forEver(exchange, ": still there\n\n".repeat(1000));
    },
    reason: { sse: "timeout" },
  },
  "pings-for-ever": {
    does: "sends nothing but pings",
    script: async (exchange) => {
      await exchange.write(exchange.head() + exchange.opening().join(""));
      await forEver(exchange, 'event: ping\ndata: {"type":"ping"}\n\n'.repeat(100));
    },
    reason: { sse: "timeout" },
  },
  "overlong-line": {
    does: "sends a line of more than 4 MiB",
    script: catalogued("huge-line", { after: 0 }),
    reason: { sse: "too-large" },
    isHeavy: true,
  },
  "overlong-message": {
    does: "sends a message of more than 4 MiB in short lines",
    script: async (exchange) => {
      await exchange.write(exchange.head());
      const lines = `data: ${"x".repeat(1017)}\n`.repeat(1024);
      for (let index = 0; index < 6; index++) await exchange.write(lines);
    },
    reason: { sse: "too-large" },
    isHeavy: true,
  },
  ...Object.fromEntries(
    [401, 402, 403, 404, 408, 412, 425, 429, 500, 502, 503, 504, 520, 524, 529].map((code) => [
      `status-${code}`,
      failing(code),
    ]),
  ),
};

/** An error in the middle of a stream, as each protocol has it. */
export function errorEvent({ protocol }: FaultExchange): string {
  const data: Readonly<Record<typeof protocol, unknown>> = {
    openai_chat: { error: ERROR },
    openai_responses: { ...ERROR, type: "error", param: null, sequence_number: 9 },
    anthropic_messages: { type: "error", error: { type: "overloaded_error", message: "Busy" } },
  };
  const event = protocol === "openai_chat" ? "" : "event: error\n";
  return `${event}data: ${JSON.stringify(data[protocol])}\n\n`;
}

/** Upstreams that do what nobody expects, and answer all the same. */
export const ODDITIES: Readonly<Record<string, { does: string; script: Script }>> = {
  "gzip": {
    does: "compresses its answer, although it was asked not to",
    script: async (exchange) => {
      await exchange.write(exchange.head({ "content-encoding": "gzip" }));
      await exchange.write(gzipSync(exchange.answer()));
    },
  },
  "early-hints": {
    does: "sends early hints before its answer",
    script: async (exchange) => {
      await exchange.write("HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n");
      await exchange.send(exchange.answer());
    },
  },
  "close-delimited": {
    does: "ends its body with the connection",
    script: (exchange) => exchange.write(exchange.head() + exchange.answer()),
  },
  "http-1.0": {
    does: "speaks HTTP/1.0",
    script: (exchange) =>
      exchange.write(exchange.head().replace("HTTP/1.1", "HTTP/1.0") + exchange.answer()),
  },
  "letter-by-letter": {
    does: "sends its answer in pieces of one byte",
    script: async (exchange) => {
      await exchange.write(exchange.head({ "transfer-encoding": "chunked" }));
      for (const byte of new TextEncoder().encode(exchange.answer())) {
        await exchange.chunk(new Uint8Array([byte]));
      }
      await exchange.write("0\r\n\r\n");
    },
  },
  "chunk-extensions": {
    does: "uses chunk extensions and trailers",
    script: async (exchange) => {
      await exchange.write(exchange.head({ "transfer-encoding": "chunked" }));
      const body = exchange.answer();
      const size = new TextEncoder().encode(body).length.toString(16);
      await exchange.write(`${size};name=value\r\n${body}\r\n0\r\nx-trailer: 1\r\n\r\n`);
    },
  },
  "no-type": {
    does: "does not say what its answer is",
    script: (exchange) => exchange.send(exchange.answer(), { "content-type": "" }),
  },
  "json-for-a-stream": {
    does: "answers with JSON whatever it is asked for",
    script: (exchange) => exchange.send(exchange.whole(), { "content-type": "application/json" }),
  },
  "stream-for-json": {
    does: "answers with a stream whatever it is asked for",
    script: (exchange) =>
      exchange.send(exchange.events().join(""), { "content-type": "text/event-stream" }),
  },
  "comments-first": {
    does: "sends many comments before its answer",
    script: (exchange) => {
      const comments = ": working\n\n".repeat(5_000);
      return exchange.send((exchange.isStream ? comments : "   \n") + exchange.answer());
    },
  },
  "carriage-returns": {
    does: "ends its lines with CRLF",
    script: (exchange) => exchange.send(exchange.answer().replaceAll("\n", "\r\n")),
  },
};

/** Ways to break behind the first word; each is given how much of the answer it may send before. */
export const CUTS: Readonly<
  Record<string, {
    does: string;
    cut: (exchange: FaultExchange) => Promise<void> | void;
    /** How the log names it. */
    reason: string;
  }>
> = {
  "close": { does: "closes", cut: (exchange) => exchange.end(), reason: "reset" },
  "reset": { does: "resets the connection", cut: (exchange) => exchange.reset(), reason: "reset" },
  "stall": { does: "falls silent", cut: (exchange) => exchange.left, reason: "timeout" },
  "clean-end": {
    does: "ends its body in order, without a finish",
    cut: (exchange) => exchange.write("0\r\n\r\n"),
    reason: "cut",
  },
  "bad-chunk": {
    does: "breaks the framing of its chunks",
    cut: (exchange) => exchange.write("no chunk\r\n"),
    reason: "reset",
  },
  "malformed-event": {
    does: "sends an event that is no JSON",
    cut: async (exchange) => {
      await exchange.chunk("data: {'choices': [}\n\n");
      await exchange.left;
    },
    reason: "cut",
  },
  "half-event": {
    does: "closes in the middle of an event",
    cut: (exchange) => exchange.chunk('data: {"choi'),
    reason: "reset",
  },
  "error-event": {
    does: "sends an error, and goes on as if nothing had happened",
    cut: async (exchange) => {
      const rest = exchange.events().slice(exchange.unfinished().length).join("");
      await exchange.chunk(errorEvent(exchange) + rest);
    },
    reason: "error-event",
  },
  "overlong-line": {
    does: "sends a line of more than 4 MiB",
    cut: async (exchange) => {
      await exchange.chunk("data: ");
      for (let index = 0; index < 6; index++) await exchange.chunk(new Uint8Array(MIB).fill(0x78));
    },
    reason: "too-large",
  },
};

/** How far a stream goes before it is cut. */
export interface CutPlace {
  /** How many events are sent; at least the first word is, at most all but the proof of an end. */
  count: (exchange: FaultExchange) => number;
  /** Resolves when the client has seen the first of them: the answer is committed. */
  committed: (exchange: FaultExchange) => Promise<void>;
}

/** Sends the first events of a stream, and then breaks. */
export function cutAfter(cut: string, { count, committed }: CutPlace): Script {
  return async (exchange) => {
    await exchange.write(exchange.head({ "transfer-encoding": "chunked" }));
    const events = exchange.unfinished();
    const least = exchange.opening().length + 1;
    await exchange.chunk(events.slice(0, least).join(""));
    await Promise.race([committed(exchange), exchange.left]);
    const rest = events.slice(least, Math.max(least, count(exchange))).join("");
    if (rest !== "") await exchange.chunk(rest);
    await CUTS[cut]!.cut(exchange);
  };
}
