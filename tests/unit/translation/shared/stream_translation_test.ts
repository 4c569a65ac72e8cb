/** Streams read, translated and collected; the codecs here are plain, so only the joining shows. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../../lib/base/error.ts";
import type { UpstreamFault } from "../../../../lib/chat/response.ts";
import type { StreamEvent } from "../../../../lib/chat/stream_event.ts";
import { StreamReading } from "../../../../lib/translation/stream_reading.ts";
import {
  StreamCollection,
  StreamTranslation,
} from "../../../../lib/translation/stream_translation.ts";
import { plainCodec, plainStream } from "./plain_codec.ts";

const upstream = plainCodec("openai_chat");
const client = plainCodec("anthropic_messages");
const context = { id: "i", createdAt: 1, model: "m", includeUsage: false, estimatedInputTokens: 0 };

const start: StreamEvent = { type: "message-start", id: "1", model: "small" };
const text: StreamEvent = { type: "block-start", block: { type: "text" } };
const thought: StreamEvent = { type: "block-start", block: { type: "reasoning" } };
const call: StreamEvent = { type: "block-start", block: { type: "tool-call", id: "t", name: "n" } };
const delta: StreamEvent = { type: "block-delta", text: "a" };
const close: StreamEvent = { type: "block-end" };
const usage: StreamEvent = { type: "usage", usage: { inputTokens: 1 } };
const end: StreamEvent = { type: "message-end", stopReason: "end" };
const fault: UpstreamFault = { kind: "overloaded", status: 529, message: "busy", code: "c" };
const silence: UpstreamFault = { kind: "timeout", status: 504, message: "silent" };

function reading(...events: StreamEvent[]): StreamReading {
  const one = new StreamReading(upstream);
  one.push(plainStream(...events));
  return one;
}

/** The events in the SSE text that a client was sent. */
function sent(...parts: Uint8Array[]): StreamEvent[] {
  return parts.flatMap((part) =>
    new TextDecoder().decode(part).split("\n\n").filter((block) => block !== "")
      .map((block) => JSON.parse(block.slice(block.indexOf("data: ") + 6)))
  );
}

describe("StreamReading", () => {
  const meanings: [
    name: string,
    events: StreamEvent[],
    hasMeaning: boolean,
    hasContent: boolean,
  ][] = [
    ["nothing", [], false, false],
    ["a start", [start], false, false],
    ["an empty block and usage", [start, text, close, usage, thought], false, false],
    ["words", [start, text, delta], true, true],
    ["thoughts", [start, thought, delta], true, false],
    [
      "a signed thought without words",
      [start, thought, {
        type: "block-end",
        signature: { owner: "openai_chat", value: "s" },
      }],
      true,
      false,
    ],
    ["a tool call", [start, call], true, true],
    ["words after thoughts", [start, thought, delta, close, text, delta], true, true],
    ["the end", [start, end], true, false],
    ["a failure", [start, { type: "error", fault }], false, false],
  ];
  for (const [name, events, hasMeaning, hasContent] of meanings) {
    it(`${hasMeaning ? "has" : "has no"} meaning and ${hasContent ? "content" : "no content"} after ${name}`, () => {
      const one = reading(...events);
      assertEquals([one.hasMeaning, one.hasContent], [hasMeaning, hasContent]);
    });
  }

  it("tells the model, the usage and the number of messages", () => {
    const one = reading(start, usage, { type: "usage", usage: { outputTokens: 2 } });
    assertEquals([one.model, one.messageCount], ["small", 3]);
    assertEquals(one.usage, { inputTokens: 1, outputTokens: 2 });
  });

  it("is complete when the upstream said so, and ends without a word then", () => {
    const one = reading(start, end);
    assert(one.isComplete);
    assertEquals(one.end(), []);
    assertEquals(one.fault, undefined);
  });

  it("ends an unfinished answer with the decoder's fault, or with the cause that is known", () => {
    const cut = reading(start, text, delta);
    assertEquals(cut.end().map(({ type }) => type), ["error"]);
    assertEquals(cut.fault?.message, "cut");
    const silent = reading(start, text, delta);
    assertEquals(silent.end(silence), [{ type: "error", fault: silence }]);
    assertEquals(silent.fault, silence);
  });

  it("reads a last message that lacks its blank line before it judges", () => {
    const one = new StreamReading(upstream);
    one.push(plainStream(start, end).slice(0, -2));
    assert(!one.isComplete);
    assertEquals(one.end(silence), [end]);
    assert(one.isComplete);
  });

  it("hears nothing after the end or a failure", () => {
    for (const last of [end, { type: "error", fault } as const]) {
      const one = reading(start, last, start);
      assertEquals(one.messageCount, 2);
      assertEquals(one.push(plainStream(start)), []);
      assertEquals(one.end(), []);
    }
  });

  it("makes a fault of a line that is too long, once", () => {
    const one = new StreamReading(upstream, { maxLineBytes: 100 });
    const events = one.push(new TextEncoder().encode("data: " + "x".repeat(200)));
    assertEquals(events.map(({ type }) => type), ["error"]);
    assertEquals(one.fault?.status, 502);
    assertEquals(one.push(plainStream(start)), []);
    assertEquals(one.end(), []);
  });

  it("knows where messages end in the bytes", () => {
    const one = reading(start);
    assert(one.isAtBoundary);
    one.push(new TextEncoder().encode(": c\n\ndata"));
    assert(!one.isAtBoundary);
    assertEquals(one.consumedBoundary, 5);
  });
});

describe("StreamTranslation", () => {
  it("joins what one chunk brings, and sends nothing for what says nothing", () => {
    const translation = new StreamTranslation({ upstream, client, context });
    assertEquals(sent(translation.push(plainStream(start, text, delta))), [start, text, delta]);
    assertEquals(translation.push(plainStream(usage)).length, 0);
    assertEquals(sent(translation.push(plainStream(delta, close, end))), [delta, close, end]);
    assertEquals(translation.end().length, 0);
    assertEquals(translation.reading.usage, { inputTokens: 1 });
  });

  it("ends an unfinished answer with an error, a finished one with nothing more", () => {
    const cut = new StreamTranslation({ upstream, client, context });
    cut.push(plainStream(start));
    assertEquals(sent(cut.end(silence)), [{ type: "error", fault: silence }]);
    assertEquals(cut.end(silence).length, 0);
    const whole = new StreamTranslation({ upstream, client, context });
    whole.push(plainStream(start, end));
    assertEquals(whole.end(silence).length, 0);
  });
});

describe("StreamCollection", () => {
  it("makes a whole answer", () => {
    const collection = new StreamCollection(upstream);
    collection.push(plainStream(start, text, delta));
    collection.push(plainStream(delta, close, usage, end));
    assertEquals(collection.end(), {
      id: "1",
      model: "small",
      content: [{ type: "text", text: "aa" }],
      stopReason: "end",
      usage: { inputTokens: 1 },
    });
  });

  it("throws the upstream's failure, the known cause, or that the answer is cut", () => {
    const failed = new StreamCollection(upstream);
    failed.push(plainStream(start, { type: "error", fault }));
    const error = assertThrows(() => failed.end(), GatewayError, "busy");
    assertEquals([error.kind, error.status, error.code], ["overloaded", 529, "c"]);
    assertThrows(() => new StreamCollection(upstream).end(silence), GatewayError, "silent");
    assertThrows(() => new StreamCollection(upstream).end(), GatewayError, "cut");
  });
});
