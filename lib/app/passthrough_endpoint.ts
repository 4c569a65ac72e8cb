/**
 * Every other endpoint of the API (embeddings, images, files, …): passed on to the route of the
 * body's model, and its answer passed back as bytes, unread.
 *
 * @module
 */
import { WITHOUT_BODY } from "../base/answer_head.ts";
import { GatewayError } from "../base/error.ts";
import { UpstreamFailure, type UpstreamRequest, type UpstreamResponse } from "../base/exchange.ts";
import { withString } from "../base/json_bytes.ts";
import { isObject, parseJson } from "../base/json.ts";
import type { Protocol } from "../base/protocol.ts";
import type { Redact } from "../base/redaction.ts";
import type { Candidate } from "../routing/candidate.ts";
import { Deadline } from "../fallback/deadline.ts";
import { protocolFor } from "../fallback/request_writer.ts";
import { isAuto } from "../routing/router.ts";
import { endpointUrl } from "../upstream/endpoint_url.ts";
import { upstreamHeaders } from "../upstream/upstream_headers.ts";
import { answerHeaders } from "./answer_headers.ts";
import { errorBody } from "./error_body.ts";
import type { Gateway } from "./gateway.ts";
import { passedBody } from "./passed_body.ts";
import { checkPath } from "./path_guard.ts";
import { isJson, readBody } from "./request_body.ts";
import { type Endpoint, errorProtocol, type GatewayContext } from "./request_context.ts";

/** Methods whose requests carry no body to read. */
const BODILESS: ReadonlySet<string> = new Set(["GET", "HEAD"]);
/** Pictures and long audio take minutes; a head that takes longer does not come. */
const LONGEST_HEAD_MS = 600_000;
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);

/** Passes one request on. */
export async function passthroughEndpoint(
  context: GatewayContext,
  gateway: Gateway,
  endpoint: Endpoint,
): Promise<Response> {
  const request = context.req.raw;
  checkPath(endpoint.path);
  refuseUpgrade(request);
  if (!METHODS.has(request.method)) {
    throw new GatewayError("method_not_allowed", `${request.method} is not passed on`);
  }
  const { config } = context.get("state");
  const bytes = BODILESS.has(request.method)
    ? undefined
    : await readBody(request, { clock: gateway.clock, config });
  const model = bytes ? await modelIn(request, bytes) : undefined;
  const candidate = chooseCandidate(context, model);
  const pieces = bytes === undefined ? undefined : renamed(bytes, { model, candidate, request });
  return await new PassingOn(context, gateway, { endpoint, candidate }).response(request, pieces);
}

/** Sent on as a plain request, it would get an answer that no client of a WebSocket can read. */
function refuseUpgrade({ headers }: Request): void {
  if (headers.get("upgrade")?.toLowerCase() !== "websocket") return;
  throw new GatewayError("invalid_request", "WebSockets are not passed on: use plain HTTP", {
    code: "websocket_not_supported",
  });
}

