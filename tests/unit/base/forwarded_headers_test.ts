/** Which headers pass, in both directions: what is on no list stays behind. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  isConnectionHeader,
  isCredentialHeader,
  isForwardedRequestHeader,
  isForwardedResponseHeader,
} from "../../../lib/base/forwarded_headers.ts";

const PASS_UPSTREAM = [
  "accept",
  "accept-language",
  "content-type",
  "idempotency-key",
  "traceparent",
  "tracestate",
  "baggage",
  "user-agent",
  "anthropic-version",
  "anthropic-beta",
  "openai-organization",
  "openai-beta",
];

const STAY_HERE = [
  "authorization",
  "x-api-key",
  "api-key",
  "cookie",
  "proxy-authorization",
  "host",
  "origin",
  "referer",
  "connection",
  "content-length",
  "content-encoding",
  "accept-encoding",
  "transfer-encoding",
  "te",
  "upgrade",
  "x-forwarded-for",
  "x-stainless-lang",
  "x-gateway-strict",
  "sec-fetch-site",
  "accept-charset-x",
  "xanthropic-version",
];

const PASS_BACK = [
  "content-type",
  "retry-after",
  "retry-after-ms",
  "x-ratelimit-remaining-requests",
  "x-ratelimit-reset-tokens",
  "anthropic-ratelimit-requests-limit",
  "anthropic-organization-id",
  "openai-processing-ms",
  "openai-model",
  "request-id",
  "x-request-id",
  "x-should-retry",
];

const STAY_THERE = [
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "set-cookie",
  "content-encoding",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "server",
  "date",
  "location",
  "strict-transport-security",
  "x-gateway-request-id",
  "x-gateway-attempts",
];

describe("isForwardedRequestHeader()", () => {
  for (const name of PASS_UPSTREAM) {
    it(`lets ${name} pass`, () => assertEquals(isForwardedRequestHeader(name), true));
  }
  for (const name of STAY_HERE) {
    it(`keeps ${name} here`, () => assertEquals(isForwardedRequestHeader(name), false));
  }
});

describe("isForwardedResponseHeader()", () => {
  for (const name of PASS_BACK) {
    it(`lets ${name} pass`, () => assertEquals(isForwardedResponseHeader(name), true));
  }
  for (const name of STAY_THERE) {
    it(`keeps ${name} from the client`, () => assertEquals(isForwardedResponseHeader(name), false));
  }
});

describe("isConnectionHeader()", () => {
  for (const name of ["connection", "transfer-encoding", "content-length", "host", "upgrade"]) {
    it(`knows ${name}`, () => assertEquals(isConnectionHeader(name), true));
  }

  it("knows the headers that may pass from those of a connection", () => {
    const names = [...PASS_UPSTREAM, ...PASS_BACK];
    assertEquals(names.filter(isConnectionHeader), []);
  });
});

describe("isCredentialHeader()", () => {
  for (const name of ["authorization", "x-api-key", "api-key", "cookie", "proxy-authorization"]) {
    it(`knows ${name}`, () => assertEquals(isCredentialHeader(name), true));
  }

  it("knows other headers from credentials", () => {
    assertEquals(isCredentialHeader("accept"), false);
    assertEquals(isCredentialHeader("anthropic-version"), false);
  });
});
