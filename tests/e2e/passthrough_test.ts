import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startGateway } from "./gateway_process.ts";
import { eventually } from "./eventually.ts";
import { rawUpstream } from "./raw_upstream.ts";
import { rawRequest } from "./raw_http.ts";
import { answeringUpstream, deadUpstream, failingUpstream, listen } from "./scripted_upstream.ts";
import { sharedByTests } from "./shared.ts";

const scene = sharedByTests(async (owned) => {
  const named = owned.use(answeringUpstream({ protocol: "openai_chat" }));
  const anything = owned.use(answeringUpstream({ protocol: "openai_chat" }));
  const failing = owned.use(failingUpstream({
    status: 503,
    message: "No room",
    headers: { "retry-after": "7" },
  }));
  const routes = [
    { name: "named", url: named.url, model: "m-1", apiKey: "named-key-0001" },
    { name: "failing", url: failing.url, model: "m-2", apiKey: "failing-key-0001" },
    { name: "dead", url: deadUpstream(), model: "m-3", apiKey: "dead-key-0001" },
  ];
  const gateway = owned.use(
    await startGateway({ config: { routes, auto: { models: ["m-1"] } } }),
  );
  const wildcard = { name: "anything", url: anything.url, model: "*", apiKey: "any-key-0001" };
  const open = owned.use(await startGateway({ config: { routes: [...routes, wildcard] } }));
  return { named, anything, failing, gateway, open };
});

