import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startGateway } from "./gateway_process.ts";
import { rawRequest } from "./raw_http.ts";
import { answeringUpstream } from "./scripted_upstream.ts";
import { sharedByTests } from "./shared.ts";

const SLASHED = "vendor/model:1";

const scene = sharedByTests(async (owned) => {
  const chat = owned.use(answeringUpstream({ protocol: "openai_chat" }));
  const native = owned.use(answeringUpstream({ protocol: "anthropic_messages" }));
  const anything = owned.use(answeringUpstream({ protocol: "openai_chat" }));
  const routes = [
    { name: "chat", url: chat.url, model: ["m-1", "m-2", SLASHED], apiKey: "chat-key-0001" },
    {
      name: "native",
      url: native.url,
      protocol: "anthropic",
      model: "claude",
      apiKey: "native-key-0001",
    },
  ];
  const gateway = owned.use(await startGateway({ config: { routes } }));
  const wildcard = { name: "anything", url: anything.url, model: "*", apiKey: "any-key-0001" };
  const open = owned.use(await startGateway({ config: { routes: [...routes, wildcard] } }));
  /** How many requests all upstreams have got. */
  const sentCount = () =>
    [chat, native, anything].reduce((sum, { requests }) => sum + requests.length, 0);
  return { chat, native, anything, gateway, open, sentCount };
});

const HELLO = { messages: [{ role: "user", content: "hello" }] };

describe("Models", () => {
  it("GET /v1/models lists auto and every model in OpenAI's format, without *", async () => {
    const response = await scene().open.fetch("/v1/models");
    assertEquals(response.status, 200);
    const { object, data } = await response.json();
    assertEquals(object, "list");
    assertEquals(data.map(({ id }: { id: string }) => id), [
      "auto",
      "m-1",
      "m-2",
      SLASHED,
      "claude",
    ]);
    for (const model of data) {
      assertEquals(model.object, "model");
      assert(Number.isInteger(model.created));
      assertEquals(typeof model.owned_by, "string");
    }
  });

  for (
    const [what, path, headers] of [
      ["below /anthropic/v1", "/anthropic/v1/models", {}],
      ["below /anthropic", "/anthropic/models", {}],
      ["with an anthropic-version", "/v1/models", { "anthropic-version": "2023-06-01" }],
    ] as const
  ) {
    it(`GET ${path} ${what} lists them in Anthropic's format`, async () => {
      const list = await (await scene().gateway.fetch(`${path}?limit=20`, { headers })).json();
      assertEquals([list.first_id, list.last_id, list.has_more], ["auto", "claude", false]);
      for (const model of list.data) {
        assertEquals(model.type, "model");
        assertEquals(typeof model.display_name, "string");
        assert(!Number.isNaN(Date.parse(model.created_at)));
      }
    });
  }

  for (
    const path of [
      `/v1/models/${SLASHED}`,
      "/v1/models/vendor%2Fmodel%3A1",
      `/anthropic/v1/models/${SLASHED}`,
      `/anthropic/models/${SLASHED}`,
    ]
  ) {
    it(`GET ${path} finds a model whose id holds a slash`, async () => {
      const response = await scene().gateway.fetch(path);
      assertEquals((await response.json()).id, SLASHED);
      assertEquals(response.status, 200);
    });
  }

  it("GET /v1/models/{id} of an unknown model is a 404 that names near ones", async () => {
    const response = await scene().gateway.fetch("/v1/models/claud");
    const { error } = await response.json();
    assertEquals(response.status, 404);
    assertEquals(error.code, "model_not_found");
    assertStringIncludes(error.message, "claude");
  });

  it("GET /anthropic/v1/models/{id} of an unknown model is told in Anthropic's shape", async () => {
    const response = await scene().gateway.fetch("/anthropic/v1/models/claud");
    const { type, error } = await response.json();
    assertEquals([response.status, type, error.type], [404, "error", "not_found_error"]);
  });

  it("GET /v1/models/{id} with a broken encoding is the client's fault", async () => {
    const { status } = await rawRequest(scene().gateway.address, [
      "GET /v1/models/%zz HTTP/1.1",
    ]);
    assert(status === 400 || status === 404, `got ${status}`);
  });

  it("models are never asked of an upstream", async () => {
    const { open, sentCount } = scene();
    const before = sentCount();
    await (await open.fetch("/v1/models")).text();
    await (await open.fetch("/v1/models/who-knows")).text();
    assertEquals(sentCount(), before);
  });
});

