/**
 * Sends one HTTP request to an upstream, once: the only place where bytes leave the gateway.
 *
 * Over `node:http` rather than `fetch`: `fetch` re-sends a POST behind its caller's back when a
 * reused connection closes, has no connect timeout, and costs three times as much per chunk of a
 * burst. See `docs/decisions/0002-upstream-transport.md` for the figures.
 *
 * @module
 */
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Socket } from "node:net";
import {
  type ByteSource,
  type FailureReason,
  joinBytes,
  type Send,
  UpstreamFailure,
  type UpstreamRequest,
  type UpstreamResponse,
} from "../base/exchange.ts";
import { headerFieldsOf } from "../base/header_fields.ts";

/** How much of a body may wait for its reader before the connection is told to pause. */
const MAX_WAITING_BYTES = 256 * 1024;
/** Bodies up to this size leave in one write with their head; copying larger ones costs more. */
const MAX_JOINED_BYTES = 64 * 1024;
const DEFAULT_KEEP_ALIVE_MS = 30_000;

/** How an HTTP client sends, and how it is shut down. */
export interface Transport {
  send: Send;
  /** Loads the client ahead of the first request. */
  warmUp(): Promise<void>;
  /** Ends idle and running connections. */
  close(): void;
}

/** Settings of the connections to all upstreams. */
export interface TransportOptions {
  /** Connections per upstream; absent: as many as there are requests. */
  maxConnections?: number;
  /** How long an idle connection is kept, in milliseconds. */
  keepAliveMs?: number;
  /** What stands between, by the scheme of the upstream, and the hosts that are reached directly. */
  proxy?: { http?: string; https?: string; exempt: string };
}

/** What sends over one scheme, and the connections that it makes. */
interface Client {
  request(options: RequestOptions): ClientRequest;
  /** Keeps connections for later requests. */
  keeping: Agent;
  /** Makes a connection for each request. */
  fresh: Agent;
}

/** A transport over HTTP and HTTPS, whose clients are loaded when they are first needed. */
export function httpTransport(options: TransportOptions = {}): Transport {
  const clients = new Map<string, Promise<Client>>();
  const clientFor = (scheme: string) => {
    const client = clients.get(scheme) ?? loadClient(scheme, options);
    clients.set(scheme, client);
    return client;
  };
  return {
    send: async (request, signal) => {
      const client = await clientFor(request.url.protocol);
      return await new Exchange(request, signal).start(client, request);
    },
    warmUp: async () => void await clientFor("http:"),
    close: () => {
      for (const client of clients.values()) {
        void client.then(({ keeping, fresh }) => [keeping, fresh].forEach((one) => one.destroy()));
      }
      clients.clear();
    },
  };
}

/**
 * No authorities of our own, so the runtime's store is asked, which knows of `NODE_EXTRA_CA_CERTS`
 * too. Left out, Deno would list them all where that variable is set, for which it wants
 * `--allow-sys`: without it, every request over TLS would fail.
 */
const TRUST = { ca: "" };

async function loadClient(scheme: string, options: TransportOptions): Promise<Client> {
  const { Agent, request } = scheme === "https:"
    ? await import("node:https")
    : await import("node:http");
  const settings = { ...TRUST, ...proxyOf(options) };
  const keeping = new Agent({
    keepAlive: true,
    maxSockets: options.maxConnections ?? Infinity,
    timeout: options.keepAliveMs ?? DEFAULT_KEEP_ALIVE_MS,
    ...settings,
  });
  return { request, keeping, fresh: new Agent({ keepAlive: false, ...settings }) };
}

/** Through a proxy, as Node's agents take it: by the variables that name it. */
function proxyOf({ proxy }: TransportOptions): Record<string, unknown> {
  if (!proxy) return {};
  const { http, https, exempt } = proxy;
  return { proxyEnv: { HTTP_PROXY: http, HTTPS_PROXY: https, NO_PROXY: exempt } };
}

/** What each kept connection had brought when its last answer was over. */
const bytesAtEnd = new WeakMap<Socket, number>();

/** Who waits for the next piece of a body. */
interface Reader {
  resolve(piece: Uint8Array<ArrayBuffer> | undefined): void;
  reject(failure: UpstreamFailure): void;
}

