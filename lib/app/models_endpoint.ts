/**
 * `/v1/models`: what the configuration serves, in the format of the client that asks.
 *
 * @module
 */
import { GatewayError } from "../base/error.ts";
import { nearestNames } from "../base/nearest.ts";
import type { GatewayContext, Handler } from "./request_context.ts";
import { endpointOf } from "./request_context.ts";

/** Models have no date of their own here; both formats require one. */
const CREATED_AT = 1_704_067_200;
const CREATED_AT_ISO = new Date(CREATED_AT * 1000).toISOString();

interface Model {
  id: string;
  owner: string;
}

function models(context: GatewayContext): Model[] {
  const { config, router } = context.get("state");
  const owner = (id: string) =>
    config.routes.find((route) => route.models.includes(id))?.name ?? "gateway";
  return [
    { id: "auto", owner: "gateway" },
    ...router.models.map((id) => ({ id, owner: owner(id) })),
  ];
}

/** Whether the client speaks Anthropic's format: by path or by header. */
function isAnthropic(context: GatewayContext): boolean {
  return endpointOf(context.req.path)?.isAnthropic === true ||
    context.req.header("anthropic-version") !== undefined;
}

function openAiModel({ id, owner }: Model) {
  return { id, object: "model", created: CREATED_AT, owned_by: owner };
}

function anthropicModel({ id }: Model) {
  return { type: "model", id, display_name: id, created_at: CREATED_AT_ISO };
}

/** `GET /v1/models` */
export const listModels: Handler = (context): Response => {
  const list = models(context);
  if (!isAnthropic(context)) {
    return context.json({ object: "list", data: list.map(openAiModel) });
  }
  return context.json({
    data: list.map(anthropicModel),
    has_more: false,
    first_id: list[0]?.id ?? null,
    last_id: list.at(-1)?.id ?? null,
  });
};

/** `GET /v1/models/{id}`; an id may hold slashes. */
export const showModel: Handler = (context): Response => {
  const endpoint = endpointOf(context.req.path)!;
  const id = decoded(endpoint.path.slice("/models/".length));
  const list = models(context);
  const model = list.find((one) => one.id === id);
  if (model) return context.json(isAnthropic(context) ? anthropicModel(model) : openAiModel(model));
  const near = nearestNames(id, list.map((one) => one.id));
  const hint = near.length > 0 ? `; near names: ${near.join(", ")}` : "";
  throw new GatewayError("not_found", `Unknown model "${id.slice(0, 128)}"${hint}`, {
    code: "model_not_found",
    param: "model",
  });
};

/** A path as the name that it stands for; one with a broken encoding is no known name as it is. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
