/** Asking a gateway how it is: where, with which key, and what its answers mean. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { sourceOf, UpstreamFailure, type UpstreamRequest } from "../../../lib/base/exchange.ts";
import { addressOf, askHealth, isOwnPlace } from "../../../lib/cli/gateway_health.ts";
import { statusLines } from "../../../lib/cli/status_text.ts";
import { styleOf } from "../../../lib/cli/terminal.ts";
import type { Transport } from "../../../lib/upstream/send.ts";

const MODELS = [
  {
    model: "a",
    route: "one",
    lastStatus: 200,
    count: 4,
    okPercent: 100,
    avgMs: 7,
    lastMs: 5,
    rank: 1,
  },
  {
    model: "b",
    route: "two",
    lastStatus: "reset",
    count: 2,
    okPercent: 50,
    avgMs: 9,
    lastMs: 9,
    rank: 2,
  },
  {
    model: "c",
    route: "two",
    lastStatus: null,
    count: 0,
    okPercent: null,
    avgMs: null,
    lastMs: null,
    rank: 3,
  },
];
const HEALTH = { status: "ok", modelHealthWindowHours: 12, modelHealth: MODELS };

/** A gateway that gives one answer, and keeps what it was asked. */
function gatewayThatSays(
  status: number,
  body: string,
): { transport: Transport; asked: UpstreamRequest[] } {
  const asked: UpstreamRequest[] = [];
  const transport: Transport = {
    send: (request) => {
      asked.push(request);
      const source = sourceOf([new TextEncoder().encode(body)]);
      return Promise.resolve({ status, headers: new Headers(), body: source });
    },
    warmUp: () => Promise.resolve(),
    close: () => {},
  };
  return { transport, asked };
}

const URL_OF_IT = new URL("http://127.0.0.1:8787");

describe("addressOf()", () => {
  const rows: { host: string; address: string }[] = [
    { host: "127.0.0.1", address: "http://127.0.0.1:8787/" },
    { host: "0.0.0.0", address: "http://127.0.0.1:8787/" },
    { host: "::", address: "http://[::1]:8787/" },
    { host: "::1", address: "http://[::1]:8787/" },
    { host: "[::1]", address: "http://[::1]:8787/" },
    { host: "gateway.home.arpa", address: "http://gateway.home.arpa:8787/" },
  ];
  for (const { host, address } of rows) {
    it(`calls what listens on ${host} at ${address}`, () => {
      assertEquals(addressOf({ host, port: 8787 })?.href, address);
    });
  }
});

describe("addressOf() of what is none", () => {
  for (const [host, port] of [["127.0.0.1", "99999"], ["a b", 1], ["127.0.0.1", "x"]] as const) {
    it(`gives nothing for ${host}:${port}`, () => assertEquals(addressOf({ host, port }), null));
  }
});

describe("isOwnPlace()", () => {
  const configured = { host: "gateway.home.arpa", port: 8787 };
  const rows: { url: string; isOwn: boolean }[] = [
    { url: "http://127.0.0.1:1", isOwn: true },
    { url: "http://localhost:1", isOwn: true },
    { url: "http://gateway.home.arpa:8787", isOwn: true },
    { url: "http://gateway.home.arpa:8788", isOwn: false },
    { url: "http://elsewhere.example:8787", isOwn: false },
    { url: "http://127.0.0.1.elsewhere.example", isOwn: false },
    { url: "http://127.0.0.1@elsewhere.example", isOwn: false },
  ];
  for (const { url, isOwn } of rows) {
    it(`${isOwn ? "shows" : "does not show"} a key to ${url}`, () => {
      assertEquals(isOwnPlace(new URL(url), configured), isOwn);
    });
  }
});

describe("askHealth()", () => {
  it("asks for JSON, with the key when there is one", async () => {
    const { transport, asked } = gatewayThatSays(200, JSON.stringify(HEALTH));
    await askHealth({ url: URL_OF_IT, key: "client-key" }, transport);
    await askHealth({ url: new URL("http://127.0.0.1:8787/some/path") }, transport);
    assertEquals(
      asked.map(({ method, url, headers }) => [method, url.href, headers.get("authorization")]),
      [
        ["GET", "http://127.0.0.1:8787/health?format=json", "Bearer client-key"],
        ["GET", "http://127.0.0.1:8787/health?format=json", null],
      ],
    );
  });

  it("gives what the gateway says", async () => {
    const { transport } = gatewayThatSays(200, JSON.stringify(HEALTH));
    const answer = await askHealth({ url: URL_OF_IT }, transport);
    assert("health" in answer);
    assertEquals([answer.health.status, answer.health.models.length], ["ok", 3]);
  });

  const strangers: { name: string; status: number; body: string; says: string }[] = [
    { name: "wants a key", status: 401, body: "{}", says: "GATEWAY_API_KEYS" },
    { name: "redirects", status: 302, body: "", says: "not this gateway: status 302" },
    { name: "is a web page", status: 200, body: "<html>", says: "not this gateway" },
    { name: "is another JSON", status: 200, body: '{"status":"ok"}', says: "not this gateway" },
  ];
  for (const { name, status, body, says } of strangers) {
    it(`says in one line that what answers ${name}`, async () => {
      const { transport } = gatewayThatSays(status, body);
      const answer = await askHealth({ url: URL_OF_IT, key: "client-key" }, transport);
      assert("problem" in answer);
      assertStringIncludes(answer.problem, says);
      assert(!/\n|client-key/.test(answer.problem));
    });
  }

  it("says in one line that nobody answers", async () => {
    const send = () => Promise.reject(new UpstreamFailure("refused"));
    const { transport } = gatewayThatSays(200, "");
    const answer = await askHealth({ url: URL_OF_IT }, { ...transport, send });
    assertEquals(answer, {
      problem: "No gateway answers at http://127.0.0.1:8787: the connection was refused",
    });
  });
});

describe("statusLines()", () => {
  const plain = styleOf({ isTerminal: () => false }, () => undefined);
  const health = { status: "ok", windowHours: 12, models: MODELS, json: {} };

  it("shows a line per model", () => {
    assertEquals(statusLines(health, "127.0.0.1:8787", { style: plain, columns: 80 }), [
      "ok  127.0.0.1:8787  over 12 h, the healthiest first",
      "",
      "#  MODEL  ROUTE  LAST   OK %  COUNT  AVG MS  LAST MS",
      "1  a      one    200     100      4       7        5",
      "2  b      two    reset    50      2       9        9",
      "3  c      two    -         -      0       -        -",
    ]);
  });

  it("says that the file in use is not the one on the disk", () => {
    const config = {
      source: "routes.yml",
      loadedAt: "2026-01-01",
      problems: ["routes.yml:1:1: bad"],
    };
    const lines = statusLines({ ...health, config }, "h", { style: plain, columns: 80 });
    assertEquals(lines.slice(-2), [
      "Configuration: routes.yml, in use since 2026-01-01; what it says now is not:",
      "routes.yml:1:1: bad",
    ]);
  });

  it("colours what is ill", () => {
    const style = styleOf({ isTerminal: () => true }, () => undefined);
    const text = statusLines(health, "h", { style, columns: 80 }).join("\n");
    assertStringIncludes(text, "\x1b[31mreset\x1b[39m");
    assertStringIncludes(text, "\x1b[32m100\x1b[39m");
  });
});
