/**
 * Web pages at the door: whatever the path, a foreign `Host` or `Origin` ends in 403. The paths come
 * from the app's own table, so a new one is attacked on the day it is added.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createApp } from "../../lib/app/app.ts";
import { startGateway } from "../e2e/gateway_process.ts";
import { answeringUpstream } from "../e2e/scripted_upstream.ts";
import { sharedByTests } from "../e2e/shared.ts";
import { head, sendBytes } from "./wire.ts";

const scene = sharedByTests(async (owned) => {
  const upstream = owned.use(answeringUpstream({ protocol: "openai_chat" }));
  const routes = [{ name: "r", url: upstream.url, model: ["m", "*"], apiKey: "route-key-0001" }];
  const gateway = owned.use(
    await startGateway({ config: { routes, allowedHosts: ["gateway.test"] } }),
  );
  return { upstream, gateway, port: new URL(gateway.address).port };
});

/** Every path of the app, with something in place of its `*`; nothing runs until it is asked. */
const PATHS = [
  ...new Set(createApp({} as never).routes.map(({ path }) => path.replaceAll("*", "x/y"))),
  "/v1/chat/completions",
  "/v1/responses",
  "/v1/messages",
  "/v1/messages/count_tokens",
  "/v1/embeddings",
  "/anthropic/v1/messages",
  "/favicon.ico",
  "/no/such/path",
].filter((path) => path.startsWith("/"));

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** What a rebound name or a foreign page puts into a request. */
const FOREIGN: { what: string; host?: string; lines?: string[] }[] = [
  { what: "a rebound name", host: "evil.example" },
  { what: "a rebound name with our port", host: "evil.example:8787" },
  { what: "the address of all interfaces", host: "0.0.0.0" },
  { what: "the address of all interfaces in IPv6", host: "[::]" },
  { what: "a loopback address within IPv6", host: "[::ffff:127.0.0.1]" },
  { what: "the metadata service", host: "169.254.169.254" },
  { what: "a name that begins like ours", host: "127.0.0.1.evil.example" },
  { what: "a name that begins like an allowed one", host: "gateway.test.evil.example" },
  { what: "a name below an allowed one", host: "sub.gateway.test" },
  { what: "ours as the user of a foreign name", host: "127.0.0.1@evil.example" },
  { what: "a foreign name as the user of ours", host: "evil.example@127.0.0.1" },
  { what: "a path in the host", host: "127.0.0.1/health" },
  { what: "a fragment in the host", host: "127.0.0.1#.evil.example" },
  { what: "a query in the host", host: "127.0.0.1?.evil.example" },
  { what: "a backslash in the host", host: "127.0.0.1\\.evil.example" },
  { what: "an empty host", host: "" },
  { what: "a foreign origin", lines: ["origin: https://evil.example"] },
  { what: "the origin of another local server", lines: ["origin: http://127.0.0.1:1"] },
  { what: "an opaque origin", lines: ["origin: null"] },
  { what: "an empty origin", lines: ["origin:"] },
  { what: "the origin of a file", lines: ["origin: file://"] },
  { what: "the origin of an extension", lines: ["origin: chrome-extension://abcdef"] },
  { what: "a cross-site request", lines: ["sec-fetch-site: cross-site"] },
  { what: "a site that no browser says", lines: ["sec-fetch-site: elsewhere"] },
];

describe("The door of every path", () => {
  it("is known from the app's own table", () => {
    for (const path of ["/", "/health", "/v1/models", "/v1/x/y"]) {
      assert(PATHS.includes(path), path);
    }
  });

  for (const { what, host, lines = [] } of FOREIGN) {
    it(`is shut to ${what}, with every method, and nothing is sent on`, async () => {
      const { gateway, upstream, port } = scene();
      for (const path of PATHS) {
        // All methods down one connection; the last request ends it.
        const asked = METHODS.map((method, index) =>
          head(
            `${method} ${path} HTTP/1.1`,
            `host: ${host ?? `127.0.0.1:${port}`}`,
            ...lines,
            ...(index === METHODS.length - 1 ? ["connection: close"] : []),
          )
        );
        const { statuses, text } = await sendBytes(gateway.address, asked.join(""));
        assertEquals(statuses, METHODS.map(() => 403), `${path}: ${text}`);
        assert(!/access-control-/i.test(text), path);
      }
      assertEquals(upstream.requests.length, 0);
    });
  }

  it("is shut to a foreign absolute target behind a host of ours", async () => {
    const { gateway, port } = scene();
    for (const path of PATHS) {
      const asked = head(
        `GET http://evil.example${path} HTTP/1.1`,
        `host: 127.0.0.1:${port}`,
        "connection: close",
      );
      assertEquals((await sendBytes(gateway.address, asked)).statuses, [403], path);
    }
  });

  it("is shut to a target of ours behind a foreign host", async () => {
    const { gateway, port } = scene();
    const asked = head(
      `GET http://127.0.0.1:${port}/health HTTP/1.1`,
      "host: evil.example",
      "connection: close",
    );
    assertEquals((await sendBytes(gateway.address, asked)).statuses, [403]);
  });
});

const refused: { what: string; lines: string[] }[] = [
  { what: "two hosts, a foreign one last", lines: ["host: 127.0.0.1", "host: evil.example"] },
  { what: "two hosts, a foreign one first", lines: ["host: evil.example", "host: 127.0.0.1"] },
  { what: "the same host twice", lines: ["host: 127.0.0.1", "host: 127.0.0.1"] },
  { what: "a host folded over two lines", lines: ["host: 127.0.0.1", " evil.example"] },
];

