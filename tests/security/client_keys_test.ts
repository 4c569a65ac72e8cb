/** The keys of the gateway's own clients: asked for on every path, and kept here. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createApp } from "../../lib/app/app.ts";
import { guard } from "../../lib/app/guard.ts";
import type { Client } from "../../lib/config/config.ts";
import { runCli, startGateway } from "../e2e/gateway_process.ts";
import { sharedByTests } from "../e2e/shared.ts";
import { configOf } from "../example_config.ts";
import { takingUpstream } from "./taking_upstream.ts";
import { head, sendBytes } from "./wire.ts";

const KEY = "key-of-a-known-client-0001";
const OTHER = "key-of-another-client-0002";

const scene = sharedByTests(async (owned) => {
  const upstream = owned.use(takingUpstream());
  const routes = [
    { name: "keyed", url: upstream.url, model: ["keyed", "*"], apiKey: "route-key-0001" },
    { name: "keyless", url: upstream.url, model: "keyless", forwardClientAuth: true },
    { name: "native", url: upstream.url, model: "native", protocol: "anthropic" },
  ];
  const gateway = owned.use(
    await startGateway({
      config: {
        routes,
        clients: [{ name: "known", keyEnv: "KNOWN_KEY" }],
        forwardClientAuth: true,
      },
      env: { KNOWN_KEY: KEY, GATEWAY_API_KEYS: OTHER },
    }),
  );
  return { upstream, gateway };
});

const CHAT = { messages: [{ role: "user", content: "hello" }] };

const wrong: { what: string; lines: string[] }[] = [
  { what: "no key", lines: [] },
  { what: "an empty key", lines: ["x-api-key:"] },
  { what: "an empty bearer", lines: ["authorization: Bearer "] },
  { what: "a wrong key", lines: [`authorization: Bearer ${"x".repeat(KEY.length)}`] },
  { what: "all of a key but its end", lines: [`authorization: Bearer ${KEY.slice(0, -1)}`] },
  { what: "a key and more", lines: [`authorization: Bearer ${KEY}x`] },
  { what: "a key twice over", lines: [`authorization: Bearer ${KEY}${KEY}`] },
  { what: "a key in other letters", lines: [`authorization: Bearer ${KEY.toUpperCase()}`] },
  { what: "a key without its word", lines: [`authorization: ${KEY}`] },
  { what: "a key behind another word", lines: [`authorization: Basic ${KEY}`] },
  { what: "a key as a basic login", lines: [`authorization: Basic ${btoa(`user:${KEY}`)}`] },
  { what: "a key in a cookie", lines: [`cookie: key=${KEY}`] },
  { what: "a key in a header of another name", lines: [`x-goog-api-key: ${KEY}`] },
  { what: "two keys in one header", lines: [`x-api-key: ${KEY}, ${OTHER}`] },
  { what: "the header twice", lines: [`x-api-key: ${KEY}`, "x-api-key: wrong"] },
  {
    what: "the bearer twice",
    lines: [`authorization: Bearer ${KEY}`, "authorization: Bearer wrong"],
  },
  { what: "a route's key", lines: ["authorization: Bearer route-key-0001"] },
  { what: "the name of a client", lines: ["authorization: Bearer known"] },
  { what: "a prototype's key", lines: ["authorization: Bearer __proto__"] },
  { what: "a very long key", lines: [`authorization: Bearer ${"k".repeat(30_000)}`] },
  { what: "a key behind an upgrade", lines: ["upgrade: websocket", "connection: upgrade"] },
];

const PATHS = [
  ...new Set(createApp({} as never).routes.map(({ path }) => path.replaceAll("*", "x/y"))),
  "/v1/chat/completions",
  "/v1/messages",
  "/no/such/path",
].filter((path) => path.startsWith("/"));

describe("Every path", () => {
  for (const { what, lines } of wrong) {
    it(`is shut to a client with ${what}, and nothing is sent on`, async () => {
      const { gateway, upstream } = scene();
      for (const path of [...PATHS, `/v1/models?key=${KEY}`, `/v1/models?api_key=${KEY}`]) {
        for (const method of ["GET", "POST"]) {
          const asked = head(
            `${method} ${path} HTTP/1.1`,
            "host: localhost",
            ...lines,
            "connection: close",
          );
          const { statuses, text } = await sendBytes(gateway.address, asked);
          assertEquals(statuses, [401], `${method} ${path}: ${text}`);
          assert(!text.includes(KEY) && !text.includes(OTHER), text);
        }
      }
      assertEquals(upstream.requests.length, 0);
    });
  }

  it("says so in the shape of the client that asks", async () => {
    const { gateway } = scene();
    const openai = await gateway.post("/v1/chat/completions", { model: "keyed", ...CHAT });
    assertEquals((await openai.json()).error.code, "invalid_api_key");
    const anthropic = await gateway.post("/v1/messages", { model: "keyed", ...CHAT }, {
      "x-api-key": "wrong",
    });
    assertEquals((await anthropic.json()).error.type, "authentication_error");
    assertEquals([openai.status, anthropic.status], [401, 401]);
  });

  it("but the empty page of the dashboard names nothing to a client without a key", async () => {
    for (const path of ["/", "/health", "/metrics", "/gateway/status", "/v1/models"]) {
      const response = await scene().gateway.fetch(path, { headers: { accept: "text/html" } });
      const text = await response.text();
      assert(response.status === 401 || path === "/", `${path}: ${response.status}`);
      for (const name of ["keyed", "keyless", "native"]) {
        assert(!text.includes(name), `${path}: ${name}`);
      }
    }
  });

  it("is shut to a wrong host before any key is looked at", async () => {
    const asked = head(
      "GET /v1/models HTTP/1.1",
      "host: evil.example",
      `authorization: Bearer ${KEY}`,
      "connection: close",
    );
    assertEquals((await sendBytes(scene().gateway.address, asked)).statuses, [403]);
  });
});

const right: Record<string, string>[] = [
  { authorization: `Bearer ${KEY}` },
  { authorization: `bearer ${KEY}` },
  { authorization: `Bearer ${OTHER}` },
  { "x-api-key": KEY },
  { "api-key": KEY },
  { authorization: "Bearer of-somebody-else", "x-api-key": KEY },
];

describe("A client's key", () => {
  for (const headers of right) {
    const names = Object.keys(headers).join(" and ");
    for (const model of ["keyed", "keyless", "native"]) {
      it(`in ${names} opens the door and stays here: ${headers[names]?.slice(0, 8) ?? "both"}, ${model}`, async () => {
        const { gateway, upstream } = scene();
        const body = { model, max_tokens: 5, ...CHAT };
        for (const path of ["/v1/chat/completions", "/v1/messages", "/v1/embeddings"]) {
          const before = upstream.requests.length;
          const response = await gateway.post(path, body, headers);
          await response.text();
          assert(response.status !== 401, path);
          for (const sent of upstream.requests.slice(before)) {
            const all = JSON.stringify([...sent.headers]) + new TextDecoder().decode(sent.bytes);
            for (const hidden of [KEY, OTHER, "of-somebody-else"]) {
              assert(!all.includes(hidden), all);
            }
          }
        }
      });
    }
  }

  it("opens the list of models, which is shut without one", async () => {
    const { gateway } = scene();
    const statuses = [];
    for (const headers of [{}, { "x-api-key": KEY }]) {
      const response = await gateway.fetch("/v1/models", { headers: { ...headers } });
      await response.text();
      statuses.push(response.status);
    }
    assertEquals(statuses, [401, 200]);
  });

  it("stands in no output", async () => {
    const { gateway } = scene();
    await (await gateway.post("/v1/chat/completions", { model: "keyed", ...CHAT }, {
      "x-api-key": KEY,
    })).text();
    await gateway.logLine("event=routed");
    for (const text of [gateway.stdout, gateway.stderr]) assert(!text.includes(KEY), text);
  });
});

/** A key that notes how many of its characters are looked at. */
class WatchedKey {
  lookedAt = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  charCodeAt(index: number): number {
    this.lookedAt++;
    return this.#text.charCodeAt(index);
  }
}

