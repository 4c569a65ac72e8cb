/**
 * `POST …/messages/count_tokens`: asked of a native upstream where there is one, estimated here
 * where there is none or it cannot say.
 *
 * @module
 */
import { badRequest, GatewayError } from "../base/error.ts";
import { readWhole, UpstreamFailure } from "../base/exchange.ts";
import { JsonBody } from "../base/json_body.ts";
import { isObject, type JsonObject, parseJson } from "../base/json.ts";
import type { Candidate } from "../routing/candidate.ts";
import { decodePrompt } from "../translation/anthropic_messages/request_decoder.ts";
import { withoutSealedThinking } from "../translation/anthropic_messages/sealed_thinking.ts";
import { estimateTokens } from "../translation/token_estimate.ts";
import { endpointUrl } from "../upstream/endpoint_url.ts";
import { upstreamHeaders } from "../upstream/upstream_headers.ts";
import type { Gateway } from "./gateway.ts";
import { isJson, readJsonBody } from "./request_body.ts";
import type { GatewayContext } from "./request_context.ts";

const PROTOCOL = "anthropic_messages";
const ENDPOINT = "/messages/count_tokens";
/** Counting is quick; a client waits for it before it asks anything. */
const TIMEOUT_MS = 10_000;
/** A count is a line; whatever is longer is not one. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** What a native upstream says of the request itself, which an estimate would hide. */
const CLIENTS_FAULT: ReadonlySet<number> = new Set([400, 413, 422]);

/** Answers one request for a count. */
export async function countTokensEndpoint(
  context: GatewayContext,
  gateway: Gateway,
): Promise<Response> {
  if (!isJson(context.req.raw)) {
    throw new GatewayError("unsupported_media_type", "Send content-type: application/json");
  }
  const { config, router } = context.get("state");
  const limits = { clock: gateway.clock, config };
  const sent = await readJsonBody(context.req.raw, limits);
  // Thoughts that came from another protocol's upstream mean nothing to a native one.
  const unsealed = sent.mayBeMarked ? withoutSealedThinking(sent.value) : undefined;
  const body = unsealed ? JsonBody.of(unsealed) : sent;
  const { model } = body.fields("model");
  if (typeof model !== "string") throw badRequest("model", "expected a string");
  const { candidates } = router.plan({ model, isSideRequest: true });
  const native = candidates.find(({ route }) => route.protocols.includes(PROTOCOL));
  const pieces = native && native.model !== model ? body.with("model", native.model) : [body.bytes];
  const counted = native && await askNative(context, gateway, { candidate: native, pieces });
  return counted ?? estimated(context, sent.value);
}

/** A native upstream's own answer; `undefined` when it has none. */
async function askNative(
  context: GatewayContext,
  { send, clock }: Gateway,
  { candidate, pieces }: { candidate: Candidate; pieces: Uint8Array<ArrayBuffer>[] },
): Promise<Response | undefined> {
  const request = context.req.raw;
  const { route } = candidate;
  const controller = new AbortController();
  const onClientGone = () => controller.abort();
  request.signal.addEventListener("abort", onClientGone, { once: true });
  const cancelTimer = clock.after(TIMEOUT_MS, onClientGone);
  try {
    const { status, body } = await send({
      method: "POST",
      url: endpointUrl(route, ENDPOINT, new URL(request.url).search),
      headers: upstreamHeaders({ route, protocol: PROTOCOL, client: request.headers }),
      body: pieces,
      connectTimeoutMs: route.timeouts.connectMs,
      purpose: { requestId: context.get("requestId"), route: route.name },
    }, controller.signal);
    const answer = await readWhole(body, MAX_ANSWER_BYTES);
    if (!answer || (status !== 200 && !CLIENTS_FAULT.has(status))) return undefined;
    const text = context.get("state").redact(new TextDecoder().decode(answer));
    // A page, or nothing at all, is no count and no refusal that a client could read.
    if (!isObject(parseJson(text))) return undefined;
    return new Response(text, { status, headers: { "content-type": "application/json" } });
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
    return undefined;
  } finally {
    cancelTimer();
    request.signal.removeEventListener("abort", onClientGone);
  }
}

function estimated(context: GatewayContext, body: JsonObject): Response {
  return context.json({ input_tokens: estimateTokens(decodePrompt(body)) }, 200, {
    "x-gateway-estimated": "1",
  });
}
