/** One HTTP request over real sockets: sent once, read as it comes, and every way in which it breaks. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type ByteSource,
  type FailureReason,
  readWhole,
  UpstreamFailure,
  type UpstreamRequest,
  type UpstreamResponse,
} from "../../lib/base/exchange.ts";
import { httpTransport, type TransportOptions } from "../../lib/upstream/send.ts";
import { eventually } from "./eventually.ts";
import { type RawConnection, rawUpstream, type Script } from "./raw_upstream.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A transport that leaves nothing behind. */
function transport(options: TransportOptions = {}) {
  const { send, close, warmUp } = httpTransport(options);
  return {
    send,
    close,
    warmUp,
    [Symbol.asyncDispose]: async () => {
      close();
      // Sockets close on a later turn than the call that closes them.
      await pause(0);
    },
  };
}

type Asked = Omit<Partial<UpstreamRequest>, "body" | "url"> & {
  body?: string;
  signal?: AbortSignal;
};

function request(url: string, { body = "{}", ...asked }: Asked = {}): UpstreamRequest {
  const bytes = encoder.encode(body);
  const headers = new Headers({ "content-type": "application/json" });
  return {
    method: "POST",
    url: new URL(url),
    headers,
    connectTimeoutMs: 5_000,
    ...asked,
    body: [bytes],
  };
}

const never = new AbortController().signal;

async function textOf(source: ByteSource): Promise<string> {
  return decoder.decode(await readWhole(source, Infinity));
}

