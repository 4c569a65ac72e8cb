/**
 * An upstream that breaks in the way that its URL names.
 *
 * The first segment of a request's path is the fault, the second says for whom, so that one server
 * stands in for all of them and counts each apart. Over `node:net`, because a connection of
 * `Deno.listen` can be closed, but not reset.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createServer, type Server, type Socket } from "node:net";
import { CHAT_ENDPOINT, type Protocol, PROTOCOLS } from "../../../lib/base/protocol.ts";
import { chunkBytes, headBytes, LAST_CHUNK } from "../../../lib/stub/http_bytes.ts";
import type { WireStep } from "../../../lib/stub/wire.ts";
import { eventually } from "../eventually.ts";
import { chatWire } from "../upstream/chat_wire.ts";
import { messagesWire } from "../upstream/messages_wire.ts";
import { responsesWire } from "../upstream/responses_wire.ts";
import { type Body, saidTo, type Wire } from "../upstream/wire.ts";

/** Every wire by protocol. */
export const WIRES: Readonly<Record<Protocol, Wire>> = {
  openai_chat: chatWire,
  openai_responses: responsesWire,
  anthropic_messages: messagesWire,
};

/** What proves, in each protocol, that an answer is finished. */
const PROOF = /"finish_reason":"|event: message_stop|event: response\.completed/;

/** What is done with one request. The connection is closed when it is over. */
export type Script = (exchange: FaultExchange) => Promise<void> | void;

/** A server that breaks. */
export interface FaultUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:40123` */
  origin: string;
  /** How many POSTs came for each fault and client: `/fault/client`. */
  posts: Map<string, number>;
  /** How many connections are open. */
  readonly openCount: number;
  /** How many connections were made. */
  readonly connectionCount: number;
  /** How many requests were left by the gateway before their script was over. */
  readonly leftCount: number;
  /** How many exchanges are under way. */
  readonly runningCount: number;
  /** Resolves when every connection is closed, and every script over. */
  idle(): Promise<void>;
}

/** Listens, and does with each request as the script says that its path names. */
export async function faultUpstream(
  scripts: Readonly<Record<string, Script>>,
  { onConnection }: { onConnection?: (socket: Socket) => boolean } = {},
): Promise<FaultUpstream> {
  const posts = new Map<string, number>();
  const open = new Set<Socket>();
  let connectionCount = 0;
  let leftCount = 0;
  let runningCount = 0;
  const server = createServer((socket) => {
    connectionCount++;
    open.add(socket);
    // What a script writes is on its way at once, not when the last piece was acknowledged.
    socket.setNoDelay(true);
    socket.on("close", () => open.delete(socket));
    // The gateway leaves a connection in any way it likes.
    socket.on("error", () => {});
    if (onConnection && !onConnection(socket)) return;
    const requests = new RequestReader(socket);
    let number = 0;
    requests.onRequest = async (request) => {
      const exchange = new FaultExchange(socket, request, number++);
      const [, fault = ""] = request.path.split("/");
      const key = `/${fault}/${exchange.client}`;
      posts.set(key, (posts.get(key) ?? 0) + 1);
      const script = scripts[fault];
      if (!script) throw new Error(`No script for ${request.path}`);
      runningCount++;
      await script(exchange);
      runningCount--;
      if (exchange.isLeft) leftCount++;
      if (!exchange.isKept) exchange.end();
    };
  });
  await listening(server);
  const { port } = server.address() as { port: number };
  return {
    origin: `http://127.0.0.1:${port}`,
    posts,
    get openCount() {
      return open.size;
    },
    get connectionCount() {
      return connectionCount;
    },
    get leftCount() {
      return leftCount;
    },
    get runningCount() {
      return runningCount;
    },
    idle: async () =>
      void await eventually("the upstream's peace", () => open.size === 0 && runningCount === 0),
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      await promise;
      await eventually("all connections to be closed", () => open.size === 0);
    },
  };
}

function listening(server: Server): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  // The backlog holds a burst of a thousand clients.
  server.listen({ port: 0, host: "127.0.0.1", backlog: 2048 }, () => resolve());
  return promise;
}

/** A request as far as a script looks at it. */
interface ReadRequest {
  path: string;
  body: Body;
}

/** Reads requests off one connection, one after the other. */
class RequestReader {
  onRequest: (request: ReadRequest) => Promise<void> = () => Promise.resolve();
  #received: Buffer[] = [];
  #length = 0;
  #wanted = 0;

