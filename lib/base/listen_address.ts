/**
 * Addresses that a server listens on: which of them are this machine's alone, and how they are
 * written and called.
 *
 * @module
 */

/** Whether a host name (without a port) is this machine's loopback. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname === "::1" ||
    hostname.endsWith(".localhost") || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

/** `http://127.0.0.1:8787`, with the brackets that an IPv6 address needs in a URL. */
export function httpAddress(host: string, port: number | string): string {
  const bare = host.replace(/^\[|\]$/g, "");
  return `http://${bare.includes(":") ? `[${bare}]` : bare}:${port}`;
}

/** What "every address of this machine" is listened on as, and where it can be called. */
const CALLABLE: ReadonlyMap<string, string> = new Map([["0.0.0.0", "127.0.0.1"], ["::", "::1"]]);

/** The address at which a client on the same machine calls a server that listens there. */
export function callableAddress(host: string, port: number | string): string {
  return httpAddress(CALLABLE.get(host) ?? host, port);
}
