/**
 * Bodies and heads that are too much of something: too long, too slow, too deep, packed. Each costs the
 * gateway a bounded amount of memory and time, and leaves it well.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { gzipSync } from "node:zlib";
import { startGateway } from "../e2e/gateway_process.ts";
import { sharedByTests } from "../e2e/shared.ts";
import { takingUpstream } from "./taking_upstream.ts";
import { bytesOf, head, sendBytes, writeAll } from "./wire.ts";

const MIB = 1024 * 1024;
const SLOW_MS = 400;

const scene = sharedByTests(async (owned) => {
  const upstream = owned.use(takingUpstream());
  const native = owned.use(takingUpstream());
  const routes = [
    { name: "r", url: upstream.url, model: ["m", "*"], apiKey: "route-key-0001" },
    { name: "n", url: native.url, protocol: "anthropic", model: "n", apiKey: "route-key-0002" },
  ];
  const config = { routes, timeouts: { bodyMs: SLOW_MS } };
  const gateway = owned.use(await startGateway({ config }));
  const limits = { bodyBytes: 2_000, headerCount: 20, depth: 8 };
  const strict = owned.use(await startGateway({ config: { ...config, limits } }));
  return { upstream, native, gateway, strict };
});

const JSON_TYPE = "content-type: application/json";
const CHAT_PATHS = [
  "/v1/chat/completions",
  "/v1/responses",
  "/v1/messages",
  "/anthropic/v1/messages",
  "/v1/messages/count_tokens",
];
const ALL_PATHS = [...CHAT_PATHS, "/v1/embeddings"];

/** Everything works as before: an attack that only this request survived would be half a success. */
async function assertWell(): Promise<void> {
  const response = await scene().gateway.post("/v1/chat/completions", {
    model: "m",
    messages: [{ role: "user", content: "hello" }],
  });
  await response.text();
  assertEquals(response.status, 200);
}

function send(path: string, body: BodyInit, headers: Record<string, string> = {}) {
  return scene().gateway.fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}

describe("A body that is too long", () => {
  for (const path of ALL_PATHS) {
    it(`is refused at ${path} before a byte of it came`, async () => {
      const lines = [
        "host: localhost",
        JSON_TYPE,
        `content-length: ${200 * MIB}`,
        "connection: close",
      ];
      const asked = head(`POST ${path} HTTP/1.1`, ...lines);
      const { statuses, text } = await sendBytes(scene().gateway.address, asked, 300);
      assertEquals(statuses, [413], text);
      assertStringIncludes(text, "50 MiB");
    });
  }

  for (const path of ["/v1/chat/completions", "/v1/embeddings"]) {
    it(`in chunks without a length is refused at ${path} at the limit, in bounded memory`, async () => {
      const { gateway } = scene();
      const before = gateway.residentMiB;
      const { hostname, port } = new URL(gateway.address);
      const connection = await Deno.connect({ hostname, port: Number(port) });
      const lines = ["host: localhost", JSON_TYPE, "transfer-encoding: chunked"];
      const piece = bytesOf(`${MIB.toString(16)}\r\n${" ".repeat(MIB)}\r\n`);
      let peak = 0;
      const reading = readSome(connection);
      try {
        await writeAll(connection, bytesOf(head(`POST ${path} HTTP/1.1`, ...lines)));
        for (let sentMiB = 0; sentMiB < 200; sentMiB++) {
          await writeAll(connection, piece);
          peak = Math.max(peak, gateway.residentMiB);
        }
      } catch {
        // Whether the server takes the rest to throw it away or leaves is its own business.
      }
      assertMatch(await reading, /^HTTP\/1\.1 413 /);
      connection.close();
      assert(peak - before < 250, `${before} -> ${peak} MiB`);
      await assertWell();
    });
  }

  it("by one byte over the configured limit is refused, by one under it taken", async () => {
    const { strict } = scene();
    const bodyOf = (length: number) => {
      const body = JSON.stringify({ model: "m", messages: [], x: "" });
      return body.replace('"x":""', `"x":"${"a".repeat(length - body.length)}"`);
    };
    const post = async (length: number) => {
      const headers = { "content-type": "application/json" };
      const body = bodyOf(length);
      const response = await strict.fetch("/v1/chat/completions", {
        method: "POST",
        headers,
        body,
      });
      return [response.status, (await response.json()).error?.message];
    };
    assertEquals(await post(2_001), [413, "The request body is larger than 2000 bytes"]);
    assertEquals(await post(2_000), [200, undefined]);
  });
});

async function readSome(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(16 * 1024);
  try {
    const count = await connection.read(buffer);
    return new TextDecoder().decode(buffer.subarray(0, count ?? 0));
  } catch {
    return "";
  }
}

