/**
 * Quirks put together.
 *
 * @module
 */
import type { RouteQuirks } from "../config/config.ts";

/** Both, the second above the first; what either leaves out is left out. */
export function joinedQuirks(one: RouteQuirks, other: RouteQuirks): RouteQuirks {
  const dropParams = [...new Set([...one.dropParams ?? [], ...other.dropParams ?? []])];
  return { ...one, ...other, ...(dropParams.length > 0 ? { dropParams } : {}) };
}

/** What tells sets of quirks apart. */
export function quirksKey(quirks: RouteQuirks): string {
  return JSON.stringify(Object.entries(quirks).sort(([one], [other]) => one < other ? -1 : 1));
}
