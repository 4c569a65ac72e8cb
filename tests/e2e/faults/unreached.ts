/**
 * Upstreams that no request reaches, by the word with which the attempt is told.
 *
 * @module
 */
import type { Socket } from "node:net";
import { deadUpstream } from "../scripted_upstream.ts";
import { faultUpstream } from "./fault_upstream.ts";

/** Every way not to be reached. */
export const UNREACHED = ["refused", "dns", "tls", "connect-timeout"] as const;

/** Base URLs of such upstreams. */
export type Unreached = Readonly<Record<typeof UNREACHED[number], string>>;

/** Starts them. */
export async function unreachedUpstreams(owned: AsyncDisposableStack): Promise<Unreached> {
  const plain = owned.use(await faultUpstream({}, { onConnection: speakPlainly }));
  return {
    refused: deadUpstream(),
    dns: "http://nowhere.invalid/v1",
    tls: `${plain.origin.replace("http:", "https:")}/v1`,
    "connect-timeout": await fullUpstream(owned),
  };
}

/** Answers a TLS handshake, or whatever else comes, in plain HTTP. */
function speakPlainly(socket: Socket): boolean {
  socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  return false;
}

/** The URL of an upstream that takes no more connections: its queue is full, and nobody looks at it. */
async function fullUpstream(owned: AsyncDisposableStack): Promise<string> {
  const listener = owned.use(Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 }));
  const { hostname, port } = listener.addr;
  // The queue holds one more than it says.
  for (let index = 0; index < 2; index++) owned.use(await Deno.connect({ hostname, port }));
  return `http://${hostname}:${port}/v1`;
}
