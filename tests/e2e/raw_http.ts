/**
 * Requests that no well-behaved client would send.
 *
 * @module
 */

/** An answer as it came over the wire. */
export interface RawAnswer {
  status: number;
  text: string;
}

/**
 * Sends one request exactly as it is written.
 *
 * @param address `http://127.0.0.1:8787`
 * @param lines The request line and the headers; a `host` and the end are added.
 * @param body What follows the head.
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
  const text = await readToEnd(connection);
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text };
}

async function readToEnd(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of connection.readable.values({ preventCancel: true })) {
    text += decoder.decode(bytes, { stream: true });
  }
  return text;
}
