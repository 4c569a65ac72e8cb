/**
 * Writes the canonical conversation as a Messages request.
 *
 * @module
 */
import { Losses } from "../../chat/loss.ts";
import type { ChatRequest } from "../../chat/request.ts";
import type { EncodedRequest, Quirks } from "../codec.ts";
import { dropParams } from "../dropped_param.ts";
import { addForeignLosses } from "../foreign_losses.ts";
import { COMMON_TOOL_ID, ToolCallIds } from "../tool_call_id.ts";
import { encodeForeignRequest } from "./foreign_request.ts";
import { encodeNativeRequest } from "./native_request.ts";
import { API_VERSION, PROTOCOL } from "./wire.ts";

/** Parameters without which the answer would say the same. */
const HARMLESS_PARAMS = new Set([
  "metadata",
  "service_tier",
  "cache_control",
  "context_management",
]);

/** Writes `request` for an upstream with these quirks. */
export function encodeRequest(request: ChatRequest, quirks: Quirks): EncodedRequest {
  const losses = new Losses();
  addForeignLosses(request, { target: PROTOCOL, losses });
  const body = request.source === PROTOCOL
    ? encodeNativeRequest(request, { ids: ownIds(quirks), losses })
    : encodeForeignRequest(request, { ids: ownIds(quirks) ?? commonIds(), losses, quirks });
  dropParams(body, quirks.dropParams, { harmless: HARMLESS_PARAMS, losses });
  return { body, headers: { "anthropic-version": API_VERSION }, losses: losses.list() };
}

function ownIds({ toolIdPattern }: Quirks): ToolCallIds | undefined {
  return toolIdPattern === undefined ? undefined : new ToolCallIds(toolIdPattern);
}

function commonIds(): ToolCallIds {
  return new ToolCallIds(COMMON_TOOL_ID);
}
