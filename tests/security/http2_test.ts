/**
 * The server also takes HTTP/2 from clients that begin with it: the same doors are shut there, where a
 * host stands in the request line's place and a length counts for nothing.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { connect, type OutgoingHttpHeaders } from "node:http2";
import { startGateway } from "../e2e/gateway_process.ts";
import { sharedByTests } from "../e2e/shared.ts";
import { takingUpstream } from "./taking_upstream.ts";

const scene = sharedByTests(async (owned) => {
  const upstream = owned.use(takingUpstream());
  const routes = [{ name: "r", url: upstream.url, model: ["m", "*"], apiKey: "route-key-0001" }];
  const gateway = owned.use(await startGateway({ config: { routes, timeouts: { bodyMs: 300 } } }));
  return { upstream, gateway };
});

/** The status of one request over a connection of its own; 0 when there was none. */
function ask(headers: OutgoingHttpHeaders, body?: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const session = connect(scene().gateway.address);
  let status = 0;
  const end = () => {
    session.destroy();
    resolve(status);
  };
  session.on("error", end);
  try {
    const stream = session.request(headers, { endStream: body === undefined });
    stream.on("response", (answer) => void (status = Number(answer[":status"])));
    stream.on("error", end);
    stream.on("close", end);
    stream.resume();
    if (body !== undefined) stream.end(body);
  } catch {
    // The client itself would not say such a thing.
    end();
  }
  return promise;
}

const CHAT = JSON.stringify({ model: "m", messages: [] });
const POST = { ":method": "POST", ":path": "/v1/chat/completions", ":authority": "localhost" };
const JSON_TYPE = { "content-type": "application/json" };

describe("Over HTTP/2", () => {
  it("a request of ours is answered", async () => {
    assertEquals(await ask({ ":path": "/health", ":authority": "localhost" }), 200);
    assertEquals(await ask({ ...POST, ...JSON_TYPE }, CHAT), 200);
  });

  for (
    const [what, headers] of [
      ["a foreign authority", { ":authority": "evil.example" }],
      ["the address of all interfaces", { ":authority": "0.0.0.0" }],
      ["a foreign host beside our authority", { ":authority": "localhost", host: "evil.example" }],
      ["a foreign authority beside our host", { ":authority": "evil.example", host: "localhost" }],
      ["a foreign origin", { ":authority": "localhost", origin: "https://evil.example" }],
      ["an opaque origin", { ":authority": "localhost", origin: "null" }],
      ["another site", { ":authority": "localhost", "sec-fetch-site": "cross-site" }],
    ] as const
  ) {
    it(`${what} never gets in`, async () => {
      const { upstream } = scene();
      const before = upstream.requests.length;
      for (const path of ["/", "/health", "/v1/models", "/v1/files", "/no/such/path"]) {
        const status = await ask({ ":path": path, ...headers });
        assert([0, 400, 403].includes(status), `${path}: ${status}`);
      }
      const posted = await ask({ ...POST, ...JSON_TYPE, ...headers }, CHAT);
      assert([0, 400, 403].includes(posted), `${posted}`);
      assertEquals(upstream.requests.length, before);
    });
  }

  for (
    const [what, headers, body] of [
      ["a length that is too long", { ...POST, ...JSON_TYPE, "content-length": "999999999" }, CHAT],
      ["a length that is too short", { ...POST, ...JSON_TYPE, "content-length": "2" }, CHAT],
      ["an encoding", { ...POST, ...JSON_TYPE, "content-encoding": "gzip" }, CHAT],
      ["no type", POST, CHAT],
      ["a tunnel", { ":method": "CONNECT", ":authority": "evil.example:443" }, undefined],
      ["a trace", { ":method": "TRACE", ":path": "/", ":authority": "localhost" }, undefined],
      [
        "a way out of its path",
        { ":path": "/v1/files/%2e%2e/x", ":authority": "localhost" },
        undefined,
      ],
      [
        "very many headers",
        {
          ":path": "/health",
          ":authority": "localhost",
          ...Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`x-${at}`, "1"])),
        },
        undefined,
      ],
    ] as const
  ) {
    it(`${what} is refused, and nothing is sent on`, async () => {
      const { upstream } = scene();
      const before = upstream.requests.length;
      const status = await ask(headers, body);
      assert(status === 0 || (status >= 400 && status < 500), `${status}`);
      assertEquals(upstream.requests.length, before);
      assertEquals(await ask({ ":path": "/health", ":authority": "localhost" }), 200);
    });
  }

  it("very many requests that are taken back at once leave the gateway well", async () => {
    const session = connect(scene().gateway.address);
    session.on("error", () => {});
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    session.on("close", resolve);
    for (let count = 0; count < 2_000; count++) {
      try {
        const stream = session.request({ ":path": "/health", ":authority": "localhost" });
        stream.on("error", () => {});
        stream.close(8);
      } catch {
        // The server may end the session of a client that does this, which is well.
        break;
      }
    }
    session.destroy();
    await closed;
    assertEquals(await ask({ ":path": "/health", ":authority": "localhost" }), 200);
  });
});
