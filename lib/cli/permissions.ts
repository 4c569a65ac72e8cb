/**
 * What the runtime allows this process: less, once it serves.
 *
 * One program holds all verbs, so a compiled one is allowed what the most demanding of them needs.
 * A gateway that serves talks to the network for as long as it runs, and gives the rest back.
 *
 * @module
 */

/** What some verb may need and serving does not. */
export type SparePermission = "run" | "write" | "ffi" | "sys";

const SPARE: readonly SparePermission[] = ["run", "write", "ffi", "sys"];

/**
 * Gives back, for good, what serving does not need; what was not granted stays so.
 *
 * @param kept What this verb still needs.
 */
export function dropPermissions(kept: readonly SparePermission[] = []): void {
  for (const name of SPARE) {
    if (!kept.includes(name)) Deno.permissions.revokeSync({ name });
  }
}
