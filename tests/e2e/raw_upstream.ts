/**
 * Upstreams that write bytes, so that they can also write what no HTTP server would.
 *
 * @module
 */

const encoder = new TextEncoder();

/** An upstream that follows a script on each connection. */
export interface RawUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:40123` */
  origin: string;
  port: number;
  /** Every request that came whole: head and body, bytes as characters. */
  requests: string[];
  /** How many connections were made. */
  readonly connectionCount: number;
  /** How many of them are open. */
  readonly openCount: number;
}

/** What an upstream does with one connection; `index` counts them from 0. */
export type Script = (connection: RawConnection, index: number) => Promise<void>;

/** Listens on the loopback and runs `script` on every connection, which then ends. */
export function rawUpstream(script: Script, hostname = "127.0.0.1"): RawUpstream {
  const listener = Deno.listen({ hostname, port: 0 });
  const { port } = listener.addr;
  const open = new Set<RawConnection>();
  const requests: string[] = [];
  let connectionCount = 0;
  const serveOne = async (connection: RawConnection, index: number) => {
    open.add(connection);
    try {
      await script(connection, index);
    } catch {
      // The client left, or the test is over: nobody waits for the rest of the script.
    }
    connection.close();
    open.delete(connection);
  };
  const serving = (async () => {
    const scripts: Promise<void>[] = [];
    for await (const socket of listener) {
      scripts.push(serveOne(new RawConnection(socket, requests), connectionCount++));
    }
    await Promise.all(scripts);
  })();
  return {
    origin: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`,
    port,
    requests,
    get connectionCount() {
      return connectionCount;
    },
    get openCount() {
      return open.size;
    },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const connection of open) connection.close();
      await serving;
    },
  };
}

/** One connection, from the upstream's side. */
export class RawConnection {
  readonly #socket: Deno.TcpConn;
  readonly #requests: string[];
  #received = "";
  #isClosed = false;

  constructor(socket: Deno.TcpConn, requests: string[]) {
    this.#socket = socket;
    this.#requests = requests;
  }

  /** The next request, whole; throws when the client leaves first. */
  async request(): Promise<string> {
    for (;;) {
      const length = wholeLength(this.#received);
      if (length !== undefined) {
        const request = this.#received.slice(0, length);
        this.#received = this.#received.slice(length);
        this.#requests.push(request);
        return request;
      }
      if (!await this.#receive()) throw new Error("The client left");
    }
  }

  /** Resolves when the client closes the connection. */
  async left(): Promise<void> {
    try {
      while (await this.#receive());
    } catch {
      // A reset is a way to leave, too.
    }
  }

  async #receive(): Promise<boolean> {
    const buffer = new Uint8Array(64 * 1024);
    const count = await this.#socket.read(buffer);
    if (count === null) return false;
    // One for one: what a decoder calls latin1 is not.
    this.#received += String.fromCharCode(...buffer.subarray(0, count));
    return true;
  }

  /** Writes all of it; throws when the client left. */
  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    for (let at = 0; at < bytes.length;) at += await this.#socket.write(bytes.subarray(at));
  }

  /** Writes an answer with its length. */
  async answer(body: string, head = "HTTP/1.1 200 OK"): Promise<void> {
    const { length } = encoder.encode(body);
    await this.write(`${head}\r\ncontent-length: ${length}\r\n\r\n${body}`);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }
}

/** How long the first request in `text` is; `undefined` while it is not whole. */
function wholeLength(text: string): number | undefined {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const [, bodyLength = "0"] = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd)) ?? [];
  const length = headEnd + 4 + Number(bodyLength);
  return text.length < length ? undefined : length;
}
