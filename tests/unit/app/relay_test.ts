/** A stream on its way to its client: kept alive, ended in its own protocol, released on every path. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Relay, type StreamEnd } from "../../../lib/app/relay.ts";
import { UpstreamFailure } from "../../../lib/base/exchange.ts";
import { type Protocol, PROTOCOLS } from "../../../lib/base/protocol.ts";
import { codecOf } from "../../../lib/translation/codecs.ts";
import { StreamPassthrough } from "../../../lib/translation/stream_passthrough.ts";
import { FakeClock, settled } from "../../fake_clock.ts";

const IDLE_MS = 60_000;
const encoder = new TextEncoder();

/** What each protocol says until its first word, behind it, and at its end. */
const SAID: Readonly<Record<Protocol, { begin: string; word: string; end: string }>> = {
  openai_chat: {
    begin: sse({ id: "1", model: "m", choices: [{ index: 0, delta: { role: "assistant" } }] }),
    word: sse({ id: "1", model: "m", choices: [{ index: 0, delta: { content: "Hello" } }] }),
    end: sse({ id: "1", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }) +
      "data: [DONE]\n\n",
  },
  anthropic_messages: {
    begin: sse({
      type: "message_start",
      message: { id: "1", type: "message", role: "assistant", model: "m", content: [], usage: {} },
    }) + sse({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
    word: sse({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: "Hello" },
    }),
    end: sse({ type: "content_block_stop", index: 0 }) +
      sse({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: {} }) +
      sse({ type: "message_stop" }),
  },
  openai_responses: {
    begin: sse({ type: "response.created", response: { id: "1", model: "m", output: [] } }),
    word: sse({
      type: "response.output_text.delta",
      item_id: "x",
      output_index: 0,
      content_index: 0,
      delta: "Hello",
    }),
    end: sse({
      type: "response.completed",
      response: { id: "1", model: "m", status: "completed", output: [], usage: null },
    }),
  },
};

function sse(data: { type?: string } & Record<string, unknown>): string {
  return `${data.type ? `event: ${data.type}\n` : ""}data: ${JSON.stringify(data)}\n\n`;
}

/** An upstream whose next bytes a test hands in. */
class HandFed {
  #arrived = Promise.withResolvers<Uint8Array<ArrayBuffer> | undefined>();
  cancelCount = 0;

  read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#arrived.promise.finally(() => this.#arrived = Promise.withResolvers());
  }

  cancel(): void {
    this.cancelCount++;
  }

  give(text: string | undefined): void {
    this.#arrived.resolve(text === undefined ? undefined : encoder.encode(text));
  }

  breakOff(reason: "reset" | "aborted"): void {
    this.#arrived.reject(new UpstreamFailure(reason));
  }
}

/** A relay of a stream that has said its first word, and what its client has read. */
function begin(protocol: Protocol = "openai_chat") {
  const clock = new FakeClock();
  const source = new HandFed();
  const client = new AbortController();
  const ends: StreamEnd[] = [];
  const context = {
    id: "x",
    createdAt: 0,
    model: "m",
    includeUsage: false,
    estimatedInputTokens: 0,
  };
  const stream = new StreamPassthrough(codecOf(protocol), context);
  const { begin, word } = SAID[protocol];
  const held = [stream.push(encoder.encode(begin + word))];
  const relay = new Relay({
    body: { kind: "stream", held, source, stream },
    preamble: [encoder.encode(": preamble\n\n")],
    protocol,
    signal: client.signal,
    clock,
    idleMs: IDLE_MS,
    redact: (text) => text.replaceAll("the-secret", "[redacted]"),
    onEnd: (end) => ends.push(end),
  });
  const reader = relay.stream().getReader();
  const seen = { text: "", isClosed: false };
  const decoder = new TextDecoder();
  const reading = (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      seen.text += decoder.decode(value, { stream: true });
    }
    seen.isClosed = true;
  })();
  const say = async (text: string | undefined) => {
    source.give(text);
    await settled();
  };
  return { ...SAID[protocol], clock, source, client, ends, relay, reader, seen, reading, say };
}

