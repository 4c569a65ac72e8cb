/** Where each endpoint is at each kind of URL that people write. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { isFixedUrl } from "../../../lib/config/route.ts";
import { endpointUrl } from "../../../lib/upstream/endpoint_url.ts";

const CHAT = "/chat/completions";

const rows: { url: string; endpoint?: string; result: string }[] = [
  // Bases without a version get one.
  { url: "https://h", result: "https://h/v1/chat/completions" },
  { url: "https://h/", result: "https://h/v1/chat/completions" },
  { url: "https://h:8443", result: "https://h:8443/v1/chat/completions" },
  { url: "https://h/api", result: "https://h/api/v1/chat/completions" },
  { url: "https://h/v1/x", result: "https://h/v1/x/v1/chat/completions" },
  { url: "https://h/version1", result: "https://h/version1/v1/chat/completions" },
  { url: "https://h/anthropic", endpoint: "/messages", result: "https://h/anthropic/v1/messages" },
  {
    url: "https://api.anthropic.com",
    endpoint: "/messages",
    result: "https://api.anthropic.com/v1/messages",
  },
  // Bases with a version keep theirs.
  { url: "https://h/v1", result: "https://h/v1/chat/completions" },
  { url: "https://h/v1//", result: "https://h/v1/chat/completions" },
  { url: "https://h/api/v1", result: "https://h/api/v1/chat/completions" },
  { url: "https://h/api/paas/v4", result: "https://h/api/paas/v4/chat/completions" },
  { url: "https://h/v1beta", result: "https://h/v1beta/chat/completions" },
  { url: "https://h/v1beta1", result: "https://h/v1beta1/chat/completions" },
  { url: "https://h/v1beta/openai", result: "https://h/v1beta/openai/chat/completions" },
  { url: "https://h/v1beta/openai/", result: "https://h/v1beta/openai/chat/completions" },
  { url: "https://h/v12", endpoint: "/responses", result: "https://h/v12/responses" },
  { url: "https://h/v1", endpoint: "/embeddings", result: "https://h/v1/embeddings" },
  {
    url: "https://h/v1",
    endpoint: "/files/file-1/content",
    result: "https://h/v1/files/file-1/content",
  },
  // One endpoint is itself, and others stand in its place.
  { url: "https://h/v1/chat/completions", result: "https://h/v1/chat/completions" },
  { url: "https://h/v1/chat/completions/", result: "https://h/v1/chat/completions" },
  {
    url: "https://h/x/chat/completions",
    endpoint: "/embeddings",
    result: "https://h/x/embeddings",
  },
  { url: "https://h/v1/completions", result: "https://h/v1/chat/completions" },
  { url: "https://h/v1/responses", endpoint: "/responses", result: "https://h/v1/responses" },
  {
    url: "https://h/anthropic/v1/messages",
    endpoint: "/messages/count_tokens",
    result: "https://h/anthropic/v1/messages/count_tokens",
  },
  // The URL's own query stays.
  {
    url: "https://h/openai/v1?api-version=preview",
    result: "https://h/openai/v1/chat/completions?api-version=preview",
  },
  // A stub keeps what its URL asks of it.
  { url: "stub:ok", result: "stub:ok/v1/chat/completions" },
  { url: "stub:flaky?every=2", result: "stub:flaky/v1/chat/completions?every=2" },
];

describe("endpointUrl()", () => {
  for (const { url: text, endpoint = CHAT, result } of rows) {
    it(`finds ${endpoint} at ${text}`, () => {
      const url = new URL(text);
      assertEquals(endpointUrl({ url, isFixed: isFixedUrl(url) }, endpoint).href, result);
      assertEquals(url.href, new URL(text).href);
    });
  }

  it("takes a URL that looks like one endpoint for a base where it is told so", () => {
    const url = new URL("https://h/messages");
    assertEquals(
      endpointUrl({ url, isFixed: false }, "/messages").href,
      "https://h/messages/v1/messages",
    );
  });

  it("takes a URL without a known ending as it is where it is told that it is one endpoint", () => {
    const url = new URL("https://h/generate?x=1");
    assertEquals(endpointUrl({ url, isFixed: true }, CHAT).href, "https://h/generate?x=1");
  });

  const queries = [
    { url: "https://h/v1", query: "?beta=true", result: "?beta=true" },
    { url: "https://h/v1", query: "beta=true", result: "?beta=true" },
    { url: "https://h/v1?key=1", query: "?beta=true&a=%2F", result: "?key=1&beta=true&a=%2F" },
    { url: "https://h/v1?key=1", query: "?", result: "?key=1" },
    { url: "https://h/v1", query: "", result: "" },
  ];
  for (const { url, query, result } of queries) {
    it(`adds the client's query ${JSON.stringify(query)} to ${url}`, () => {
      const place = { url: new URL(url), isFixed: false };
      assertEquals(endpointUrl(place, "/models", query).search, result);
    });
  }

  it("never leaves the route's host, whatever the endpoint", () => {
    const place = { url: new URL("https://h.example/v1"), isFixed: false };
    for (const endpoint of ["//evil.example/x", "/@evil.example", "/x?y#z", "/\\evil.example"]) {
      assertEquals(endpointUrl(place, endpoint).host, "h.example");
    }
  });
});