describe("Other endpoints of the API", () => {
  it("embeddings go to the route of the body's model, query string included", async () => {
    const { gateway, named } = scene();
    const text = `{"input":"ü","model" : "m-1"}`;
    const response = await gateway.fetch("/v1/embeddings?api-version=1&x=a%20b", {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer client-key-0001" },
      body: text,
    });
    assertEquals((await response.json()).data[0].embedding, [0.25, -0.5]);
    assertEquals(named.last.path, "/v1/embeddings?api-version=1&x=a%20b");
    assertEquals(new TextDecoder().decode(named.last.bytes), text);
    assertEquals(named.last.headers.get("authorization"), "Bearer named-key-0001");
    assertEquals(response.headers.get("x-request-id"), "req_upstream");
    assert(response.headers.has("x-gateway-request-id"));
  });

  it("embeddings of auto go to a model of auto, under its name", async () => {
    const { gateway, named } = scene();
    const response = await gateway.post("/v1/embeddings", { model: "auto", input: "x" });
    await response.text();
    assertEquals(named.last.body, { model: "m-1", input: "x" });
  });

  for (const status of [204, 205]) {
    it(`an answer of ${status} comes back, which has no body`, async () => {
      await using upstream = listen(() => new Response(null, { status }));
      const routes = [{ name: "r", url: upstream.url, model: "*", apiKey: "any-key-0001" }];
      await using gateway = await startGateway({ config: { routes } });
      const response = await gateway.fetch("/v1/files/file-1", { method: "DELETE" });
      assertEquals([response.status, await response.text()], [status, ""]);
      assertEquals(upstream.requests.map(({ method }) => method), ["DELETE"]);
    });
  }

  it("a form goes to the route of its model field, byte for byte", async () => {
    const { gateway, named } = scene();
    const form = new FormData();
    form.set("file", new File([new Uint8Array([0, 255, 13, 10, 45, 45])], "a.wav"));
    form.set("model", "m-1");
    const sent = new Request("http://unused.invalid", { method: "POST", body: form });
    const type = sent.headers.get("content-type")!;
    const bytes = new Uint8Array(await sent.arrayBuffer());
    const response = await gateway.fetch("/v1/audio/transcriptions", {
      method: "POST",
      headers: { "content-type": type },
      body: bytes,
    });
    assertEquals((await response.json()).endpoint, "/audio/transcriptions");
    assertEquals(named.last.headers.get("content-type"), type);
    assertEquals(named.last.bytes, bytes);
  });

  it("an Anthropic client's endpoints go on below /v1 too", async () => {
    const { open, anything } = scene();
    await (await open.fetch("/anthropic/v1/files/file_1", { method: "DELETE" })).text();
    assertEquals(anything.last.method, "DELETE");
    assertEquals(anything.last.path, "/v1/files/file_1");
  });

  for (const method of ["GET", "DELETE", "POST", "PUT", "PATCH"]) {
    it(`${method} without a model goes to the "*" route`, async () => {
      const { open, anything } = scene();
      const response = await open.fetch("/v1/files/file_1?limit=2", { method });
      assertEquals((await response.json()).endpoint, "/files/file_1");
      assertEquals(anything.last.method, method);
      assertEquals(anything.last.path, "/v1/files/file_1?limit=2");
    });
  }

  it('without a model and without a "*" route it is a 404', async () => {
    const { gateway, named } = scene();
    const before = named.requests.length;
    const response = await gateway.fetch("/v1/files");
    const { error } = await response.json();
    assertEquals([response.status, error.code], [404, "no_route"]);
    assertEquals(named.requests.length, before);
  });

  it("with an unknown model it is a 404 that names near ones, and nothing is sent", async () => {
    const { gateway, named } = scene();
    const before = named.requests.length;
    const response = await gateway.post("/v1/embeddings", { model: "m-9", input: "x" });
    const { error } = await response.json();
    assertEquals([response.status, error.code], [404, "model_not_found"]);
    assertStringIncludes(error.message, "m-1");
    assertEquals(named.requests.length, before);
  });

  it("an upstream's error comes back as it is, and nobody else is asked", async () => {
    const { open, failing, anything } = scene();
    const before = [failing.postCount, anything.postCount];
    const response = await open.post("/v1/embeddings", { model: "m-2", input: "x" });
    assertEquals(response.status, 503);
    assertEquals(response.headers.get("retry-after"), "7");
    assertEquals((await response.json()).error.message, "No room");
    assertEquals([failing.postCount, anything.postCount], [before[0]! + 1, before[1]!]);
  });

  it("an upstream that falls silent in the middle ends with its client's connection, logged", async () => {
    await using upstream = rawUpstream(async (connection) => {
      await connection.request();
      await connection.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nthe first half");
      await connection.left();
    });
    const routes = [{ name: "r", url: upstream.origin, model: "*", apiKey: "any-key-0001" }];
    await using gateway = await startGateway({ config: { timeouts: { idleMs: 200 }, routes } });
    const response = await gateway.fetch("/v1/files/file-1/content");
    await assertRejects(() => response.text());
    await eventually("the end of the upstream's connection", () => upstream.openCount === 0);
    await gateway.logLine("upstream_error", "reason=timeout");
  });

  it("an upstream that breaks off in the middle breaks its client's connection, logged", async () => {
    await using upstream = rawUpstream(async (connection) => {
      await connection.request();
      await connection.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nthe first half");
    });
    const routes = [{ name: "r", url: upstream.origin, model: "*", apiKey: "any-key-0001" }];
    await using gateway = await startGateway({ config: { routes } });
    const response = await gateway.fetch("/v1/files/file-1/content");
    await assertRejects(() => response.text());
    await gateway.logLine("upstream_error", "reason=cut");
  });

  it("an upstream that cannot be reached is a 502", async () => {
    const response = await scene().gateway.post("/v1/embeddings", { model: "m-3", input: "x" });
    const { error } = await response.json();
    assertEquals(response.status, 502);
    assertStringIncludes(error.message, "refused");
  });
});

describe("A path that tries to leave its endpoint is a 400, and nothing is sent:", () => {
  const SEGMENTS = [
    "..",
    ".",
    "%2e%2e",
    "%2E.",
    "%252e%252e",
    "..;",
    "..;a=b",
    "%2e%2e%3b",
    "a%2fb",
    "a%252fb",
    "a%5cb",
    "a\\b",
    "a%00",
    "a%0d%0ab",
    "a%7f",
  ];
  for (const segment of SEGMENTS) {
    it(JSON.stringify(segment), async () => {
      const { open, anything } = scene();
      const before = anything.requests.length;
      const { status, text } = await rawRequest(open.address, [
        `GET /v1/files/${segment}/secret HTTP/1.1`,
      ]);
      assertEquals(status, 400, text);
      assertEquals(anything.requests.length, before);
    });
  }

  it("while a harmless name with dots and spaces is passed on", async () => {
    const { open, anything } = scene();
    const response = await open.fetch("/v1/files/a..b.c%20d");
    await response.text();
    assertEquals(response.status, 200);
    assertEquals(anything.last.path, "/v1/files/a..b.c%20d");
  });
});
