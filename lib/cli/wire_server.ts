/**
 * A server that does on a connection exactly what it is told: also to tear it down, to fall silent,
 * or to write what is no HTTP.
 *
 * Over `node:net`, which is loaded only here: `Deno.serve` keeps the socket to itself, and a
 * `Deno.Conn` can close a connection (FIN) but not reset it (RST).
 *
 * @module
 */
import type { Server, Socket } from "node:net";
import type { StubAnswer } from "../app/stub_app.ts";
import { isEventStream } from "../base/answer_head.ts";
import { joinBytes } from "../base/exchange.ts";
import { chunkBytes, headBytes, LAST_CHUNK } from "../stub/http_bytes.ts";
import type { WireStep } from "../stub/wire.ts";
import { HttpReader, MalformedRequest, type RawRequest } from "./http_reader.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How it is served. */
export interface WireOptions {
  hostname: string;
  port: number;
  answer: (request: Request) => Promise<StubAnswer>;
  /** Hears of a failure that nobody foresaw. */
  unexpected: (error: unknown) => void;
}

/** A server that listens. */
export interface WireServer {
  addr: { hostname: string; port: number };
  /** Listens no more, and resolves when the last answer is over; idle connections end at once. */
  shutdown(): Promise<void>;
  /** Tears down what is left. */
  destroy(): void;
}

/** Requests that wait for an answer on one connection take no more memory than this. */
const MAX_WAITING_BYTES = 256 * 1024;

const encoder = new TextEncoder();
const NOTHING: Bytes = new Uint8Array(0);

/**
 * Begins to listen.
 *
 * @throws {Deno.errors.AddrInUse} When the port is taken.
 */
export async function serveWire(options: WireOptions): Promise<WireServer> {
  const { createServer } = await import("node:net");
  const connections = new Set<Connection>();
  let isClosing = false;
  let listener: Server;
  const open = (port: number) => {
    listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const connection = new Connection(socket, { ...options, refuse });
      connections.add(connection);
      void connection.serve().finally(() => {
        connections.delete(connection);
        if (isClosing && connections.size === 0) idle.resolve();
      });
      if (isClosing) connection.finish();
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    listener.once("error", reject);
    listener.listen({ host: options.hostname, port }, resolve);
    return promise;
  };
  const idle = Promise.withResolvers<void>();
  // The port is let go and taken again: for so long, whoever connects is refused by the system.
  const refuse = (ms: number) => {
    const { port } = listener.address() as { port: number };
    listener.close();
    setTimeout(() => {
      if (!isClosing) void open(port).catch(options.unexpected);
    }, ms);
  };
  await open(options.port).catch(rethrown);
  const { address, port } = listener!.address() as { address: string; port: number };
  return {
    addr: { hostname: address, port },
    shutdown: async () => {
      isClosing = true;
      listener.close();
      if (connections.size === 0) return;
      for (const connection of connections) connection.finish();
      await idle.promise;
    },
    destroy: () => connections.forEach((connection) => connection.reset()),
  };
}

/** Node's errors as Deno's own, which the command line knows how to tell. */
function rethrown(error: Error & { code?: string }): never {
  if (error.code === "EADDRINUSE") throw new Deno.errors.AddrInUse(error.message);
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND") {
    throw new Deno.errors.AddrNotAvailable(error.message);
  }
  if (error.code === "EACCES") throw new Deno.errors.PermissionDenied(error.message);
  throw error;
}

/** One client's connection. */
class Connection {
  readonly #socket: Socket;
  readonly #options: WireOptions & { refuse(ms: number): void };
  readonly #left = new AbortController();
  readonly #reader: HttpReader;
  #arrived: Bytes[] = [];
  #arrivedBytes = 0;
  #isAtEnd = false;
  #wake: (() => void) | undefined;
  #isBusy = false;
  #isLast = false;

