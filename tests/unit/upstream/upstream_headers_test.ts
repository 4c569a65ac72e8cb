/** What an upstream hears of a client: what is on the list, and never somebody else's key. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Protocol } from "../../../lib/base/protocol.ts";
import { upstreamHeaders } from "../../../lib/upstream/upstream_headers.ts";
import { routeOf } from "../../example_config.ts";

interface Asked {
  fields: string;
  client?: Record<string, string>;
  protocol?: Protocol;
  protocolHeaders?: Record<string, string>;
}

/** The headers that are sent, without the one that every request has. */
function sent({ fields, client = {}, protocol = "openai_chat", protocolHeaders = {} }: Asked) {
  const route = routeOf(`url: https://h, ${fields}`);
  const headers = upstreamHeaders({
    route,
    protocol,
    client: new Headers(client),
    protocolHeaders,
  });
  const { "accept-encoding": _, ...others } = Object.fromEntries(headers);
  return others;
}

/** Everything in which a client could carry a key. */
const KEYS = {
  authorization: "Bearer client",
  "x-api-key": "client",
  "api-key": "client",
  cookie: "session=client",
  "proxy-authorization": "Basic client",
};

describe("upstreamHeaders() on credentials", () => {
  const own: { fields: string; protocol?: Protocol; result: Record<string, string> }[] = [
    { fields: "apiKey: own", result: { authorization: "Bearer own" } },
    {
      fields: "apiKey: own",
      protocol: "openai_responses",
      result: { authorization: "Bearer own" },
    },
    { fields: "apiKey: own", protocol: "anthropic_messages", result: { "x-api-key": "own" } },
    { fields: "apiKey: own, authHeader: API-Key", result: { "api-key": "own" } },
    {
      fields: 'apiKey: own, authHeader: X-Token, authPrefix: "Token "',
      result: { "x-token": "Token own" },
    },
    {
      fields: "apiKey: own, authHeader: Authorization",
      protocol: "anthropic_messages",
      result: { authorization: "Bearer own" },
    },
    { fields: 'apiKey: own, authPrefix: ""', result: { authorization: "own" } },
    {
      fields: 'apiKey: own, authPrefix: "Key "',
      protocol: "anthropic_messages",
      result: { "x-api-key": "Key own" },
    },
    { fields: "headers: {X-Goog-Api-Key: own}", result: { "x-goog-api-key": "own" } },
    { fields: "headers: {Authorization: own}", result: { authorization: "own" } },
    {
      fields: "apiKey: own, headers: {Authorization: other}",
      result: { authorization: "Bearer own" },
    },
    { fields: "forwardClientAuth: false", result: {} },
    { fields: "apiKey: own, forwardClientAuth: true", result: { authorization: "Bearer own" } },
    {
      fields: "apiKey: own, forwardHeaders: [cookie, authorization, x-api-key]",
      result: { authorization: "Bearer own" },
    },
  ];
  for (const { fields, protocol = "openai_chat", result } of own) {
    it(`sends exactly the route's own to ${protocol}: ${fields}`, () => {
      assertEquals(sent({ fields, protocol, client: KEYS }), result);
    });
  }

  const forwarded: {
    name: string;
    client: Record<string, string>;
    protocol: Protocol;
    result: Record<string, string>;
  }[] = [
    {
      name: "a bearer token to OpenAI as it is",
      client: { authorization: "bearer  client" },
      protocol: "openai_chat",
      result: { authorization: "Bearer client" },
    },
    {
      name: "an x-api-key to OpenAI as a bearer token",
      client: { "x-api-key": "client" },
      protocol: "openai_responses",
      result: { authorization: "Bearer client" },
    },
    {
      name: "an x-api-key to Anthropic as it is",
      client: { "x-api-key": "client" },
      protocol: "anthropic_messages",
      result: { "x-api-key": "client" },
    },
    {
      name: "an api-key to Anthropic as x-api-key",
      client: { "api-key": "client" },
      protocol: "anthropic_messages",
      result: { "x-api-key": "client" },
    },
    {
      name: "a bearer token to Anthropic as a login",
      client: { authorization: "Bearer client" },
      protocol: "anthropic_messages",
      result: { authorization: "Bearer client" },
    },
    {
      name: "one key of several, and no cookie",
      client: { ...KEYS, authorization: "Bearer other" },
      protocol: "openai_chat",
      result: { authorization: "Bearer client" },
    },
    { name: "nothing where there is none", client: {}, protocol: "openai_chat", result: {} },
    {
      name: "nothing of another scheme than bearer",
      client: { authorization: "Basic client", cookie: "a=b" },
      protocol: "openai_chat",
      result: {},
    },
  ];
  for (const { name, client, protocol, result } of forwarded) {
    it(`gives a route without any ${name}`, () => {
      assertEquals(sent({ fields: "weight: 1", client, protocol }), result);
    });
  }
});