/** One request and its answer: the connection pushes into it, the reader pulls from it. */
class Exchange implements ByteSource {
  // Of the request only what an answer under way still needs: its body must not live as long.
  readonly #connectTimeoutMs: number;
  readonly #isSecure: boolean;
  readonly #signal: AbortSignal;
  readonly #onAbort = () => this.#stop();
  /** Who waits for the head; nobody after it came, as its headers need not live as long. */
  #waiter: PromiseWithResolvers<UpstreamResponse> | undefined = Promise.withResolvers();
  #request: ClientRequest | undefined;
  #socket: Socket | undefined;
  /** Whether the connection has served an earlier request. */
  #isReused = false;
  /** Until then nothing of the request can have been sent. */
  #isConnected = false;
  /** What earlier answers had brought over the connection. */
  #bytesBefore = 0;
  #message: IncomingMessage | undefined;
  #connectTimer: ReturnType<typeof setTimeout> | undefined;
  /** Pieces of the body that nobody has read yet, and how long they are together. */
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #waitingBytes = 0;
  /** What a reader waits for while no piece is here. */
  #reader: Reader | undefined;
  #isWaking = false;
  #isEnded = false;
  #failure: UpstreamFailure | undefined;

  constructor({ url, connectTimeoutMs }: UpstreamRequest, signal: AbortSignal) {
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#isSecure = url.protocol === "https:";
    this.#signal = signal;
  }

