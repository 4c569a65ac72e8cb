/**
 * Requests that no well-behaved client would send.
 *
 * @module
 */

import { canaryAt } from "./canary.ts";

/** An answer as it came over the wire. */
export interface RawAnswer {
  status: number;
  text: string;
}

/** How long an answer may take. */
const DEADLINE_MS = 5_000;

/**
 * Sends one request exactly as it is written.
 *
 * @param address `http://127.0.0.1:8787`
 * @param lines The request line and the headers; a `host` and the end are added.
 * @param body What follows the head.
 * @throws When there is no whole answer in time.
 */
export async function rawRequest(
  address: string,
  lines: readonly string[],
  body = "",
): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(address);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const hasHost = lines.some((line) => /^host:/i.test(line));
  const head = [...lines, ...(hasHost ? [] : [`host: ${host}`]), "connection: close", "", ""];
  await connection.write(new TextEncoder().encode(head.join("\r\n") + body));
  const timer = setTimeout(() => connection.close(), DEADLINE_MS);
  try {
    const text = await readAnswer(connection);
    canaryAt(address)?.see(`the answer to ${lines[0]}`, text);
    return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text };
  } finally {
    clearTimeout(timer);
  }
}

/** Reads until the answer is whole: a server may wait for a body that never comes before it closes. */
async function readAnswer(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16 * 1024);
  let text = "";
  while (!isWhole(text)) {
    const count = await connection.read(buffer);
    if (count === null) break;
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return text;
}

function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1];
  if (length === undefined) return text.endsWith("\r\n0\r\n\r\n");
  return new TextEncoder().encode(text.slice(end + 4)).length >= Number(length);
}