  constructor(socket: Socket) {
    socket.on("data", (piece: Buffer) => this.#take(piece));
  }

  #take(piece: Buffer): void {
    this.#received.push(piece);
    this.#length += piece.length;
    if (this.#length < this.#wanted) return;
    const bytes = Buffer.concat(this.#received);
    const headEnd = bytes.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const head = bytes.subarray(0, headEnd).toString("latin1");
    const [, bodyLength = "0"] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
    this.#wanted = headEnd + 4 + Number(bodyLength);
    if (bytes.length < this.#wanted) return;
    const body = bytes.subarray(headEnd + 4, this.#wanted).toString("utf8");
    this.#received = [bytes.subarray(this.#wanted)];
    this.#length = bytes.length - this.#wanted;
    this.#wanted = 0;
    const [, path = ""] = head.split(" ", 2);
    void this.onRequest({ path, body: body === "" ? {} : JSON.parse(body) });
  }
}

/** One request, and the connection on which it is answered; `number` counts from 0 on each. */
export class FaultExchange {
  readonly path: string;
  /** For whom it is: the second segment of the path. */
  readonly client: string;
  readonly body: Body;
  readonly protocol: Protocol;
  readonly wire: Wire;
  /** Resolves when the connection is closed, by whomever. */
  readonly left: Promise<void>;
  /** Whether the gateway closed it before the script did. */
  isLeft = false;
  /** Whether the connection stays open for the next request. */
  isKept = false;
  readonly #socket: Socket;
  #isOver = false;

  constructor(socket: Socket, { path, body }: ReadRequest, readonly number: number) {
    this.#socket = socket;
    this.path = path;
    this.client = path.split("/")[2] ?? "";
    this.body = body;
    const [pathname = ""] = path.split("?");
    this.protocol = PROTOCOLS.find((one) => pathname.endsWith(CHAT_ENDPOINT[one])) ?? "openai_chat";
    this.wire = WIRES[this.protocol];
    const { promise, resolve } = Promise.withResolvers<void>();
    this.left = promise;
    const onClose = () => {
      this.isLeft ||= !this.#isOver;
      resolve();
    };
    if (socket.destroyed) onClose();
    socket.once("close", onClose);
    // The gateway's half of the connection ends first when it leaves.
    socket.once("end", onClose);
  }

  /** Whether the request asks for a stream. */
  get isStream(): boolean {
    return this.body.stream === true;
  }

  /** Whether anybody is there to write to. */
  get isOpen(): boolean {
    return !this.#socket.destroyed && !this.isLeft;
  }

  /** Bytes that wait for the gateway to read. */
  get unreadBytes(): number {
    return this.#socket.writableLength;
  }

  /** The whole answer's body. */
  whole(): string {
    return JSON.stringify(this.wire.whole(this.#said(), this.body));
  }

  /** The answer's events. */
  events(): string[] {
    return this.wire.events(this.#said(), this.body);
  }

  /** The events before the first word. */
  opening(): string[] {
    const events = this.events();
    return events.slice(0, events.findIndex((event) => event.includes("Grüße")));
  }

  /** The events before the one that proves the answer to be finished. */
  unfinished(): string[] {
    const events = this.events();
    return events.slice(0, events.findIndex((event) => PROOF.test(event)));
  }

  #said() {
    return saidTo(this.wire.asked(this.body), this.wire);
  }

  /** The body in the form that was asked for. */
  answer(): string {
    return this.isStream ? this.events().join("") : this.whole();
  }

  /** A head without a length: the body goes on until the connection is closed. */
  head(headers: Record<string, string> = {}, status = "200 OK"): string {
    const type = this.isStream ? "text/event-stream" : "application/json";
    const all = { "content-type": type, connection: "close", ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return `HTTP/1.1 ${status}\r\n${lines.join("")}\r\n`;
  }

  /** Writes; resolves when the bytes are on their way, or nobody is there any more. */
  write(data: string | Uint8Array): Promise<void> {
    if (!this.isOpen) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.write(data, () => resolve());
    return Promise.race([promise, this.left]);
  }

  /** Writes an answer with its length. */
  async send(body: string, headers: Record<string, string> = {}, status?: string): Promise<void> {
    const length = String(Buffer.byteLength(body));
    await this.write(this.head({ "content-length": length, ...headers }, status) + body);
  }

  /** Writes a piece of a chunked body. */
  async chunk(data: string | Uint8Array): Promise<void> {
    const bytes = Buffer.from(data as string);
    await this.write(
      Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]),
    );
  }

  /** Does what the stub's catalogue says, one answer to a connection. */
  async play(steps: Iterable<WireStep>): Promise<void> {
    let isChunked = false;
    for (const step of steps) {
      if (!this.isOpen) return;
      switch (step.do) {
        case "head":
          isChunked = step.length === undefined;
          await this.write(headBytes(step, true));
          break;
        case "body":
          await this.write(isChunked ? chunkBytes(step.bytes) : step.bytes);
          break;
        case "raw":
          await this.write(step.bytes);
          break;
        case "wait":
          await this.pause(step.ms);
          break;
        case "stall":
          await this.left;
          break;
        case "end":
          if (isChunked) await this.write(LAST_CHUNK);
          break;
        case "close":
          return this.end();
        case "reset":
        case "refuse":
          return this.reset();
        default:
          step satisfies never;
      }
    }
  }

  /** Waits, but no longer than anybody is there. */
  async pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    await Promise.race([promise, this.left]);
    clearTimeout(timer);
  }

  /** Ends the connection in order. */
  end(): void {
    this.#isOver = true;
    this.#socket.end();
    this.#socket.destroySoon();
  }

  /** Resets the connection, once what was written has left. */
  reset(): void {
    this.#isOver = true;
    this.#socket.resetAndDestroy();
  }
}