describe("Probes and pages", () => {
  for (const path of ["/anthropic", "/"]) {
    it(`HEAD ${path} is well`, async () => {
      const response = await scene().gateway.fetch(path, { method: "HEAD" });
      assertEquals([response.status, await response.text()], [200, ""]);
    });
  }

  it("GET /anthropic is well", async () => {
    const response = await scene().gateway.fetch("/anthropic");
    await response.text();
    assertEquals(response.status, 200);
  });

  it("GET / names the endpoints for a client that is no browser", async () => {
    const response = await scene().gateway.fetch("/");
    const text = await response.text();
    assertMatch(response.headers.get("content-type")!, /^text\/plain/);
    assertStringIncludes(text, "/v1/chat/completions");
    assertStringIncludes(text, "/anthropic/v1/messages");
  });

  it("GET /health is a table with each model", async () => {
    const { gateway } = scene();
    await (await gateway.post("/v1/chat/completions", { model: "m-1", ...HELLO })).text();
    const text = await (await gateway.fetch("/health")).text();
    assertMatch(text, /1 +m-1 +chat +200 +\d+ +\d+ +\d+ +100/);
    assertStringIncludes(text, "claude");
  });

  it("GET /health?format=json says the same as JSON", async () => {
    const { gateway } = scene();
    await (await gateway.post("/v1/chat/completions", { model: "m-1", ...HELLO })).text();
    const health = await (await gateway.fetch("/health?format=json")).json();
    assertEquals(health.status, "ok");
    assertEquals(health.retryStatusCodes, [412, 429, 500, 502, 503, 504]);
    assertEquals(health.enabledRouteCount, 2);
    assertEquals(health.modelHealthWindowHours, 12);
    const line = health.modelHealth.find(({ model }: { model: string }) => model === "m-1");
    const { route, lastStatus, count, okPercent, avgMs, lastMs, rank } = line;
    assertEquals([route, lastStatus, okPercent, rank], ["chat", 200, 100, 1]);
    assert(count >= 1 && avgMs >= 0 && lastMs >= 0);
  });
});

describe("Wrong methods and wrong paths", () => {
  for (
    const [method, path, allow] of [
      ["GET", "/v1/chat/completions", "POST"],
      ["GET", "/v1/responses", "POST"],
      ["PUT", "/v1/messages", "POST"],
      ["GET", "/anthropic/v1/messages", "POST"],
      ["GET", "/v1/messages/count_tokens", "POST"],
      ["POST", "/health", "GET, HEAD"],
      ["DELETE", "/v1/models", "GET, HEAD"],
      ["POST", "/", "GET, HEAD"],
    ] as const
  ) {
    it(`${method} ${path} is a 405 that says what the path takes`, async () => {
      const response = await scene().gateway.fetch(path, { method });
      assertEquals([response.status, response.headers.get("allow")], [405, allow]);
      const { error } = await response.json();
      assertEquals(error.message, `${path} does not take ${method}, expected ${allow}`);
    });
  }

  for (const path of ["/nope", "/v2/chat/completions", "/v1chat", "/anthropicx"]) {
    it(`GET ${path} is a 404 that says which paths exist`, async () => {
      const response = await scene().gateway.fetch(path);
      const { error } = await response.json();
      assertEquals([response.status, error.code], [404, "path_not_found"]);
      assertStringIncludes(error.message, "/v1/chat/completions");
      assertStringIncludes(error.message, "/health");
    });
  }

  for (
    const [path, meant, base] of [
      ["/chat/completions", "/v1/chat/completions", "/v1"],
      ["/v1/v1/chat/completions", "/v1/chat/completions", ""],
      ["/openai/v1/responses", "/v1/responses", "/v1"],
      ["/api/v1/embeddings", "/v1/embeddings", "/v1"],
      ["/v2/chat/completions", "/v1/chat/completions", "/v1"],
      ["/openai/deployments/m-1/chat/completions", "/v1/chat/completions", "/v1"],
      ["/messages", "/anthropic/v1/messages", "/anthropic"],
      ["/v1/v1/messages", "/anthropic/v1/messages", "/anthropic"],
      ["/anthropic/v1/v1/messages", "/anthropic/v1/messages", "/anthropic"],
      ["/v1/anthropic/v1/messages", "/anthropic/v1/messages", "/anthropic"],
      ["/claude/v1/messages/count_tokens", "/anthropic/v1/messages/count_tokens", "/anthropic"],
    ] as const
  ) {
    it(`POST ${path} is a 404 that names the path that was meant and its base URL`, async () => {
      const { gateway, sentCount } = scene();
      const before = sentCount();
      const response = await gateway.post(path, { model: "m-1", ...HELLO });
      const { error, type } = await response.json();
      assertEquals([response.status, sentCount()], [404, before]);
      const { origin } = new URL(gateway.address);
      assertStringIncludes(
        error.message,
        `No such path, did you mean ${meant}? Then set the client's base URL to ${origin}${base};`,
      );
      assertEquals(type, base === "/anthropic" ? "error" : undefined);
    });
  }

  it("GET /v1/v1/models is a 404 also where a route takes anything", async () => {
    await using anything = answeringUpstream({ protocol: "openai_chat" });
    const routes = [{ name: "r", url: anything.url, model: "*", apiKey: "any-key-0001" }];
    await using gateway = await startGateway({ config: { routes } });
    const response = await gateway.fetch("/v1/v1/models");
    const { error } = await response.json();
    assertEquals([response.status, error.code], [404, "path_not_found"]);
    assertEquals(anything.requests.length, 0);
  });

  it("a path of the API that is there is passed on, whatever it holds", async () => {
    const response = await scene().gateway.fetch("/v1/files/v1/anthropic/messages");
    assertEquals((await response.json()).error.code, "no_route");
  });
});