  start(client: Client, asked: UpstreamRequest): Promise<UpstreamResponse> {
    if (this.#signal.aborted) throw new UpstreamFailure("aborted");
    this.#signal.addEventListener("abort", this.#onAbort);
    const { promise } = this.#waiter!;
    try {
      this.#send(client, asked);
    } catch (error) {
      this.#fail(error as Error);
    }
    return promise;
  }

  #send(client: Client, asked: UpstreamRequest): void {
    const { url, method, headers, body = [], isFresh = false } = asked;
    const length = body.reduce((sum, piece) => sum + piece.length, 0);
    const request = client.request({
      ...targetOf(url),
      agent: isFresh ? client.fresh : client.keeping,
      method,
      headers: {
        ...Object.fromEntries(headers),
        ...(asked.body ? { "content-length": length } : {}),
      },
    });
    this.#request = request;
    if (asked.hold) holdUntilSent(request, asked.hold());
    request.on("socket", (socket) => this.#onSocket(request, socket));
    request.on("response", (message) => this.#onResponse(message));
    // Nobody asked for another protocol; unheard, such an answer would be waited for.
    request.on("upgrade", () => this.#break("reset"));
    request.on("error", (error) => this.#fail(error));
    const pieces = length <= MAX_JOINED_BYTES && body.length > 1 ? [joinBytes(body)] : body;
    for (const piece of pieces.slice(0, -1)) request.write(piece);
    request.end(pieces.at(-1));
  }

  #onSocket(request: ClientRequest, socket: Socket): void {
    this.#socket = socket;
    this.#bytesBefore = socket.bytesRead;
    this.#isConnected = !socket.connecting;
    this.#isReused = request.reusedSocket;
    // Deno sends a request of up to 1 MiB a second time when a connection that it knows to be
    // reused closes before the answer: a second bill that nobody counts. So it must not know.
    request.reusedSocket = false;
    // What came while nobody had asked anything would be taken for the answer to this request.
    if (this.#isReused && bytesAtEnd.get(socket) !== this.#bytesBefore) return this.#break("stale");
    if (!this.#isConnected) this.#watchConnect(socket);
  }

  /** Only a new connection has to be made in time; the head's deadline is the caller's. */
  #watchConnect(socket: Socket): void {
    this.#connectTimer = setTimeout(() => {
      this.#fail(new UpstreamFailure("connect-timeout"));
      this.#request!.destroy();
    }, this.#connectTimeoutMs);
    socket.once(this.#isSecure ? "secureConnect" : "connect", () => {
      this.#isConnected = true;
      this.#stopConnectTimer();
    });
  }

  #stopConnectTimer(): void {
    clearTimeout(this.#connectTimer);
    this.#connectTimer = undefined;
  }

  #onResponse(message: IncomingMessage): void {
    this.#message = message;
    message.on("data", (chunk: Uint8Array<ArrayBuffer>) => this.#onData(chunk));
    message.on("end", () => this.#onEnd(message));
    message.on("error", (error) => this.#fail(error));
    message.on("aborted", () => this.#fail(new UpstreamFailure("reset")));
    const { statusCode = 502, rawHeaders } = message;
    this.#waiter?.resolve({ status: statusCode, headers: headerFieldsOf(rawHeaders), body: this });
    this.#waiter = undefined;
  }

  #onData(chunk: Uint8Array<ArrayBuffer>): void {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#message!.pause();
    this.#wake();
  }

  #onEnd(message: IncomingMessage): void {
    // A body that is shorter than its head promised also ends; only `complete` tells.
    if (!message.complete) return this.#fail(new UpstreamFailure("reset"));
    this.#isEnded = true;
    bytesAtEnd.set(this.#socket!, this.#socket!.bytesRead);
    this.#finish();
  }

  read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      if (this.#waiting.length > 0 || this.#failure || this.#isEnded) this.#wake();
    });
  }

  /** Not at once: what comes in one go is to be read in one piece. */
  #wake(): void {
    if (!this.#reader || this.#isWaking) return;
    this.#isWaking = true;
    queueMicrotask(this.#serve);
  }

  /** Gives the reader everything that came until now, in one piece; or the end. */
  readonly #serve = (): void => {
    this.#isWaking = false;
    const { resolve, reject } = this.#reader!;
    this.#reader = undefined;
    const pieces = this.#waiting;
    if (pieces.length === 0) return this.#failure ? reject(this.#failure) : resolve(undefined);
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (this.#message?.isPaused()) this.#message.resume();
    resolve(joinBytes(pieces));
  };

  cancel(): void {
    if (!this.#isEnded && !this.#failure) this.#stop();
  }

  #stop(): void {
    this.#fail(new UpstreamFailure("aborted"));
    this.#request?.destroy();
  }

  #break(reason: FailureReason): void {
    this.#fail(new UpstreamFailure(reason));
    this.#socket?.destroy();
  }

  #fail(error: Error): void {
    if (this.#isEnded || this.#failure) return;
    this.#failure = error instanceof UpstreamFailure
      ? error
      : new UpstreamFailure(this.#reasonOf(error), { cause: error });
    this.#waiter?.reject(this.#failure);
    this.#finish();
  }

  #finish(): void {
    this.#stopConnectTimer();
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#wake();
  }

  /** What an error means depends on when it came: sent is only what a connection could carry. */
  #reasonOf(error: Error): FailureReason {
    if (this.#isConnected) {
      const isStale = this.#isReused && this.#socket?.bytesRead === this.#bytesBefore;
      return isStale ? "stale" : "reset";
    }
    const code = String((error as { code?: unknown }).code ?? "");
    return REASON_OF_CODE[code] ?? (this.#isSecure ? "tls" : "refused");
  }
}

/** Until all of the request is sent, or will never be. */
function holdUntilSent(request: ClientRequest, release: () => void): void {
  const over = () => {
    request.off("finish", over).off("close", over);
    release();
  };
  request.on("finish", over).on("close", over);
}

/** By URL, as those without a query are the same for every request. */
const targets = new WeakMap<URL, RequestOptions>();

/** Where a URL points, as the client takes it; userinfo becomes a header, as in browsers. */
function targetOf(url: URL): RequestOptions {
  const known = targets.get(url);
  if (known) return known;
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const auth = url.username === "" && url.password === ""
    ? {}
    : { auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` };
  const port = url.port === "" ? {} : { port: Number(url.port) };
  const target = { hostname, ...port, path: url.pathname + url.search, ...auth };
  targets.set(url, target);
  return target;
}

/** Error codes of sockets and of the resolver, and what each means before there is a connection. */
const REASON_OF_CODE: Readonly<Record<string, FailureReason>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "refused",
  ENETUNREACH: "refused",
  EADDRNOTAVAIL: "refused",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  EAI_NODATA: "dns",
  ETIMEDOUT: "connect-timeout",
};
