/**
 * Who may ask: the checks that every request passes before anything is read.
 *
 * A web page that a user visits can send requests to a local port, and can give a name of its own
 * to the loopback address (DNS rebinding). So the `Host` must be one of ours, and the `Origin` too.
 *
 * @module
 */
import { GatewayError } from "../base/error.ts";
import { isLoopback } from "../base/listen_address.ts";
import type { Client, Config } from "../config/config.ts";
import { asksForPage } from "./dashboard/dashboard_endpoint.ts";

/** Refuses a request that did not come from a client of this gateway. */
export function guard(request: Request, config: Config): void {
  checkHost(request, config);
  checkOrigin(request, config);
  checkHeaderCount(request, config);
  // A browser that opens the dashboard cannot send a key; its page holds nothing of anybody's.
  if (config.clients.length > 0 && !asksForPage(request)) checkClientKey(request, config.clients);
}

function isOurs(hostname: string, config: Config): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, "");
  const isListenedOn = name.replace(/^\[|\]$/g, "") === config.host.toLowerCase();
  return isLoopback(name) || isListenedOn || config.allowedHosts.includes(name);
}

/**
 * A host and a port, and nothing else: the server puts the header in front of the path to make the
 * URL, so `ours/x`, `ours#` or `evil@ours` would name another path or hide another host.
 */
const HOST = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{0,5})?$/i;

function checkHost(request: Request, config: Config): void {
  const { url } = request;
  const key = `${url.slice(0, url.indexOf("/", SCHEME.length))} ${request.headers.get("host")}`;
  const known = knownHosts.get(config) ?? new Set<string>();
  if (known.has(key)) return;
  lookAtHost(request, config);
  if (known.size < MAX_KNOWN_HOSTS) knownHosts.set(config, known.add(key));
}

const SCHEME = "http://";
/** What was allowed before, so that it need not be taken apart for each request. */
const knownHosts = new WeakMap<Config, Set<string>>();
const MAX_KNOWN_HOSTS = 64;

function lookAtHost(request: Request, config: Config): void {
  // The URL's host is the request target's, when that was absolute; both must be ours.
  const target = new URL(request.url);
  const header = request.headers.get("host");
  const isKnown = isOurs(target.hostname, config) &&
    (header === null || header === target.host || isOurs(hostIn(header), config));
  if (isKnown) return;
  throw new GatewayError(
    "permission",
    "This host name is not allowed: use localhost, or add it to allowedHosts",
    { code: "host_not_allowed" },
  );
}

/** The name in a `Host` header; empty when the header is more or less than a host. */
function hostIn(header: string): string {
  return HOST.test(header) ? URL.parse(`http://${header}`)?.hostname ?? "" : "";
}

/** What a browser says of a request that no foreign page caused. */
const OWN_SITES: ReadonlySet<string> = new Set(["none", "same-origin", "same-site"]);

function checkOrigin(request: Request, config: Config): void {
  const origin = request.headers.get("origin");
  const isForeign = origin !== null && !isOwnOrigin(origin, request, config);
  if (!isForeign && OWN_SITES.has(request.headers.get("sec-fetch-site") ?? "none")) return;
  throw new GatewayError("permission", "Requests from other web pages are not allowed", {
    code: "origin_not_allowed",
  });
}

function isOwnOrigin(origin: string, request: Request, config: Config): boolean {
  const url = URL.parse(origin);
  const target = new URL(request.url);
  return url !== null && /^https?:$/.test(url.protocol) && isOurs(url.hostname, config) &&
    url.port === target.port;
}

/** The server has a limit of its own, so most gateways need not count. */
function checkHeaderCount({ headers }: Request, { limits }: Config): void {
  if (limits.headerCount === undefined || [...headers].length <= limits.headerCount) return;
  throw new GatewayError(
    "invalid_request",
    `The request has more than ${limits.headerCount} headers`,
    { status: 431, code: "too_many_headers" },
  );
}

function checkClientKey(request: Request, clients: readonly Client[]): void {
  const bearer = /^bearer\s+(\S.*)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const keys = [bearer, request.headers.get("x-api-key"), request.headers.get("api-key")];
  const isKnown = keys.some((key) => key && clients.some((client) => isSame(key, client.key)));
  if (isKnown) return;
  throw new GatewayError("authentication", "A client key of this gateway is needed", {
    code: "invalid_api_key",
  });
}

/** Compares in a time that depends only on the length of what was sent. */
function isSame(sent: string, key: string): boolean {
  let difference = sent.length ^ key.length;
  for (let index = 0; index < sent.length; index++) {
    difference |= sent.charCodeAt(index) ^ key.charCodeAt(index % key.length);
  }
  return difference === 0;
}
