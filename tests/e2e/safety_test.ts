import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startGateway } from "./gateway_process.ts";
import { rawRequest } from "./raw_http.ts";
import { answeringUpstream, listen } from "./scripted_upstream.ts";
import { sharedByTests } from "./shared.ts";

const CLIENT_KEY = "key-of-a-known-client";

const scene = sharedByTests(async (owned) => {
  const chat = owned.use(answeringUpstream({ protocol: "openai_chat" }));
  const native = owned.use(answeringUpstream({ protocol: "anthropic_messages" }));
  const target = owned.use(answeringUpstream({ protocol: "openai_chat" }));
  const redirecting = owned.use(
    listen(() => new Response(null, { status: 302, headers: { location: target.url } })),
  );
  const anthropic = { url: native.url, protocol: "anthropic" };
  const routes = [
    { name: "keyed", url: chat.url, model: "keyed", apiKey: "route-key-0001" },
    { name: "keyless", url: chat.url, model: "keyless" },
    { name: "proud", url: chat.url, model: "proud", forwardClientAuth: false },
    { name: "native", ...anthropic, model: "native", apiKey: "native-key-0001" },
    { name: "native-keyless", ...anthropic, model: "native-keyless" },
    { name: "redirecting", url: redirecting.url, model: "redirecting", apiKey: "route-key-0002" },
  ];
  const gateway = owned.use(
    await startGateway({
      config: { routes, allowedHosts: ["gateway.test"], timeouts: { bodyMs: 200 } },
    }),
  );
  const guarded = owned.use(
    await startGateway({
      config: { routes: routes.slice(0, 1), clients: [{ name: "known", keyEnv: "KNOWN_KEY" }] },
      env: { KNOWN_KEY: CLIENT_KEY },
    }),
  );
  return { chat, native, target, redirecting, gateway, guarded };
});

const WHOLE = { messages: [{ role: "user", content: "hello" }] };
const MESSAGES = { max_tokens: 10, ...WHOLE };
const CLIENT_HEADERS = {
  authorization: "Bearer client-token-0001",
  cookie: "session=1",
  "anthropic-beta": "some-beta-2026",
  "openai-organization": "org-1",
  "x-custom": "stays",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  "user-agent": "some-agent/1.0",
};