/** The model that a body names: in its JSON, or in a field of its form. */
async function modelIn(
  request: Request,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string | undefined> {
  if (bytes.length === 0) return undefined;
  if (isJson(request)) {
    const body = parseJson(new TextDecoder().decode(bytes));
    if (body === undefined) {
      throw new GatewayError("invalid_request", "The request body is not JSON");
    }
    return isObject(body) && typeof body.model === "string" ? body.model : undefined;
  }
  const type = request.headers.get("content-type") ?? "";
  if (!type.toLowerCase().startsWith("multipart/form-data")) return undefined;
  return await modelInForm(bytes, type);
}

async function modelInForm(
  bytes: Uint8Array<ArrayBuffer>,
  type: string,
): Promise<string | undefined> {
  try {
    const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
    const model = form.get("model");
    return typeof model === "string" ? model : undefined;
  } catch (cause) {
    throw new GatewayError("invalid_request", "The request body is not a readable form", { cause });
  }
}

/** The model's first candidate; without a model, the first route that takes any. */
function chooseCandidate(context: GatewayContext, model: string | undefined): Candidate {
  const { router } = context.get("state");
  if (model !== undefined) return router.plan({ model, isSideRequest: true }).candidates[0]!;
  const candidate = router.wildcard();
  if (candidate) return candidate;
  throw new GatewayError(
    "not_found",
    'No model is named, and no route with model "*" takes such requests',
    { code: "no_route" },
  );
}

/** A JSON body names the model that was chosen for `auto`; any other body is sent as it is. */
function renamed(
  bytes: Uint8Array<ArrayBuffer>,
  { model, candidate, request }: {
    model: string | undefined;
    candidate: Candidate;
    request: Request;
  },
): Uint8Array<ArrayBuffer>[] {
  const isNamed = model === undefined || !isAuto(model) || !isJson(request);
  return isNamed ? [bytes] : withString(bytes, "model", candidate.model);
}

/** The pieces of a request's body. */
type Pieces = Uint8Array<ArrayBuffer>[] | undefined;

/**
 * One request on its way to one upstream and back. It keeps neither the request nor Hono's context,
 * which holds it: an answer can be long, and a request large.
 */
class PassingOn {
  readonly #requestId: string;
  readonly #receivedAtMs: number;
  readonly #redact: Redact;
  readonly #gateway: Gateway;
  readonly #endpoint: Endpoint;
  readonly #candidate: Candidate;
  readonly #protocol: Protocol;

  constructor(
    context: GatewayContext,
    gateway: Gateway,
    { endpoint, candidate }: { endpoint: Endpoint; candidate: Candidate },
  ) {
    this.#requestId = context.get("requestId");
    this.#receivedAtMs = context.get("receivedAtMs");
    this.#redact = context.get("state").redact;
    this.#gateway = gateway;
    this.#endpoint = endpoint;
    this.#candidate = candidate;
    this.#protocol = errorProtocol(context.req.path);
  }

  async response(request: Request, pieces: Pieces): Promise<Response> {
    const { timeouts } = this.#candidate.route;
    const redact = this.#redact;
    const deadline = new Deadline(this.#gateway.clock, request.signal);
    deadline.expireAt(timeouts.firstByteMs ?? LONGEST_HEAD_MS);
    try {
      const answer = await this.#answer(this.#sent(request, pieces), deadline.signal);
      const headers = [...answerHeaders({
        attempts: [],
        candidate: this.#candidate,
        passedOn: { status: answer.status, headers: answer.headers } as never,
      }, { requestId: this.#requestId, redact })];
      const { status } = answer;
      const source = status >= 400 ? await errorBody(answer.body, redact) : answer.body;
      this.#tell(status);
      if (request.method === "HEAD" || WITHOUT_BODY.has(status)) {
        deadline.release();
        source.cancel();
        this.#tellEnd();
        return new Response(null, { status, headers });
      }
      const onEnd = (reason?: string) => this.#tellEnd(reason);
      const body = passedBody(source, { deadline, idleMs: timeouts.idleMs, onEnd });
      return new Response(body, { status, headers });
    } catch (error) {
      deadline.release();
      if (!(error instanceof UpstreamFailure)) throw error;
      throw deadline.isExpired ? tooSlow() : unreachable(error);
    }
  }

  /** A kept connection that was closed in the meantime says nothing: a fresh one is tried. */
  async #answer(sent: UpstreamRequest, signal: AbortSignal): Promise<UpstreamResponse> {
    const { send } = this.#gateway;
    try {
      return await send(sent, signal);
    } catch (error) {
      if (!(error instanceof UpstreamFailure) || error.reason !== "stale") throw error;
      return await send({ ...sent, isFresh: true }, signal);
    }
  }

  #sent(request: Request, body: Pieces): UpstreamRequest {
    const { route } = this.#candidate;
    return {
      method: request.method,
      url: endpointUrl(route, this.#endpoint.path, new URL(request.url).search),
      headers: upstreamHeaders({
        route,
        protocol: protocolFor(route, this.#protocol),
        client: request.headers,
      }),
      body,
      connectTimeoutMs: route.timeouts.connectMs,
      purpose: { requestId: this.#requestId, route: route.name },
    };
  }

  #tell(status: number): void {
    const { model, route } = this.#candidate;
    this.#gateway.observer.routed({
      requestId: this.#requestId,
      protocol: this.#protocol,
      endpoint: this.#endpoint.path,
      requestedModel: model,
      model,
      route: route.name,
      status,
      attempts: [],
      ms: Math.round(this.#gateway.clock.nowMs() - this.#receivedAtMs),
      isStream: false,
      losses: [],
    });
  }

  /** @param reason A word for how the upstream broke off. */
  #tellEnd(reason?: string): void {
    const { observer, clock } = this.#gateway;
    const ended = {
      requestId: this.#requestId,
      protocol: this.#protocol,
      model: this.#candidate.model,
      route: this.#candidate.route.name,
      ms: Math.round(clock.nowMs() - this.#receivedAtMs),
    };
    if (reason !== undefined) observer.attemptFailed({ ...ended, reason, isCommitted: true });
    // Passed on unread.
    observer.finished({ ...ended, isStream: false, usage: {} });
  }
}

function tooSlow(): GatewayError {
  return new GatewayError("timeout", "The upstream did not answer in time", {
    code: "upstream_timeout",
  });
}

function unreachable(failure: UpstreamFailure): GatewayError {
  return new GatewayError("upstream", `The upstream could not be reached: ${failure.reason}`, {
    code: "upstream_unreachable",
    cause: failure,
  });
}
