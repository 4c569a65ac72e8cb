/**
 * The HTTP request of one attempt: where it goes, and with which headers.
 *
 * Apart from the attempt itself, so that a request can be explained without being sent.
 *
 * @module
 */
import type { UpstreamRequest } from "../base/exchange.ts";
import { CHAT_ENDPOINT } from "../base/protocol.ts";
import type { Candidate } from "../routing/candidate.ts";
import { endpointUrl } from "../upstream/endpoint_url.ts";
import { upstreamHeaders } from "../upstream/upstream_headers.ts";
import type { ChatCall } from "./chat_call.ts";
import { protocolFor, type WrittenRequest } from "./request_writer.ts";

/** What is sent to a candidate; the body is what was written for it. */
export function attemptRequest(
  { route }: Candidate,
  { call, written }: { call: ChatCall; written: WrittenRequest },
): UpstreamRequest {
  const protocol = protocolFor(route, call.protocol);
  const isTranslated = protocol !== call.protocol;
  // The same endpoint where the protocol is the client's, else that protocol's own; and a query
  // belongs to the protocol that it was written for.
  const endpoint = isTranslated ? CHAT_ENDPOINT[protocol] : call.endpoint;
  return {
    method: "POST",
    url: endpointUrl(route, endpoint, isTranslated ? "" : call.query),
    headers: upstreamHeaders({
      route,
      protocol,
      client: call.headers,
      protocolHeaders: { "content-type": "application/json", ...written.headers },
    }),
    body: written.pieces,
    ...(call.body.isLent ? { hold: () => call.body.hold() } : {}),
    connectTimeoutMs: route.timeouts.connectMs,
    purpose: { requestId: call.id, route: route.name },
  };
}
