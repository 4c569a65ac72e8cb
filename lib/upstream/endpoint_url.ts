/**
 * The URL of an endpoint at a route.
 *
 * @module
 */
import { KNOWN_ENDINGS } from "../base/protocol.ts";

/** A base whose last segment is a version already: `/v1`, `/v4`, `/v1beta`, `/v1beta/openai`. */
const VERSIONED = /\/v\d+[a-z]*\d*(\/openai)?$/;

/** Where a route's upstream is; a part of a route. */
export interface Place {
  url: URL;
  /** Whether `url` is one endpoint rather than a base. */
  isFixed: boolean;
}

/**
 * The URL of `endpoint` at a route.
 *
 * A versioned base gets the endpoint as it is, any other base gets `/v1` before it; at a fixed URL
 * the endpoint takes the place of the known ending. The URL's own query stays, the client's is
 * added.
 *
 * @param place The route's URL, and whether it is one endpoint.
 * @param endpoint A path below the version segment: `/chat/completions`.
 * @param query The client's query string, with or without its `?`.
 */
export function endpointUrl(place: Place, endpoint: string, query = ""): URL {
  return query === "" ? plainUrl(place, endpoint) : makeUrl(place, endpoint, query);
}

/** The URLs without a query, which nearly all requests have; bounded by what clients may ask for. */
const plainUrls = new WeakMap<Place, Map<string, URL>>();
const MAX_PLAIN_URLS = 32;

function plainUrl(place: Place, endpoint: string): URL {
  const known = plainUrls.get(place) ?? new Map<string, URL>();
  plainUrls.set(place, known);
  const url = known.get(endpoint) ?? makeUrl(place, endpoint, "");
  if (known.size < MAX_PLAIN_URLS) known.set(endpoint, url);
  return url;
}

function makeUrl(place: Place, endpoint: string, query: string): URL {
  // A stub's URL has no path to set: what stands behind its name is made anew.
  if (place.url.protocol === "stub:") {
    return new URL(`stub:${place.url.pathname}/v1${endpoint}${place.url.search}`);
  }
  const url = new URL(place.url);
  const base = url.pathname.replace(/\/+$/, "");
  url.pathname = place.isFixed ? replaceEnding(base, endpoint) : joinBase(base, endpoint);
  const added = query.replace(/^\?/, "");
  if (added !== "") url.search = url.search === "" ? added : `${url.search}&${added}`;
  return url;
}

function joinBase(base: string, endpoint: string): string {
  return VERSIONED.test(base) ? base + endpoint : `${base}/v1${endpoint}`;
}

/** A fixed URL with an ending of its own is used as it is: there is nothing to replace. */
function replaceEnding(path: string, endpoint: string): string {
  const ending = KNOWN_ENDINGS.find((one) => path.endsWith(one));
  return ending === undefined ? path : path.slice(0, -ending.length) + endpoint;
}
