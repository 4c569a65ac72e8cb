/**
 * What keeps an answer harmless when a browser shows it.
 *
 * Names of models, words of upstreams and whole files of theirs stand in answers. Shown as a page
 * of the gateway's own origin, a script among them could use the gateway as its user.
 *
 * @module
 */
import type { HeaderFields } from "../base/header_fields.ts";

/** No script, no frame, nothing loaded, and an origin that is nobody's. */
const INERT = "default-src 'none'; frame-ancestors 'none'; sandbox";

/** Types that no browser shows as a page once it is told not to guess. */
const DATA: readonly string[] = ["application/json", "text/event-stream"];

/**
 * Adds the headers that make a browser take an answer for no more than it is.
 *
 * A page that needs more than nothing says so itself, in a policy of its own, which stays.
 */
export function makeInert(headers: Headers | HeaderFields, { isPage }: { isPage: boolean }): void {
  headers.set("x-content-type-options", "nosniff");
  // What stands on the gateway's own pages is of this moment, and for whoever asked.
  if (isPage && !headers.has("cache-control")) headers.set("cache-control", "no-store");
  const type = headers.get("content-type") ?? "";
  if (DATA.some((one) => type.startsWith(one)) || headers.has("content-security-policy")) return;
  headers.set("content-security-policy", INERT);
  headers.set("cross-origin-resource-policy", "same-origin");
  headers.set("referrer-policy", "no-referrer");
}
