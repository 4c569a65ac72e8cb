/**
 * The verbs that listen beside `start`: a test double, a recorder, a player. A web page that finds their
 * port must get no further there.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { eventually } from "../e2e/eventually.ts";
import { type GatewayProcess, startGateway } from "../e2e/gateway_process.ts";
import { sharedByTests } from "../e2e/shared.ts";
import { takingUpstream } from "./taking_upstream.ts";
import { chunked, head, sendBytes } from "./wire.ts";

const SERVERS = ["stub", "record", "replay", "dev"] as const;
type Server = (typeof SERVERS)[number];

const scene = sharedByTests(async (owned) => {
  const upstream = owned.use(takingUpstream());
  const config = { routes: [{ url: upstream.url, model: ["m", "*"], apiKey: "route-key-0001" }] };
  const cassettes = await Deno.makeTempDir({ prefix: "cassettes_" });
  owned.defer(() => Deno.remove(cassettes, { recursive: true }));
  const program = ["run", "--no-prompt", "-A", new URL("../../main.ts", import.meta.url).pathname];
  const flags = ["--port", "0"];
  const start = async (verb: string[], more = {}) =>
    owned.use(await startGateway({ verb, flags, program, ...more }));
  const record = await start(["record", "--to", cassettes], { config });
  // A player needs something to play.
  const messages = [{ role: "user", content: "hello" }];
  await (await record.post("/v1/chat/completions", { model: "m", messages })).text();
  await eventually("a cassette", () => [...Deno.readDirSync(cassettes)].length > 0);
  const servers: Record<Server, GatewayProcess> = {
    record,
    stub: await start(["stub"]),
    replay: await start(["replay", "--from", cassettes]),
    dev: await start(["dev"], { config }),
  };
  return { upstream, servers };
});

const PATHS = [
  "/",
  "/health",
  "/metrics",
  "/gateway/status",
  "/gateway/stub/requests",
  "/gateway/stub/scenario",
  "/v1/models",
  "/v1/chat/completions",
  "/v1/messages",
  "/v1/embeddings",
  "/no/such/path",
];
const METHODS = ["GET", "POST", "PUT", "DELETE", "OPTIONS"];

const foreign: { what: string; lines: string[] }[] = [
  { what: "a rebound name", lines: ["host: evil.example"] },
  { what: "the address of all interfaces", lines: ["host: 0.0.0.0"] },
  { what: "a foreign name as the user of ours", lines: ["host: evil.example@127.0.0.1"] },
  { what: "a path in the host", lines: ["host: 127.0.0.1/v1"] },
  { what: "an empty host", lines: ["host:"] },
  { what: "a foreign origin", lines: ["host: localhost", "origin: https://evil.example"] },
  { what: "an opaque origin", lines: ["host: localhost", "origin: null"] },
  { what: "another site", lines: ["host: localhost", "sec-fetch-site: cross-site"] },
];

describe("Of the other servers", () => {
  for (const name of SERVERS) {
    for (const { what, lines } of foreign) {
      it(`${name} is shut to ${what} on every path`, async () => {
        const { servers, upstream } = scene();
        const before = upstream.requests.length;
        const { address } = servers[name];
        for (const path of PATHS) {
          for (const method of METHODS) {
            const asked = head(`${method} ${path} HTTP/1.1`, ...lines, "connection: close");
            const { statuses, text } = await sendBytes(address, asked);
            // Without a host there may be no URL either, which a server may say first.
            assert(statuses.length === 1 && [400, 403].includes(statuses[0]!), `${path}: ${text}`);
            assert(!/access-control-/i.test(text), text);
          }
        }
        assertEquals(upstream.requests.length, before);
      });
    }

    it(`${name} is shut to a foreign absolute target, and to two hosts`, async () => {
      const { address } = scene().servers[name];
      const target = head(
        "GET http://evil.example/health HTTP/1.1",
        "host: localhost",
        "connection: close",
      );
      assertEquals((await sendBytes(address, target)).statuses, [403]);
      const hosts = head(
        "GET /health HTTP/1.1",
        "host: localhost",
        "host: evil.example",
        "connection: close",
      );
      const { statuses, text } = await sendBytes(address, hosts);
      assert(statuses.length === 1 && [400, 403].includes(statuses[0]!), text);
    });

    it(`${name} takes no simple request of a web page for a chat`, async () => {
      const { servers, upstream } = scene();
      const before = upstream.requests.length;
      for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
        const response = await servers[name].fetch("/v1/chat/completions", {
          method: "POST",
          headers: { "content-type": type },
          body: '{"model":"m","messages":[]}',
        });
        await response.text();
        // A player has no endpoint to read a body for: it only knows what it has recorded.
        assertEquals(response.status, name === "replay" ? 404 : 415);
      }
      assertEquals(upstream.requests.length, before);
    });

    it(`${name} takes no two requests for one, and no one for two`, async () => {
      const { address } = scene().servers[name];
      const body = '{"model":"m","messages":[{"role":"user","content":"hello"}]}';
      const hidden = head("GET /v1/models HTTP/1.1", "host: localhost", "connection: close");
      const length = `content-length: ${body.length}`;
      const attacks: [lines: string[], body: string][] = [
        [[length, "transfer-encoding: chunked"], chunked(body)],
        [["transfer-encoding: chunked", "content-length: 4"], chunked(body)],
        [[length, "content-length: 5"], body],
        [["content-length: +5"], body],
        [["content-length: -1"], body],
        [["transfer-encoding: xchunked"], chunked(body)],
        [["transfer-encoding : chunked"], chunked(body)],
        [["transfer-encoding: chunked"], `zz\r\n${body}\r\n0\r\n\r\n`],
        [["transfer-encoding: chunked"], `5\r\n${body}\r\n0\r\n\r\n`],
        [["x-a: b", " c: d", length], body],
      ];
      for (const [lines, sent] of attacks) {
        const first = head(
          "POST /v1/files HTTP/1.1",
          "host: localhost",
          "content-type: application/json",
          ...lines,
        );
        const { statuses, text } = await sendBytes(address, first + sent + hidden, 700);
        assert(statuses.length <= 1, `${lines}: ${text}`);
        assert(statuses.every((status) => status >= 400 && status < 500), `${lines}: ${text}`);
      }
    });

    it(`${name} is not stopped by a body that is too long, too deep or packed`, async () => {
      const server = scene().servers[name];
      const json = { "content-type": "application/json" };
      const post = async (body: BodyInit, headers: Record<string, string> = {}) => {
        const init = { method: "POST", headers: { ...json, ...headers }, body };
        const response = await server.fetch("/v1/chat/completions", init);
        await response.text();
        return response.status;
      };
      assertEquals(await post(`{"model":"m","messages":${"[".repeat(300_000)}`), 400);
      assertEquals(await post("x", { "content-encoding": "gzip" }), 415);
      const long = head(
        "POST /v1/chat/completions HTTP/1.1",
        "host: localhost",
        "content-type: application/json",
        "content-length: 209715200",
      );
      assertEquals((await sendBytes(server.address, long, 300)).statuses, [413]);
    });
  }
});
