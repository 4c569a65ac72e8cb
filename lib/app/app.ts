/**
 * The Hono app: every path of the gateway, and what stands before all of them.
 *
 * @module
 */
import { Hono } from "hono/quick";
import { GatewayError } from "../base/error.ts";
import { makeInert } from "./browser_safety.ts";
import { chatEndpoint } from "./chat_endpoint.ts";
import { countTokensEndpoint } from "./count_tokens_endpoint.ts";
import { asksForPage, dashboard } from "./dashboard/dashboard_endpoint.ts";
import { asGatewayError, errorAnswer } from "./error_answer.ts";
import type { Gateway } from "./gateway.ts";
import { guard } from "./guard.ts";
import { health } from "./health_endpoint.ts";
import { metrics } from "./metrics_endpoint.ts";
import { isDoubled, meantPath } from "./meant_path.ts";
import { listModels, showModel } from "./models_endpoint.ts";
import { passthroughEndpoint } from "./passthrough_endpoint.ts";
import {
  chatProtocol,
  endpointOf,
  errorProtocol,
  type GatewayContext,
  type Handler,
  type Variables,
} from "./request_context.ts";
import { status } from "./status_endpoint.ts";

/** What `GET /` and a wrong path tell. */
export const ENDPOINTS: readonly string[] = [
  "POST /v1/chat/completions",
  "POST /v1/responses",
  "POST /v1/messages",
  "POST /anthropic/v1/messages",
  "GET /v1/models",
  "GET /health",
  "GET /metrics",
  "GET /gateway/status",
];

/** Builds the app over a gateway. */
export function createApp(gateway: Gateway): Hono<{ Variables: Variables }> {
  const app = new Hono<{ Variables: Variables }>();
  // Around each handler rather than before all: Hono answers at once where only one is concerned.
  const guarded = (handler: Handler) => (context: GatewayContext) => {
    admit(context, gateway);
    return handler(context, gateway);
  };
  const get = (path: string, handler: Handler) => {
    app.get(path, guarded(shown(handler)));
    app.all(path, guarded((context) => methodNotAllowed(context, gateway, "GET, HEAD")));
  };
  get("/", root);
  get("/health", health);
  get("/metrics", metrics);
  get("/gateway/status", status);
  get("/anthropic", root);
  get("/v1/models", listModels);
  get("/anthropic/v1/models", listModels);
  get("/anthropic/models", listModels);
  get("/v1/models/*", showModel);
  get("/anthropic/v1/models/*", showModel);
  get("/anthropic/models/*", showModel);
  app.all("/v1/*", guarded(api));
  app.all("/anthropic/*", guarded(api));
  app.notFound(guarded((context) => failed(context, gateway, noSuchPath(context.req))));
  app.onError((error, context) => {
    const known = asGatewayError(error);
    if (known.kind === "internal") gateway.unexpected(error);
    return failed(context as GatewayContext, gateway, known);
  });
  return app;
}

/** Notes when and how a request began, and refuses one that is not for this gateway. */
function admit(context: GatewayContext, gateway: Gateway): void {
  context.set("requestId", gateway.newId());
  context.set("receivedAtMs", gateway.clock.nowMs());
  context.set("state", gateway.state);
  guard(context.req.raw, gateway.state.config);
  if (!gateway.isStopping) return;
  throw new GatewayError("unavailable", "The gateway is stopping", { code: "stopping" });
}

/** Adds what stands in the head of every answer; those of chat are made with it. */
function shown(handler: Handler): Handler {
  return async (context, gateway) => {
    const response = await handler(context, gateway);
    response.headers.set("x-gateway-request-id", context.get("requestId"));
    makeInert(response.headers, { isPage: endpointOf(context.req.path) === undefined });
    return response;
  };
}

const shownPassthrough = shown((context, gateway) =>
  passthroughEndpoint(context, gateway, endpointOf(context.req.path)!)
);
const shownCount = shown(countTokensEndpoint);

/** Everything below `/v1` and `/anthropic`. */
function api(context: GatewayContext, gateway: Gateway): Response | Promise<Response> {
  const { path: endpoint } = endpointOf(context.req.path)!;
  if (isDoubled(endpoint)) return failed(context, gateway, noSuchPath(context.req));
  const protocol = chatProtocol(endpoint);
  const isCount = endpoint === "/messages/count_tokens";
  if (protocol === undefined && !isCount) return shownPassthrough(context, gateway);
  if (context.req.method !== "POST") return methodNotAllowed(context, gateway, "POST");
  if (protocol === undefined) return shownCount(context, gateway);
  return chatEndpoint(context, gateway, { protocol, endpoint });
}

/** The dashboard for a browser, else the endpoints in a few words. */
function root(context: GatewayContext): Response | Promise<Response> {
  if (asksForPage(context.req.raw)) return dashboard();
  return context.text(`openclaw-autoproxy\n\n${ENDPOINTS.join("\n")}\n`);
}

/** `allow` is what the path takes instead, which RFC 9110, section 15.5.6, wants to be told. */
function methodNotAllowed(context: GatewayContext, gateway: Gateway, allow: string): Response {
  const { method, path } = context.req;
  const error = new GatewayError(
    "method_not_allowed",
    `${path} does not take ${method}, expected ${allow}`,
  );
  const response = failed(context, gateway, error);
  response.headers.set("allow", allow);
  return response;
}

function noSuchPath({ path, url }: GatewayContext["req"]): GatewayError {
  const meant = meantPath(path);
  const hint = meant === undefined ? "No such path; there are" : [
    `No such path, did you mean ${meant.path}?`,
    `Then set the client's base URL to ${new URL(url).origin}${meant.base}; there are`,
  ].join(" ");
  return new GatewayError("not_found", `${hint}: ${ENDPOINTS.join(", ")}`, {
    code: "path_not_found",
  });
}

function failed(context: GatewayContext, gateway: Gateway, error: GatewayError): Response {
  const requestId = context.get("requestId") ?? "";
  const protocol = errorProtocol(context.req.path);
  const response = errorAnswer(error, { protocol, requestId });
  const endpoint = endpointOf(context.req.path)?.path;
  gateway.observer.rejected({
    requestId,
    protocol,
    ...(endpoint === undefined ? {} : { endpoint }),
    status: response.status,
    code: error.code ?? error.kind,
    message: error.message,
    ms: Math.round(gateway.clock.nowMs() - context.get("receivedAtMs")),
  });
  response.headers.set("x-gateway-request-id", requestId);
  makeInert(response.headers, { isPage: endpointOf(context.req.path) === undefined });
  return response;
}
