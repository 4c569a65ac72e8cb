/**
 * Finds the call that a piece of a streamed answer belongs to.
 *
 * OpenAI numbers its calls with `index` and sends id and name once. Other servers leave the index
 * out or send 0 for all, send whole calls without ids, repeat the name in every piece, or make up a
 * new id for every piece. The rules here read each of them as it was meant.
 *
 * @module
 */
import type { CallPiece } from "./call_piece.ts";
import type { CallPending } from "./pending_block.ts";

/** No sane answer calls so many tools; a stream that does is broken. */
const MAX_CALLS = 4096;

/** The calls of one answer. */
export class CallRouter {
  readonly #byIndex = new Map<number, CallPending>();
  readonly #byId = new Map<string, CallPending>();
  #latest: CallPending | undefined;
  /** The calls whose index is known: another index means another call, even with the same id. */
  readonly #numbered = new Set<CallPending>();
  #count = 0;

  /** How many calls there are. */
  get count(): number {
    return this.#count;
  }

  /** Whether there are more calls than a sane answer has. */
  get isOverfull(): boolean {
    return this.#count > MAX_CALLS;
  }

  /** Whether a call has this id already: servers that number calls in vain repeat ids too. */
  hasId(id: string): boolean {
    return this.#byId.has(id);
  }

  /**
   * The known call that `piece` continues; `undefined` when it begins a new one.
   *
   * @param seen The calls that this chunk had pieces of already.
   */
  find(piece: CallPiece, seen: ReadonlySet<CallPending>): CallPending | undefined {
    const known = piece.index === undefined
      ? this.#findUnnumbered(piece)
      : this.#findNumbered(piece, piece.index);
    if (known === undefined || beginsAnother(piece, known, seen)) return undefined;
    this.#learn(piece, known);
    return known;
  }

  /** Takes a call that {@linkcode find} did not know. */
  add(piece: CallPiece, call: CallPending): void {
    this.#count += 1;
    this.#latest = call;
    this.#number(piece, call);
    if (call.id !== "") this.#byId.set(call.id, call);
  }

  #number(piece: CallPiece, call: CallPending): void {
    if (piece.index === undefined) return;
    this.#byIndex.set(piece.index, call);
    this.#numbered.add(call);
  }

  /** An index may be given only from the second piece on. */
  #findNumbered(piece: CallPiece, index: number): CallPending | undefined {
    const known = this.#byIndex.get(index);
    if (known !== undefined) return known;
    const isNameless = piece.id === "" && piece.name === "";
    const likely = isNameless ? this.#latest : this.#byId.get(piece.id);
    return likely !== undefined && !this.#numbered.has(likely) ? likely : undefined;
  }

  #findUnnumbered(piece: CallPiece): CallPending | undefined {
    const known = this.#byId.get(piece.id);
    if (known !== undefined) return known;
    const latest = this.#latest;
    if (piece.id !== "" && piece.name !== "") return undefined;
    if (piece.id !== "") return latest?.id === "" ? latest : undefined;
    if (piece.name !== "") return latest?.name === "" ? latest : undefined;
    return latest;
  }

  /** Ids, names and indices may come late. Only the first of each counts. */
  #learn(piece: CallPiece, call: CallPending): void {
    if (!this.#numbered.has(call)) this.#number(piece, call);
    if (call.id === "" && piece.id !== "" && !this.hasId(piece.id)) {
      call.id = piece.id;
      this.#byId.set(piece.id, call);
    }
    if (call.name === "") call.name = piece.name;
  }
}

/** Whether a piece with the number or id of `known` is the first of another call all the same. */
function beginsAnother(
  piece: CallPiece,
  known: CallPending,
  seen: ReadonlySet<CallPending>,
): boolean {
  // Without a name it cannot be a first piece: older vLLM sends a new id with every piece.
  if (piece.name === "" || known.name === "") return false;
  if (piece.id !== "" && known.id !== "") return piece.id !== known.id;
  return piece.name !== known.name || seen.has(known);
}
