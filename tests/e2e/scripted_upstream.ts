/**
 * Upstreams on the loopback that do as a test says, and remember what they were asked.
 *
 * @module
 */
import { CHAT_ENDPOINT, type Protocol } from "../../lib/base/protocol.ts";
import { chatWire } from "./upstream/chat_wire.ts";
import { messagesWire } from "./upstream/messages_wire.ts";
import { responsesWire } from "./upstream/responses_wire.ts";
import { type Body, saidTo, type Wire } from "./upstream/wire.ts";

/** Every wire by protocol. */
const WIRES: Readonly<Record<Protocol, Wire>> = {
  openai_chat: chatWire,
  openai_responses: responsesWire,
  anthropic_messages: messagesWire,
};

/** A request as it came. */
export interface ReceivedRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: Headers;
  bytes: Uint8Array<ArrayBuffer>;
  /** The parsed body; `undefined` when it is not JSON. */
  body: Body;
}

/** An upstream that listens. */
export interface ScriptedUpstream extends AsyncDisposable {
  /** A base URL with its version: `http://127.0.0.1:40123/v1`. */
  url: string;
  /** Every request, in the order in which they came. */
  requests: ReceivedRequest[];
  /** How many POSTs came. */
  readonly postCount: number;
  /** The last request. */
  readonly last: ReceivedRequest;
  /** How many requests were left by their sender before the end of the answer. */
  readonly leftCount: number;
}

/** What an upstream speaks. */
export interface Speaking {
  protocol: Protocol;
}

/** Answers as the real service does, and refuses what the real service refuses. */
export function answeringUpstream({ protocol }: Speaking): ScriptedUpstream {
  const wire = WIRES[protocol];
  return listen((request) => {
    const endpoint = request.path.replace(/^\/v1|\?.*$/g, "");
    if (endpoint !== CHAT_ENDPOINT[protocol]) return sideAnswer(endpoint, request);
    const problem = wire.problem(request.body, request.headers);
    if (problem) return Response.json(wire.error(400, problem), { status: 400 });
    const asked = wire.asked(request.body);
    const said = saidTo(asked, wire);
    if (!asked.isStream) return Response.json(wire.whole(said, request.body), { headers: TOLD });
    return eventStream(tornApart(wire.events(said, request.body).join("")));
  });
}

/** What a failing upstream says. */
export interface Failing {
  status: number;
  headers?: Record<string, string>;
  protocol?: Protocol;
  message?: string;
}

/** Answers everything with one error, in its protocol's shape. */
export function failingUpstream(failing: Failing): ScriptedUpstream {
  const { status, headers = {}, protocol = "openai_chat", message = "It failed" } = failing;
  return listen(() => Response.json(WIRES[protocol].error(status, message), { status, headers }));
}

/** The URL of a port that nobody listens on. */
export function deadUpstream(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return `http://127.0.0.1:${port}/v1`;
}

/** Streams the first `count` events of an answer, and then nothing more. */
export function upstreamThatStallsAfter(count: number, speaking: Speaking): ScriptedUpstream {
  return listen(({ body }) => eventStream(firstEvents(count, { body, ...speaking }), "stay open"));
}

/** Streams the first `count` events of an answer, and then breaks the connection. */
export function upstreamCutAfter(count: number, speaking: Speaking): ScriptedUpstream {
  return listen(({ body }) => eventStream(firstEvents(count, { body, ...speaking }), "break off"));
}

/** Answers with what `answer` makes of a request. */
export function listen(
  answer: (request: ReceivedRequest) => Response | Promise<Response>,
): ScriptedUpstream {
  const requests: ReceivedRequest[] = [];
  let leftCount = 0;
  const closing = new AbortController();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: closing.signal,
    onListen: () => {},
    // A stream that breaks off on purpose is no news.
    onError: () => new Response(null, { status: 500 }),
  }, async (request) => {
    request.signal.addEventListener("abort", () => leftCount++);
    const received = await receive(request);
    requests.push(received);
    return await answer(received);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/v1`,
    requests,
    get postCount() {
      return requests.filter(({ method }) => method === "POST").length;
    },
    get last() {
      return requests.at(-1)!;
    },
    get leftCount() {
      return leftCount;
    },
    [Symbol.asyncDispose]: async () => {
      // Not `shutdown()`, which would wait for answers that are never given.
      closing.abort();
      await server.finished;
    },
  };
}

async function receive(request: Request): Promise<ReceivedRequest> {
  const { pathname, search } = new URL(request.url);
  const bytes = new Uint8Array(await request.arrayBuffer());
  return {
    method: request.method,
    path: pathname + search,
    headers: request.headers,
    bytes,
    body: jsonOf(bytes),
  };
}

function jsonOf(bytes: Uint8Array): Body {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/** Headers of the real services, some of which clients must see, others not. */
const TOLD = {
  "x-request-id": "req_upstream",
  "x-ratelimit-remaining-requests": "99",
  "set-cookie": "tracking=1",
  "access-control-allow-origin": "*",
  server: "scripted",
};

/** Everything beside the chat endpoint: embeddings, token counts, and an echo. */
function sideAnswer(endpoint: string, { body, bytes }: ReceivedRequest): Response {
  if (endpoint === "/embeddings") {
    const data = [{ object: "embedding", index: 0, embedding: [0.25, -0.5] }];
    const usage = { prompt_tokens: 2, total_tokens: 2 };
    return Response.json({ object: "list", data, model: body.model, usage }, { headers: TOLD });
  }
  if (endpoint === "/messages/count_tokens") return Response.json({ input_tokens: 12 });
  return Response.json({ object: "echo", endpoint, byteLength: bytes.length });
}

function firstEvents(count: number, { body, protocol }: Speaking & { body: Body }): string[] {
  const wire = WIRES[protocol];
  return wire.events(saidTo(wire.asked(body), wire), body).slice(0, count);
}

/** Pieces of a length that no event, line or character cares about. */
export function tornApart(text: string): Uint8Array<ArrayBuffer>[] {
  const bytes = new TextEncoder().encode(text);
  const count = Math.ceil(bytes.length / PIECE_BYTES);
  return Array.from(
    { length: count },
    (_, index) => bytes.slice(index * PIECE_BYTES, (index + 1) * PIECE_BYTES),
  );
}

const PIECE_BYTES = 61;

/** An answer that streams `pieces`. */
export function eventStream(
  pieces: (string | Uint8Array<ArrayBuffer>)[],
  atEnd: "close" | "stay open" | "break off" = "close",
): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const piece = pieces.shift();
      if (piece !== undefined) {
        controller.enqueue(typeof piece === "string" ? encoder.encode(piece) : piece);
      } else if (atEnd === "close") {
        controller.close();
      } else if (atEnd === "break off") {
        controller.error(new Error("Broken off on purpose"));
      }
    },
  });
  return new Response(body, { headers: { ...TOLD, "content-type": "text/event-stream" } });
}
