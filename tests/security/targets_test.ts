/**
 * Where a request goes is the configuration's business: no path, header, query or field of a client
 * moves it to another host or out of its endpoint, and no upstream sends it elsewhere.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startGateway } from "../e2e/gateway_process.ts";
import { listen } from "../e2e/scripted_upstream.ts";
import { sharedByTests } from "../e2e/shared.ts";
import { takingUpstream } from "./taking_upstream.ts";
import { head, sendBytes } from "./wire.ts";

const REDIRECTS = [300, 301, 302, 303, 305, 307, 308];
/** A model per redirect and way to authenticate, as a candidate that failed rests. */
const AUTHS = {
  authorization: { apiKey: "redirected-key-0001" },
  "x-api-key": { apiKey: "redirected-key-0001", protocol: "anthropic" },
  "api-key": { apiKey: "redirected-key-0001", authHeader: "api-key" },
  "x-goog-api-key": { headers: { "x-goog-api-key": "redirected-key-0001" } },
  cookie: { headers: { cookie: "session=redirected-key-0001" } },
} as const;

const scene = sharedByTests(async (owned) => {
  const upstream = owned.use(takingUpstream());
  const victim = owned.use(takingUpstream());
  const redirecting = owned.use(listen(({ path }) => {
    const status = Number(/^\/(\d{3})\//.exec(path)![1]);
    return new Response(null, { status, headers: { location: `${victim.url}/chat/completions` } });
  }));
  const origin = redirecting.url.replace(/\/v1$/, "");
  const routes = [
    { name: "r", url: upstream.url, model: ["m", "*"], apiKey: "route-key-0001" },
    ...REDIRECTS.flatMap((status) =>
      Object.entries(AUTHS).map(([name, auth]) => ({
        name: `to-${status}-${name}`,
        url: `${origin}/${status}/v1`,
        model: `to-${status}-${name}`,
        ...auth,
      }))
    ),
  ];
  const gateway = owned.use(await startGateway({ config: { routes } }));
  return { upstream, victim, redirecting, gateway };
});

const MESSAGES = [{ role: "user", content: "hello" }];

/** Ways out of a path, as different servers read them. */
const WAYS_OUT = [
  "/v1/files/%2e%2e/admin",
  "/v1/files/.%2e/admin",
  "/v1/files/%2E%2E/admin",
  "/v1/files/%252e%252e/admin",
  "/v1/files/%25252e%25252e/admin",
  "/v1/files/%2525252e%2525252e/admin",
  "/v1/files/..;/admin",
  "/v1/files/..;x=y/admin",
  "/v1/files/%2e%2e;/admin",
  "/v1/files/..%3b/admin",
  "/v1/files/..%253b/admin",
  "/v1/files/..%2fadmin",
  "/v1/files/..%252fadmin",
  "/v1/files/..%5cadmin",
  "/v1/files/..%255cadmin",
  "/v1/files/..%00/admin",
  "/v1/files/%00",
  "/v1/files/%2500",
  "/v1/files/a%0d%0aHost:%20evil.example",
  "/v1/files/a%0aX-Evil:1",
  "/v1/files/a%250d%250aX-Evil:1",
  "/v1/files/%c0%ae%c0%ae/admin",
  "/v1/files/%c0%af..%c0%afadmin",
  "/v1/files/%e0%80%ae%e0%80%ae/admin",
  "/v1/files/%f0%80%80%ae/admin",
  "/v1/files/%uff0e%uff0e/admin",
  "/v1/files/%",
  "/v1/files/%2",
  "/v1/files/%zz",
  "/v1/files/a%7f",
  "/v1/files/a%c2%85",
  "/anthropic/v1/files/%2e%2e/admin",
  "/anthropic/files/%252e%252e/admin",
];

/** What the URL itself resolves, before any server sees it: it must stay a path of ours. */
const RESOLVED = [
  "/v1/../admin",
  "/v1/./../admin",
  "/v1/files/../../admin",
  "/v1/files/../../../../admin",
  "/v1\\..\\admin",
  "/v1/..\\admin",
];

describe("A path", () => {
  for (const path of WAYS_OUT) {
    it(`that may lead out of its endpoint is a 400: ${path}`, async () => {
      const { gateway, upstream } = scene();
      const before = upstream.requests.length;
      const asked = head(`GET ${path} HTTP/1.1`, "host: localhost", "connection: close");
      const { statuses, text } = await sendBytes(gateway.address, asked);
      assertEquals(statuses.length, 1, text);
      // A dot that the URL resolved by itself may also name no path at all.
      assert([400, 404].includes(statuses[0]!), text);
      assertEquals(upstream.requests.length, before);
    });
  }

  for (const path of RESOLVED) {
    it(`that leaves the API is none of ours: ${path}`, async () => {
      const { gateway, upstream } = scene();
      const before = upstream.requests.length;
      const asked = head(`GET ${path} HTTP/1.1`, "host: localhost", "connection: close");
      const { statuses, text } = await sendBytes(gateway.address, asked);
      assert(statuses.length === 1 && [400, 404].includes(statuses[0]!), text);
      assertEquals(upstream.requests.length, before);
    });
  }

  for (
    const path of ["//evil.example/v1/files", "/\\evil.example/v1/files", "/%2f%2fevil.example/"]
  ) {
    it(`that begins like another host's address goes nowhere: ${path}`, async () => {
      const { gateway, upstream } = scene();
      const before = upstream.requests.length;
      const asked = head(`GET ${path} HTTP/1.1`, "host: localhost", "connection: close");
      const { statuses, text } = await sendBytes(gateway.address, asked);
      assert(statuses.length === 1 && statuses[0]! >= 400 && statuses[0]! < 500, text);
      assertEquals(upstream.requests.length, before);
    });
  }

  it("with an @ stays below the upstream's own host", async () => {
    const { gateway, upstream, victim } = scene();
    const { host } = new URL(victim.url);
    const asked = head(`GET /v1/@${host}/files HTTP/1.1`, "host: localhost", "connection: close");
    await sendBytes(gateway.address, asked);
    assertEquals(upstream.last.path, `/v1/@${host}/files`);
    assertEquals(victim.requests.length, 0);
  });
});

describe("The target of a request", () => {
  const headersWith = (url: string): Record<string, string> => ({
    "x-forwarded-host": new URL(url).host,
    "x-forwarded-for": "10.0.0.1",
    "x-forwarded-proto": "https",
    "x-original-url": "/admin",
    "x-rewrite-url": "/admin",
    "x-host": new URL(url).host,
    "x-base-url": url,
    "x-upstream-url": url,
    "x-target-url": url,
    "x-proxy-url": url,
    "x-gateway-route": url,
    "x-gateway-upstream": url,
    "openai-base-url": url,
    "anthropic-base-url": url,
    "forwarded": `host=${new URL(url).host}`,
    "referer": url,
    "destination": url,
  });

  for (const path of ["/v1/chat/completions", "/v1/embeddings", "/v1/files"]) {
    it(`is not moved by headers of ${path}`, async () => {
      const { gateway, upstream, victim } = scene();
      const before = upstream.requests.length;
      const body = { model: "m", messages: MESSAGES, input: "x" };
      const response = await gateway.post(path, body, headersWith(victim.url));
      await response.text();
      assertEquals([response.status, upstream.requests.length], [200, before + 1]);
      assertEquals(victim.requests.length, 0);
      for (const name of ["x-forwarded-host", "x-base-url", "referer", "forwarded"]) {
        assertEquals(upstream.last.headers.get(name), null, name);
      }
    });

    it(`is not moved by fields or the query of ${path}`, async () => {
      const { gateway, upstream, victim } = scene();
      const { url } = victim;
      const body = {
        model: "m",
        messages: MESSAGES,
        input: "x",
        url,
        base_url: url,
        api_base: url,
        baseURL: url,
        upstream: url,
        route: url,
        host: new URL(url).host,
        proxy: url,
        api_key: "field-key-0001",
      };
      const query = new URLSearchParams({ url, base_url: url, model: url, host: url });
      const response = await gateway.post(`${path}?${query}`, body);
      await response.text();
      assertEquals(response.status, 200);
      assertEquals(upstream.last.headers.get("host"), new URL(upstream.url).host);
      assertEquals(upstream.last.headers.get("authorization"), "Bearer route-key-0001");
      assertEquals(victim.requests.length, 0);
    });
  }

  for (
    const model of [
      "http://169.254.169.254/latest",
      "file:///etc/passwd",
      "../../admin",
      "//evil.example",
    ]
  ) {
    it(`is not a model's name, whatever it looks like: ${model}`, async () => {
      const { gateway, upstream, victim } = scene();
      const body = {
        model: model.replace("evil.example", new URL(victim.url).host),
        messages: MESSAGES,
      };
      const response = await gateway.post("/v1/chat/completions", body);
      await response.text();
      assertEquals([response.status, upstream.last.path], [200, "/v1/chat/completions"]);
      assertEquals(victim.requests.length, 0);
    });
  }
});

describe("A redirect of an upstream", () => {
  for (const status of REDIRECTS) {
    for (const name of Object.keys(AUTHS)) {
      it(`with ${status} is followed by nobody, so ${name} reaches no other host`, async () => {
        const { gateway, redirecting, victim } = scene();
        const before = redirecting.requests.length;
        const body = { model: `to-${status}-${name}`, max_tokens: 5, messages: MESSAGES };
        const response = await gateway.post("/v1/chat/completions", body);
        const text = await response.text();
        assertEquals([response.status, response.headers.get("location")], [502, null], text);
        assertEquals(redirecting.requests.length, before + 1);
        assertEquals(redirecting.last.headers.get(name)?.includes("redirected-key-0001"), true);
        assertEquals(victim.requests.length, 0);
        assert(!text.includes("redirected-key") && !text.includes(victim.url), text);
      });
    }

    it(`with ${status} on a passed-on path comes back without its target`, async () => {
      const { gateway, victim } = scene();
      const body = { model: `to-${status}-authorization`, input: "x" };
      const response = await gateway.post("/v1/embeddings", body);
      await response.text();
      assertEquals([response.status, response.headers.get("location")], [status, null]);
      assertEquals(victim.requests.length, 0);
    });
  }
});
