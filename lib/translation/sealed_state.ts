/**
 * Opaque state of one protocol, carried through a client of another.
 *
 * A client sends an answer's thoughts back with the next request, and its protocol has one field
 * for their proof. When the proof is another protocol's, or there is none, that field gets a text
 * made here; the next request's decoder knows it again and restores what it stands for. So a
 * conversation may wander between protocols, and no upstream is sent a proof that is not its own.
 *
 * @module
 */
import { PROTOCOLS } from "../base/protocol.ts";
import { parseJson } from "../base/json.ts";
import type { OpaqueState } from "../chat/block.ts";
import { packText, unpackText } from "./base64url.ts";

/** How a seal begins. No native signature does: they are plain base64, which has no full stop. */
export const SEAL_MARK = "gw1.";

/**
 * Writes `state`, or the fact that there is none, as text for another protocol's proof field.
 *
 * @returns Text of letters, digits, `-`, `_` and one full stop.
 */
export function seal(state: OpaqueState | undefined): string {
  if (state === undefined) return SEAL_MARK;
  // JSON escapes lone surrogates, so it can always be packed.
  return SEAL_MARK + packText(JSON.stringify([state.owner, state.value]));
}

/**
 * Reads what {@linkcode seal} wrote.
 *
 * @returns `undefined` for text that was not sealed here. Without `state` when none was sealed, or
 *   when the seal is damaged: then the proof is lost, but certainly not native.
 */
export function unseal(text: string): { state?: OpaqueState } | undefined {
  if (!text.startsWith(SEAL_MARK)) return undefined;
  const json = unpackText(text.slice(SEAL_MARK.length));
  const pair = json === undefined ? undefined : parseJson(json);
  if (!Array.isArray(pair)) return {};
  const owner = PROTOCOLS.find((protocol) => protocol === pair[0]);
  const value = pair[1];
  return owner !== undefined && typeof value === "string" ? { state: { owner, value } } : {};
}