describe("A body that is too slow", () => {
  for (const path of ALL_PATHS) {
    it(`is a 408 at ${path}, whether it stops or drips`, async () => {
      const { gateway } = scene();
      const lines = ["host: localhost", JSON_TYPE, "content-length: 1000"];
      const asked = head(`POST ${path} HTTP/1.1`, ...lines);
      const { hostname, port } = new URL(gateway.address);
      using connection = await Deno.connect({ hostname, port: Number(port) });
      const startMs = performance.now();
      await writeAll(connection, bytesOf(asked + "{"));
      const drip = setInterval(() => connection.write(bytesOf(" ")).catch(() => {}), 50);
      const answer = await readSome(connection);
      clearInterval(drip);
      assertMatch(answer, /^HTTP\/1\.1 408 /);
      assert(performance.now() - startMs < SLOW_MS + 3_000);
    });
  }

  it("a hundred times over keeps no other client waiting", async () => {
    const { gateway, upstream } = scene();
    const lines = ["host: localhost", JSON_TYPE, "content-length: 1000"];
    const asked = head("POST /v1/chat/completions HTTP/1.1", ...lines) + "{";
    const before = upstream.requests.length;
    await using slow = await openMany(gateway.address, asked);
    const startMs = performance.now();
    await assertWell();
    assert(performance.now() - startMs < 2_000);
    assertEquals(upstream.requests.length, before + 1);
    assertEquals(slow.count, 100);
  });
});

describe("A head that never ends", () => {
  for (const start of ["GET /hea", "GET /health HTTP/1.1\r\nhost: local", "\r\n\r\n\r\n"]) {
    it(`a hundred times over keeps no other client waiting: ${JSON.stringify(start)}`, async () => {
      const { gateway } = scene();
      const before = gateway.residentMiB;
      await using slow = await openMany(gateway.address, start);
      const startMs = performance.now();
      await assertWell();
      assert(performance.now() - startMs < 2_000);
      assert(gateway.residentMiB - before < 100);
      assertEquals(slow.count, 100);
    });
  }

  for (
    const [what, asked] of [
      ["an endless header", `GET /health HTTP/1.1\r\nhost: localhost\r\nx-a: ${"a".repeat(MIB)}`],
      ["an endless target", `GET /${"a".repeat(MIB)}`],
      ["endless headers", `GET /health HTTP/1.1\r\n${"x-a: b\r\n".repeat(100_000)}`],
    ] as const
  ) {
    it(`is refused while it comes: ${what}`, async () => {
      const { statuses, isClosed } = await sendBytes(scene().gateway.address, asked);
      assert(isClosed);
      for (const status of statuses) assertMatch(String(status), /^4\d\d$/);
      await assertWell();
    });
  }
});

/** Many connections that say the same and then wait. */
async function openMany(address: string, start: string) {
  const { hostname, port } = new URL(address);
  const connections = await Promise.all(
    Array.from({ length: 100 }, () => Deno.connect({ hostname, port: Number(port) })),
  );
  for (const connection of connections) await writeAll(connection, bytesOf(start));
  return {
    count: connections.length,
    [Symbol.asyncDispose]: () => {
      for (const connection of connections) connection.close();
      return Promise.resolve();
    },
  };
}

describe("A request with very many headers", () => {
  for (const count of [300, 2_000]) {
    it(`is the client's fault: ${count}`, async () => {
      const many = Array.from({ length: count }, (_, index) => `x-${index}: 1`);
      const asked = head("GET /health HTTP/1.1", "host: localhost", ...many, "connection: close");
      const { statuses } = await sendBytes(scene().gateway.address, asked);
      assertMatch(String(statuses), /^4\d\d$/);
    });
  }

  it("is a 431 from the configured count on, in the client's shape", async () => {
    const headers = Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`x-${at}`, "1"]));
    const body = { model: "m", max_tokens: 1, messages: [] };
    const openai = await scene().strict.post("/v1/chat/completions", body, headers);
    assertEquals([openai.status, (await openai.json()).error.code], [431, "too_many_headers"]);
    const anthropic = await scene().strict.post("/v1/messages", body, headers);
    assertEquals([anthropic.status, (await anthropic.json()).type], [431, "error"]);
    const health = await scene().strict.fetch("/health");
    await health.text();
    assertEquals(health.status, 200);
  });
});

const nest = (open: string, close: string, depth: number) =>
  `{"model":"MODEL","max_tokens":1,"messages":${open.repeat(depth)}1${close.repeat(depth)}}`;

