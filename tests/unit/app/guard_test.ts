/** Who may ask: hosts and origins of our own, and clients with a key where there are keys. */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { guard } from "../../../lib/app/guard.ts";
import { GatewayError } from "../../../lib/base/error.ts";
import { configOf } from "../../example_config.ts";

const ROUTES = 'routes: [{url: "stub:ok", model: m}]';
const CONFIG = configOf(`allowedHosts: [gateway.example]\n${ROUTES}`);

interface Asked {
  url?: string;
  headers?: Record<string, string>;
  config?: typeof CONFIG;
}

function ask({ url = "http://127.0.0.1:8787/v1/models", headers = {}, config = CONFIG }: Asked) {
  guard(new Request(url, { headers }), config);
}

function refusal(asked: Asked): [status: number, code: string | undefined] {
  const { status, code } = assertThrows(() => ask(asked), GatewayError);
  return [status, code];
}

const ours = [
  "localhost:8787",
  "LOCALHOST:8787",
  "localhost.:8787",
  "localhost",
  "127.0.0.1:8787",
  "127.1.2.3:9000",
  "[::1]:8787",
  "app.localhost:8787",
  "gateway.example",
  "Gateway.Example:8787",
];

const foreign = [
  "evil.example:8787",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "127.0.0.1evil.example",
  "evil-localhost",
  "sub.gateway.example",
  "gateway.example.evil.example",
  "192.168.1.5:8787",
  "0.0.0.0:8787",
  "169.254.169.254",
  "[::2]:8787",
  "localhost@evil.example",
];

describe("guard() on hosts", () => {
  for (const host of ours) {
    it(`lets the host ${host} pass`, () => {
      ask({ url: `http://${host}/`, headers: { host } });
    });
  }

  for (const host of foreign) {
    it(`refuses the host ${host}`, () => {
      assertEquals(refusal({ headers: { host } }), [403, "host_not_allowed"]);
      assertEquals(refusal({ url: `http://${host}/`.replace("localhost@", "") }), [
        403,
        "host_not_allowed",
      ]);
    });
  }

  const none = [
    "",
    "a b",
    "[::1",
    "localhost:99999999",
    "localhost/x",
    "localhost#x",
    "localhost?x",
  ];
  for (const host of [...none, "localhost\\x", "evil@localhost", "localhost,evil", "[::1]x"]) {
    it(`refuses the host ${JSON.stringify(host)}, which is none`, () => {
      assertEquals(refusal({ headers: { host } })[0], 403);
    });
  }

  it("refuses a foreign target behind a host of ours, and the reverse", () => {
    const target = { url: "http://evil.example/", headers: { host: "localhost" } };
    assertEquals(refusal(target), [403, "host_not_allowed"]);
  });

  for (const [host, url] of [["192.168.1.5", "192.168.1.5"], ["fd00::1", "[fd00::1]"]] as const) {
    it(`lets the address pass that it listens on: ${host}`, () => {
      const config = { ...CONFIG, host };
      ask({ url: `http://${url}:8787/`, headers: { host: `${url}:8787` }, config });
      assertEquals(refusal({ url: "http://192.168.1.6/", config })[0], 403);
    });
  }
});

const origins: { origin: string; isOurs: boolean; url?: string }[] = [
  { origin: "http://127.0.0.1:8787", isOurs: true },
  { origin: "http://localhost:8787", isOurs: true },
  { origin: "http://[::1]:8787", isOurs: true },
  { origin: "http://gateway.example:8787", isOurs: true },
  { origin: "https://gateway.example", isOurs: true, url: "http://gateway.example/v1/models" },
  { origin: "http://localhost:3000", isOurs: false },
  { origin: "http://localhost", isOurs: false },
  { origin: "https://evil.example", isOurs: false },
  { origin: "https://evil.example:8787", isOurs: false },
  { origin: "http://localhost.evil.example:8787", isOurs: false },
  { origin: "null", isOurs: false },
  { origin: "", isOurs: false },
  { origin: "file://", isOurs: false },
  { origin: "tauri://localhost:8787", isOurs: false },
  { origin: "http://localhost:8787, https://evil.example", isOurs: false },
  { origin: "vscode-webview://abc", isOurs: false },
  { origin: "chrome-extension://abc", isOurs: false },
];