describe("The comparison of keys", () => {
  const looksFor = (sent: string): number => {
    const key = new WatchedKey(KEY);
    const clients = [{ name: "a", key: key as unknown as string }] satisfies Client[];
    const config = { ...configOf('routes: [{url: "stub:ok", model: m}]'), clients };
    const request = new Request("http://localhost/", { headers: { "x-api-key": sent } });
    try {
      guard(request, config);
    } catch {
      // Refused, as it should be; what counts is how long that took.
    }
    return key.lookedAt;
  };

  it("looks at as much of a key that is wrong at once as of one that is nearly right", () => {
    const wrongFirst = `x${KEY.slice(1)}`;
    const wrongLast = `${KEY.slice(0, -1)}x`;
    const wrongAll = "x".repeat(KEY.length);
    const counts = [wrongFirst, wrongLast, wrongAll, KEY].map(looksFor);
    assertEquals(counts, counts.map(() => KEY.length));
  });

  it("takes a time that only what was sent decides, not the length of the key", () => {
    for (const length of [1, 5, 100]) assertEquals(looksFor("x".repeat(length)), length);
  });
});

describe("An address that others can reach", () => {
  for (const host of ["0.0.0.0", "::", "192.168.0.1", "example.test"]) {
    it(`is not listened on without client keys: ${host}`, async () => {
      const config = { host, routes: [{ url: "stub:ok", model: "m" }] };
      const { code, stderr } = await runCli(["start", "--port", "0", "--config", "{config}"], {
        config,
      });
      assertEquals(code, 1);
      assert(stderr.includes("client keys"), stderr);
    });
  }

  it("is not what an environment variable can make of the loopback", async () => {
    const config = { routes: [{ url: "stub:ok", model: "m" }] };
    const env = { HOST: "0.0.0.0" };
    const { code, stderr } = await runCli(["start", "--port", "0", "--config", "{config}"], {
      config,
      env,
    });
    assertEquals(code, 1);
    assert(stderr.includes("client keys"), stderr);
  });
});