const FAILED: Readonly<Record<Protocol, RegExp>> = {
  openai_chat: /\n\ndata: \{"error":\{[^\n]*"code":"stream_interrupted"[^\n]*\n\n$/,
  anthropic_messages: /\n\nevent: error\ndata: \{"type":"error"[^\n]*\n\n$/,
  openai_responses: /\n\nevent: response\.failed\ndata: \{"type":"response.failed"[^\n]*\n\n$/,
};

describe("A relay", () => {
  for (const protocol of PROTOCOLS) {
    it(`passes a ${protocol} stream on to its end, byte for byte`, async () => {
      const relayed = begin(protocol);
      await settled();
      await relayed.say(relayed.word);
      await relayed.say(relayed.end);
      await relayed.reading;
      const { seen, begin: first, word, end, ends, clock, source } = relayed;
      assertEquals(seen.text, `: preamble\n\n${first}${word}${word}${end}`);
      assertEquals(ends, [{ isComplete: true, isClientGone: false }]);
      assertEquals([clock.timerCount, source.cancelCount], [0, 1]);
    });

    it(`keeps a silent ${protocol} stream alive every 10 s, and gives its upstream up after 60 s`, async () => {
      const relayed = begin(protocol);
      const { seen, clock, ends } = relayed;
      const alive = protocol === "anthropic_messages"
        ? 'event: ping\ndata: {"type":"ping"}\n\n'
        : ": keep-alive\n\n";
      await settled();
      for (let count = 1; count <= 5; count++) {
        const before = seen.text;
        await clock.advanceAsync(9_999);
        assertEquals(seen.text, before);
        await clock.advanceAsync(1);
        assertEquals(seen.text, before + alive, `after ${count}0 s`);
      }
      await clock.advanceAsync(9_999);
      assertEquals(ends, []);
      await clock.advanceAsync(1);
      assertEquals(ends, [{ isComplete: false, isClientGone: false, reason: "timeout" }]);
      assertMatch(seen.text, FAILED[protocol]);
      assertEquals([seen.isClosed, clock.timerCount], [true, 0]);
    });

    for (
      const [how, cut, reason] of [
        ["breaks off", (source: HandFed) => source.breakOff("reset"), "reset"],
        ["ends without a finish", (source: HandFed) => source.give(undefined), "cut"],
        ["sends what is no JSON", (source: HandFed) => source.give("data: {{{\n\n"), "cut"],
      ] as const
    ) {
      it(`ends a ${protocol} stream that ${how} with an error of its protocol`, async () => {
        const { source, seen, ends, clock } = begin(protocol);
        await settled();
        cut(source);
        await settled();
        assertMatch(seen.text, FAILED[protocol]);
        assertEquals(ends, [{ isComplete: false, isClientGone: false, reason }]);
        assertEquals([seen.isClosed, clock.timerCount, source.cancelCount], [true, 0, 1]);
      });
    }

    it(`ends a ${protocol} stream between two events when the gateway stops`, async () => {
      const { relay, say, seen, ends, word } = begin(protocol);
      await settled();
      await say(word.slice(0, 20));
      relay.interrupt("The gateway is stopping");
      await settled();
      assertMatch(seen.text, FAILED[protocol]);
      assert(!seen.text.includes(word + word.slice(0, 20)));
      assertEquals(ends, [{ isComplete: false, isClientGone: false, reason: "stopped" }]);
    });
  }

  it("takes a secret out of an error event, and leaves what came before it as it was", async () => {
    const { say, seen, reading, word } = begin();
    await settled();
    await say(word.replaceAll("Hello", "the-secret"));
    await say('data: {"error":{"message":"No such key: the-secret"}}\n\n');
    await reading;
    assertMatch(seen.text, /"message":"No such key: \[redacted\]"/);
    assert(!/No such key: the-secret/.test(seen.text), seen.text);
  });

  it("sends no keep-alive while the upstream speaks", async () => {
    const { clock, say, word, seen } = begin();
    await settled();
    for (let index = 0; index < 10; index++) {
      await clock.advanceAsync(9_000);
      await say(word);
    }
    assert(!seen.text.includes("keep-alive"));
  });

  for (
    const [what, piece] of [["comments", ": still there\n\n"], [
      "half a message",
      "data: ",
    ]] as const
  ) {
    it(`gives an upstream up that sends nothing but ${what} for ten times 60 s`, async () => {
      const { clock, say, ends, seen } = begin();
      await settled();
      for (let second = 0; second <= 600; second += 10) {
        await say(piece);
        await clock.advanceAsync(10_000);
      }
      assertEquals(ends, []);
      await say(piece);
      assertEquals(ends, [{ isComplete: false, isClientGone: false, reason: "timeout" }]);
      assertMatch(seen.text, FAILED.openai_chat);
    });
  }

  it("lets an upstream that thinks go on for as long as it says a word now and then", async () => {
    const { clock, say, ends, word } = begin();
    await settled();
    for (let minute = 0; minute < 60; minute++) {
      await say(minute % 8 === 0 ? word : ": still there\n\n");
      await clock.advanceAsync(59_000);
    }
    assertEquals(ends, []);
  });

  it("drops what comes in one piece with the end, behind it", async () => {
    const { say, seen, end, word, reading } = begin();
    await settled();
    await say(word + end + word + "data: [DONE]\n\n");
    await reading;
    assert(seen.text.endsWith(word + end), seen.text);
    assertEquals(seen.text.split("[DONE]").length, 2);
  });

  for (const lineEnd of ["\n", "\r\n", "\r"]) {
    const name = JSON.stringify(lineEnd);
    it(`passes an upstream's own error on, and nothing behind it, with ${name} for line ends`, async () => {
      const { say, seen, ends, word, end, reading } = begin();
      const error = 'data: {"error":{"message":"Busy","type":"x"}}\n\n';
      await settled();
      await say((word + error + end).replaceAll("\n", lineEnd));
      await reading;
      assert(
        seen.text.endsWith((word + error).replaceAll("\n", lineEnd)),
        JSON.stringify(seen.text),
      );
      assertEquals(ends, [{ isComplete: false, isClientGone: false, reason: "error-event" }]);
    });
  }
});

describe("A client that leaves", () => {
  const WAYS = {
    "by its signal": ({ client }: ReturnType<typeof begin>) => client.abort(),
    "by cancelling the stream": ({ reader }: ReturnType<typeof begin>) => void reader.cancel(),
    "by way of the upstream's abort": ({ source }: ReturnType<typeof begin>) =>
      source.breakOff("aborted"),
  } as const;

  for (const [how, leave] of Object.entries(WAYS)) {
    it(`${how}, takes upstream and timers with it, and is nobody's failure`, async () => {
      const relayed = begin();
      await settled();
      leave(relayed);
      await relayed.reading;
      const { clock, source, ends, seen } = relayed;
      assertEquals(ends, [{ isComplete: false, isClientGone: true }]);
      assertEquals([clock.timerCount, source.cancelCount], [0, 1]);
      assert(!seen.text.includes("error"));
    });
  }

  it("before it has read anything takes its upstream with it, too", async () => {
    const relayed = begin();
    relayed.client.abort();
    await relayed.reading;
    assertEquals(relayed.ends, [{ isComplete: false, isClientGone: true }]);
    assertEquals(relayed.source.cancelCount, 1);
  });

  it("behind the end changes nothing", async () => {
    const relayed = begin();
    await settled();
    await relayed.say(relayed.end);
    relayed.client.abort();
    relayed.relay.interrupt("Too late");
    await relayed.reading;
    assertEquals(relayed.ends.length, 1);
  });
});