describe("guard() on origins", () => {
  for (const { origin, isOurs, url } of origins) {
    const asked = { headers: { origin }, ...(url === undefined ? {} : { url }) };
    if (isOurs) it(`lets a page of ${origin} pass`, () => ask(asked));
    else {
      it(`refuses a page of ${JSON.stringify(origin)}`, () => {
        assertEquals(refusal(asked), [403, "origin_not_allowed"]);
      });
    }
  }

  for (const site of ["cross-site", "CROSS-SITE", "", "none, cross-site", "new-word"]) {
    it(`refuses a request without an origin whose site is "${site}"`, () => {
      const headers = { "sec-fetch-site": site };
      assertEquals(refusal({ headers }), [403, "origin_not_allowed"]);
    });
  }

  it("refuses a request of another site whose origin looks like ours", () => {
    const headers = { origin: "http://localhost:8787", "sec-fetch-site": "cross-site" };
    assertEquals(refusal({ headers }), [403, "origin_not_allowed"]);
  });

  for (const site of ["none", "same-origin", "same-site"]) {
    it(`lets a request pass that a browser calls ${site}`, () => {
      ask({ headers: { "sec-fetch-site": site } });
    });
  }
});

describe("guard() on client keys", () => {
  const config = configOf(
    `clients: [{name: a, key: key-of-a}, {name: b, key: k}]\n${ROUTES}`,
  );

  const right: Record<string, string>[] = [
    { authorization: "Bearer key-of-a" },
    { authorization: "bearer key-of-a" },
    { authorization: "Bearer k" },
    { "x-api-key": "key-of-a" },
    { "api-key": "key-of-a" },
    { authorization: "Bearer for-the-upstream", "x-api-key": "key-of-a" },
  ];
  for (const headers of right) {
    it(`lets ${JSON.stringify(headers)} pass`, () => ask({ headers, config }));
  }

  const wrong: Record<string, string>[] = [
    {},
    { authorization: "Bearer " },
    { authorization: "key-of-a" },
    { authorization: "Basic key-of-a" },
    { authorization: "Bearer key-of-b" },
    { authorization: "Bearer key-of-" },
    { authorization: "Bearer xey-of-a" },
    { authorization: "Bearer key-of-aa" },
    { authorization: "Bearer KEY-OF-A" },
    { authorization: "Bearer key-of-akey-of-a" },
    { "x-api-key": "kk" },
    { "x-api-key": "" },
    { cookie: "key=key-of-a" },
  ];
  for (const headers of wrong) {
    it(`refuses ${JSON.stringify(headers)}`, () => {
      assertEquals(refusal({ headers, config }), [401, "invalid_api_key"]);
    });
  }

  it("asks for none where none are configured", () => ask({ headers: {} }));

  it("says of a wrong host before it looks at keys", () => {
    const headers = { host: "evil.example", authorization: "Bearer key-of-a" };
    assertEquals(refusal({ headers, config })[0], 403);
  });
});

describe("guard() on many headers", () => {
  const headers = Object.fromEntries(Array.from({ length: 41 }, (_, at) => [`x-${at}`, "1"]));

  it("counts them where the configuration says so", () => {
    const config = configOf(`limits: {headerCount: 40}\n${ROUTES}`);
    assertEquals(refusal({ headers, config }), [431, "too_many_headers"]);
    const { "x-0": _, ...fewer } = headers;
    ask({ headers: fewer, config });
  });

  it("leaves them to the server otherwise", () => ask({ headers }));
});
