/** Every fault of the catalogue, as a client's socket sees it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Protocol, PROTOCOLS } from "../../../lib/base/protocol.ts";
import { FAULTS } from "../../../lib/stub/faults.ts";
import { eventually } from "../eventually.ts";
import { sharedByTests } from "../shared.ts";
import { PATHS, play, question, startStub } from "./stub_process.ts";
import { look, type WireView } from "./wire_view.ts";

/** What a client asked, and what it saw. */
interface Seen extends WireView {
  protocol: Protocol;
  isStream: boolean;
  /** The body of the same answer without a fault, ids left out. */
  whole: WireView;
}

interface Expectation {
  /** Options of the fault. */
  options?: Record<string, number>;
  /** Absent: it is not expected to fall silent. */
  silenceMs?: number;
  see(seen: Seen): void;
}

/** Ids differ from request to request. */
function withoutIds(text: string): string {
  return text.replaceAll(/stub-\d+/g, "stub-N");
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** By which word each protocol says that its answer is over. */
const FINISH: Readonly<Record<Protocol, RegExp>> = {
  openai_chat: /"finish_reason":"stop"|\[DONE\]/,
  openai_responses: /response\.completed/,
  anthropic_messages: /message_stop/,
};

/** How each protocol tells of an error within a stream. */
const ERROR_EVENT: Readonly<Record<Protocol, RegExp>> = {
  openai_chat: /^\{"error":\{"message":"The stub fails on purpose"/,
  openai_responses: /^\{"type":"(error|response\.failed)".*"The stub fails on purpose"/,
  anthropic_messages: /^\{"type":"error","error":\{"type":"overloaded_error".*on purpose"/,
};

/** An error answer in the protocol's own shape. */
function isError(status: number, words: RegExp) {
  return ({ status: seen, ending, body, protocol }: Seen) => {
    assertEquals([seen, ending], [status, "whole"]);
    const { error, type } = JSON.parse(body);
    assertMatch(error.message, words);
    assertEquals(type, protocol === "anthropic_messages" ? "error" : undefined);
  };
}

/** The answer as it would be, up to some events, or the first half of a JSON body. */
function isBegun({ isStream, body, events, whole }: Seen, after = 1): void {
  if (isStream) {
    return assertEquals(events.slice(0, after).map(withoutIds), whole.events.slice(0, after));
  }
  const share = body.length / whole.body.length;
  assert(share > 0.45 && share < 0.55, `${share} of the body came`);
  assert(whole.body.startsWith(withoutIds(body)));
}

/** A body that HTTP finds nothing wrong with, and that ends too early or says nonsense. */
function isSpoilt(spoils: (last: string, seen: Seen) => void) {
  return (seen: Seen) => {
    assertEquals([seen.status, seen.ending], [200, "whole"]);
    isBegun(seen, 2);
    if (!seen.isStream) return assert(!isJson(seen.body));
    spoils(seen.events[2] ?? "", seen);
  };
}

function endsAs(ending: WireView["ending"]) {
  return (seen: Seen) => {
    assertEquals([seen.status, seen.ending], [200, ending]);
    isBegun(seen, 2);
    if (seen.isStream) assertEquals(seen.events.length, 2);
  };
}

function isSilence(ending: WireView["ending"]) {
  return ({ text, ending: seen }: Seen) => assertEquals([text, seen], ["", ending]);
}

const AFTER = { options: { after: 2 } };

const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  ok: {
    see: ({ body, whole, ending }) =>
      assertEquals([withoutIds(body), ending], [whole.body, "whole"]),
  },
  slow: {
    options: { delayMs: 120, chunkMs: 15 },
    see: ({ body, whole, firstMs, totalMs, isStream }) => {
      assertEquals(withoutIds(body), whole.body);
      assert(firstMs >= 115, `the head came after ${firstMs} ms`);
      const leastMs = isStream ? 120 + 10 * (whole.events.length - 1) : 115;
      assert(totalMs >= leastMs, `the end came after ${totalMs} ms`);
    },
  },
  drip: {
    options: { chunkMs: 0 },
    see: ({ body, whole, isStream, text }) => {
      assertEquals(withoutIds(body), whole.body);
      if (isStream) assertStringIncludes(text, "\r\n1\r\nd\r\n1\r\na\r\n1\r\nt\r\n");
    },
  },
  fail: { options: { status: 502 }, see: isError(502, /on purpose/) },
  flaky: { see: isError(503, /on purpose/) },
  "rate-limit": {
    options: { retryAfter: 7 },
    see: (seen) => {
      isError(429, /Rate limit/)(seen);
      assertStringIncludes(seen.text, "\r\nretry-after: 7\r\n");
    },
  },
  quota: { see: isError(429, /quota/) },
  overloaded: { see: isError(529, /Overloaded/) },
  unauthorized: { see: isError(401, /API key/) },
  "context-overflow": { see: isError(400, /prompt is too long: \d+ tokens > \d+ maximum/) },
  redirect: {
    see: ({ status, text, ending }) => {
      assertEquals([status, ending], [302, "whole"]);
      assertStringIncludes(text, "\r\nlocation: http://127.0.0.1:9/elsewhere\r\n");
    },
  },
  refuse: { options: { ms: 1 }, see: isSilence("reset") },
  reset: { see: isSilence("reset") },
  close: { see: isSilence("closed") },
  "reset-in-head": {
    see: ({ text, ending }) => {
      assertEquals(ending, "reset");
      assertMatch(text, /^HTTP\/1\.1 200 OK\r\ncontent-type: application\/j$/);
    },
  },
  "reset-after": { ...AFTER, see: endsAs("reset") },
  "cut-after": { ...AFTER, see: endsAs("closed") },
  "not-http": {
    see: ({ text, ending }) =>
      assertEquals([text, ending], ["!! this is not HTTP\r\n\r\n", "closed"]),
  },
  "bad-framing": {
    ...AFTER,
    see: (seen) => {
      endsAs("closed")(seen);
      assert(seen.text.endsWith("\r\nzz\r\nnot a chunk\r\n"));
    },
  },
  stall: { silenceMs: 300, see: isSilence("silent") },
  "stall-after-head": {
    silenceMs: 300,
    see: ({ status, text, ending }) => {
      assertEquals([status, ending], [200, "silent"]);
      assert(text.endsWith("\r\n\r\n"));
    },
  },
  "stall-after": { ...AFTER, silenceMs: 300, see: endsAs("silent") },
  pings: {
    options: { ms: 100, chunkMs: 20 },
    see: ({ body, protocol, ending, totalMs }) => {
      const ping = protocol === "anthropic_messages"
        ? 'event: ping\ndata: {"type":"ping"}\n\n'
        : ": still here\n\n";
      assertEquals([body, ending], [ping.repeat(5), "whole"]);
      assert(totalMs >= 95);
    },
  },
  "error-event": {
    ...AFTER,
    see: (seen) => {
      const { isStream, ending, status, events, body, protocol } = seen;
      assertEquals([status, ending], [200, "whole"]);
      if (!isStream) return assertMatch(JSON.parse(body).error.message, /on purpose/);
      isBegun(seen, 2);
      assertEquals(events.length, 3);
      assertMatch(events[2]!, ERROR_EVENT[protocol]);
    },
  },
  "malformed-chunk": { ...AFTER, see: isSpoilt((last) => assertEquals(last, "{not json")) },
  "truncated-json": {
    ...AFTER,
    see: isSpoilt((last, { whole }) => {
      assert(last.length > 1 && !isJson(last));
      assert(whole.events[2]!.startsWith(withoutIds(last).slice(0, 20)));
    }),
  },
  "end-early": { ...AFTER, see: isSpoilt((last) => assertEquals(last, "")) },
  "no-finish": {
    see: (seen) => {
      const { isStream, body, protocol, ending } = seen;
      assertEquals(ending, "whole");
      if (!isStream) return assert(!isJson(body));
      assertStringIncludes(body, "hello");
      assert(!FINISH[protocol].test(body), body);
    },
  },
  "bad-utf8": {
    ...AFTER,
    see: isSpoilt((_, { text }) => assertStringIncludes(text, 'data: "\xff\xc0"')),
  },
  "huge-line": {
    ...AFTER,
    see: isSpoilt((last) => assertEquals(last.length, 5 * 1024 * 1024)),
  },
  "done-only": {
    see: ({ body, ending, text }) => {
      assertEquals([body, ending], ["data: [DONE]\n\n", "whole"]);
      assertStringIncludes(text, "content-type: text/event-stream");
    },
  },
  "json-for-stream": {
    see: ({ body, ending, text }) => {
      assertEquals(ending, "whole");
      assertStringIncludes(text, "content-type: application/json");
      assertStringIncludes(JSON.stringify(JSON.parse(body)), "You said: hello");
    },
  },
  empty: {
    see: ({ status, text, body, ending }) => {
      assertEquals([status, body, ending], [200, "", "whole"]);
      assertStringIncludes(text, "\r\ncontent-length: 0\r\n");
    },
  },
  "no-content": {
    see: ({ status, body, ending, text }) => {
      assertEquals([status, body, ending], [204, "", "whole"]);
      assert(!/content-length|transfer-encoding/.test(text));
    },
  },
  html: {
    see: ({ status, body, text, ending }) => {
      assertEquals([status, ending], [200, "whole"]);
      assertStringIncludes(text, "content-type: text/html");
      assertMatch(body, /^<!doctype html>/);
    },
  },
};

const stub = sharedByTests(async (owned) => owned.use(await startStub()));

/** Waits until a stub that refused listens again. */
async function listening(): Promise<void> {
  await eventually("the stub to listen again", async () => {
    const { status } = await look(stub().address, "/v1/models", {});
    return status !== undefined;
  });
}

describe("On a client's socket", () => {
  it("the catalogue has these faults and no others", () => {
    assertEquals(Object.keys(EXPECTATIONS).sort(), Object.keys(FAULTS).sort());
  });

  for (const [name, { options = {}, silenceMs, see }] of Object.entries(EXPECTATIONS)) {
    it(`${name} does what its name says, in every protocol, with a stream and without`, async () => {
      for (const protocol of PROTOCOLS) {
        for (const isStream of [true, false]) {
          const body = question(protocol, { stream: isStream });
          await play(stub(), [{ fault: "ok" }]);
          const plain = await look(stub().address, PATHS[protocol], body);
          const whole = {
            ...plain,
            body: withoutIds(plain.body),
            events: plain.events.map(withoutIds),
          };
          await play(stub(), [{ fault: { name, ...options } }]);
          const patience = silenceMs === undefined ? {} : { silenceMs };
          const view = await look(stub().address, PATHS[protocol], body, patience);
          see({ ...view, protocol, isStream, whole });
          if (name === "refuse") await listening();
        }
      }
    });
  }

  it("refuse lets nobody in for as long as it says", async () => {
    await play(stub(), [{ times: 1, fault: { name: "refuse", ms: 300 } }]);
    const body = question("openai_chat");
    const endings: string[] = [];
    for (let tries = 0; tries < 2; tries++) {
      endings.push((await look(stub().address, PATHS.openai_chat, body)).ending);
    }
    assertEquals(endings, ["reset", "refused"]);
    await listening();
  });

  it("a connection serves one answer after the other", async () => {
    await play(stub(), [{ sequence: ["fail", "ok"] }]);
    const { hostname, port } = new URL(stub().address);
    using socket = await Deno.connect({ hostname, port: Number(port) });
    const text = JSON.stringify(question("openai_chat"));
    const request = `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\n` +
      `content-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
    // Both at once: pipelined, as RFC 9112 allows.
    await socket.write(new TextEncoder().encode(request + request));
    const buffer = new Uint8Array(64 * 1024);
    let seen = "";
    while ((seen.match(/HTTP\/1\.1/g)?.length ?? 0) < 2 || !seen.endsWith("}")) {
      const count = await socket.read(buffer);
      assert(count !== null);
      seen += new TextDecoder().decode(buffer.subarray(0, count));
    }
    assertEquals([...seen.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status), [
      "503",
      "200",
    ]);
  });
});
