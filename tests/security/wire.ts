/**
 * Bytes to a port and back, with nothing in between that would put them right.
 *
 * @module
 */

/** What came back over one connection. */
export interface Heard {
  /** The status of each answer, in order; informational ones are left out. */
  statuses: number[];
  /** Everything, bytes as characters. */
  text: string;
  /** Whether the other side ended the connection. */
  isClosed: boolean;
}

/** How long a connection is listened to that nobody ends. */
const LISTEN_MS = 2_000;

/**
 * Sends bytes over a connection of their own, and listens until it ends.
 *
 * @param address `http://127.0.0.1:8787`
 * @param text What is sent, characters as bytes.
 * @param listenMs How long to listen when nobody ends it.
 */
export async function sendBytes(
  address: string,
  text: string,
  listenMs = LISTEN_MS,
): Promise<Heard> {
  const { hostname, port } = new URL(address);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  let isLeft = false;
  const leave = () => {
    if (!isLeft) connection.close();
    isLeft = true;
  };
  const timer = setTimeout(leave, listenMs);
  let heard = "";
  let isClosed = false;
  try {
    await writeAll(connection, bytesOf(text));
    const buffer = new Uint8Array(64 * 1024);
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) break;
      heard += textOf(buffer.subarray(0, count));
    }
    isClosed = true;
  } catch {
    // A reset ends a connection, too; our own leaving does not count.
    isClosed = !isLeft;
  }
  clearTimeout(timer);
  leave();
  return { statuses: statusesIn(heard), text: heard, isClosed };
}

/** Sends one request that ends its connection, and counts what comes back without keeping it. */
export async function countAnswer(
  address: string,
  text: string,
): Promise<{ status: number; length: number }> {
  const { hostname, port } = new URL(address);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await writeAll(connection, bytesOf(text));
  const buffer = new Uint8Array(256 * 1024);
  let start = "";
  let length = 0;
  for (let count = await connection.read(buffer); count; count = await connection.read(buffer)) {
    if (start.length < 16) start += textOf(buffer.subarray(0, Math.min(count, 16)));
    length += count;
  }
  return { status: statusesIn(start)[0] ?? 0, length };
}

/** Writes all of `bytes`, however few the other side takes at a time. */
export async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** One byte per character: what an encoder would make two of stays one. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function textOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function statusesIn(text: string): number[] {
  return [...text.matchAll(/(?:^|[^\r\n]*?)HTTP\/1\.[01] (\d{3}) /g)]
    .map(([, status]) => Number(status))
    .filter((status) => status >= 200);
}

/** A body in one chunk. */
export function chunked(body: string): string {
  return `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
}

/** A request head: lines, and its end. */
export function head(...lines: string[]): string {
  return [...lines, "", ""].join("\r\n");
}
