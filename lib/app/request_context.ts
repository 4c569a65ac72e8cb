/**
 * What every handler knows of its request.
 *
 * @module
 */
import type { Context } from "hono";
import { CHAT_ENDPOINT, type Protocol, PROTOCOLS } from "../base/protocol.ts";
import type { Gateway, GatewayState } from "./gateway.ts";
import { isDoubled, meantPath } from "./meant_path.ts";

/** The variables that stand in Hono's context. */
export interface Variables {
  requestId: string;
  /** The state that the request began with. */
  state: GatewayState;
  receivedAtMs: number;
}

/** Hono's context in this gateway. */
export type GatewayContext = Context<{ Variables: Variables }>;

/** A request handler over the gateway. */
export type Handler = (context: GatewayContext, gateway: Gateway) => Response | Promise<Response>;

/** A path below `/v1` or `/anthropic`, as the endpoint that it names. */
export interface Endpoint {
  /** The path below the version segment: `/chat/completions`. */
  path: string;
  /** Whether an Anthropic client asks: the path says so. */
  isAnthropic: boolean;
}

/** Reads the endpoint of a request path; `undefined` for a path outside the API. */
export function endpointOf(pathname: string): Endpoint | undefined {
  const { isAnthropic, rest } = pathname === "/anthropic" || pathname.startsWith("/anthropic/")
    ? { isAnthropic: true, rest: pathname.slice("/anthropic".length) }
    : { isAnthropic: false, rest: pathname };
  if (rest === "/v1" || rest.startsWith("/v1/")) return { path: rest.slice(3), isAnthropic };
  return isAnthropic ? { path: rest, isAnthropic } : undefined;
}

/** The protocol of the chat endpoint at a path below the version segment. */
export function chatProtocol(path: string): Protocol | undefined {
  return PROTOCOLS.find((one) => CHAT_ENDPOINT[one] === path);
}

/** The protocol in whose shape a request at this path is told of errors. */
export function errorProtocol(pathname: string): Protocol {
  const named = endpointOf(pathname);
  const isThere = named !== undefined && !isDoubled(named.path);
  const endpoint = isThere ? named : endpointOf(meantPath(pathname)?.path ?? "");
  if (endpoint?.isAnthropic || endpoint?.path.startsWith("/messages")) return "anthropic_messages";
  return endpoint?.path.startsWith("/responses") ? "openai_responses" : "openai_chat";
}