describe("upstreamHeaders()", () => {
  const CLIENT = {
    accept: "text/event-stream",
    "accept-language": "de",
    "content-type": "application/json",
    "user-agent": "client/1",
    "idempotency-key": "i",
    traceparent: "00-1",
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "b",
    "openai-organization": "o",
  };

  it("sends an Anthropic upstream what is on the list", () => {
    assertEquals(sent({ fields: "apiKey: k", client: CLIENT, protocol: "anthropic_messages" }), {
      ...CLIENT,
      "x-api-key": "k",
    });
  });

  for (const protocol of ["openai_chat", "openai_responses"] as const) {
    it(`sends ${protocol} nothing of Anthropic`, () => {
      const { "anthropic-version": _version, "anthropic-beta": _beta, ...rest } = CLIENT;
      assertEquals(sent({ fields: "apiKey: k", client: CLIENT, protocol }), {
        ...rest,
        authorization: "Bearer k",
      });
    });
  }

  it("keeps everything else here", () => {
    const client = {
      host: "localhost",
      origin: "http://localhost",
      connection: "keep-alive",
      "content-length": "5",
      "transfer-encoding": "chunked",
      "x-forwarded-for": "10.0.0.1",
      "x-stainless-os": "Linux",
      "sec-fetch-mode": "cors",
      "x-custom": "1",
    };
    assertEquals(sent({ fields: "forwardClientAuth: false", client }), {});
  });

  it("sends on what the route names besides", () => {
    assertEquals(
      sent({
        fields: "forwardHeaders: [X-Custom, x-absent], forwardClientAuth: false",
        client: { "x-custom": "1", "x-other": "2" },
      }),
      { "x-custom": "1" },
    );
  });

  it("sends on nothing that belongs to the client's own connection, even when it is named", () => {
    const names = ["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];
    const more = ["host", "content-length", "content-encoding", "expect", "proxy-connection"];
    const all = [...names, ...more];
    assertEquals(
      sent({
        fields: `forwardHeaders: [${all.join(", ")}]`,
        client: Object.fromEntries(all.map((name) => [name, "1"])),
      }),
      {},
    );
  });

  it("takes what the protocol asks for where the client says nothing of it", () => {
    const protocolHeaders = {
      "anthropic-version": "2023-06-01",
      "content-type": "application/json",
    };
    const asked = { fields: "apiKey: k", protocol: "anthropic_messages", protocolHeaders } as const;
    assertEquals(sent(asked), { ...protocolHeaders, "x-api-key": "k" });
    assertEquals(sent({ ...asked, client: { "anthropic-version": "2099-01-01" } }), {
      ...protocolHeaders,
      "anthropic-version": "2099-01-01",
      "x-api-key": "k",
    });
  });

  it("puts the route's headers above the client's and the protocol's", () => {
    assertEquals(
      sent({
        fields: "forwardClientAuth: false, headers: {User-Agent: gateway, X-Title: t}",
        client: { "user-agent": "client/1" },
        protocolHeaders: { "x-title": "p" },
      }),
      { "user-agent": "gateway", "x-title": "t" },
    );
  });

  it("asks for bodies that are not compressed, whatever the route and the client say", () => {
    const route = routeOf("url: https://h, headers: {Accept-Encoding: gzip}");
    const client = new Headers({ "accept-encoding": "br" });
    const headers = upstreamHeaders({ route, protocol: "openai_chat", client });
    assertEquals(headers.get("accept-encoding"), "identity");
  });
});