describe("Credentials", () => {
  it("of a route replace the client's, whose headers go on by a list", async () => {
    const { gateway, chat } = scene();
    const body = { model: "keyed", ...WHOLE };
    await (await gateway.post("/v1/chat/completions", body, CLIENT_HEADERS)).text();
    const { headers } = chat.last;
    assertEquals(headers.get("authorization"), "Bearer route-key-0001");
    for (const name of ["cookie", "x-custom", "anthropic-beta", "x-api-key"]) {
      assertEquals(headers.get(name), null, name);
    }
    for (const name of ["openai-organization", "traceparent", "user-agent"] as const) {
      assertEquals(headers.get(name), CLIENT_HEADERS[name]);
    }
  });

  it("of an Anthropic route go in x-api-key, and betas reach it", async () => {
    const { gateway, native } = scene();
    const body = { model: "native", ...MESSAGES };
    await (await gateway.post("/v1/messages", body, CLIENT_HEADERS)).text();
    const { headers } = native.last;
    assertEquals(headers.get("x-api-key"), "native-key-0001");
    assertEquals(headers.get("authorization"), null);
    assertEquals(headers.get("anthropic-beta"), CLIENT_HEADERS["anthropic-beta"]);
  });

  it("of the client go only to a route without its own", async () => {
    const { gateway, chat } = scene();
    const headers = { authorization: CLIENT_HEADERS.authorization, cookie: "session=1" };
    const sentFor = async (model: string) => {
      await (await gateway.post("/v1/chat/completions", { model, ...WHOLE }, headers)).text();
      return chat.last.headers;
    };
    assertEquals((await sentFor("keyless")).get("authorization"), headers.authorization);
    assertEquals((await sentFor("keyless")).get("cookie"), null);
    assertEquals((await sentFor("proud")).get("authorization"), null);
  });

  it("of the client take the form of the upstream's protocol", async () => {
    const { gateway, chat, native } = scene();
    const key = { "x-api-key": "client-token-0001" };
    await (await gateway.post("/v1/messages", { model: "keyless", ...MESSAGES }, key)).text();
    assertEquals(chat.last.headers.get("authorization"), "Bearer client-token-0001");
    assertEquals(chat.last.headers.get("x-api-key"), null);
    const body = { model: "native-keyless", ...MESSAGES };
    await (await gateway.post("/v1/messages", body, key)).text();
    assertEquals(native.last.headers.get("x-api-key"), "client-token-0001");
  });

  it("never follow a redirect", async () => {
    const { gateway, redirecting, target } = scene();
    const body = { model: "redirecting", ...WHOLE };
    const response = await gateway.post("/v1/chat/completions", body);
    await response.text();
    assertEquals([response.status, response.headers.get("location")], [502, null]);
    assertEquals([redirecting.postCount, target.requests.length], [1, 0]);
  });

  it("of a browser's session never come back from an upstream", async () => {
    const { gateway } = scene();
    for (
      const [path, body] of [["/v1/chat/completions", WHOLE], ["/v1/embeddings", { input: "x" }]]
    ) {
      const response = await gateway.post(path as string, { model: "keyed", ...body as object });
      await response.text();
      assertEquals(response.status, 200);
      for (const name of ["set-cookie", "access-control-allow-origin", "server"]) {
        assertEquals(response.headers.get(name), null, name);
      }
      assertEquals(response.headers.get("x-request-id"), "req_upstream");
      assertEquals(response.headers.get("x-ratelimit-remaining-requests"), "99");
    }
  });
});

describe("The guard", () => {
  for (const host of ["evil.example", "evil.example:8787", "127.0.0.1.evil.example", "10.0.0.1"]) {
    it(`refuses the host ${host}`, async () => {
      const { status, text } = await rawRequest(scene().gateway.address, [
        "GET /v1/models HTTP/1.1",
        `host: ${host}`,
      ]);
      assertEquals(status, 403, text);
      assertStringIncludes(text, "host_not_allowed");
    });
  }

  for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:8787", "gateway.test"]) {
    it(`takes the host ${host}`, async () => {
      const { status, text } = await rawRequest(scene().gateway.address, [
        "GET /v1/models HTTP/1.1",
        `host: ${host}`,
      ]);
      assertEquals(status, 200, text);
    });
  }

  for (
    const headers of [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: "http://127.0.0.1:1" },
      { "sec-fetch-site": "cross-site" },
    ]
  ) {
    it(`refuses ${JSON.stringify(headers)}, and sends nothing`, async () => {
      const { gateway, chat } = scene();
      const before = chat.requests.length;
      const body = { model: "keyed", ...WHOLE };
      const response = await gateway.post("/v1/chat/completions", body, { ...headers } as never);
      assertEquals((await response.json()).error.code, "origin_not_allowed");
      assertEquals([response.status, chat.requests.length], [403, before]);
      assertEquals(response.headers.get("access-control-allow-origin"), null);
    });
  }

  it("takes its own origin", async () => {
    const { gateway } = scene();
    const response = await gateway.fetch("/health", { headers: { origin: gateway.address } });
    await response.text();
    assertEquals(response.status, 200);
  });

  it("answers no preflight with permissions", async () => {
    const response = await scene().gateway.fetch("/v1/chat/completions", {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    await response.text();
    assertEquals(response.status, 403);
    assertEquals(response.headers.get("access-control-allow-methods"), null);
  });
});

