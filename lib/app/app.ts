/**
 * The Hono app: every path of the gateway, and what stands before all of them.
 *
 * @module
 */
import { Hono } from "hono/quick";
import { GatewayError } from "../base/error.ts";
import { chatEndpoint } from "./chat_endpoint.ts";
import { countTokensEndpoint } from "./count_tokens_endpoint.ts";
import { asGatewayError, errorAnswer } from "./error_answer.ts";
import type { Gateway } from "./gateway.ts";
import { guard } from "./guard.ts";
import { health } from "./health_endpoint.ts";
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

/** What `GET /` and a wrong path tell. */
export const ENDPOINTS: readonly string[] = [
  "POST /v1/chat/completions",
  "POST /v1/responses",
  "POST /v1/messages",
  "POST /anthropic/v1/messages",
  "GET /v1/models",
  "GET /health",
];

/** Builds the app over a gateway. */
export function createApp(gateway: Gateway): Hono<{ Variables: Variables }> {
  const app = new Hono<{ Variables: Variables }>();
  app.use(async (context, next) => {
    context.set("requestId", gateway.newId());
    context.set("receivedAtMs", gateway.clock.nowMs());
    context.set("state", gateway.state);
    guard(context.req.raw, gateway.state.config);
    if (gateway.isStopping) {
      throw new GatewayError("unavailable", "The gateway is stopping", { code: "stopping" });
    }
    await next();
    context.res.headers.set("x-gateway-request-id", context.get("requestId"));
  });

  const get = (path: string, handler: Handler) => {
    app.get(path, (context) => handler(context, gateway));
    app.all(path, (context) => methodNotAllowed(context, "GET, HEAD"));
  };
  get("/", root);
  get("/health", health);
  get("/anthropic", root);
  get("/v1/models", listModels);
  get("/anthropic/v1/models", listModels);
  get("/anthropic/models", listModels);
  get("/v1/models/*", showModel);
  get("/anthropic/v1/models/*", showModel);
  get("/anthropic/models/*", showModel);
  app.all("/v1/*", (context) => api(context, gateway));
  app.all("/anthropic/*", (context) => api(context, gateway));
  app.notFound((context) => failed(context, noSuchPath()));
  app.onError((error, context) => {
    const known = asGatewayError(error);
    if (known.kind === "internal") gateway.unexpected(error);
    return failed(context as GatewayContext, known);
  });
  return app;
}

/** Everything below `/v1` and `/anthropic`. */
async function api(context: GatewayContext, gateway: Gateway): Promise<Response> {
  const endpoint = endpointOf(context.req.path)!;
  const protocol = chatProtocol(endpoint.path);
  const isCount = endpoint.path === "/messages/count_tokens";
  if (protocol === undefined && !isCount) {
    return await passthroughEndpoint(context, gateway, endpoint);
  }
  if (context.req.method !== "POST") return methodNotAllowed(context, "POST");
  if (protocol === undefined) return await countTokensEndpoint(context, gateway);
  return await chatEndpoint(context, gateway, { protocol, endpoint: endpoint.path });
}

function root(context: GatewayContext): Response {
  return context.text(`openclaw-autoproxy\n\n${ENDPOINTS.join("\n")}\n`);
}

/** `allow` is what the path takes instead, which RFC 9110, section 15.5.6, wants to be told. */
function methodNotAllowed(context: GatewayContext, allow: string): Response {
  const { method, path } = context.req;
  const error = new GatewayError("method_not_allowed", `${path} does not take ${method}`);
  const response = failed(context, error);
  response.headers.set("allow", allow);
  return response;
}

function noSuchPath(): GatewayError {
  return new GatewayError("not_found", `No such path; there are: ${ENDPOINTS.join(", ")}`, {
    code: "path_not_found",
  });
}

function failed(context: GatewayContext, error: GatewayError): Response {
  const requestId = context.get("requestId") ?? "";
  const response = errorAnswer(error, {
    protocol: errorProtocol(context.req.path),
    requestId,
  });
  response.headers.set("x-gateway-request-id", requestId);
  return response;
}
