/**
 * What an entry of the catalogue of faults is, and the few ways in which answers go wrong.
 *
 * @module
 */
import { GatewayError, kindOfStatus } from "../base/error.ts";
import type { OptionName, Options } from "./fault_options.ts";
import { errorAnswer, type Failing, type Question } from "./spoken.ts";
import {
  bodySteps,
  headSteps,
  type Pace,
  type PlainAnswer,
  plainSteps,
  type WireStep,
} from "./wire.ts";

/** What a fault works on. */
export interface Scene {
  question: Question;
  /** What would be answered without the fault; up to one within the answer, where that is asked. */
  answer(failing?: Failing): PlainAnswer;
  /** The options that hold, defaults included. */
  options: Options;
  pace: Pace;
}

/** One entry of the catalogue. */
export interface Fault {
  /** What it does on the wire, as the documentation says it. */
  does: string;
  /** The options that it takes beside those that all take. */
  options: readonly OptionName[];
  /** What holds for options that are not given. */
  defaults: Options;
  play(scene: Scene): Iterable<WireStep>;
}

/** What an entry may say beside what it does. */
export type FaultSettings = Partial<Pick<Fault, "options" | "defaults">>;

/** Any entry. */
export function fault(
  does: string,
  play: Fault["play"],
  { options = [], defaults = {} }: FaultSettings = {},
): Fault {
  return { does, options, defaults, play };
}

/** Another answer than the one that was asked for. */
export function replaced(
  does: string,
  make: (scene: Scene) => PlainAnswer,
  settings?: FaultSettings,
): Fault {
  return fault(does, (scene) => plainSteps(make(scene), scene.pace), settings);
}

/** An error with a status, in the protocol's own shape. */
export function failing(
  does: string,
  { defaults, words, code }: { defaults: Options; words: string; code?: string },
): Fault {
  const make = ({ question, options }: Scene): PlainAnswer => {
    const { status = 500, retryAfter } = options;
    const coded = code === undefined ? {} : { code };
    const error = new GatewayError(kindOfStatus(status), words, { status, ...coded });
    const plain = errorAnswer(question, error);
    const wait = retryAfter === undefined ? [] : [["retry-after", String(retryAfter)] as const];
    return { ...plain, headers: [...plain.headers, ...wait] };
  };
  return replaced(does, make, { options: ["status", "retryAfter"], defaults });
}

/** No answer at all, but `steps`. */
export function silent(
  does: string,
  steps: (options: Options) => readonly WireStep[],
  settings?: FaultSettings,
): Fault {
  const play = function* ({ options, pace }: Scene): Generator<WireStep> {
    if (pace.delayMs > 0) yield { do: "wait", ms: pace.delayMs };
    yield* steps(options);
  };
  return fault(does, play, settings);
}

/** An answer that begins well, and then comes to `steps`. */
export function brokenOff(
  does: string,
  steps: readonly WireStep[],
  { after = 1, isChunked = false }: { after?: number; isChunked?: boolean } = {},
): Fault {
  const play = function* ({ answer, options, pace }: Scene): Generator<WireStep> {
    const plain = answer();
    yield* headSteps(isChunked ? { ...plain, isStream: true } : plain, pace);
    yield* bodySteps(begun(plain, options.after ?? after), pace);
    yield* steps;
  };
  return fault(does, play, { options: ["after"], defaults: { after } });
}

/** A stream that begins well, then holds `bytes`, and ends as HTTP wants it. */
export function spoilt(
  does: string,
  bytes: (scene: Scene, plain: PlainAnswer) => Uint8Array<ArrayBuffer> | undefined,
): Fault {
  const make = (scene: Scene): PlainAnswer => {
    const plain = scene.answer();
    const start = begun(plain, scene.options.after ?? 1);
    if (!plain.isStream) return { ...plain, chunks: start };
    const more = bytes(scene, plain);
    return { ...plain, chunks: more === undefined ? start : [...start, more] };
  };
  return replaced(does, make, { options: ["after"], defaults: { after: 1 } });
}

/** The first events of a stream; of a body in one piece its first half, or nothing. */
export function begun({ chunks, isStream }: PlainAnswer, after: number): Uint8Array<ArrayBuffer>[] {
  if (isStream || after === 0) return chunks.slice(0, after);
  return chunks.slice(0, 1).map((whole) => whole.slice(0, Math.ceil(whole.length / 2)));
}