  constructor(socket: Socket, options: WireOptions & { refuse(ms: number): void }) {
    this.#socket = socket;
    this.#options = options;
    this.#reader = new HttpReader(
      () => this.#read(),
      () => void socket.write("HTTP/1.1 100 Continue\r\n\r\n"),
    );
    socket.on("data", (bytes: Bytes) => this.#onData(bytes));
    socket.on("drain", () => this.#wake?.());
    socket.on("end", () => this.#onLeft());
    socket.on("close", () => this.#onLeft());
    // A client that tears the connection down has left, which `close` tells, too.
    socket.on("error", () => this.#onLeft());
  }

  /** Answers its requests, one after the other. */
  async serve(): Promise<void> {
    try {
      while (!this.#isLast) {
        const request = await this.#reader.next();
        if (request === undefined) break;
        this.#isBusy = true;
        if (!request.isKept) this.#isLast = true;
        await this.#answer(request);
        this.#isBusy = false;
      }
    } catch (error) {
      await this.#refuse(error);
    }
    if (!this.#socket.destroyed) this.#socket.end();
  }

  /** Ends it after the answer that is under way, or at once. */
  finish(): void {
    this.#isLast = true;
    if (!this.#isBusy) this.#socket.destroy();
  }

  /** Tears it down. */
  reset(): void {
    this.#isLast = true;
    this.#socket.resetAndDestroy();
  }

  async #refuse(error: unknown): Promise<void> {
    if (this.#left.signal.aborted) return;
    if (!(error instanceof MalformedRequest)) this.#options.unexpected(error);
    const status = error instanceof MalformedRequest ? error.status : 500;
    this.#isLast = true;
    await this.#play(headAnd(status, "The request is not HTTP that this stub reads\n"), false);
  }

  async #answer(raw: RawRequest): Promise<void> {
    const { signal } = this.#left;
    const request = requestOf(raw, signal);
    const answer = await this.#options.answer(request);
    const isHead = raw.method === "HEAD";
    if (answer instanceof Response) return await this.#respond(answer, isHead);
    await this.#play(answer, isHead);
  }

  async #respond(response: Response, isHead: boolean): Promise<void> {
    const headers = [...response.headers];
    const isStream = isEventStream(response.headers);
    const bytes = isStream ? undefined : new Uint8Array(await response.arrayBuffer());
    const framing = bytes === undefined ? {} : { length: bytes.length };
    await this.#step({ do: "head", status: response.status, headers, ...framing });
    if (isHead) {
      await this.#write(NOTHING);
      return void response.body?.cancel();
    }
    if (bytes !== undefined) return await this.#write(bytes);
    const body = response.body!.getReader();
    this.#left.signal.addEventListener("abort", () => void body.cancel().catch(() => {}));
    for (let piece = await body.read(); !piece.done; piece = await body.read()) {
      await this.#step({ do: "body", bytes: piece.value });
    }
    await this.#step({ do: "end" });
  }

  async #play(steps: Iterable<WireStep>, isHead: boolean): Promise<void> {
    for (const step of steps) {
      if (this.#left.signal.aborted) return;
      // A head alone is asked for: what would follow it is not sent.
      if (isHead && (step.do === "body" || step.do === "end")) continue;
      await this.#step(step);
    }
    if (isHead) await this.#write(NOTHING);
  }

  /** How the body is framed, as the head said. */
  #isChunked = false;
  /** A head, until what follows it: most answers then leave in one piece. */
  #held: Bytes | undefined;

  async #step(step: WireStep): Promise<void> {
    switch (step.do) {
      case "wait":
        return await this.#pause(step.ms);
      case "stall":
        return await this.#pause();
      case "head":
        this.#isChunked = step.length === undefined;
        this.#held = headBytes(step, this.#isLast);
        return;
      case "body":
        return await this.#write(this.#isChunked ? chunkBytes(step.bytes) : step.bytes);
      case "raw":
        return await this.#write(step.bytes);
      case "end":
        return await this.#write(this.#isChunked ? LAST_CHUNK : NOTHING);
      case "close":
        this.#isLast = true;
        await this.#write(NOTHING);
        return void this.#socket.end();
      case "reset":
        return this.reset();
      case "refuse":
        this.#options.refuse(step.ms);
        return this.reset();
      default:
        return step satisfies never;
    }
  }

  /** Waits for so long, or for ever; in either case no longer than the client stays. */
  async #pause(ms?: number): Promise<void> {
    await this.#write(NOTHING);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    const { signal } = this.#left;
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (!signal.aborted) await promise;
    clearTimeout(timer);
  }

  /** Writes, behind the head that is held back. */
  async #write(bytes: Bytes): Promise<void> {
    const all = this.#held === undefined ? bytes : joinBytes([this.#held, bytes]);
    this.#held = undefined;
    if (all.length === 0 || this.#left.signal.aborted) return;
    if (this.#socket.write(all)) return;
    while (this.#socket.writableNeedDrain && !this.#left.signal.aborted) await this.#news();
  }

  async #read(): Promise<Bytes | undefined> {
    while (this.#arrived.length === 0) {
      if (this.#isAtEnd) return undefined;
      await this.#news();
    }
    const bytes = this.#arrived.shift()!;
    this.#arrivedBytes -= bytes.length;
    if (this.#socket.isPaused()) this.#socket.resume();
    return bytes;
  }

  #onData(bytes: Bytes): void {
    this.#arrived.push(bytes);
    this.#arrivedBytes += bytes.length;
    if (this.#arrivedBytes > MAX_WAITING_BYTES) this.#socket.pause();
    this.#wake?.();
  }

  /** The client sends no more: nobody who asks for an answer does that before it is there. */
  #onLeft(): void {
    this.#isAtEnd = true;
    this.#left.abort();
    this.#wake?.();
  }

  async #news(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await promise;
    this.#wake = undefined;
  }
}

function requestOf({ method, target, headers, body }: RawRequest, signal: AbortSignal): Request {
  const url = URL.parse(target.startsWith("/") ? `http://${headers.get("host")}${target}` : target);
  if (url === null || !headers.has("host")) {
    throw new MalformedRequest(400, "The request names no host");
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  try {
    return new Request(url, { method, headers, signal, ...(hasBody ? { body } : {}) });
  } catch {
    throw new MalformedRequest(400, "The request is none that can be answered");
  }
}

function headAnd(status: number, text: string): WireStep[] {
  const bytes = encoder.encode(text);
  const headers = [["content-type", "text/plain"]] as const;
  return [
    { do: "head", status, headers, length: bytes.length },
    { do: "body", bytes },
    { do: "end" },
  ];
}