async function failure(run: () => Promise<unknown>): Promise<FailureReason> {
  return (await assertRejects(run, UpstreamFailure)).reason;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A connection is free for the next request a turn later than its answer ends. */
function untilKept(): Promise<void> {
  return pause(5);
}

/** Answers every request of every connection alike. */
function answering(body: string): Script {
  return async (connection) => {
    for (;;) {
      await connection.request();
      await connection.answer(body);
    }
  };
}

/** Takes a request, writes what it is told, and closes. */
function writingThenClosing(text: string): Script {
  return async (connection) => {
    await connection.request();
    await connection.write(text);
  };
}

/** Takes a request, and then says nothing until the client leaves. */
async function silent(connection: RawConnection): Promise<void> {
  await connection.request();
  await connection.left();
}

function deadPort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

describe("send()", () => {
  it("sends method, target, headers and body as they are, once", async () => {
    await using upstream = rawUpstream(answering("ok"));
    await using client = transport();
    const headers = new Headers({ "x-a": "1", "x-b": "2, 3" });
    const url = `${upstream.origin}/v1/chat%20x?a=%2F&b=1#fragment`;
    const { status, body } = await client.send(request(url, { headers, body: "héllo" }), never);
    assertEquals([status, await textOf(body)], [200, "ok"]);
    assertEquals(upstream.requests.length, 1);
    const [head, sent] = upstream.requests[0]!.split("\r\n\r\n");
    assertMatch(head!, /^POST \/v1\/chat%20x\?a=%2F&b=1 HTTP\/1\.1\r\n/);
    for (
      const line of ["x-a: 1", "x-b: 2, 3", "content-length: 6", `host: 127.0.0.1:${upstream.port}`]
    ) {
      assert(head!.toLowerCase().includes(`\r\n${line}`), head);
    }
    assert(!/transfer-encoding|user-agent|expect/i.test(head!), head);
    assertEquals(decoder.decode(Uint8Array.from(sent!, (one) => one.charCodeAt(0))), "héllo");
  });

  for (const method of ["GET", "HEAD", "DELETE"]) {
    it(`sends a ${method} without a body`, async () => {
      await using upstream = rawUpstream(writingThenClosing("HTTP/1.1 204 No Content\r\n\r\n"));
      await using client = transport();
      const asked = { ...request(upstream.origin), method, body: undefined };
      const { status, body } = await client.send(asked, never);
      assertEquals([status, await textOf(body)], [204, ""]);
      assert(upstream.requests[0]!.startsWith(`${method} / HTTP/1.1\r\n`));
      assert(!/content-type: .*\r\n\r\n./is.test(upstream.requests[0]!));
    });
  }

  it("sends a POST without a body with the length zero", async () => {
    await using upstream = rawUpstream(answering("ok"));
    await using client = transport();
    await textOf((await client.send({ ...request(upstream.origin), body: undefined }, never)).body);
    assertMatch(upstream.requests[0]!, /\r\ncontent-length: 0\r\n/i);
  });

  it("sends what stands before the host in the URL as basic credentials", async () => {
    await using upstream = rawUpstream(answering("ok"));
    await using client = transport();
    const url = upstream.origin.replace("//", "//us%40er:p%3Aw@");
    await textOf((await client.send(request(url), never)).body);
    assertMatch(
      upstream.requests[0]!,
      new RegExp(`\r\nauthorization: Basic ${btoa("us@er:p:w")}\r\n`, "i"),
    );
    const headers = new Headers({ authorization: "Bearer own" });
    await textOf((await client.send(request(url, { headers }), never)).body);
    assertEquals(upstream.requests[1]!.match(/\r\nauthorization: (.*)\r\n/i)![1], "Bearer own");
    assertEquals(upstream.requests[1]!.match(/authorization/gi)!.length, 1);
  });

  it("reads the head's status and headers, repeated ones too", async () => {
    const head =
      "HTTP/1.1 429 Slow Down\r\nRetry-After: 3\r\nx-a: 1\r\nX-A: 2\r\nset-cookie: a=1\r\nset-cookie: b=2";
    await using upstream = rawUpstream(async (connection) => {
      await connection.request();
      await connection.answer("no", head);
    });
    await using client = transport();
    const { status, headers, body } = await client.send(request(upstream.origin), never);
    assertEquals([status, headers.get("retry-after"), headers.get("x-a")], [429, "3", "1, 2"]);
    assertEquals(headers.get("set-cookie"), "a=1, b=2");
    assertEquals(await textOf(body), "no");
  });

  it("passes over headers that HTTP does not allow", async () => {
    await using upstream = rawUpstream(async (connection) => {
      await connection.request();
      await connection.answer("ok", "HTTP/1.1 200 OK\r\nx-note: 你好\r\nx-empty:\r\nx-b: 1");
    });
    await using client = transport();
    const { headers, body } = await client.send(request(upstream.origin), never);
    assertEquals([headers.get("x-b"), headers.get("x-empty"), await textOf(body)], ["1", "", "ok"]);
  });

  it("takes early hints and continues for what they are: no answer", async () => {
    await using upstream = rawUpstream(async (connection) => {
      await connection.request();
      await connection.write("HTTP/1.1 100 Continue\r\n\r\n");
      await connection.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n");
      await pause(20);
      await connection.answer("ok");
    });
    await using client = transport();
    const { status, headers, body } = await client.send(request(upstream.origin), never);
    assertEquals([status, headers.has("link"), await textOf(body)], [200, false, "ok"]);
  });

  for (const status of [301, 302, 303, 307, 308]) {
    it(`does not follow a ${status}`, async () => {
      await using target = rawUpstream(answering("followed"));
      await using upstream = rawUpstream(async (connection) => {
        await connection.request();
        await connection.answer(
          "moved",
          `HTTP/1.1 ${status} Moved\r\nlocation: ${target.origin}/x`,
        );
      });
      await using client = transport();
      const response = await client.send(request(upstream.origin), never);
      assertEquals([response.status, await textOf(response.body)], [status, "moved"]);
      assertEquals([upstream.requests.length, target.connectionCount], [1, 0]);
    });
  }

  const bodies: { name: string; wire: string; body: string }[] = [
    {
      name: "a body that ends with the connection",
      wire: "HTTP/1.1 200 OK\r\n\r\nabc",
      body: "abc",
    },
    { name: "a body of HTTP/1.0", wire: "HTTP/1.0 200 OK\r\n\r\nabc", body: "abc" },
    {
      name: "a body in chunks",
      wire:
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n",
      body: "abc",
    },
    {
      name: "a body in chunks with a trailer",
      wire:
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-t\r\n\r\n3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n",
      body: "abc",
    },
    {
      name: "a compressed body as it is",
      wire: "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc",
      body: "abc",
    },
    { name: "an empty body", wire: "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", body: "" },
    { name: "no body of a 204", wire: "HTTP/1.1 204 No Content\r\n\r\n", body: "" },
  ];
  for (const { name, wire, body } of bodies) {
    it(`reads ${name}`, async () => {
      await using upstream = rawUpstream(writingThenClosing(wire));
      await using client = transport();
      const response = await client.send(request(upstream.origin), never);
      assertEquals(await textOf(response.body), body);
      assertEquals(await response.body.read(), undefined);
    });
  }

  it("gives each piece of a stream as soon as it comes", async () => {
    const steps = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await using upstream = rawUpstream(async (connection) => {
      await connection.request();
      await connection.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
      await steps[0]!.promise;
      await connection.write("data: 1\n\n");
      await steps[1]!.promise;
      await connection.write("data: 2\n\n");
    });
    await using client = transport();
    const { body } = await client.send(request(upstream.origin), never);
    steps[0]!.resolve();
    assertEquals(decoder.decode(await body.read()), "data: 1\n\n");
    steps[1]!.resolve();
    assertEquals(decoder.decode(await body.read()), "data: 2\n\n");
    assertEquals(await body.read(), undefined);
  });
});

describe("send() on connections", () => {
  it("makes at most three for 50 requests, one after the other", async () => {
    await using upstream = rawUpstream(answering("ok"));
    await using client = transport();
    for (let count = 0; count < 50; count++) {
      const { body } = await client.send(request(upstream.origin), never);
      assertEquals(await textOf(body), "ok");
    }
    assertEquals(upstream.requests.length, 50);
    assert(upstream.connectionCount <= 3, String(upstream.connectionCount));
  });

  it("makes as many at once as it is allowed to", async () => {
    let mostOpen = 0;
    await using upstream = rawUpstream(async (connection) => {
      for (;;) {
        await connection.request();
        mostOpen = Math.max(mostOpen, upstream.openCount);
        await pause(10);
        await connection.answer("ok");
      }
    });
    await using client = transport({ maxConnections: 2 });
    await Promise.all(Array.from({ length: 7 }, async () => {
      await textOf((await client.send(request(upstream.origin), never)).body);
    }));
    assertEquals([upstream.requests.length, mostOpen], [7, 2]);
  });

  it("does not take the end of one answer for the beginning of the next", async () => {
    await using upstream = rawUpstream(async (connection) => {
      await connection.request();
      await connection.answer("ok", "HTTP/1.1 200 OK\r\nx-a: 1");
      await connection.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil");
      await connection.request();
      await connection.answer("late");
    });
    await using client = transport();
    assertEquals(await textOf((await client.send(request(upstream.origin), never)).body), "ok");
    await pause(20);
    const second = await client.send(request(upstream.origin), never);
    assertEquals([await textOf(second.body), upstream.connectionCount], ["ok", 2]);
  });

  it("lets an upstream think longer than an idle connection is kept", async () => {
    await using upstream = rawUpstream(async (connection) => {
      await connection.request();
      await pause(150);
      await connection.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab");
      await pause(150);
      await connection.write("cd");
      await connection.left();
    });
    await using client = transport({ keepAliveMs: 40 });
    assertEquals(await textOf((await client.send(request(upstream.origin), never)).body), "abcd");
  });

  it("closes a connection that is idle longer than it is kept", async () => {
    await using upstream = rawUpstream(answering("ok"));
    await using client = transport({ keepAliveMs: 40 });
    await textOf((await client.send(request(upstream.origin), never)).body);
    await eventually("the connection to close", () => upstream.openCount === 0);
  });

  it("makes a new one where it is asked to, and keeps the old", async () => {
    await using upstream = rawUpstream(answering("ok"));
    await using client = transport();
    for (const isFresh of [false, true, false]) {
      const { body } = await client.send({ ...request(upstream.origin), isFresh }, never);
      assertEquals(await textOf(body), "ok");
      await untilKept();
    }
    assertEquals([upstream.requests.length, upstream.connectionCount], [3, 2]);
    await eventually("the new one to close", () => upstream.openCount === 1);
  });

  it("reaches an IPv6 address", async () => {
    await using upstream = rawUpstream(answering("ok"), "::1");
    await using client = transport();
    assertEquals(await textOf((await client.send(request(upstream.origin), never)).body), "ok");
    assertMatch(upstream.requests[0]!, new RegExp(`\r\nhost: \\[::1\\]:${upstream.port}\r\n`, "i"));
  });

  it("is ready after it was warmed up", async () => {
    await using upstream = rawUpstream(answering("ok"));
    await using client = transport();
    await client.warmUp();
    assertEquals(await textOf((await client.send(request(upstream.origin), never)).body), "ok");
  });
});

describe("send() on a request that was not sent", () => {
  const rows: {
    name: string;
    url: () => string;
    reason: FailureReason;
    connectTimeoutMs?: number;
  }[] = [
    {
      name: "an address that refuses",
      url: () => `http://127.0.0.1:${deadPort()}`,
      reason: "refused",
    },
    {
      name: "an address that refuses TLS",
      url: () => `https://127.0.0.1:${deadPort()}`,
      reason: "refused",
    },
    { name: "a name that nobody has", url: () => "http://nosuch.invalid", reason: "dns" },
    {
      name: "a name that nobody has, over TLS",
      url: () => "https://nosuch.invalid/v1",
      reason: "dns",
    },
  ];
  for (const { name, url, reason } of rows) {
    it(`says "${reason}" of ${name}`, async () => {
      await using client = transport();
      const error = await assertRejects(() => client.send(request(url()), never), UpstreamFailure);
      assertEquals([error.reason, error.isNotSent], [reason, true]);
    });
  }

  it('says "tls" of an https URL where plain HTTP is spoken', async () => {
    await using upstream = rawUpstream(async (connection) => {
      await connection.write("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
      await connection.left();
    });
    await using client = transport();
    const url = upstream.origin.replace("http:", "https:");
    assertEquals(await failure(() => client.send(request(url), never)), "tls");
    assertEquals(upstream.requests.length, 0);
  });

  it('says "tls" of an upstream that closes in the middle of the handshake', async () => {
    await using upstream = rawUpstream(() => pause(20));
    await using client = transport();
    const url = upstream.origin.replace("http:", "https:");
    assertEquals(await failure(() => client.send(request(url), never)), "tls");
  });

  it('says "connect-timeout" of a handshake that takes too long, and leaves', async () => {
    await using upstream = rawUpstream((connection) => connection.left());
    await using client = transport();
    const url = upstream.origin.replace("http:", "https:");
    const asked = request(url, { connectTimeoutMs: 50 });
    assertEquals(await failure(() => client.send(asked, never)), "connect-timeout");
    await eventually("the connection to close", () => upstream.openCount === 0);
  });

  it("does not count the wait for an answer as time to connect", async () => {
    await using upstream = rawUpstream(async (connection) => {
      await connection.request();
      await pause(120);
      await connection.answer("ok");
    });
    await using client = transport();
    const { body } = await client.send(request(upstream.origin, { connectTimeoutMs: 40 }), never);
    assertEquals(await textOf(body), "ok");
  });
});

describe("send() on a connection that breaks", () => {
  const heads: { name: string; wire: string }[] = [
    { name: "before the head", wire: "" },
    { name: "in the middle of the head", wire: "HTTP/1.1 200 OK\r\nconte" },
    { name: "after what is not HTTP", wire: "SSH-2.0-OpenSSH_9.6\r\n" },
    {
      name: "after a length that is none",
      wire: "HTTP/1.1 200 OK\r\ncontent-length: abc\r\n\r\nabc",
    },
    {
      name: "after two lengths",
      wire: "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    },
  ];
  for (const { name, wire } of heads) {
    it(`says "reset" ${name}`, async () => {
      await using upstream = rawUpstream(writingThenClosing(wire));
      await using client = transport();
      assertEquals(await failure(() => client.send(request(upstream.origin), never)), "reset");
      assertEquals(upstream.requests.length, 1);
    });
  }

  const bodies: { name: string; wire: string }[] = [
    { name: "before its length", wire: "content-length: 5\r\n\r\nabc" },
    { name: "between two chunks", wire: "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n" },
    { name: "inside a chunk", wire: "transfer-encoding: chunked\r\n\r\n9\r\nabc" },
  ];
  for (const { name, wire } of bodies) {
    it(`gives what came of a body, then says "reset" ${name}`, async () => {
      await using upstream = rawUpstream(writingThenClosing(`HTTP/1.1 200 OK\r\n${wire}`));
      await using client = transport();
      const { body } = await client.send(request(upstream.origin), never);
      assertEquals(decoder.decode(await body.read()), "abc");
      assertEquals(await failure(() => body.read()), "reset");
      assertEquals(await failure(() => body.read()), "reset");
    });
  }

  it('says "reset" of a body that is longer than its head promised', async () => {
    const wire = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcdef";
    await using upstream = rawUpstream(writingThenClosing(wire));
    await using client = transport();
    const { body } = await client.send(request(upstream.origin), never);
    assertEquals(await failure(() => textOf(body)), "reset");
  });

  it('gives what came of a body, then says "reset" at a chunk that is none', async () => {
    await using upstream = rawUpstream(async (connection) => {
      await connection.request();
      await connection.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n");
      await pause(20);
      await connection.write("zz\r\n");
      await connection.left();
    });
    await using client = transport();
    const { body } = await client.send(request(upstream.origin), never);
    assertEquals(decoder.decode(await body.read()), "abc");
    assertEquals(await failure(() => body.read()), "reset");
  });

  it('says "reset" of an upstream that resets while the request is being sent', async () => {
    await using upstream = rawUpstream(() => pause(5));
    await using client = transport();
    const asked = request(upstream.origin, { body: "x".repeat(8_000_000) });
    assertEquals(await failure(() => client.send(asked, never)), "reset");
  });

  // Deno by itself would send the smaller ones a second time.
  for (const length of [2, 100_000, 2_000_000]) {
    it(`says "stale" of a kept connection that closes before the answer, and sends ${length} bytes once`, async () => {
      await using upstream = rawUpstream(async (connection, index) => {
        if (index > 0) return await answering("ok")(connection, index);
        await connection.request();
        await connection.answer("ok");
        await connection.request();
      });
      await using client = transport();
      const asked = request(upstream.origin, { body: "x".repeat(length) });
      await textOf((await client.send(asked, never)).body);
      await untilKept();
      const error = await assertRejects(() => client.send(asked, never), UpstreamFailure);
      assertEquals([error.reason, error.isNotSent], ["stale", false]);
      await pause(20);
      assertEquals([upstream.requests.length, upstream.connectionCount], [2, 1]);
      const { body } = await client.send(asked, never);
      assertEquals([await textOf(body), upstream.requests.length], ["ok", 3]);
    });
  }

  it('says "reset" of a kept connection that closes after the first byte of an answer', async () => {
    await using upstream = rawUpstream(async (connection) => {
      await connection.request();
      await connection.answer("ok");
      await connection.request();
      await connection.write("HTTP/1.1 200");
    });
    await using client = transport();
    await textOf((await client.send(request(upstream.origin), never)).body);
    await untilKept();
    assertEquals(await failure(() => client.send(request(upstream.origin), never)), "reset");
    assertEquals([upstream.requests.length, upstream.connectionCount], [2, 1]);
  });

  it("makes a new connection where a kept one was closed meanwhile", async () => {
    await using upstream = rawUpstream(async (connection) => {
      await connection.request();
      await connection.answer("ok");
    });
    await using client = transport();
    for (let count = 0; count < 3; count++) {
      const { body } = await client.send(request(upstream.origin), never);
      assertEquals(await textOf(body), "ok");
      await pause(20);
    }
    assertEquals([upstream.requests.length, upstream.connectionCount], [3, 3]);
  });
});

/** An abort, and how long the upstream took to notice. */
async function abortedMs(controller: AbortController, isLeft: () => boolean): Promise<number> {
  const started = performance.now();
  controller.abort();
  await eventually("the upstream to be left", isLeft);
  return performance.now() - started;
}

describe("send() on a client that leaves", () => {
  it("connects to nobody when that was before", async () => {
    await using upstream = rawUpstream(silent);
    await using client = transport();
    const reason = await failure(() => client.send(request(upstream.origin), AbortSignal.abort()));
    await pause(20);
    assertEquals([reason, upstream.connectionCount], ["aborted", 0]);
  });

  it("connects to nobody when that is at once", async () => {
    await using upstream = rawUpstream(silent);
    await using client = transport();
    const controller = new AbortController();
    const sent = failure(() => client.send(request(upstream.origin), controller.signal));
    controller.abort();
    assertEquals(await sent, "aborted");
    await pause(20);
    assertEquals(upstream.requests.length, 0);
  });

  it("leaves the upstream within a second while it connects", async () => {
    await using upstream = rawUpstream((connection) => connection.left());
    await using client = transport();
    const controller = new AbortController();
    const url = upstream.origin.replace("http:", "https:");
    const sent = failure(() => client.send(request(url), controller.signal));
    await eventually("the connection", () => upstream.openCount === 1);
    assert(await abortedMs(controller, () => upstream.openCount === 0) < 1_000);
    assertEquals([await sent, upstream.requests.length], ["aborted", 0]);
  });

  it("leaves the upstream within a second while it waits for the head", async () => {
    await using upstream = rawUpstream(silent);
    await using client = transport();
    const controller = new AbortController();
    const sent = failure(() => client.send(request(upstream.origin), controller.signal));
    await eventually("the request", () => upstream.requests.length === 1);
    assert(await abortedMs(controller, () => upstream.openCount === 0) < 1_000);
    assertEquals(await sent, "aborted");
  });

  /** Sends the head and a word, then nothing until it is left. */
  const begun: Script = async (connection) => {
    await connection.request();
    await connection.write("HTTP/1.1 200 OK\r\n\r\nabc");
    await connection.left();
  };

  it("leaves the upstream within a second while it reads", async () => {
    await using upstream = rawUpstream(begun);
    await using client = transport();
    const controller = new AbortController();
    const { body } = await client.send(request(upstream.origin), controller.signal);
    assertEquals(decoder.decode(await body.read()), "abc");
    const reading = failure(() => body.read());
    assert(await abortedMs(controller, () => upstream.openCount === 0) < 1_000);
    assertEquals(await reading, "aborted");
  });

  it("leaves the upstream when the body is cancelled, read or not", async () => {
    await using upstream = rawUpstream(begun);
    await using client = transport();
    const { body } = await client.send(request(upstream.origin), never);
    body.cancel();
    body.cancel();
    await eventually("the upstream to be left", () => upstream.openCount === 0);
    const other = await client.send(request(upstream.origin), never);
    await other.body.read();
    other.body.cancel();
    await eventually("the upstream to be left", () => upstream.openCount === 0);
  });

  it("keeps the connection when the answer had ended", async () => {
    await using upstream = rawUpstream(answering("ok"));
    await using client = transport();
    const controller = new AbortController();
    const { body } = await client.send(request(upstream.origin), controller.signal);
    assertEquals(await textOf(body), "ok");
    controller.abort();
    body.cancel();
    await untilKept();
    await textOf((await client.send(request(upstream.origin), never)).body);
    assertEquals(upstream.connectionCount, 1);
  });
});

/** Bytes of which each is known by its place. */
function numbered(length: number, from = 0): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => byteAt(from + index));
}

function byteAt(place: number): number {
  return (place * 31 + (place >>> 8) * 17 + (place >>> 16)) & 0xff;
}

function firstDifference(pieces: readonly Uint8Array[]): number | undefined {
  let place = 0;
  for (const piece of pieces) {
    for (let index = 0; index < piece.length; index++, place++) {
      if (piece[index] !== byteAt(place)) return place;
    }
  }
  return undefined;
}

const MANY_BYTES = 20_000_000;

describe("send() on large bodies", () => {
  it("reads 20 MB in odd chunks byte for byte, and owns every piece that it gave", async () => {
    await using upstream = rawUpstream(async (connection) => {
      await connection.request();
      await connection.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
      const whole = numbered(MANY_BYTES);
      for (let at = 0, round = 0; at < whole.length; round++) {
        const chunk = whole.subarray(at, at + 1 + (round * 7_919) % 100_003);
        await connection.write(`${chunk.length.toString(16)}\r\n`);
        await connection.write(chunk);
        await connection.write("\r\n");
        at += chunk.length;
      }
      await connection.write("0\r\n\r\n");
    });
    await using client = transport();
    const { body } = await client.send(request(upstream.origin), never);
    const pieces: Uint8Array[] = [];
    // All are kept and compared at the end: a buffer that is used again would show.
    for (let piece = await body.read(); piece; piece = await body.read()) pieces.push(piece);
    assertEquals(pieces.reduce((sum, { length }) => sum + length, 0), MANY_BYTES);
    assertEquals(firstDifference(pieces), undefined);
  });

  it("sends a body in pieces byte for byte", async () => {
    await using upstream = rawUpstream(answering("ok"));
    await using client = transport();
    for (const length of [10, 100_000, 3_000_000]) {
      const whole = numbered(length);
      const cuts = [0, 1, length / 3 | 0, length / 2 | 0, length];
      const body = cuts.slice(1).map((end, index) => whole.subarray(cuts[index]!, end));
      await textOf((await client.send({ ...request(upstream.origin), body }, never)).body);
      const sent = upstream.requests.at(-1)!.slice(-length);
      const bytes = Uint8Array.from(sent, (one) => one.charCodeAt(0));
      assertEquals(firstDifference([bytes]), undefined);
    }
  });

  it("lets an upstream wait that sends faster than anybody reads", async () => {
    const MEGABYTE = new Uint8Array(1024 * 1024);
    let sentMegabytes = 0;
    await using upstream = rawUpstream(async (connection) => {
      await connection.request();
      await connection.write(`HTTP/1.1 200 OK\r\ncontent-length: ${200 * MEGABYTE.length}\r\n\r\n`);
      for (; sentMegabytes < 200; sentMegabytes++) await connection.write(MEGABYTE);
    });
    await using client = transport();
    const { body } = await client.send(request(upstream.origin), never);
    await stalled(() => sentMegabytes);
    // What the two kernels hold is beyond anybody's say; it is a few megabytes.
    assert(sentMegabytes < 32, `${sentMegabytes} MB`);
    const first = (await body.read())!.length;
    assert(first < 2 * MEGABYTE.length, String(first));
    let length = first;
    while (length < 64 * MEGABYTE.length) length += (await body.read())!.length;
    assert(sentMegabytes >= 63, `${sentMegabytes} MB`);
    body.cancel();
    await eventually("the upstream to be left", () => upstream.openCount === 0);
  });
});

/** Resolves when a number has stood still for a while. */
async function stalled(look: () => number): Promise<void> {
  for (let before = -1; before !== look();) {
    before = look();
    await pause(100);
  }
}

describe("close()", () => {
  it("ends idle connections", async () => {
    await using upstream = rawUpstream(answering("ok"));
    await using client = transport();
    await textOf((await client.send(request(upstream.origin), never)).body);
    assertEquals(upstream.openCount, 1);
    client.close();
    await eventually("the connection to close", () => upstream.openCount === 0);
  });

  it("ends running exchanges, before and after the head", async () => {
    await using upstream = rawUpstream(async (connection, index) => {
      await connection.request();
      if (index === 0) await connection.write("HTTP/1.1 200 OK\r\n\r\nabc");
      await connection.left();
    });
    await using client = transport();
    const { body }: UpstreamResponse = await client.send(request(upstream.origin), never);
    await body.read();
    const reading = failure(() => body.read());
    const waiting = failure(() => client.send(request(upstream.origin), never));
    await eventually("the second request", () => upstream.requests.length === 2);
    client.close();
    assertEquals([await reading, await waiting], ["reset", "reset"]);
  });

  it("does nothing where nothing was sent, and may be called again", () => {
    const client = httpTransport();
    client.close();
    client.close();
  });
});
