/** What a route's URL says by itself, and where its key comes from. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Protocol, PROTOCOLS } from "../../../lib/base/protocol.ts";
import {
  asList,
  findKey,
  inferProtocols,
  isCredentialName,
  isFixedUrl,
} from "../../../lib/config/route.ts";

const urls: { url: string; protocol: Protocol; isFixed: boolean }[] = [
  { url: "https://api.openai.com", protocol: "openai_chat", isFixed: false },
  { url: "https://api.openai.com/v1", protocol: "openai_chat", isFixed: false },
  { url: "https://api.openai.com/v1/", protocol: "openai_chat", isFixed: false },
  { url: "https://h/v1/chat/completions", protocol: "openai_chat", isFixed: true },
  { url: "https://h/v1/chat/completions/", protocol: "openai_chat", isFixed: true },
  { url: "https://h/v1/completions?key=1", protocol: "openai_chat", isFixed: true },
  { url: "https://h/v1/responses", protocol: "openai_responses", isFixed: true },
  { url: "https://h/v1/messages", protocol: "anthropic_messages", isFixed: true },
  { url: "https://h/messages/", protocol: "anthropic_messages", isFixed: true },
  { url: "https://h/anthropic", protocol: "anthropic_messages", isFixed: false },
  { url: "https://h/anthropic/v1", protocol: "anthropic_messages", isFixed: false },
  { url: "https://h/api/anthropic/v1/messages", protocol: "anthropic_messages", isFixed: true },
  { url: "https://api.anthropic.com", protocol: "anthropic_messages", isFixed: false },
  { url: "https://api.anthropic.com/v1", protocol: "anthropic_messages", isFixed: false },
  { url: "https://API.Anthropic.com:443/v1", protocol: "anthropic_messages", isFixed: false },
  { url: "https://api.anthropic.com.evil.example/v1", protocol: "openai_chat", isFixed: false },
  { url: "https://h/anthropic-proxy/v1", protocol: "openai_chat", isFixed: false },
  { url: "https://h/my-messages", protocol: "openai_chat", isFixed: false },
  { url: "https://h/messages/v1", protocol: "openai_chat", isFixed: false },
  { url: "https://anthropic/v1", protocol: "openai_chat", isFixed: false },
];

describe("inferProtocols()", () => {
  for (const { url, protocol } of urls) {
    it(`reads ${protocol} from ${url}`, () => {
      assertEquals(inferProtocols(new URL(url)), [protocol]);
    });
  }

  it("lets a stub speak every protocol", () => {
    assertEquals(inferProtocols(new URL("stub:ok")), [...PROTOCOLS]);
  });
});

describe("isFixedUrl()", () => {
  for (const { url, isFixed } of urls) {
    it(`takes ${url} for ${isFixed ? "one endpoint" : "a base"}`, () => {
      assertEquals(isFixedUrl(new URL(url)), isFixed);
    });
  }
});

describe("findKey()", () => {
  const variables: Readonly<Record<string, string>> = {
    OWN: "own-variable",
    SHARED: "shared-variable",
    UPSTREAM_API_KEY: "last-resort",
    EMPTY: "",
    BREAK: "from-a-file\n",
  };
  const read = (name: string) => variables[name];
  const rows = [
    {
      name: "the route's own key before its variable",
      own: { apiKey: "own", apiKeyEnv: "OWN" },
      defaults: { apiKey: "shared" },
      found: { key: "own" },
    },
    {
      name: "the route's variable before the key of the defaults",
      own: { apiKeyEnv: "OWN" },
      defaults: { apiKey: "shared" },
      found: { key: "own-variable", variable: "OWN" },
    },
    {
      name: "the key of the defaults before their variable",
      own: {},
      defaults: { apiKey: "shared", apiKeyEnv: "SHARED" },
      found: { key: "shared" },
    },
    {
      name: "the variable of the defaults before UPSTREAM_API_KEY",
      own: {},
      defaults: { apiKeyEnv: "SHARED" },
      found: { key: "shared-variable", variable: "SHARED" },
    },
    {
      name: "UPSTREAM_API_KEY at last",
      own: {},
      defaults: {},
      found: { key: "last-resort", variable: "UPSTREAM_API_KEY" },
    },
    {
      name: "no other key where the route's variable is not set",
      own: { apiKeyEnv: "NONE" },
      defaults: { apiKey: "shared" },
      found: { missing: "NONE" },
    },
    {
      name: "no other key where the route's variable is empty",
      own: { apiKeyEnv: "EMPTY" },
      defaults: { apiKey: "shared" },
      found: { missing: "EMPTY" },
    },
    {
      name: "no other key where the variable of the defaults is not set",
      own: {},
      defaults: { apiKeyEnv: "NONE" },
      found: { missing: "NONE" },
    },
    {
      name: "a key without the line break that its file ended in",
      own: { apiKeyEnv: "BREAK" },
      defaults: {},
      found: { key: "from-a-file", variable: "BREAK" },
    },
  ];
  for (const { name, own, defaults, found } of rows) {
    it(`finds ${name}`, () => assertEquals(findKey(own, defaults, read), found));
  }

  it("finds none where nobody has one", () => {
    assertEquals(findKey({}, {}, () => undefined), {});
    assertEquals(findKey({}, {}, () => ""), {});
  });
});

describe("asList()", () => {
  it("makes a list of one value, and keeps a list", () => {
    assertEquals(asList("a"), ["a"]);
    assertEquals(asList(["a", "b"]), ["a", "b"]);
    assertEquals(asList(undefined), []);
    assertEquals(asList(null), []);
  });
});

describe("isCredentialName()", () => {
  for (const name of ["Authorization", "x-api-key", "X-Goog-Api-Key", "cookie", "x-auth-token"]) {
    it(`knows ${name}`, () => assertEquals(isCredentialName(name), true));
  }
  for (const name of ["content-type", "x-title", "http-referer", "anthropic-beta"]) {
    it(`passes over ${name}`, () => assertEquals(isCredentialName(name), false));
  }
});
