/**
 * The chat endpoints: read the request, let fallback find an answer, deliver it.
 *
 * @module
 */
import { GatewayError } from "../base/error.ts";
import { joinBytes } from "../base/exchange.ts";
import type { HeaderFields } from "../base/header_fields.ts";
import { JsonBody } from "../base/json_body.ts";
import { withField } from "../base/json_bytes.ts";
import { isObject, parseJson } from "../base/json.ts";
import type { Protocol } from "../base/protocol.ts";
import type { Usage } from "../chat/response.ts";
import { type ChatCall, isStream, modelOf } from "../fallback/chat_call.ts";
import type { Delivery, GatewayNotice } from "../fallback/delivery.ts";
import { conversationOf, turnsIn } from "../routing/conversation.ts";
import { isAuto } from "../routing/router.ts";
import type { PassedOn } from "../fallback/failure_answer.ts";
import { writeComment, writeSse } from "../sse/writer.ts";
import { codecOf } from "../translation/codecs.ts";
import { toldError } from "../translation/fault.ts";
import { answerHeaders } from "./answer_headers.ts";
import { makeInert } from "./browser_safety.ts";
import { asGatewayError, errorAnswer } from "./error_answer.ts";
import type { Gateway, GatewayState } from "./gateway.ts";
import { Relay, STOPPED, type StreamEnd } from "./relay.ts";
import { isJson, readJsonBody } from "./request_body.ts";
import type { GatewayContext } from "./request_context.ts";

const encoder = new TextEncoder();

/** The status that stands in logs for a client that left: nginx's. */
const CLIENT_GONE = 499;

/** Answers one request to a chat endpoint. */
export async function chatEndpoint(
  context: GatewayContext,
  gateway: Gateway,
  asked: { protocol: Protocol; endpoint: string },
): Promise<Response> {
  const state = context.get("state");
  const call = await readCall(context, gateway, asked);
  const delivery = await unlessStopped(
    gateway,
    isAuto(call.model) && state.config.auto.sticky
      ? deliverSticky(call, gateway, state)
      : state.fallback.deliver(call, state.router.plan({ model: call.model })),
  );
  // Streams are long, and requests can be large. After a stop somebody may still be asked.
  call.body.letGo();
  if (delivery === undefined || call.signal.aborted) {
    if (delivery?.answer?.body.kind === "stream") delivery.answer.body.source.cancel();
    return clientGone(call, gateway);
  }
  return new Delivering(call, delivery, { gateway, state }).response();
}

/** Lets a stop that can wait no longer end the search for an answer, as it ends streams. */
function unlessStopped<T>({ openStreams }: Gateway, search: Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const entry = {
    interrupt: (message: string) =>
      reject(new GatewayError("unavailable", message, { code: "stopping" })),
  };
  openStreams.add(entry);
  // Who comes second is not heard: cheaper than a race, which costs two more promises.
  const end = () => void openStreams.delete(entry);
  search.then(end, end);
  search.then(resolve, reject);
  return promise;
}

/** A conversation goes on with the model that served it last, and that model is remembered. */
async function deliverSticky(
  call: ChatCall,
  { conversations }: Gateway,
  { router, fallback }: GatewayState,
): Promise<Delivery | undefined> {
  const conversation = conversationOf(turnsIn(call.body), call.headers);
  const stickyModel = conversations.modelOf(conversation);
  const sticky = stickyModel === undefined ? {} : { stickyModel };
  const delivery = await fallback.deliver(call, router.plan({ model: call.model, ...sticky }));
  const { answer, candidate } = delivery ?? {};
  if (answer && candidate) conversations.remember(conversation, candidate.model);
  return delivery;
}

