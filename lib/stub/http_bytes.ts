/**
 * Writes the heads of answers and the chunks of bodies as HTTP/1.1 has them.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9112}
 * @module
 */
import type { WireStep } from "./wire.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const CHUNKED = "transfer-encoding: chunked";
const LINE_END = encoder.encode("\r\n");

/** What ends a chunked body. */
export const LAST_CHUNK: Bytes = encoder.encode("0\r\n\r\n");

/** The reasons that stand behind well-known statuses; clients do not read them. */
const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  204: "No Content",
  302: "Found",
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/**
 * The bytes of a head.
 *
 * @param isLast Whether the connection serves no other request.
 */
export function headBytes(
  { status, headers, length }: WireStep & { do: "head" },
  isLast: boolean,
): Bytes {
  // RFC 9110, section 8.6: no length where there can be no body.
  const isBodiless = status === 204 || status === 304;
  const lines = headers.filter(([name]) => !/^(content-length|transfer-encoding)$/i.test(name));
  const all = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? ""}`,
    ...lines.map(([name, value]) => `${name}: ${value}`),
    ...(isBodiless ? [] : [length === undefined ? CHUNKED : `content-length: ${length}`]),
    ...(isLast ? ["connection: close"] : []),
    "",
    "",
  ];
  return encoder.encode(all.join("\r\n"));
}

/** A piece of a body, framed (RFC 9112, section 7.1). */
export function chunkBytes(bytes: Bytes): Bytes {
  const size = encoder.encode(`${bytes.length.toString(16)}\r\n`);
  const framed = new Uint8Array(size.length + bytes.length + 2);
  framed.set(size);
  framed.set(bytes, size.length);
  framed.set(LINE_END, size.length + bytes.length);
  return framed;
}
