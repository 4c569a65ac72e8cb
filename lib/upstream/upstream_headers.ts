/**
 * The headers of an upstream request: what the client's may pass on, the protocol's, the route's,
 * and the route's credentials in place of the client's.
 *
 * @module
 */
import {
  isConnectionHeader,
  isCredentialHeader,
  isForwardedRequestHeader,
} from "../base/forwarded_headers.ts";
import { HeaderFields } from "../base/header_fields.ts";
import type { Protocol } from "../base/protocol.ts";
import type { Credentials, Route } from "../config/config.ts";

/** What one upstream request's headers are made of. */
export interface HeaderSources {
  route: Route;
  /** The protocol of this attempt. */
  protocol: Protocol;
  /** The client's request headers. */
  client: Headers;
  /** Headers that the protocol itself asks for, where the client sent none. */
  protocolHeaders?: Record<string, string>;
}

/** The header that carries a key when the route does not say. */
const USUAL_AUTH_HEADER: Readonly<Record<Protocol, string>> = {
  openai_chat: "authorization",
  openai_responses: "authorization",
  anthropic_messages: "x-api-key",
};

/** Builds the headers of one upstream request. */
export function upstreamHeaders(sources: HeaderSources): HeaderFields {
  const { route, protocol, client, protocolHeaders = {} } = sources;
  const headers = new HeaderFields();
  // Not `for … of`, which takes ten times as long over the runtime's headers.
  client.forEach((value, name) => {
    if (isSentOn(name, route, protocol)) headers.set(name, value);
  });
  for (const [name, value] of Object.entries(protocolHeaders)) {
    if (!headers.has(name)) headers.set(name, value);
  }
  if (route.forwardsClientAuth) forwardCredentials(client, headers, protocol);
  for (const [name, value] of route.headers) headers.set(name, value);
  if (route.credentials) setCredentials(route.credentials, headers, protocol);
  // Bodies are relayed as they come; a compressed one would have to be unpacked and watched.
  headers.set("accept-encoding", "identity");
  return headers;
}

function isSentOn(name: string, route: Route, protocol: Protocol): boolean {
  if (isCredentialHeader(name) || isConnectionHeader(name)) return false;
  if (route.forwardHeaders.includes(name)) return true;
  // Betas and versions of one vendor make another one refuse the request.
  if (name.startsWith("anthropic-") && protocol !== "anthropic_messages") return false;
  return isForwardedRequestHeader(name);
}

function setCredentials(credentials: Credentials, headers: HeaderFields, protocol: Protocol): void {
  const name = credentials.header ?? USUAL_AUTH_HEADER[protocol];
  const prefix = credentials.prefix ?? (name === "authorization" ? "Bearer " : "");
  headers.set(name, prefix + credentials.key);
}

/** Gives the client's own key to a route without one, in the form that its protocol uses. */
function forwardCredentials(client: Headers, headers: HeaderFields, protocol: Protocol): void {
  const bearer = /^bearer\s+(.+)$/i.exec(client.get("authorization") ?? "")?.[1];
  const key = client.get("x-api-key") ?? client.get("api-key");
  if (protocol === "anthropic_messages" && key === null && bearer !== undefined) {
    // A bearer token at Anthropic is a login, not a key: it keeps its header.
    headers.set("authorization", `Bearer ${bearer}`);
  } else if (key ?? bearer) {
    setCredentials({ key: (key ?? bearer)! }, headers, protocol);
  }
}