async function readCall(
  context: GatewayContext,
  gateway: Gateway,
  { protocol, endpoint }: { protocol: Protocol; endpoint: string },
): Promise<ChatCall> {
  const request = context.req.raw;
  if (!isJson(request)) {
    throw new GatewayError("unsupported_media_type", "Send content-type: application/json");
  }
  const { config } = context.get("state");
  const read = await readJsonBody(request, { clock: gateway.clock, config });
  // References to what was answered here mean nothing to any upstream, of whatever protocol.
  const isResponses = protocol === "openai_responses";
  const body = isResponses ? resolved(read, gateway) : read;
  const head = body.fields("model", "stream");
  return {
    id: context.get("requestId"),
    protocol,
    endpoint,
    query: queryOf(request.url),
    headers: request.headers,
    body,
    model: modelOf(head),
    isStream: isStream(head),
    isStrict: request.headers.get("x-gateway-strict") === "1",
    receivedAtMs: context.get("receivedAtMs"),
    signal: request.signal,
    ...(isResponses ? { rememberItems: (items) => gateway.answeredItems.remember(items) } : {}),
  };
}

function resolved(sent: JsonBody, { answeredItems }: Gateway): JsonBody {
  if (answeredItems.isEmpty) return sent;
  const value = answeredItems.resolve(sent.value);
  return value === sent.value ? sent : JsonBody.of(value);
}

/** The query of a server's URL, which has no fragment; with its `?`, empty when there is none. */
function queryOf(url: string): string {
  const at = url.indexOf("?");
  return at === -1 || at === url.length - 1 ? "" : url.slice(at);
}

function clientGone(call: ChatCall, gateway: Gateway): Response {
  const { id: requestId, protocol, endpoint, isStream } = call;
  const ms = gateway.clock.nowMs() - call.receivedAtMs;
  gateway.observer.routed({
    requestId,
    protocol,
    endpoint,
    requestedModel: call.model,
    status: CLIENT_GONE,
    attempts: [],
    ms,
    isStream,
    losses: [],
  });
  gateway.observer.finished({ requestId, protocol, isStream, ms, usage: {} });
  // Nobody reads this; a handler has to return something.
  return new Response(null, { status: 503 });
}

/** A request without what it says: a stream must not keep that in memory to its end. */
type ToldCall = Omit<ChatCall, "body" | "headers">;

/** One delivery on its way to the client. */
class Delivering {
  readonly #call: ToldCall;
  readonly #delivery: Delivery;
  readonly #gateway: Gateway;
  readonly #state: GatewayState;
  readonly #headers: HeaderFields;

  constructor(
    { body: _body, headers: _headers, ...call }: ChatCall,
    delivery: Delivery,
    { gateway, state }: { gateway: Gateway; state: GatewayState },
  ) {
    this.#call = call;
    this.#delivery = delivery;
    this.#gateway = gateway;
    this.#state = state;
    this.#headers = answerHeaders(delivery, { requestId: call.id, redact: state.redact });
    // The gateway has tried what there is; a client that tries again at once makes it worse.
    const isExhausted = !delivery.answer && delivery.attempts.length >= 2;
    if (isExhausted) this.#headers.set("x-should-retry", "false");
  }

  response(): Response {
    const response = this.#make();
    this.#tell(response.status);
    const body = this.#delivery.answer?.body;
    if (body?.kind !== "stream") this.#tellEnd(body?.usage ?? {});
    return response;
  }

  #make(): Response {
    const { answer, passedOn, error } = this.#delivery;
    if (passedOn) return this.#upstreamError(passedOn);
    if (!answer) return this.#ownError(error!);
    const { body, status } = answer;
    if (body.kind === "stream") return this.#stream(body, status);
    const isStream = this.#call.isStream;
    this.#headers.set("content-type", isStream ? "text/event-stream" : "application/json");
    const pieces = isStream ? [...this.#preamble(), body.bytes] : this.#withNotice(body.bytes);
    return new Response(joinBytes(pieces), this.#head(status));
  }

  #withNotice(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
    const { notice } = this.#delivery;
    if (!notice || this.#state.config.notice === "off") return [bytes];
    return withField(bytes, "gateway_notice", notice);
  }

  /** What a stream says of a fallback, before its first event. */
  #preamble(): Uint8Array<ArrayBuffer>[] {
    const { notice } = this.#delivery;
    const how = this.#state.config.notice;
    return notice && how !== "off" ? [encoder.encode(noticeText(notice, how))] : [];
  }

