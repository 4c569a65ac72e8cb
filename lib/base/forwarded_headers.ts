/**
 * Which headers pass through the gateway: allow-lists, for both ways.
 *
 * What is not named here stays behind, so a new credential header leaks nowhere. Hop-by-hop
 * headers (RFC 9110, section 7.6.1) are never on a list.
 *
 * @module
 */

/** A set of header names: exact ones and prefixes, all in lower case. */
interface HeaderList {
  names: ReadonlySet<string>;
  prefixes: readonly string[];
}

const REQUEST: HeaderList = {
  names: new Set([
    // Content negotiation (RFC 9110, section 12.5). Encodings are the gateway's own business.
    "accept",
    "accept-language",
    "content-type",
    // draft-ietf-httpapi-idempotency-key-header
    "idempotency-key",
    // W3C Trace Context, and its predecessor
    "traceparent",
    "tracestate",
    "baggage",
    "user-agent",
  ]),
  prefixes: ["anthropic-", "openai-"],
};

const RESPONSE: HeaderList = {
  names: new Set([
    "content-type",
    "request-id",
    "x-request-id",
    "x-should-retry",
  ]),
  prefixes: ["retry-after", "x-ratelimit-", "anthropic-", "openai-"],
};

/**
 * What speaks of one connection and one body (RFC 9110, section 7.6.1, and what it implies): sent
 * on by name, it would contradict the gateway's own.
 */
const CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Credentials are never on a list, whatever their prefix. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  "authorization",
  "x-api-key",
  "api-key",
  "cookie",
  "set-cookie",
  "proxy-authorization",
]);

function has(list: HeaderList, name: string): boolean {
  return list.names.has(name) || list.prefixes.some((prefix) => name.startsWith(prefix));
}

/** Whether a client's request header goes on to an upstream. `name` is in lower case. */
export function isForwardedRequestHeader(name: string): boolean {
  return has(REQUEST, name) && !CREDENTIALS.has(name);
}

/** Whether an upstream's response header goes back to the client. `name` is in lower case. */
export function isForwardedResponseHeader(name: string): boolean {
  return has(RESPONSE, name) && !CREDENTIALS.has(name);
}

/** Whether a header speaks of one connection, not of the request. `name` is in lower case. */
export function isConnectionHeader(name: string): boolean {
  return CONNECTION.has(name);
}

/** Whether a header carries a client's credentials. `name` is in lower case. */
export function isCredentialHeader(name: string): boolean {
  return CREDENTIALS.has(name);
}
