/**
 * Which path a client meant that calls one which is not there: nearly always its base URL lacks a
 * piece, or has one too many.
 *
 * @module
 */

/** What a client means, and what it has to be told to find it. */
export interface MeantPath {
  /** `/v1/chat/completions` */
  path: string;
  /** The base URL to set, without the origin: `/v1`. */
  base: string;
}

/** What is recognised without a `/v1` before it. */
const ENDINGS: readonly string[] = [
  "/chat/completions",
  "/messages/count_tokens",
  "/completions",
  "/responses",
  "/messages",
  "/embeddings",
  "/models",
];
/** Nobody means a longer one. */
const MAX_PATH = 200;

/** Reads a path that is not there; `undefined` when nothing is like it. */
export function meantPath(pathname: string): MeantPath | undefined {
  if (pathname.length > MAX_PATH) return undefined;
  const [, version] = /^.*\/v1(\/.+)$/.exec(pathname) ?? [];
  const rest = version ?? ENDINGS.find((ending) => pathname.endsWith(ending));
  if (rest === undefined) return undefined;
  if (rest.startsWith("/messages") || /(^|\/)anthropic\//.test(pathname)) {
    return { path: `/anthropic/v1${rest}`, base: "/anthropic" };
  }
  // A client that adds "/v1" itself was given it as well.
  const isDoubled = /\/v1\/v1\//.test(pathname);
  return { path: `/v1${rest}`, base: isDoubled ? "" : "/v1" };
}

/** Whether the version stands twice in a path below `/v1` or `/anthropic`, as no upstream has it. */
export function isDoubled(endpoint: string): boolean {
  return /^(\/anthropic)?\/v1\//.test(endpoint);
}
