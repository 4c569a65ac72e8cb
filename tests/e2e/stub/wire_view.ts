/**
 * What a client's socket sees of an answer: every byte, and how it ends.
 *
 * @module
 */

/** How long nothing may come before an answer counts as silent, where silence is not expected. */
const SILENCE_MS = 3_000;
const DEADLINE_MS = 10_000;

/** How it ended: whole by its own framing, closed, torn down, or still open and silent. */
export type Ending = "whole" | "closed" | "reset" | "silent" | "refused";

/** What was seen. */
export interface WireView {
  text: string;
  ending: Ending;
  /** From the request to the first byte, in milliseconds. */
  firstMs: number;
  /** From the request to the end. */
  totalMs: number;
  status: number | undefined;
  /** The body without its framing; empty when the head was not whole. */
  body: string;
  /** The data of each event. */
  events: string[];
}

/** How a request is sent, and looked at. */
export interface LookOptions {
  headers?: Record<string, string>;
  /** How long nothing may come before the answer counts as silent. */
  silenceMs?: number;
}

/** Sends one POST and looks until it is over. */
export async function look(
  address: string,
  path: string,
  body: unknown,
  { headers = {}, silenceMs = SILENCE_MS }: LookOptions = {},
): Promise<WireView> {
  const { hostname, port, host } = new URL(address);
  const text = JSON.stringify(body);
  const lines = Object.entries({
    host,
    "content-type": "application/json",
    "content-length": new TextEncoder().encode(text).length,
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const startMs = performance.now();
  let connection: Deno.TcpConn;
  try {
    connection = await Deno.connect({ hostname, port: Number(port) });
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return viewOf("", "refused");
    throw error;
  }
  using socket = connection;
  try {
    await socket.write(
      new TextEncoder().encode(`POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n${text}`),
    );
  } catch (error) {
    // A server that is ending may be gone between the connection and its first byte.
    if (error instanceof Deno.errors.ConnectionReset) return viewOf("", "reset");
    throw error;
  }
  return await watched(socket, { startMs, silenceMs });
}

async function watched(
  socket: Deno.TcpConn,
  { startMs, silenceMs }: { startMs: number; silenceMs: number },
): Promise<WireView> {
  // One character a byte: some faults send what is no text.
  let seen = "";
  let firstMs = 0;
  const buffer = new Uint8Array(256 * 1024);
  const done = (ending: Ending) => viewOf(seen, ending, { firstMs, startMs });
  while (performance.now() - startMs < DEADLINE_MS) {
    const read = await readOrSilence(socket, buffer, silenceMs);
    if (read === "reset" || read === "silent") return done(read);
    if (read === null) return done("closed");
    if (seen === "") firstMs = performance.now() - startMs;
    for (let at = 0; at < read; at += 8192) {
      seen += String.fromCharCode(...buffer.subarray(at, Math.min(read, at + 8192)));
    }
    if (isWhole(seen)) return done("whole");
  }
  throw new Error(`No end within ${DEADLINE_MS} ms: ${seen.slice(0, 500)}`);
}

async function readOrSilence(
  socket: Deno.TcpConn,
  buffer: Uint8Array,
  silenceMs: number,
): Promise<number | null | "reset" | "silent"> {
  const { promise, resolve } = Promise.withResolvers<"silent">();
  const timer = setTimeout(() => resolve("silent"), silenceMs);
  const reading = socket.read(buffer).catch((error) => {
    if (error instanceof Deno.errors.ConnectionReset) return "reset" as const;
    if (error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.BadResource) {
      return "silent" as const;
    }
    throw error;
  });
  const first = await Promise.race([reading, promise]);
  clearTimeout(timer);
  if (first === "silent") {
    // The read that waits would keep the test open.
    socket.close();
    await reading;
  }
  return first;
}

function headOf(text: string): { head: string; rest: string } | undefined {
  const end = text.indexOf("\r\n\r\n");
  return end === -1 ? undefined : { head: text.slice(0, end), rest: text.slice(end + 4) };
}

function isWhole(text: string): boolean {
  const parts = headOf(text);
  if (!parts) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(parts.head)?.[1];
  if (length !== undefined) return parts.rest.length >= Number(length);
  if (/^HTTP\/1.1 204/.test(parts.head)) return true;
  return parts.rest.endsWith("0\r\n\r\n");
}

function viewOf(
  text: string,
  ending: Ending,
  { firstMs = 0, startMs = performance.now() } = {},
): WireView {
  const parts = headOf(text);
  const status = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1];
  const isChunked = /\r\ntransfer-encoding: chunked/i.test(parts?.head ?? "");
  const body = parts === undefined ? "" : isChunked ? unchunked(parts.rest) : parts.rest;
  return {
    text,
    ending,
    firstMs,
    totalMs: performance.now() - startMs,
    status: status === undefined ? undefined : Number(status),
    body,
    events: [...body.matchAll(/^data: (.*)$/gm)].map(([, data]) => data!),
  };
}

function unchunked(text: string): string {
  let rest = text;
  let body = "";
  for (;;) {
    const [line, size] = /^([0-9a-f]+)\r\n/.exec(rest) ?? [];
    if (line === undefined) return body;
    const length = parseInt(size!, 16);
    body += rest.slice(line.length, line.length + length);
    rest = rest.slice(line.length + length + 2);
  }
}
