/**
 * Secrets of both sides: a route's go to its upstream and nowhere else, a client's stay here.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startGateway } from "../e2e/gateway_process.ts";
import { answeringUpstream, listen } from "../e2e/scripted_upstream.ts";
import { sharedByTests } from "../e2e/shared.ts";
import { takingUpstream } from "./taking_upstream.ts";

const USER = "user-in-a-url-0001";
const PASSWORD = "password-in-a-url-0001";
const QUERY = "token-in-a-query-0001";
const base64 = (text: string) => new TextEncoder().encode(text).toBase64();

const CHAT = { messages: [{ role: "user", content: "hello" }] };
const MESSAGES = { max_tokens: 10, ...CHAT };

const scene = sharedByTests(async (owned) => {
  const chat = owned.use(answeringUpstream({ protocol: "openai_chat" }));
  const native = owned.use(answeringUpstream({ protocol: "anthropic_messages" }));
  const taking = owned.use(takingUpstream());
  const telling = owned.use(
    listen(({ path }) =>
      Response.json({ error: { message: `Cannot serve ${path} for you` } }, { status: 418 })
    ),
  );
  const anthropic = { url: native.url, protocol: "anthropic" };
  const withUser = telling.url.replace("//", `//${USER}:${PASSWORD}@`);
  const routes = [
    { name: "keyed", url: chat.url, model: "keyed", apiKey: "route-key-0001" },
    { name: "keyless", url: chat.url, model: "keyless" },
    { name: "proud", url: chat.url, model: "proud", forwardClientAuth: false },
    { name: "native", ...anthropic, model: "native", apiKey: "native-key-0001" },
    { name: "native-keyless", ...anthropic, model: "native-keyless" },
    {
      name: "several",
      url: taking.url,
      model: "several",
      protocol: ["openai", "anthropic", "responses"],
      apiKey: "several-key-0001",
    },
    {
      name: "named",
      url: chat.url,
      model: "named",
      apiKey: "route-key-0003",
      forwardHeaders: ["cookie", "authorization", "x-custom", "connection"],
    },
    { name: "in-url", url: `${withUser}?token=${QUERY}`, model: "in-url" },
  ];
  const gateway = owned.use(await startGateway({ config: { routes } }));
  return { chat, native, taking, gateway };
});

const CLIENT = {
  authorization: "Bearer client-token-0001",
  cookie: "session=client-cookie-0001",
  "proxy-authorization": "Basic client-proxy-0001",
  "anthropic-beta": "some-beta-2026",
  "openai-organization": "org-1",
  "x-custom": "stays",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  "user-agent": "some-agent/1.0",
};

describe("A route's credentials", () => {
  for (
    const [path, body] of [["/v1/chat/completions", CHAT], ["/v1/embeddings", {
      input: "x",
    }]] as const
  ) {
    it(`replace the client's, whose headers go on by a list: ${path}`, async () => {
      const { gateway, chat } = scene();
      const response = await gateway.post(path, { model: "keyed", ...body }, CLIENT);
      await response.text();
      const { headers } = chat.last;
      assertEquals(headers.get("authorization"), "Bearer route-key-0001");
      for (
        const name of [
          "cookie",
          "x-custom",
          "anthropic-beta",
          "x-api-key",
          "api-key",
          "proxy-authorization",
        ]
      ) {
        assertEquals(headers.get(name), null, name);
      }
      for (const name of ["openai-organization", "traceparent", "user-agent"] as const) {
        assertEquals(headers.get(name), CLIENT[name]);
      }
    });
  }

  it("of an Anthropic route go in x-api-key, and betas reach it", async () => {
    const { gateway, native } = scene();
    await (await gateway.post("/v1/messages", { model: "native", ...MESSAGES }, CLIENT)).text();
    const { headers } = native.last;
    assertEquals(headers.get("x-api-key"), "native-key-0001");
    assertEquals([headers.get("authorization"), headers.get("cookie")], [null, null]);
    assertEquals(headers.get("anthropic-beta"), CLIENT["anthropic-beta"]);
  });

  for (
    const [path, body, isAnthropic] of [
      ["/v1/chat/completions", CHAT, false],
      ["/v1/messages", MESSAGES, true],
      ["/v1/responses", { input: "hello" }, false],
      ["/v1/embeddings", { input: "x" }, false],
    ] as const
  ) {
    it(`take the header of the attempt's protocol, and betas only go to Anthropic's: ${path}`, async () => {
      const { gateway, taking } = scene();
      const headers = { ...CLIENT, "anthropic-version": "2023-06-01", "anthropic-dangerous": "x" };
      await (await gateway.post(path, { model: "several", ...body }, headers)).text();
      const sent = taking.last.headers;
      const auth = [sent.get("x-api-key"), sent.get("authorization")];
      assertEquals(
        auth,
        isAnthropic ? ["several-key-0001", null] : [null, "Bearer several-key-0001"],
      );
      const vendors = [...sent.keys()].filter((name) => name.startsWith("anthropic-"));
      assertEquals(vendors.length > 0, isAnthropic, vendors.join());
    });
  }

  it("are not replaced by headers that a route adds to the list", async () => {
    const { gateway, chat } = scene();
    await (await gateway.post("/v1/chat/completions", { model: "named", ...CHAT }, CLIENT)).text();
    const { headers } = chat.last;
    assertEquals(headers.get("authorization"), "Bearer route-key-0003");
    assertEquals([headers.get("cookie"), headers.get("x-custom")], [null, "stays"]);
  });
});

describe("A client's credentials", () => {
  it("go only to a route without its own, and no cookie with them", async () => {
    const { gateway, chat } = scene();
    const sentFor = async (model: string) => {
      await (await gateway.post("/v1/chat/completions", { model, ...CHAT }, CLIENT)).text();
      return chat.last.headers;
    };
    assertEquals((await sentFor("keyless")).get("authorization"), CLIENT.authorization);
    assertEquals((await sentFor("keyless")).get("cookie"), null);
    assertEquals((await sentFor("proud")).get("authorization"), null);
  });

  it("take the form of the upstream's protocol", async () => {
    const { gateway, chat, native } = scene();
    const key = { "x-api-key": "client-token-0001" };
    await (await gateway.post("/v1/messages", { model: "keyless", ...MESSAGES }, key)).text();
    assertEquals(chat.last.headers.get("authorization"), "Bearer client-token-0001");
    assertEquals(chat.last.headers.get("x-api-key"), null);
    await (await gateway.post("/v1/messages", { model: "native-keyless", ...MESSAGES }, key))
      .text();
    assertEquals(native.last.headers.get("x-api-key"), "client-token-0001");
  });

  it("stand in no output", () => {
    const { gateway } = scene();
    for (const text of [gateway.stdout, gateway.stderr]) {
      assert(!/client-(token|cookie|proxy)-0001/.test(text), text);
    }
  });
});

describe("An upstream's headers", () => {
  for (
    const [path, body] of [["/v1/chat/completions", CHAT], ["/v1/embeddings", {
      input: "x",
    }]] as const
  ) {
    it(`come back by a list, without cookies, permissions or names of software: ${path}`, async () => {
      const response = await scene().gateway.post(path, { model: "keyed", ...body });
      await response.text();
      assertEquals(response.status, 200);
      for (const name of ["set-cookie", "access-control-allow-origin", "server"]) {
        assertEquals(response.headers.get(name), null, name);
      }
      assertEquals(response.headers.get("x-request-id"), "req_upstream");
      assertEquals(response.headers.get("x-ratelimit-remaining-requests"), "99");
    });
  }
});

describe("Secrets in a route's URL", () => {
  for (
    const [path, body] of [["/v1/chat/completions", CHAT], ["/v1/messages", MESSAGES], [
      "/v1/embeddings",
      { input: "x" },
    ]] as const
  ) {
    it(`reach its upstream and no client, log or table: ${path}`, async () => {
      const { gateway } = scene();
      const response = await gateway.post(path, { model: "in-url", ...body });
      const text = await response.text();
      assertEquals(response.status, 418);
      assertStringIncludes(text, "for you");
      const pages = await Promise.all(
        ["/", "/health", "/health?format=json", "/v1/models", "/v1/models/in-url", "/no/such/path"]
          .map(async (page) => await (await gateway.fetch(page)).text()),
      );
      const seen = [
        text,
        JSON.stringify([...response.headers]),
        ...pages,
        gateway.stdout,
        gateway.stderr,
      ].join("\n");
      for (const secret of [USER, PASSWORD, QUERY, base64(`${USER}:${PASSWORD}`).slice(0, -2)]) {
        assert(!seen.includes(secret), `${secret} stands in ${seen}`);
      }
    });
  }
});