describe("Client keys", () => {
  it("are asked for, in the client's shape", async () => {
    const { guarded } = scene();
    const body = { model: "keyed", ...MESSAGES };
    const openai = await guarded.post("/v1/chat/completions", body);
    assertEquals((await openai.json()).error.code, "invalid_api_key");
    const anthropic = await guarded.post("/v1/messages", body, { "x-api-key": "wrong" });
    assertEquals((await anthropic.json()).error.type, "authentication_error");
    assertEquals([openai.status, anthropic.status], [401, 401]);
  });

  for (
    const headers of [
      { authorization: `Bearer ${CLIENT_KEY}` },
      { authorization: `bearer ${CLIENT_KEY}` },
      { "x-api-key": CLIENT_KEY },
      { "api-key": CLIENT_KEY },
    ]
  ) {
    it(`are taken from ${Object.keys(headers)} (${Object.values(headers)[0]!.slice(0, 6)}…)`, async () => {
      const { guarded, chat } = scene();
      const body = { model: "keyed", ...WHOLE };
      const response = await guarded.post("/v1/chat/completions", body, { ...headers } as never);
      await response.text();
      assertEquals(response.status, 200);
      assert(!JSON.stringify([...chat.last.headers]).includes(CLIENT_KEY));
    });
  }
});

describe("A bad request", () => {
  const send = (body: string, headers: Record<string, string> = {}) =>
    scene().gateway.fetch("/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
  const BOMB = `{"model":"native","messages":${"[".repeat(300_000)}${"]".repeat(300_000)}}`;

  for (
    const [what, body, says] of [
      ["that is no JSON", "{", "JSON"],
      ["that is empty", "", "JSON"],
      ["that is an array", "[]", "array"],
      ["without a model", "{}", "model"],
      ["with a number as its model", `{"model":5}`, "model"],
      ["with an empty model", `{"model":" "}`, "model"],
      ["with words as its stream", `{"model":"keyed","stream":"yes"}`, "stream"],
      ["without messages", `{"model":"native"}`, "messages"],
      ["that is nested too deeply", BOMB, ""],
    ] as const
  ) {
    it(`${what} is a 400 that says so`, async () => {
      const response = await send(body);
      const { error } = await response.json();
      assertEquals([response.status, error.type], [400, "invalid_request_error"]);
      assertStringIncludes(error.message, says);
      assert(!/\bat \S+:\d+/.test(error.message));
    });
  }

  it("is told in Anthropic's shape to an Anthropic client", async () => {
    const response = await scene().gateway.post("/v1/messages", { model: "keyed", messages: 5 });
    const { type, error, request_id: id } = await response.json();
    assertEquals([response.status, type, error.type], [400, "error", "invalid_request_error"]);
    assertEquals(id, response.headers.get("x-gateway-request-id"));
  });

  it("that is no JSON by its type is a 415", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
      const response = await send(`{"model":"keyed"}`, { "content-type": type });
      await response.text();
      assertEquals(response.status, 415);
    }
  });

  it("that is compressed is a 415", async () => {
    const response = await send(`{"model":"keyed"}`, { "content-encoding": "gzip" });
    await response.text();
    assertEquals(response.status, 415);
  });

  it("that announces too large a body is a 413 before a byte of it came", async () => {
    const { status, text } = await rawRequest(scene().gateway.address, [
      "POST /v1/chat/completions HTTP/1.1",
      "content-type: application/json",
      `content-length: ${50 * 1024 * 1024 + 1}`,
    ]);
    assertEquals(status, 413, text);
    assertStringIncludes(text, "50 MiB");
  });

  it("whose body comes too slowly is a 408", async () => {
    const { status, text } = await rawRequest(scene().gateway.address, [
      "POST /v1/chat/completions HTTP/1.1",
      "content-type: application/json",
      "content-length: 100",
    ], "{");
    assertEquals(status, 408, text);
  });

  it("with very many headers is the client's fault", async () => {
    const many = Array.from({ length: 400 }, (_, index) => `x-${index}: 1`);
    const { status } = await rawRequest(scene().gateway.address, ["GET /health HTTP/1.1", ...many]);
    assertMatch(String(status), /^4\d\d$/);
  });
});
