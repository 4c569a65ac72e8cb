/** Large requests, whose memory is given back by hand: never before their last byte is sent. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { eventually } from "./eventually.ts";
import { startGateway } from "./gateway_process.ts";
import { type RawConnection, type RawUpstream, rawUpstream } from "./raw_upstream.ts";

/** More than the buffers of all sockets in between hold. */
const BODY_BYTES = 14 * 1024 * 1024;
const WORD = { id: "1", model: "up", choices: [{ index: 0, delta: { content: "Hello" } }] };
const ANSWER = JSON.stringify({
  id: "1",
  object: "chat.completion",
  model: "up",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "Hello" } }],
});

/** A body that differs everywhere, so that no part can be taken for another. */
function largeBody(fields: Record<string, unknown>): string {
  const lines: string[] = [];
  for (let length = 0; length < BODY_BYTES; length += lines.at(-1)!.length) {
    lines.push(`line ${lines.length} of "many"`.padEnd(1_000, "."));
  }
  return JSON.stringify({ ...fields, messages: [{ role: "user", content: lines.join("\n") }] });
}

/** An upstream that answers at once and reads the request when its answer has been seen. */
function hastyUpstream(answer: string, head: string) {
  const seen = Promise.withResolvers<void>();
  const upstream = rawUpstream(async (connection) => {
    await connection.write(head + answer);
    await seen.promise;
    await connection.request();
  });
  return { upstream, seen: () => seen.resolve() };
}

const JSON_HEAD = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${
  new TextEncoder().encode(ANSWER).length
}\r\n\r\n`;
const STREAM_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";

function bodyIn({ requests: [request = ""] }: RawUpstream): string {
  return request.slice(request.indexOf("\r\n\r\n") + 4);
}

/** Byte for byte, and without a difference of megabytes in the message. */
function assertSame(one: string, other: string): void {
  assert(one === other, `${one.length} characters instead of ${other.length}, or others`);
}

describe("A large request", () => {
  const hasty = [
    { what: "a whole answer", answer: ANSWER, head: JSON_HEAD },
    { what: "a stream", answer: `data: ${JSON.stringify(WORD)}\n\n`, head: STREAM_HEAD },
  ];
  for (const { what, answer, head } of hasty) {
    for (const model of ["up", "auto"]) {
      it(`for ${model} is sent to its end though ${what} came before`, async () => {
        const { upstream, seen } = hastyUpstream(answer, head);
        await using _ = upstream;
        const routes = [{ url: `${upstream.origin}/v1`, model: "up" }];
        await using gateway = await startGateway({ config: { routes } });
        const isStream = head === STREAM_HEAD;
        const body = largeBody({ model, stream: isStream });
        const response = await gateway.fetch("/v1/chat/completions", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        });
        const reader = response.body!.getReader();
        const first = await reader.read();
        assert(new TextDecoder().decode(first.value).includes("Hello"));
        seen();
        await eventually("the whole request", () => upstream.requests.length === 1);
        await reader.cancel();
        assertSame(bodyIn(upstream), body.replace('"auto"', '"up"'));
      });
    }
  }

  it("is sent whole to the next upstream when the first one broke off", async () => {
    await using broken = rawUpstream(async (connection: RawConnection) => {
      await connection.write("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");
    });
    await using good = rawUpstream(async (connection) => {
      await connection.request();
      await connection.answer(ANSWER);
    });
    const routes = [
      { name: "a", url: `${broken.origin}/v1`, model: "up" },
      { name: "b", url: `${good.origin}/v1`, model: "up" },
    ];
    await using gateway = await startGateway({ config: { routes } });
    const body = largeBody({ model: "up" });
    for (let count = 0; count < 2; count++) {
      const response = await gateway.fetch("/v1/chat/completions", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      assertEquals(response.status, 200);
      await response.body?.cancel();
    }
    assertEquals(good.requests.length, 2);
    assertSame(bodyIn(good), body);
  });
});