describe("A request with", () => {
  for (const { what, lines } of refused) {
    it(`${what} is not understood`, async () => {
      const asked = head("GET /health HTTP/1.1", ...lines, "connection: close");
      assertEquals((await sendBytes(scene().gateway.address, asked)).statuses, [400]);
    });
  }

  it("no host is one of ours: no browser can leave it out", async () => {
    const { gateway } = scene();
    for (
      const asked of [
        "GET /health HTTP/1.0\r\n\r\n",
        head("GET /health HTTP/1.1", "connection: close"),
      ]
    ) {
      assertEquals((await sendBytes(gateway.address, asked)).statuses, [200]);
    }
  });

  for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:8787", "gateway.test"]) {
    it(`the host ${host} is one of ours`, async () => {
      const asked = head("GET /v1/models HTTP/1.1", `host: ${host}`, "connection: close");
      assertEquals((await sendBytes(scene().gateway.address, asked)).statuses, [200]);
    });
  }

  it("its own origin is one of ours", async () => {
    const { gateway } = scene();
    const response = await gateway.fetch("/health", { headers: { origin: gateway.address } });
    await response.text();
    assertEquals(response.status, 200);
  });
});

/** What a page may send without asking first: it would be carried out even if nobody saw the answer. */
const SIMPLE = [
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=b",
];

describe("A simple request of a web page", () => {
  for (
    const path of [
      "/v1/chat/completions",
      "/v1/messages",
      "/v1/responses",
      "/v1/messages/count_tokens",
    ]
  ) {
    for (const type of [...SIMPLE, undefined]) {
      it(`to ${path} as ${type ?? "no type at all"} is a 415 even without an origin`, async () => {
        const { gateway, upstream } = scene();
        const response = await gateway.fetch(path, {
          method: "POST",
          headers: type === undefined ? {} : { "content-type": type },
          body: new TextEncoder().encode('{"model":"m","messages":[],"input":"x"}'),
        });
        await response.text();
        assertEquals([response.status, upstream.requests.length], [415, 0]);
      });
    }
  }
});

describe("A preflight", () => {
  for (const path of ["/v1/chat/completions", "/v1/embeddings", "/health"]) {
    it(`for ${path} grants nothing, from anywhere`, async () => {
      const { gateway, upstream } = scene();
      for (const origin of ["https://evil.example", gateway.address]) {
        const response = await gateway.fetch(path, {
          method: "OPTIONS",
          headers: {
            origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization",
            "access-control-request-private-network": "true",
          },
        });
        await response.text();
        assertEquals(response.status, origin === gateway.address ? 405 : 403);
        assertEquals([...response.headers.keys()].filter((name) => name.startsWith("access-")), []);
      }
      assertEquals(upstream.requests.length, 0);
    });
  }
});

describe("A method that is none of HTTP's usual ones", () => {
  for (const method of ["TRACE", "TRACK", "CONNECT", "PROPFIND", "EVIL"]) {
    it(`is refused everywhere: ${method}`, async () => {
      const { gateway, upstream, port } = scene();
      const secret = "a-token-that-must-not-echo";
      for (const path of ["/", "/health", "/v1/chat/completions", "/v1/embeddings", "/v1/models"]) {
        const target = method === "CONNECT" ? `127.0.0.1:${port}` : path;
        const asked = head(
          `${method} ${target} HTTP/1.1`,
          `host: 127.0.0.1:${port}`,
          `authorization: Bearer ${secret}`,
          "connection: close",
        );
        const { statuses, text } = await sendBytes(gateway.address, asked);
        assert(statuses.length === 1 && [404, 405].includes(statuses[0]!), `${path}: ${text}`);
        assert(!text.includes(secret));
      }
      assertEquals(upstream.requests.length, 0);
    });
  }

  it("opens no tunnel to another host", async () => {
    const asked = head(
      "CONNECT evil.example:443 HTTP/1.1",
      "host: evil.example:443",
      "connection: close",
    );
    assertEquals((await sendBytes(scene().gateway.address, asked)).statuses, [403]);
  });
});

describe("An upgrade", () => {
  const upgrade = (port: string, path: string) =>
    head(
      `GET ${path} HTTP/1.1`,
      `host: 127.0.0.1:${port}`,
      "connection: Upgrade",
      "upgrade: WebSocket",
      "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
      "sec-websocket-version: 13",
    );

  for (const path of ["/v1/realtime?model=m", "/v1/responses", "/health", "/v1/models"]) {
    it(`to a WebSocket is not made at ${path}, and nothing is sent on`, async () => {
      const { gateway, upstream, port } = scene();
      const { text } = await sendBytes(gateway.address, upgrade(port, path), 300);
      assert(!text.startsWith("HTTP/1.1 101"), text);
      assertEquals(upstream.requests.length, 0);
    });
  }

  it("to a WebSocket on a passed-on path is told to be impossible", async () => {
    const { gateway, port } = scene();
    const { statuses, text } = await sendBytes(gateway.address, upgrade(port, "/v1/realtime"), 300);
    assertEquals(statuses, [400]);
    assertStringIncludes(text, "websocket_not_supported");
  });
});
