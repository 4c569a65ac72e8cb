/**
 * The numbers that a fault takes, in a scenario and in a `stub:` URL alike.
 *
 * @module
 */
import { didYouMean, shownWord } from "../base/nearest.ts";

/** The name of an option. */
export type OptionName =
  | "status"
  | "retryAfter"
  | "after"
  | "ms"
  | "every"
  | "chance"
  | "seed"
  | "delayMs"
  | "chunkMs";

/** One option: its bounds, and the line that documents it. */
export interface Option {
  min: number;
  max: number;
  doc: string;
}

/** No wait that can be asked for is longer. */
export const LONGEST_MS = 600_000;

/** Every option. */
export const OPTIONS: Readonly<Record<OptionName, Option>> = {
  status: { min: 400, max: 599, doc: "the HTTP status" },
  retryAfter: { min: 0, max: 86_400, doc: "a `retry-after` header with so many seconds" },
  after: { min: 0, max: 1_000_000, doc: "how many events of a stream come first" },
  ms: { min: 1, max: LONGEST_MS, doc: "for how long" },
  every: { min: 1, max: 1_000_000, doc: "only the first request, and each so-manyth from there" },
  chance: { min: 0, max: 100, doc: "only with this chance, in percent" },
  seed: { min: 0, max: 0xffffffff, doc: "what `chance` is drawn from: same seed, same faults" },
  delayMs: { min: 0, max: LONGEST_MS, doc: "wait before the head" },
  chunkMs: { min: 0, max: 60_000, doc: "wait before each event of a stream but the first" },
};

/** What every fault takes. */
const COMMON_OPTIONS: readonly OptionName[] = [
  "every",
  "chance",
  "seed",
  "delayMs",
  "chunkMs",
];

/** Options that were given, or that hold. */
export type Options = Partial<Record<OptionName, number>>;

/**
 * What is wrong with an option's name; `undefined` when nothing is.
 *
 * @param own The options that the fault takes beside the common ones.
 */
export function optionNameProblem(name: string, own: readonly OptionName[]): string | undefined {
  const known: readonly string[] = [...own, ...COMMON_OPTIONS];
  if (known.includes(name)) return undefined;
  return `unknown option "${shownWord(name)}"${didYouMean(name, known)}`;
}

/** What is wrong with an option's value; `undefined` when nothing is. */
export function optionValueProblem(name: OptionName, value: unknown): string | undefined {
  const { min, max } = OPTIONS[name];
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) {
    return undefined;
  }
  return `expected a whole number from ${min} to ${max}`;
}

/**
 * Whether a fault befalls a request.
 *
 * @param call The how-manyth request it is, from 1.
 */
export function befalls({ every = 1, chance = 100, seed = 1 }: Options, call: number): boolean {
  // The first request fails, then every so-manyth: a newcomer sees the failure at once.
  if ((call - 1) % every !== 0) return false;
  return chance === 100 || drawn(seed, call) * 100 < chance;
}

/** A number from 0 to below 1 that depends on the two alone (the finalizer of MurmurHash3). */
function drawn(seed: number, call: number): number {
  let bits = (seed ^ Math.imul(call, 0x9e3779b1)) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}