describe("A body that is too deep", () => {
  for (const path of ALL_PATHS) {
    for (const model of ["m", "n"]) {
      it(`is a 400 at ${path} for the model ${model}, at once`, async () => {
        const { upstream, native } = scene();
        const before = upstream.requests.length + native.requests.length;
        for (const [open, close] of [["[", "]"], ['{"a":', "}"], ['[{"a":', "}]"]] as const) {
          const startMs = performance.now();
          const response = await send(path, nest(open, close, 300_000).replace("MODEL", model));
          const text = await response.text();
          assertEquals(response.status, 400, text);
          assertStringIncludes(text, "nested");
          assert(performance.now() - startMs < 2_000);
        }
        assertEquals(upstream.requests.length + native.requests.length, before);
      });
    }
  }

  it("and as long as it may be costs neither memory nor time", async () => {
    const { gateway } = scene();
    const before = gateway.residentMiB;
    const startMs = performance.now();
    const response = await send("/v1/chat/completions", "[".repeat(49 * MIB));
    await response.text();
    assertEquals(response.status, 400);
    assert(performance.now() - startMs < 3_000);
    assert(gateway.residentMiB - before < 250, `${before} -> ${gateway.residentMiB} MiB`);
    await assertWell();
  });

  it("is told from brackets that only stand in a text", async () => {
    const content = `${"[{".repeat(5_000)}\\" \\\\`;
    const body = { model: "m", messages: [{ role: "user", content }] };
    const response = await scene().gateway.post("/v1/chat/completions", body);
    await response.text();
    assertEquals(response.status, 200);
  });

  it("is measured against the configured depth", async () => {
    const at = async (depth: number) => {
      const messages = JSON.parse("[".repeat(depth - 1) + "]".repeat(depth - 1));
      const response = await scene().strict.post("/v1/chat/completions", { model: "m", messages });
      await response.text();
      return response.status;
    };
    assertEquals([await at(8), await at(9)], [200, 400]);
  });
});

describe("A packed body", () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(100 * MIB).fill(0x20)));

  for (const path of ALL_PATHS) {
    it(`is a 415 at ${path}, unopened`, async () => {
      const { gateway } = scene();
      const before = gateway.residentMiB;
      for (
        const encoding of ["gzip", "x-gzip", "deflate", "br", "zstd", "GZIP", "gzip, identity"]
      ) {
        const response = await send(path, bomb, { "content-encoding": encoding });
        await response.text();
        assertEquals(response.status, 415, encoding);
      }
      assert(gateway.residentMiB - before < 100, `${before} -> ${gateway.residentMiB} MiB`);
    });
  }

  it("by its transfer rather than its content is no JSON", async () => {
    const lines = [
      "host: localhost",
      JSON_TYPE,
      "transfer-encoding: gzip, chunked",
      "connection: close",
    ];
    const small = gzipSync('{"model":"m","messages":[]}');
    const packed = Array.from(small, (byte) => String.fromCharCode(byte)).join("");
    const body = `${small.length.toString(16)}\r\n${packed}\r\n0\r\n\r\n`;
    const asked = head("POST /v1/chat/completions HTTP/1.1", ...lines) + body;
    const { statuses } = await sendBytes(scene().gateway.address, asked);
    assertEquals(statuses, [400]);
  });
});

describe("A body that is wrong", () => {
  for (
    const [what, body, says] of [
      ["no JSON", "{", "JSON"],
      ["empty", "", "JSON"],
      ["an array", "[]", "array"],
      ["without a model", "{}", "model"],
      ["with a number as its model", `{"model":5}`, "model"],
      ["with an empty model", `{"model":" "}`, "model"],
      ["with words as its stream", `{"model":"m","stream":"yes"}`, "stream"],
      ["without messages", `{"model":"n"}`, "messages"],
    ] as const
  ) {
    it(`is a 400 that says so: ${what}`, async () => {
      const response = await send("/v1/chat/completions", body);
      const { error } = await response.json();
      assertEquals([response.status, error.type], [400, "invalid_request_error"]);
      assertStringIncludes(error.message, says);
      assert(!/\bat \S+:\d+/.test(error.message));
    });
  }

  it("is told in Anthropic's shape to an Anthropic client", async () => {
    const response = await scene().gateway.post("/v1/messages", { model: "m", messages: 5 });
    const { type, error, request_id: id } = await response.json();
    assertEquals([response.status, type, error.type], [400, "error", "invalid_request_error"]);
    assertEquals(id, response.headers.get("x-gateway-request-id"));
  });

  for (const bytes of [[0xff, 0xfe], [0xc0, 0xae], [0xed, 0xa0, 0x80], [0xf8, 0x88]]) {
    it(`is a 400 when it is no UTF-8: ${bytes.map((byte) => byte.toString(16))}`, async () => {
      const body = new Uint8Array([0x7b, 0x22, ...bytes, 0x22, 0x3a, 0x31, 0x7d]);
      const response = await send("/v1/chat/completions", body);
      await response.text();
      assertEquals(response.status, 400);
    });
  }
});
