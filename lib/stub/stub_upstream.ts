/**
 * An upstream inside the process: it speaks all protocols, without a network.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { GatewayError, kindOfStatus } from "../base/error.ts";
import {
  joinBytes,
  type Send,
  sourceOf,
  UpstreamFailure,
  type UpstreamRequest,
  type UpstreamResponse,
} from "../base/exchange.ts";
import { isObject, type JsonObject, parseJson } from "../base/json.ts";
import { CHAT_ENDPOINT, type Protocol, PROTOCOLS } from "../base/protocol.ts";
import { expandResponse } from "../chat/expand.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { StreamEvent } from "../chat/stream_event.ts";
import { writeSse } from "../sse/writer.ts";
import type { Codec } from "../translation/codec.ts";
import { codecOf } from "../translation/codecs.ts";
import { decodePrompt } from "../translation/anthropic_messages/request_decoder.ts";
import { estimateTokens } from "../translation/token_estimate.ts";
import { answerTo } from "./answer.ts";
import { type Behaviour, parseBehaviour } from "./behaviour.ts";
import { embeddingsFor } from "./embeddings.ts";
import { paced } from "./pace.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What one request asks of the stub. */
interface Asked {
  behaviour: Behaviour;
  endpoint: string;
  body: JsonObject;
  /** The how-manyth request to this stub it is, from 1. */
  call: number;
  signal: AbortSignal;
}

/** Answers `stub:` requests. Counts the requests to each URL, so each route fails on its own. */
export class StubUpstream {
  readonly #clock: Clock;
  readonly #calls = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly send: Send = async (request, signal) => {
    const asked = this.#asked(request, signal);
    await this.#wait(asked.behaviour.delayMs, signal);
    const { behaviour, call } = asked;
    if (failsOn(behaviour, call)) return failure(asked);
    const protocol = PROTOCOLS.find((one) => asked.endpoint === CHAT_ENDPOINT[one]);
    return protocol ? this.#chat(asked, protocol) : sideEndpoint(asked);
  };

  #asked(request: UpstreamRequest, signal: AbortSignal): Asked {
    const parsed = parseBehaviour(request.url);
    // The configuration was checked, so this is a bug, not an answer.
    if ("problem" in parsed) throw new GatewayError("internal", parsed.problem);
    const [, ...path] = request.url.pathname.split("/v1");
    const key = request.url.href.replace(/\/v1[^?]*/, "");
    const call = (this.#calls.get(key) ?? 0) + 1;
    this.#calls.set(key, call);
    const body = parseJson(decoder.decode(joinBytes(request.body ?? [])));
    return {
      behaviour: parsed.behaviour,
      endpoint: path.join("/v1"),
      body: isObject(body) ? body : {},
      call,
      signal,
    };
  }

  #chat(asked: Asked, protocol: Protocol): UpstreamResponse {
    const codec = codecOf(protocol);
    try {
      const request = codec.decodeRequest(asked.body);
      const context = contextOf(request, asked);
      const answer = answerTo(request, {
        id: context.id,
        inputTokens: context.estimatedInputTokens,
      });
      if (!request.stream) return json(200, codec.encodeResponse(answer, context));
      const stream = codec.streamEncoder(context);
      const chunks = expandResponse(answer).flatMap(inWords)
        .flatMap((event) => stream.push(event)).map(writeSse);
      return eventStream(chunks, (ms) => this.#wait(ms, asked.signal), asked.behaviour.chunkMs);
    } catch (error) {
      if (error instanceof GatewayError) return errorAnswer(codec, error, asked);
      throw error;
    }
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new UpstreamFailure("aborted");
    if (ms === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancelTimer = this.#clock.after(ms, resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    cancelTimer();
    if (signal.aborted) throw new UpstreamFailure("aborted");
  }
}

/** The first request fails, then every so-manyth: a newcomer sees the failure at once. */
function failsOn({ failEvery }: Behaviour, call: number): boolean {
  return failEvery > 0 && (call - 1) % failEvery === 0;
}

function contextOf(request: ChatRequest, asked: Asked) {
  return {
    id: `stub-${asked.behaviour.name}-${asked.call}`,
    createdAt: 0,
    model: request.model,
    includeUsage: request.includeUsage ?? false,
    estimatedInputTokens: estimateTokens(request),
  };
}

function protocolOf(endpoint: string): Protocol {
  return PROTOCOLS.find((one) => endpoint.startsWith(CHAT_ENDPOINT[one])) ?? "openai_chat";
}

function failure(asked: Asked): UpstreamResponse {
  const { status } = asked.behaviour;
  const error = new GatewayError(kindOfStatus(status), `The stub fails on purpose`, { status });
  return errorAnswer(codecOf(protocolOf(asked.endpoint)), error, asked);
}

function errorAnswer(codec: Codec, error: GatewayError, asked: Asked): UpstreamResponse {
  const response = json(error.status, codec.encodeError(error, `stub-${asked.call}`));
  const { retryAfter } = asked.behaviour;
  if (retryAfter !== undefined) response.headers.set("retry-after", String(retryAfter));
  return response;
}

/** Everything beside the chat endpoints that a stub can answer. */
function sideEndpoint(asked: Asked): UpstreamResponse {
  if (asked.endpoint === "/embeddings") return json(200, embeddingsFor(asked.body));
  const codec = codecOf(protocolOf(asked.endpoint));
  if (asked.endpoint === "/messages/count_tokens") {
    const request = decodePrompt(asked.body);
    return json(200, { input_tokens: estimateTokens(request) });
  }
  const error = new GatewayError("not_found", `The stub does not serve ${asked.endpoint}`);
  return errorAnswer(codec, error, asked);
}

/** A model's words come one after the other. */
function inWords(event: StreamEvent): StreamEvent[] {
  if (event.type !== "block-delta") return [event];
  const words = event.text.match(/\s*\S+\s*$|\s*\S+/g) ?? [event.text];
  return words.map((text) => ({ type: "block-delta", text }));
}

function json(status: number, body: JsonObject): UpstreamResponse {
  return {
    status,
    headers: new Headers({ "content-type": "application/json" }),
    body: sourceOf([encoder.encode(JSON.stringify(body))]),
  };
}

function eventStream(
  chunks: string[],
  wait: (ms: number) => Promise<void>,
  chunkMs: number,
): UpstreamResponse {
  const pieces = chunks.map((chunk) => encoder.encode(chunk));
  return {
    status: 200,
    headers: new Headers({ "content-type": "text/event-stream" }),
    body: paced(sourceOf(pieces), () => wait(chunkMs)),
  };
}