describe("Chat endpoints", () => {
  for (const path of ["/anthropic/v1/messages", "/anthropic/messages", "/v1/messages"]) {
    it(`POST ${path} speaks Messages`, async () => {
      const body = { model: "claude", max_tokens: 20, ...HELLO };
      const response = await scene().gateway.post(path, body);
      assertEquals((await response.json()).type, "message");
    });
  }

  for (
    const [path, body] of [
      ["/v1/chat/completions", HELLO],
      ["/v1/responses", { input: "hello" }],
    ] as const
  ) {
    it(`POST ${path} with an unknown model is a 404 in OpenAI's shape, and sends nothing`, async () => {
      const { gateway, sentCount } = scene();
      const before = sentCount();
      const response = await gateway.post(path, { model: "m-3", ...body });
      const { error } = await response.json();
      assertEquals([response.status, error.code], [404, "model_not_found"]);
      assertStringIncludes(error.message, "m-1");
      assertEquals(sentCount(), before);
    });
  }

  it("POST /v1/messages with an unknown model is a 404 in Anthropic's shape", async () => {
    const { gateway, sentCount } = scene();
    const before = sentCount();
    const response = await gateway.post("/v1/messages", {
      model: "claud",
      max_tokens: 20,
      ...HELLO,
    });
    const { type, error } = await response.json();
    assertEquals([response.status, type, error.type], [404, "error", "not_found_error"]);
    assertStringIncludes(error.message, "claude");
    assertEquals(sentCount(), before);
  });

  for (const model of ["__proto__", "constructor", "M-1", " m-1"]) {
    it(`"${model}" is an unknown model`, async () => {
      const response = await scene().gateway.post("/v1/chat/completions", { model, ...HELLO });
      await response.text();
      assertEquals(response.status, 404);
    });
  }

  it('the "*" route takes a name that no other route has, as it is', async () => {
    const { open, anything } = scene();
    const response = await open.post("/v1/chat/completions", { model: "who-knows", ...HELLO });
    assertEquals((await response.json()).model, "who-knows-2026-01-01");
    assertEquals(anything.last.body.model, "who-knows");
    assertEquals(response.headers.get("x-gateway-model-used"), "who-knows");
  });

  it("a body reaches an upstream of the same protocol byte for byte", async () => {
    const { gateway, chat } = scene();
    const body =
      `{ "model" : "m-1",\n "messages":[{"role":"user","content":"\\u0041\\/ ü"}],"seed":1e2 }`;
    const response = await gateway.fetch("/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    await response.text();
    assertEquals(new TextDecoder().decode(chat.last.bytes), body);
  });
});

describe("auto", () => {
  it("begins each new conversation at the next model, in file order", async () => {
    await using upstream = answeringUpstream({ protocol: "openai_chat" });
    const models = ["a-1", "a-2", "a-3"];
    const routes = [{ name: "r", url: upstream.url, model: models }];
    await using gateway = await startGateway({ config: { routes } });
    for (const [index, name] of ["auto", "AUTO", "Auto", "auto"].entries()) {
      const response = await gateway.post("/v1/chat/completions", {
        model: name,
        messages: [{ role: "user", content: `conversation ${index}` }],
      });
      await response.text();
      assertEquals(response.headers.get("x-gateway-model-used"), models[index % models.length]);
    }
  });

  it("puts the chosen name into the body, and changes no other byte", async () => {
    await using upstream = answeringUpstream({ protocol: "openai_chat" });
    const routes = [{ name: "r", url: upstream.url, model: "a-1" }];
    await using gateway = await startGateway({ config: { routes } });
    const body = `{"messages":[{"role":"user","content":"\\u00fc"}] , "model":"auto"}`;
    const response = await gateway.fetch("/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    await response.text();
    assertEquals(new TextDecoder().decode(upstream.last.bytes), body.replace("auto", "a-1"));
  });

  it("keeps a conversation at the model that it began with", async () => {
    await using upstream = answeringUpstream({ protocol: "openai_chat" });
    const routes = [{ name: "r", url: upstream.url, model: ["a-1", "a-2", "a-3"] }];
    await using gateway = await startGateway({ config: { routes } });
    const ask = async (messages: unknown[]) => {
      const response = await gateway.post("/v1/chat/completions", { model: "auto", messages });
      await response.text();
      return response.headers.get("x-gateway-model-used");
    };
    const user = (content: string) => ({ role: "user", content });
    const said = { role: "assistant", content: "Well." };
    assertEquals(await ask([user("one")]), "a-1");
    assertEquals(await ask([user("two")]), "a-2");
    assertEquals(await ask([user("one"), said, user("and then?")]), "a-1");
    assertEquals(await ask([user("two"), said, user("and then?")]), "a-2");
    assertEquals(await ask([user("three")]), "a-3");
  });

  it("does not leave a pinned name for another model", async () => {
    const { gateway, chat } = scene();
    for (let round = 0; round < 3; round++) {
      await (await gateway.post("/v1/chat/completions", { model: "m-2", ...HELLO })).text();
      assertEquals(chat.last.body.model, "m-2");
    }
  });
});