  #stream(body: ConstructorParameters<typeof Relay>[0]["body"], status: number): Response {
    const { clock, openStreams } = this.#gateway;
    const { candidate } = this.#delivery;
    const relay = new Relay({
      body,
      preamble: this.#preamble(),
      protocol: this.#call.protocol,
      signal: this.#call.signal,
      clock,
      idleMs: candidate!.route.timeouts.idleMs,
      redact: this.#state.redact,
      onEnd: (end) => {
        openStreams.delete(relay);
        this.#streamEnded(end);
        this.#tellEnd(body.stream.reading.usage);
      },
    });
    openStreams.add(relay);
    this.#headers.set("content-type", "text/event-stream");
    // Proxies in between must neither keep nor collect it.
    this.#headers.set("cache-control", "no-cache");
    this.#headers.set("x-accel-buffering", "no");
    return new Response(relay.stream(), this.#head(status));
  }

  #streamEnded(end: StreamEnd): void {
    if (end.isComplete || end.isClientGone || end.reason === STOPPED) return;
    const { candidate, attempts } = this.#delivery;
    this.#state.fallback.failedAfterCommit(candidate!);
    this.#gateway.observer.attemptFailed({
      requestId: this.#call.id,
      protocol: this.#call.protocol,
      model: candidate!.model,
      route: candidate!.route.name,
      reason: end.reason ?? "cut",
      ms: attempts.at(-1)?.ms ?? 0,
      isCommitted: true,
    });
  }

  #upstreamError({ status, bytes, fault }: PassedOn): Response {
    const { protocol, id } = this.#call;
    const { candidate } = this.#delivery;
    const isSame = candidate!.route.protocols.includes(protocol);
    const text = new TextDecoder().decode(bytes);
    this.#headers.set("content-type", "application/json");
    // An error that was cut short, or is a page, is none that a client of its protocol could read.
    if (isSame && isObject(parseJson(text))) {
      return new Response(this.#state.redact(text), this.#head(status));
    }
    const client = codecOf(protocol);
    const error = toldError({ ...fault, status }, this.#state.redact);
    return Response.json(client.encodeError(error, id), this.#head(status));
  }

  #ownError(error: GatewayError): Response {
    const known = asGatewayError(error);
    const { protocol, id: requestId } = this.#call;
    const response = errorAnswer(known, { protocol, requestId });
    for (const [name, value] of this.#headers) response.headers.set(name, value);
    makeInert(response.headers, { isPage: false });
    return response;
  }

  /** All at once, as headers that are added to a finished answer cost several times as much. */
  #head(status: number): ResponseInit {
    makeInert(this.#headers, { isPage: false });
    return { status, headers: [...this.#headers] };
  }

  #tell(status: number): void {
    const { candidate, attempts, answer } = this.#delivery;
    const { id, protocol, endpoint, model, receivedAtMs, isStream } = this.#call;
    this.#gateway.observer.routed({
      requestId: id,
      protocol,
      endpoint,
      requestedModel: model,
      ...(candidate ? { model: candidate.model, route: candidate.route.name } : {}),
      status,
      attempts,
      ms: Math.round(this.#gateway.clock.nowMs() - receivedAtMs),
      isStream,
      losses: (answer?.losses ?? []).map(({ field }) => field),
    });
  }

  #tellEnd(usage: Usage): void {
    const { candidate } = this.#delivery;
    const { id: requestId, protocol, receivedAtMs, isStream } = this.#call;
    this.#gateway.observer.finished({
      requestId,
      protocol,
      ...(candidate ? { model: candidate.model, route: candidate.route.name } : {}),
      isStream,
      ms: Math.round(this.#gateway.clock.nowMs() - receivedAtMs),
      usage,
    });
  }
}

/** A named event breaks several clients, so a comment is the default. */
function noticeText(notice: GatewayNotice, how: "comment" | "event"): string {
  const json = JSON.stringify(notice);
  return how === "comment"
    ? writeComment(`gateway_notice ${json}`)
    : writeSse({ event: "gateway_notice", data: json });
}
